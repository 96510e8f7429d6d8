//! What identities were seen to use is what their policies grant.

use crate::cloud::{Cloud, here, run};
use crate::python;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What is granted although the stories do not show it.
const JUSTIFIED: &[(&str, &str)] = &[
    // The event source mapping asks as the function's role; the emulator asks as itself.
    ("*", "sqs:ReceiveMessage"),
    ("*", "sqs:DeleteMessage"),
    ("*", "sqs:GetQueueAttributes"),
    // Lambda writes a function's log as the function's role; the emulator writes it itself.
    ("*", "logs:CreateLogStream"),
    ("*", "logs:PutLogEvents"),
    // Without it S3 answers "forbidden" where "there is none" is the truth; with it no call is made.
    ("*", "s3:ListBucket"),
    // Deferring happens only when the store or a carrier is in trouble at the right moment.
    ("*", "sqs:ChangeMessageVisibility"),
    // Large bodies that were put aside are read back.
    ("*", "s3:GetObject"),
    // The emulator knows no move task: see the second emulator.
    ("OperatorPolicy", "sqs:StartMessageMoveTask"),
    // What is over is deleted: old mail, what developers were told of, letters of orders that go on, deliveries that the
    // quarantine has no room for.
    ("TranslatorRole", "dynamodb:DeleteItem"),
    ("ActorRole", "dynamodb:DeleteItem"),
    ("PollerRole", "dynamodb:DeleteItem"),
    ("NotifierRole", "dynamodb:DeleteItem"),
    ("WebhookRole", "dynamodb:DeleteItem"),
    // Carriers that are asked for parcels, and what that leads to.
    ("PollerRole", "secretsmanager:GetSecretValue"),
    ("PollerRole", "sqs:SendMessage"),
    // What was deferred often is sent on as a copy.
    ("ActorRole", "sqs:SendMessage"),
    // Deliveries that are too large for a message or a row.
    ("WebhookRole", "s3:PutObject"),
];

/// What identities used, in all stories: actions by role or policy.
#[derive(Debug, Default)]
pub(crate) struct Used {
    actions: BTreeMap<String, BTreeSet<String>>,
}

impl Used {
    /// Adds what a cloud has seen. Nobody was refused anything there.
    pub(crate) fn add(&mut self, cloud: &Cloud) {
        let mut refused = Vec::new();
        for (who, action, resource, allowed) in cloud.observed() {
            let Some(name) = named(&who) else { continue };
            if !allowed {
                refused.push(format!("{name}: {action} on {resource}"));
            }
            self.actions.entry(name).or_default().insert(action);
        }
        assert!(refused.is_empty(), "policies are too narrow: {refused:#?}");
    }

    /// Nothing is granted that was not used, but for what is justified.
    pub(crate) fn is_what_the_policies_grant(&self) {
        let mut unused = Vec::new();
        for (name, actions) in granted() {
            // Firehose and CloudWatch Logs are not run by the emulator.
            if matches!(name.as_str(), "StreamToBucketRole" | "LogsToStreamRole") {
                continue;
            }
            let used = self.actions.get(&name);
            for action in actions {
                let seen = used.is_some_and(|used| used.contains(&action));
                let justified = JUSTIFIED.iter().any(|(whose, what)| (*whose == "*" || *whose == name) && *what == action);
                if !seen && !justified {
                    unused.push(format!("{name}: {action}"));
                }
            }
        }
        assert!(unused.is_empty(), "granted, and nobody was seen to use it: {unused:#?}\nused: {:#?}", self.actions);
    }
}

/// The role or policy in the template of whoever asked.
fn named(who: &str) -> Option<String> {
    if let Some(user) = who.split(":user/").nth(1) {
        return match user {
            "shop" => Some("ProducerPolicy".into()),
            "publisher" => Some("PublisherPolicy".into()),
            "operator" => Some("OperatorPolicy".into()),
            _ => None,
        };
    }
    let role = who.split("role/").nth(1)?.split('/').next()?;
    ["Webhook", "Dispatcher", "Translator", "Actor", "Poller", "Notifier"]
        .into_iter()
        .map(|name| format!("{name}Role"))
        .find(|name| role.contains(name.as_str()))
}

/// What the template grants, and where it is not as ours must be.
pub(crate) fn looked_at() -> Value {
    let python = python::environment("linters");
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let told = run(Command::new(python).arg(here("policies.py")).arg(template));
    serde_json::from_str(&told).expect("JSON")
}

fn granted() -> BTreeMap<String, Vec<String>> {
    serde_json::from_value(looked_at()["granted"].clone()).expect("actions by role")
}

#[test]
fn the_template_is_as_ours_must_be() {
    let looked = looked_at();
    assert_eq!(looked["problems"].as_array().map(Vec::len), Some(0), "{:#}", looked["problems"]);
    assert_eq!(looked["granted"]["ProducerPolicy"], serde_json::json!(["sqs:SendMessage"]), "the shop sends, nothing else");
}
