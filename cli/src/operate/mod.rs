//! Operating a deployment: the store of a local process, opened beside it whether it runs or not, or a stack on AWS.

mod any;
mod stack;
pub(crate) mod text;

pub(crate) use stack::{Stack, reach};

use crate::exit::Problem;
use crate::serve::Config;
use any::{Any, AnyFiles, AnySecrets, AnyStore};
use clap::ValueEnum;
use crossdock_engine::schema::OrderValidator;
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::handler::Office;
use crossdock_runtime::handler::operate::{Failed, Operator};
use crossdock_runtime::local::{OpenError, Role, SqliteStore};
use crossdock_runtime::mappings::Mappings;
use std::path::{Path, PathBuf};

/// Options of every command that looks into a deployment's store.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The stack on AWS; without it, the local process. Credentials, region and endpoint are those of the AWS environment.
    #[arg(long, value_name = "NAME", env = "CROSSDOCK_STACK")]
    stack: Option<String>,
    /// The data directory of `crossdock serve`; that of its configuration file, else `.crossdock`.
    #[arg(long, value_name = "DIR", env = "CROSSDOCK_DATA")]
    data: Option<PathBuf>,
    /// The configuration file of `crossdock serve`; `crossdock.yaml` here, where there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Formats of what these commands tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One document.
    Json,
}

/// The store of a deployment, with what it is set up by.
pub(crate) struct Tool {
    pub(crate) store: AnyStore,
    pub(crate) format: Format,
    config: Config,
    stack: Option<Stack>,
    clock: SystemClock,
}

/// The mapping files of the process, as they are now.
pub(crate) struct Files {
    mappings: Mappings<AnyFiles, AnySecrets>,
    validator: OrderValidator,
}

impl Tool {
    /// Opens the store. `dir` is the mapping directory, where one is named.
    pub(crate) fn open(args: &DataArgs, dir: Option<&Path>) -> Result<Self, Problem> {
        if let Some(name) = &args.stack {
            let stack = block_on(Stack::read(name))?;
            let store = AnyStore::Aws(stack.store());
            return Ok(Self { store, format: args.format, config: stack.config(), clock: SystemClock, stack: Some(stack) });
        }
        let mut config = Config::read(args.config.as_deref())?;
        if let Some(data) = &args.data {
            config.data.clone_from(data);
        }
        if let Some(dir) = dir {
            dir.clone_into(&mut config.mappings);
        }
        let store = SqliteStore::open(&config.data, Role::Tool).map_err(|error| match error {
            OpenError::Absent(_) => Problem::failure(error.to_string()).help("`--data DIR` names the data directory"),
            other => Problem::failure(other.to_string()),
        })?;
        Ok(Self { store: AnyStore::Local(store), format: args.format, config, clock: SystemClock, stack: None })
    }

    /// What needs the store alone.
    pub(crate) fn operator(&self) -> Operator<'_, AnyStore> {
        Operator { store: &self.store, now: now() }
    }

    /// The stack that is operated; none where it is a local process.
    pub(crate) fn stack(&self) -> Option<&Stack> {
        self.stack.as_ref()
    }

    /// Reads the mapping files.
    pub(crate) async fn files(&self) -> Result<Files, Problem> {
        let mappings = match &self.stack {
            Some(stack) => stack.mappings(),
            None => any::local_mappings(&self.config),
        };
        mappings.refresh().await.map_err(Problem::failure)?;
        Ok(Files { mappings, validator: OrderValidator::new() })
    }

    /// What needs the mapping files too.
    pub(crate) fn office<'t>(&'t self, files: &'t Files) -> Office<'t, Any> {
        Office {
            store: &self.store,
            clock: &self.clock,
            mappings: &files.mappings,
            settings: &self.config.settings,
            validator: &files.validator,
        }
    }
}

impl Files {
    /// The carriers that there are files of.
    pub(crate) fn carriers(&self) -> Vec<String> {
        self.mappings.release().carriers.keys().cloned().collect()
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Runs a command to its end.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        let words = failed.to_string();
        match failed {
            Failed::Unknown { near, .. } if near.is_empty() => Self::nothing_matched(words),
            Failed::Unknown { near, .. } => Self::nothing_matched(words).help(format!("there are: {}", near.join(", "))),
            Failed::NotNow { help: Some(help), .. } => Self::findings(words).help(help),
            Failed::NotNow { help: None, .. } => Self::findings(words),
            Failed::Store(_) => Self::failure(words),
        }
    }
}
