//! JSON Schemas of everything that is written or sent, made from the Rust types; orders are checked with them.

mod enumeration;
mod files;
mod validate;

pub use files::{accounts, actions, as_json, carrier, case, process, shop};
pub use validate::{OrderValidator, SchemaError};

use crate::model::{Action, Event, Order, Update};
use enumeration::OneEnumeration;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Where the published schemas are named; nothing is fetched from there.
const HOME: &str = "https://crossdock.example/schemas/";

/// The schema of an order.
#[must_use]
pub fn order() -> Value {
    document::<Order>("order", "Order")
}

/// The schema of a webhook delivery.
#[must_use]
pub fn update() -> Value {
    document::<Update>("update", "Update")
}

/// The schema of an event.
#[must_use]
pub fn event() -> Value {
    document::<Event>("event", "Event")
}

/// The schema of an action.
#[must_use]
pub fn action() -> Value {
    document::<Action>("action", "Action")
}

/// All schemas, each with the file name that it is published under.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("order.schema.json", order()),
        ("update.schema.json", update()),
        ("event.schema.json", event()),
        ("action.schema.json", action()),
        ("carrier.schema.json", carrier()),
        ("shop.schema.json", shop()),
        ("actions.schema.json", actions()),
        ("accounts.schema.json", accounts()),
        ("process.schema.json", process()),
        ("case.schema.json", case()),
    ]
}

/// The schema of a type as a whole document, draft 2020-12: `$schema`, `$id` and `title` first.
fn document<T: JsonSchema>(name: &str, title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().with_transform(OneEnumeration).into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    let body = std::mem::take(schema.ensure_object());
    headed(name, title, body)
}

fn headed(name: &str, title: &str, body: Map<String, Value>) -> Value {
    let mut document = Map::new();
    document.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    document.insert("$id".to_owned(), json!(format!("{HOME}{name}.schema.json")));
    document.insert("title".to_owned(), json!(title));
    document.extend(body.into_iter().filter(|(key, _)| key != "$schema" && key != "title"));
    Value::Object(document)
}
