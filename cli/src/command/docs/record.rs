//! Records of the format as sections, out of the schemas that the records themselves make.

use super::cell;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Sections while they are collected: each record once, in the order in which it is come by.
#[derive(Default)]
pub(super) struct Records {
    names: BTreeMap<String, String>,
    waiting: Vec<(String, Value)>,
    done: usize,
}

impl Records {
    /// All sections of a file, and of every record below it.
    pub(super) fn sections(&mut self, name: &str, schema: &Value) -> String {
        self.waiting.push((name.to_owned(), schema.clone()));
        let mut text = String::new();
        while let Some((name, schema)) = self.waiting.get(self.done).cloned() {
            self.done += 1;
            self.section(&mut text, &name, &schema);
        }
        text
    }

    fn section(&mut self, text: &mut String, name: &str, schema: &Value) {
        let about = schema["$comment"].as_str().or(schema["description"].as_str()).unwrap_or_default();
        let _ = writeln!(text, "### {name}\n\n{about}\n");
        if chooses(schema) {
            let _ = writeln!(text, "Exactly one of these keys:\n");
        }
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let _ = writeln!(text, "| key | value | |\n|---|---|---|");
        let mut words = Vec::new();
        for (key, member) in schema["properties"].as_object().into_iter().flatten() {
            let needed = if required.contains(&key.as_str()) { ", **required**" } else { "" };
            let about = cell(member["description"].as_str().unwrap_or_default());
            let _ = writeln!(text, "| `{key}` | {}{needed} | {about} |", self.kind(member, key));
            words.extend(meanings(key, member));
        }
        if let Some(other) = schema.get("additionalProperties").filter(|other| other.is_object()) {
            let _ = writeln!(text, "| any other name | {} | a field of the file's own |", self.kind(other, "field"));
        }
        text.push('\n');
        words.iter().for_each(|line| text.push_str(line));
    }

    /// What may stand under a key, in words; records become links to their sections.
    fn kind(&mut self, schema: &Value, key: &str) -> String {
        if let Some(title) = schema["title"].as_str() {
            if schema.get("properties").is_some() {
                return self.link(title, schema);
            }
            return match title {
                "Span of time" => "`15s`, `5m`, `24h`, `30d`".to_owned(),
                _ => format!("[{}](#{})", title.to_lowercase(), anchor(title)),
            };
        }
        if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            return self.choices(choices, key);
        }
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<String> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
            return words.join(", ");
        }
        if let Some(word) = schema["const"].as_str() {
            return format!("`{word}`");
        }
        match (&schema["type"], schema.get("items"), schema.get("additionalProperties")) {
            (_, Some(items), _) => format!("list of: {}", self.kind(items, key)),
            (_, _, Some(values)) if values.is_object() => format!("by name: {}", self.kind(values, key)),
            (Value::String(word), ..) => plain(word, schema).to_owned(),
            (Value::Array(_), ..) => "a code, as written".to_owned(),
            _ => "see right".to_owned(),
        }
    }

    /// One thing or a list of them is told once.
    fn choices(&mut self, choices: &[Value], key: &str) -> String {
        let mut told: Vec<String> = Vec::new();
        for choice in choices {
            let one = self.kind(choice, key);
            match one.strip_prefix("list of: ").map(str::to_owned) {
                Some(item) if told.contains(&item) => told.push("or a list".to_owned()),
                _ if !told.contains(&one) => told.push(one),
                _ => {}
            }
        }
        let text = told.join(", ");
        if text.contains("or a list") || told.len() < 2 { text } else { told.join(" or ") }
    }

    fn link(&mut self, title: &str, schema: &Value) -> String {
        let shape = schema["properties"].to_string();
        let known = self.names.get(&shape).cloned();
        let name = known.unwrap_or_else(|| {
            let plain = spaced(title);
            let taken = self.names.values().filter(|name| **name == plain || name.starts_with(&format!("{plain} ("))).count();
            let name = if taken == 0 { plain } else { format!("{plain} ({})", taken + 1) };
            self.names.insert(shape, name.clone());
            self.waiting.push((name.clone(), schema.clone()));
            name
        });
        format!("[{}](#{})", name.to_lowercase(), anchor(&name))
    }
}

/// A choice of variants: the key is the variant.
fn chooses(schema: &Value) -> bool {
    schema["minProperties"] == 1 && schema["maxProperties"] == 1
}

fn plain<'s>(word: &'s str, schema: &Value) -> &'s str {
    match word {
        "string" if schema["pattern"].is_string() => "`$name`",
        "string" => "text",
        "integer" => "whole number",
        "boolean" => "`true`, `false`",
        "object" => "mapping",
        other => other,
    }
}

/// What the words under a key mean.
fn meanings(key: &str, schema: &Value) -> Option<String> {
    let inner = schema.get("items").or_else(|| schema["anyOf"].get(0)).unwrap_or(schema);
    let (words, about) = (inner["enum"].as_array()?, inner["enumDescriptions"].as_array()?);
    let lines: String = words
        .iter()
        .zip(about)
        .filter_map(|(word, about)| Some(format!("* `{}`: {}\n", word.as_str()?, about.as_str()?)))
        .collect();
    Some(format!("`{key}` is one of:\n\n{lines}\n"))
}

/// `HeaderCondition` as `Header condition`; names such as `OAuth2` stay.
fn spaced(title: &str) -> String {
    let mut text = String::new();
    let letters: Vec<char> = title.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let parted = at > 1 && letter.is_ascii_uppercase() && letters[at - 1].is_ascii_lowercase();
        if parted {
            text.push(' ');
            text.push(letter.to_ascii_lowercase());
        } else {
            text.push(*letter);
        }
    }
    text.trim_end_matches(" file").trim_end_matches(" spec").to_owned()
}

/// The anchor of a heading, as Markdown readers make it.
pub(super) fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .collect::<String>()
        .replace(' ', "-")
}
