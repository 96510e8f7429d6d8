//! Config, options, secrets, servers, lookups: what the file declares.

use super::DECLARATION;
use super::template::literal_node;
use crate::carrier::plan::{Constraint, OptionSpec, Setting};
use crate::diagnostic::Diagnostic;
use crate::expr::{Absent, Table, Ty, World};
use crate::source::Node;
use crate::syntax::{CarrierFile, ConfigField, FieldType, Lookup, OneOrMany, OptionField, OptionOf, Sp};
use crate::value::{Pattern, Value};
use std::collections::HashMap;

pub(super) fn declarations(
    syntax: &CarrierFile,
    diagnostics: &mut Vec<Diagnostic>,
) -> (World, Vec<Setting>, Vec<OptionSpec>, Vec<Table>) {
    let environments = syntax.servers.iter().map(|(name, _)| name.value.clone()).collect();
    let mut world = World { secrets: secrets(syntax), environments, ..World::default() };
    let mut settings = Vec::new();
    for (name, field) in &syntax.config {
        let setting = setting(name, field, diagnostics);
        let nullable = setting.optional && setting.default.is_none();
        world.config.push((name.value.clone(), type_of(&setting.constraint), nullable));
        settings.push(setting);
    }
    let mut options = Vec::new();
    for (name, field) in &syntax.options {
        let (spec, default) = option(name, field, diagnostics);
        let entry = (name.value.clone(), spec.ty.clone(), default);
        if spec.of_parcel {
            world.parcel_options.push(entry)
        } else {
            world.shipment_options.push(entry)
        }
        options.push(spec);
    }
    let mut tables = Vec::new();
    for (name, lookup) in &syntax.lookups {
        let table = table(name, lookup, diagnostics);
        world.lookups.push((name.value.clone(), columns(lookup)));
        tables.push(table);
    }
    (world, settings, options, tables)
}

fn secrets(syntax: &CarrierFile) -> Vec<(String, bool)> {
    syntax.secret_names().into_iter().map(|(name, optional)| (name.value, optional)).collect()
}

