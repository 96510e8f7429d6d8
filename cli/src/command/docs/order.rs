//! The order, field by field, out of the schema that orders are checked with.

use super::cell;
use crossdock_engine::schema;
use serde_json::Value;
use std::fmt::Write as _;

/// A table for the order, and one for each thing in it.
pub(super) fn sections() -> String {
    let schema = schema::order();
    let mut text = String::from(
        "## The order\n\nWhat expressions can name. Weights are grams, lengths millimetres, amounts decimal texts. A field without **required** may be null.\n\n",
    );
    table(&mut text, "Order", &schema);
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        if definition.get("properties").is_some() {
            table(&mut text, name, definition);
        }
    }
    text
}

fn table(text: &mut String, name: &str, schema: &Value) {
    let about = schema["description"].as_str().unwrap_or_default();
    let _ = writeln!(text, "**{name}**: {about}\n\n| field | value | |\n|---|---|---|");
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (field, member) in schema["properties"].as_object().into_iter().flatten() {
        let needed = if required.contains(&field.as_str()) { ", **required**" } else { "" };
        let about = cell(member["description"].as_str().unwrap_or_default());
        let _ = writeln!(text, "| `{field}` | {}{needed} | {about} |", kind(member));
    }
    text.push('\n');
}

fn kind(schema: &Value) -> String {
    if let Some(target) = schema["$ref"].as_str() {
        return named(target);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let others = choices.iter().filter(|choice| choice["type"] != "null");
        return others.map(kind).collect::<Vec<_>>().join(" or ");
    }
    let word = match &schema["type"] {
        Value::Array(words) => words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or_default(),
        other => other.as_str().unwrap_or_default(),
    };
    match word {
        "array" => format!("list of: {}", kind(&schema["items"])),
        "string" => "text".to_owned(),
        "object" => "mapping".to_owned(),
        other => other.to_owned(),
    }
}

/// Words of a closed list are told, other things by their names.
fn named(target: &str) -> String {
    let name = target.rsplit('/').next().unwrap_or(target);
    let words: Vec<String> = schema::order()["$defs"][name]["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(|word| format!("`{word}`")))
        .collect();
    if words.is_empty() { name.to_owned() } else { words.join(", ") }
}
