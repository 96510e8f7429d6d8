//! Closed enums as one `enum` with `enumDescriptions` (which editors show), instead of a `oneOf` of constants: smaller, and
//! "not one of these" can be said of it.

use schemars::{Schema, transform::Transform, transform::transform_subschemas};
use serde_json::{Value, json};

/// Rewrites each `oneOf` of texts with their descriptions.
#[derive(Debug, Clone)]
pub(super) struct OneEnumeration;

impl Transform for OneEnumeration {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else { return };
        let Some(names) = choices.iter().map(|choice| choice.get("const").cloned()).collect::<Option<Vec<Value>>>() else {
            return;
        };
        let words: Vec<Value> = choices.iter().map(|choice| choice["description"].clone()).collect();
        schema.remove("oneOf");
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("enum".to_owned(), Value::Array(names));
        schema.insert("enumDescriptions".to_owned(), Value::Array(words));
    }
}
