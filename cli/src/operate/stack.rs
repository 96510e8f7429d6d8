//! A stack on AWS: what it is made of is told by its outputs; who asks is told by the AWS environment and profile.

use super::any::{AnyFiles, AnySecrets};
use crate::exit::Problem;
use crate::serve::Config;
use crossdock_aws::{AwsSecrets, AwsStore, Crashed, Location, Mode, Names, Reach, ReleaseFiles, behavior, http_client};
use crossdock_runtime::mappings::{AccountDefaults, Mappings};
use std::collections::BTreeMap;

/// A stack, and how it is reached.
pub(crate) struct Stack {
    reach: Reach,
    names: Names,
}

/// How AWS is reached: by the standard variables, the profile, and whatever credentials these name.
pub(crate) async fn reach() -> Result<Reach, Problem> {
    let client = http_client().map_err(Problem::failure)?;
    let config = aws_config::defaults(behavior()).http_client(client).load().await;
    if config.region().is_none() {
        return Err(Problem::usage("no AWS region is set").help("set `AWS_REGION`, or a region in the profile"));
    }
    Ok(Reach::new(config))
}

impl Stack {
    /// Reads a stack's outputs.
    pub(crate) async fn read(name: &str) -> Result<Self, Problem> {
        let reach = reach().await?;
        let client = aws_sdk_cloudformation::Client::new(reach.config());
        let answer = client.describe_stacks().stack_name(name).send().await.map_err(|error| {
            use aws_sdk_cloudformation::error::ProvideErrorMetadata;
            let said = error.message().map_or_else(|| "AWS cannot be reached".to_owned(), str::to_owned);
            Problem::failure(format!("stack `{name}`: {said}"))
                .help("check the stack's name, `AWS_REGION` and the credentials; the role needs the stack's operator policy")
        })?;
        let outputs: BTreeMap<String, String> = answer
            .stacks()
            .iter()
            .flat_map(|stack| stack.outputs())
            .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())))
            .collect();
        let names = Names::read(|name| outputs.get(&output(name)).cloned()).map_err(|missing| {
            Problem::failure(format!("stack `{name}` is none of Crossdock's: {missing}"))
                .help("it is made from `infra/template.yaml`")
        })?;
        Ok(Self { reach, names })
    }

    /// Its store.
    pub(super) fn store(&self) -> AwsStore {
        AwsStore::new(&self.reach, &self.names, Mode::operator())
    }

    /// What crashed.
    pub(crate) fn crashed(&self) -> Crashed {
        Crashed::new(&self.reach, &self.names)
    }

    /// Where its mapping files are.
    pub(crate) fn location(&self) -> &Location {
        &self.names.mappings
    }

    /// How it is reached.
    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// As far as its settings matter to whoever operates it.
    pub(super) fn config(&self) -> Config {
        let mut config = Config { environment: self.names.environment.clone(), ..Config::default() };
        config.settings.public_url.clone_from(&self.names.public_url);
        config
    }

    /// Its mapping files; nothing is loaded yet.
    pub(super) fn mappings(&self) -> Mappings<AnyFiles, AnySecrets> {
        let files = AnyFiles::Aws(ReleaseFiles::new(self.reach.s3(), self.names.mappings.clone()));
        let secrets = AnySecrets::Aws(AwsSecrets::new(self.reach.secrets(), &self.names.secrets));
        let environment = self.names.environment.clone();
        Mappings::new(files, secrets, AccountDefaults { environment, stand_ins: self.names.stand_ins.clone() })
    }
}

/// The output that tells a name: `QUEUE_ORDERS` is `QueueOrders`.
fn output(name: &str) -> String {
    let word = |word: &str| word[..1].to_owned() + &word[1..].to_ascii_lowercase();
    name.split('_').filter(|part| !part.is_empty()).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::output;

    #[test]
    fn an_output_is_named_like_its_setting() {
        assert_eq!(["TABLE", "QUEUE_ORDERS", "RETENTION_DAYS"].map(output), ["Table", "QueueOrders", "RetentionDays"]);
    }
}