fn setting(name: &Sp<String>, field: &ConfigField, diagnostics: &mut Vec<Diagnostic>) -> Setting {
    let constraint = constraint(field.r#type.value, field.r#enum.as_ref(), field.pattern.as_ref(), diagnostics);
    for node in [&field.default, &field.example].into_iter().flatten() {
        check_value(name, &constraint, node, diagnostics);
    }
    let optional = field.optional.as_ref().is_some_and(|optional| optional.value);
    Setting { name: name.value.clone(), constraint, default: field.default.as_ref().map(literal_node), optional }
}

fn option(name: &Sp<String>, field: &OptionField, diagnostics: &mut Vec<Diagnostic>) -> (OptionSpec, Value<'static>) {
    let constraint = constraint(field.r#type.value, field.r#enum.as_ref(), field.pattern.as_ref(), diagnostics);
    for node in [&field.default, &field.example].into_iter().flatten() {
        check_value(name, &constraint, node, diagnostics);
    }
    let of_parcel = field.of.as_ref().is_some_and(|of| of.value == OptionOf::Parcel);
    let ty = type_of(&constraint);
    let default = field.default.as_ref().map_or(Value::Null, literal_node);
    (OptionSpec { name: name.value.clone(), constraint, of_parcel, ty }, default)
}

fn constraint(
    kind: FieldType,
    values: Option<&OneOrMany<Node>>,
    pattern: Option<&Sp<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Constraint {
    let pattern = pattern.and_then(|pattern| match Pattern::parse(&pattern.value, false) {
        Ok(regex) => Some(regex),
        Err(error) => {
            diagnostics.push(Diagnostic::error(&DECLARATION, pattern.span, format!("not a regular expression: {error}")));
            None
        }
    });
    let constraint = Constraint { kind, values: Vec::new(), pattern: None };
    let mut allowed = Vec::new();
    for node in values.iter().flat_map(|values| &values.0) {
        let value = literal_node(node);
        // The values themselves are not compared with those that were read before them.
        if let Err(words) = (Constraint { kind, values: Vec::new(), pattern: None }).admits(&value) {
            let help = if kind == FieldType::String {
                "quote it: unquoted, YAML makes another type of it"
            } else {
                "write a value of the type"
            };
            diagnostics.push(Diagnostic::error(&DECLARATION, node.span, format!("one of the `enum` is not {words}")).help(help));
        }
        allowed.push(value);
    }
    Constraint { values: allowed, pattern, ..constraint }
}

fn check_value(name: &Sp<String>, constraint: &Constraint, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    if let Err(words) = constraint.admits(&literal_node(node)) {
        let mut finding = Diagnostic::error(&DECLARATION, node.span, format!("this value of `{}` is not {words}", name.value));
        if constraint.kind == FieldType::String {
            finding = finding.help("quote it: unquoted, YAML makes another type of it");
        }
        diagnostics.push(finding);
    }
}

fn type_of(constraint: &Constraint) -> Ty {
    match constraint.kind {
        FieldType::String if !constraint.values.is_empty() => {
            Ty::Word(constraint.values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
        }
        FieldType::String => Ty::Text,
        FieldType::Integer => Ty::Integer,
        FieldType::Number => Ty::Number,
        FieldType::Boolean => Ty::Bool,
        FieldType::Date => Ty::Date,
        FieldType::Datetime => Ty::DateTime,
        FieldType::Money => Ty::Fields([("amount".to_owned(), Ty::Text), ("currency".to_owned(), Ty::Text)].into()),
    }
}

fn columns(lookup: &Lookup) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for (_, node) in &lookup.values {
        for entry in node.as_map().unwrap_or(&[]) {
            if !columns.contains(&entry.key.text) {
                columns.push(entry.key.text.clone());
            }
        }
    }
    columns
}

fn table(name: &Sp<String>, lookup: &Lookup, diagnostics: &mut Vec<Diagnostic>) -> Table {
    let ignore_case = lookup.r#match.is_some();
    let mut values = HashMap::new();
    let wide = !columns(lookup).is_empty();
    for (key, node) in &lookup.values {
        let key_text = if ignore_case { key.value.to_lowercase() } else { key.value.clone() };
        let value = match node.as_scalar() {
            // Keys and values are read as their source text.
            Some(scalar) => Value::text(scalar.text.clone()),
            None => literal_texts(node),
        };
        if wide && node.as_map().is_none() {
            diagnostics.push(Diagnostic::error(
                &DECLARATION,
                node.span,
                "other entries of this lookup have columns, this one has not",
            ));
        }
        if values.insert(key_text, value).is_some() {
            diagnostics.push(Diagnostic::error(&DECLARATION, key.span, format!("`{}` stands twice in the lookup", key.value)));
        }
    }
    if lookup.unknown.is_none() {
        diagnostics.push(
            Diagnostic::error(
                &DECLARATION,
                name.span,
                format!("the lookup `{}` does not say what is done with a key that it does not have", name.value),
            )
            .help("add `unknown:` with `refuse`, `fail`, `pass`, `omit` or `{value: x}`"),
        );
    }
    let keys = lookup.values.iter().map(|(key, _)| format!("`{}`", key.value));
    let unknown_words = format!("there is no such `{}`: {}", name.value, some_of(keys.collect()));
    let unknown = lookup.unknown.as_ref().map_or(Absent::Fail, |node| absent(node, unknown_words, diagnostics));
    let missing_words = format!("`{}` is missing", name.value);
    let missing = lookup.missing.as_ref().map_or(Absent::Omit, |node| absent(node, missing_words, diagnostics));
    Table { name: name.value.clone(), ignore_case, values, unknown, missing }
}

/// The columns of an entry: scalars by their source text.
fn literal_texts(node: &Node) -> Value<'static> {
    match node.as_map() {
        Some(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| {
                    let value = entry
                        .value
                        .as_scalar()
                        .map_or_else(|| literal_node(&entry.value), |scalar| Value::text(scalar.text.clone()));
                    (entry.key.text.clone().into(), value)
                })
                .collect(),
        ),
        None => literal_node(node),
    }
}

/// What a person can choose from, as far as a person reads.
fn some_of(keys: Vec<String>) -> String {
    const MOST: usize = 12;
    let more = if keys.len() > MOST { format!(", and {} more", keys.len() - MOST) } else { String::new() };
    format!("known are {}{more}", keys[..keys.len().min(MOST)].join(", "))
}

/// What is done without a value; `refused` is what the shop is told, where the file has no words for it.
fn absent(node: &Node, refused: String, diagnostics: &mut Vec<Diagnostic>) -> Absent {
    match node.as_scalar().map(|scalar| scalar.text.as_str()) {
        Some("fail") => Absent::Fail,
        Some("refuse") => Absent::Refuse(refused),
        Some("pass") => Absent::Pass,
        Some("omit") => Absent::Omit,
        Some(other) => {
            diagnostics.push(
                Diagnostic::error(&DECLARATION, node.span, format!("`{other}` is not a word for this"))
                    .among(other, ["refuse", "fail", "pass", "omit"])
                    .help("or give a value: `{value: x}`; or words for the shop: `{refuse: SwiftPost has no such service}`"),
            );
            Absent::Fail
        }
        None => match node.as_map() {
            Some([entry]) if entry.key.text == "value" => Absent::Value(
                entry.value.as_scalar().map_or_else(|| literal_texts(&entry.value), |scalar| Value::text(scalar.text.clone())),
            ),
            Some([entry]) if entry.key.text == "refuse" => match entry.value.as_scalar() {
                Some(scalar) if !scalar.text.trim().is_empty() && !scalar.text.contains("${{") => {
                    Absent::Refuse(scalar.text.clone())
                }
                _ => {
                    let finding =
                        Diagnostic::error(&DECLARATION, entry.value.span, "`refuse` takes words for the shop, without `${{ }}`");
                    diagnostics.push(finding);
                    Absent::Fail
                }
            },
            _ => {
                let words = "expected `refuse`, `fail`, `pass`, `omit`, `{refuse: words}` or `{value: x}`";
                diagnostics.push(Diagnostic::error(&DECLARATION, node.span, words));
                Absent::Fail
            }
        },
    }
}

pub(super) fn environments(syntax: &CarrierFile, diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, Vec<(String, String)>)> {
    let mut environments: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for (environment, servers) in &syntax.servers {
        let mut bases = Vec::new();
        for (name, base) in &servers.0 {
            check_base(base, diagnostics);
            bases.push((name.value.clone(), base.value.trim_end_matches('/').to_owned()));
        }
        environments.push((environment.value.clone(), bases));
    }
    let first: Vec<String> =
        environments.first().map(|(_, bases)| bases.iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default();
    for (at, (environment, bases)) in environments.iter().enumerate().skip(1) {
        let span = syntax.servers[at].0.span;
        for missing in first.iter().filter(|name| !bases.iter().any(|(known, _)| known == *name)) {
            let words = format!("the environment `{environment}` has no server `{missing}`");
            diagnostics.push(Diagnostic::error(&DECLARATION, span, words).help("every environment names the same servers"));
        }
        for (name, _) in bases.iter().filter(|(name, _)| !first.contains(name)) {
            let words = format!("the server `{name}` is not in the first environment");
            let key = syntax.servers[at].1.0.iter().find(|(known, _)| known.value == *name).map_or(span, |(known, _)| known.span);
            diagnostics.push(Diagnostic::error(&DECLARATION, key, words).among(name, first.iter().map(String::as_str)));
        }
    }
    environments
}

fn check_base(base: &Sp<String>, diagnostics: &mut Vec<Diagnostic>) {
    if base.value.contains("${{") {
        diagnostics.push(
            Diagnostic::error(&super::COMPUTED_HOST, base.span, "a server cannot be calculated")
                .help("write each host out, and choose among servers by name"),
        );
        return;
    }
    let host = base.value.strip_prefix("https://").map(|rest| rest.split(['/', ':']).next().unwrap_or(""));
    let valid = host.is_some_and(|host| {
        host.contains('.') && host.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'))
    });
    if !valid || base.value.contains(['?', '#', ' ']) {
        diagnostics.push(
            Diagnostic::error(&DECLARATION, base.span, "a server is `https://`, a host, and a path if need be")
                .help("for example `https://api.swiftpost.example/v2`"),
        );
    }
}

impl Constraint {
    /// Whether a value is what it must be.
    ///
    /// # Errors
    /// What it must be, without the value.
    pub fn admits(&self, value: &Value<'_>) -> Result<(), String> {
        let typed = match (self.kind, value) {
            (FieldType::String, Value::Text(_))
            | (FieldType::Boolean, Value::Bool(_))
            | (FieldType::Number, Value::Number(_)) => true,
            (FieldType::Integer, Value::Number(number)) => number.is_integer(),
            (FieldType::Date, Value::Text(text)) => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
            (FieldType::Datetime, Value::Text(text)) => text.parse::<jiff::Timestamp>().is_ok(),
            (FieldType::Money, money @ (Value::Object(_) | Value::Json(_))) => is_money(money),
            _ => false,
        };
        if !typed {
            return Err(match self.kind {
                FieldType::String => "a text",
                FieldType::Integer => "an integer",
                FieldType::Number => "a number",
                FieldType::Boolean => "`true` or `false`",
                FieldType::Date => "a day such as `2026-01-31`",
                FieldType::Datetime => "an instant such as `2026-01-31T12:00:00Z`",
                FieldType::Money => "an amount with its currency",
            }
            .to_owned());
        }
        if !self.values.is_empty() && !self.values.iter().any(|known| known.equals(value)) {
            let known: Vec<String> =
                self.values.iter().map(|value| format!("`{}`", value.to_json().to_string().trim_matches('"'))).collect();
            return Err(format!("one of {}", known.join(", ")));
        }
        match (&self.pattern, value.as_str()) {
            (Some(pattern), Some(text)) if !pattern.is_match(text) => Err(format!("a text that matches `{pattern}`")),
            _ => Ok(()),
        }
    }
}

fn is_money(value: &Value<'_>) -> bool {
    let member = |name: &str| value.clone().expand().member(name).as_str().map(str::to_owned);
    member("amount").is_some_and(|amount| amount.parse::<rust_decimal::Decimal>().is_ok())
        && member("currency").is_some_and(|code| code.len() == 3)
}
