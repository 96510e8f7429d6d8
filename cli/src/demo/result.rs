//! From an operation's end to what the shop is told.

use crossdock_engine::carrier::{Done, Outcome};
use crossdock_engine::model::OrderResult;
use crossdock_runtime::drive::Ending;
use serde_json::{Map, Value, json};

/// What an order came to.
pub(crate) enum Settled {
    Accepted(Box<OrderResult>),
    Refused(Box<OrderResult>),
    /// Neither: the reason in a word.
    Failed(String),
}

/// Reads an ending.
pub(crate) fn settled(ending: Ending) -> Settled {
    match ending {
        Ending::Done(done) => match done.outcome {
            Outcome::Accepted => accepted(*done),
            Outcome::Rejected | Outcome::NotFound => {
                let error = done.errors.into_iter().next().unwrap_or_default();
                refused(error.code, error.message)
            }
            other => Settled::Failed(format!("{other:?}").to_lowercase()),
        },
        Ending::NotMet(words) => refused(Some("requires".into()), Some(words)),
        Ending::Mapping(_) => Settled::Failed("mapping".into()),
        Ending::Misconfigured(_) => Settled::Failed("misconfigured".into()),
        Ending::Unsendable(_) => Settled::Failed("unsendable".into()),
        Ending::SignIn(_) => Settled::Failed("sign-in".into()),
    }
}

fn accepted(done: Done) -> Settled {
    let parcels = done.extracted.get("parcels").and_then(Value::as_array).cloned().unwrap_or_default();
    let numbers: Vec<&Value> = parcels.iter().filter_map(|parcel| parcel.get("tracking_number")).collect();
    let mut result = Map::new();
    result.insert("outcome".into(), "accepted".into());
    result.insert("tracking_numbers".into(), json!(numbers));
    for name in ["parcels", "documents", "tracking_url", "price"] {
        result.extend(done.extracted.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    result.insert("warnings".into(), json!(done.warnings));
    match serde_json::from_value(Value::Object(result)) {
        Ok(result) => Settled::Accepted(Box::new(result)),
        Err(_) => Settled::Failed("unreadable".into()),
    }
}

fn refused(code: Option<String>, message: Option<String>) -> Settled {
    Settled::Refused(Box::new(OrderResult::refused(code, message)))
}
