//! What a case can say: members of results that exist, numbers that YAML leaves as they are.

use crate::check::scalars::YAML_TYPE;
use crate::diagnostic::Diagnostic;
use crate::schema;
use crate::source::{Literal, Node, Sources, Style};
use crate::syntax::UNKNOWN_KEY;

/// The form of a result: the key of `then`, and its members with what they are.
#[derive(Debug, Clone)]
pub struct Form {
    /// The key of `then`.
    pub key: &'static str,
    /// Whether it is a list of such objects.
    pub list: bool,
    /// The members, and what each is.
    pub members: Vec<(String, String)>,
}

const PARCEL: &[(&str, &str)] = &[
    ("reference", "our reference of the parcel (`reference:` of `parcels`; else by position)"),
    ("tracking_number", "its tracking number"),
    ("carrier_ref", "the carrier's own id"),
    ("refused", "`{code, message}`: the carrier did not take this one (`error:` of `parcels`)"),
];
const DOCUMENT: &[(&str, &str)] = &[
    ("kind", "`label`, `return_label`, `invoice`, `customs`, `other`"),
    ("media", "the media type"),
    ("data", "the bytes in Base64"),
    ("parcel_reference", "our reference of the parcel (`reference:` of `documents`)"),
];
const MESSAGE: &[(&str, &str)] = &[("code", "the carrier's code"), ("message", "the carrier's words")];
const PRICE: &[(&str, &str)] = &[("amount", "a decimal text"), ("currency", "its currency")];
const COMPLETION: &[(&str, &str)] = &[
    ("operation", "the operation that is completed"),
    ("step", "its step"),
    ("names", "`{tracking_number, carrier_ref, reference}`: what the delivery names the order by"),
    ("outcome", "what it comes to"),
    ("errors", "the carrier's errors"),
];
const NAMES: (&str, &str) = ("names", "`{tracking_number, carrier_ref, reference}`: by which the event finds its parcel");

/// The forms of all results that have members.
#[must_use]
pub fn forms() -> Vec<Form> {
    let form = |key, list, members: &[(&str, &str)]| {
        let members = members.iter().map(|(name, about)| ((*name).to_owned(), (*about).to_owned())).collect();
        Form { key, list, members }
    };
    vec![
        form("parcels", true, PARCEL),
        form("documents", true, DOCUMENT),
        form("errors", true, MESSAGE),
        form("warnings", true, MESSAGE),
        form("price", false, PRICE),
        Form { key: "events", list: true, members: event() },
        form("completions", true, COMPLETION),
    ]
}

/// The members of an event, out of the type itself, and the names that it finds its parcel by.
fn event() -> Vec<(String, String)> {
    let schema = schema::event();
    let members = schema["properties"].as_object().into_iter().flatten();
    let about = |member: &serde_json::Value| member["description"].as_str().unwrap_or_default().trim_end_matches('.').to_owned();
    let own = members.map(|(name, member)| (name.clone(), about(member)));
    own.chain([(NAMES.0.to_owned(), NAMES.1.to_owned())]).collect()
}

/// Looks at the cases of a file as they are written.
pub(super) fn check(sources: &Sources, node: &Node, found: &mut Vec<Diagnostic>) {
    let forms = forms();
    for case in node.as_list().unwrap_or(&[]) {
        if let Some(then) = case.get("then") {
            forms.iter().for_each(|form| members(form, then, &forms, found));
        }
    }
    crate::check::visit(node, &mut |node, path| {
        if path.iter().any(|key| matches!(*key, "json" | "order" | "with" | "config" | "args")) {
            digits(sources, node, found);
        }
    });
}

fn members(form: &Form, then: &Node, forms: &[Form], found: &mut Vec<Diagnostic>) {
    let Some(result) = then.get(form.key) else { return };
    let single = std::slice::from_ref(result);
    for entry in result.as_list().unwrap_or(single).iter().flat_map(|item| item.as_map().unwrap_or(&[])) {
        let key = entry.key.text.as_str();
        if form.members.iter().any(|(name, _)| name == key) {
            continue;
        }
        // A completion carries whatever its `extract` reads.
        if form.key == "completions" {
            if let Some(inner) = forms.iter().find(|inner| inner.key == key) {
                let holder = Node { span: entry.value.span, kind: crate::source::Kind::Map(vec![entry.clone()].into()) };
                members(inner, &holder, &[], found);
            }
            continue;
        }
        let words = format!("`{}` have no `{key}`", form.key);
        let mut finding = Diagnostic::error(&UNKNOWN_KEY, entry.key_span, words);
        if let Some(name) = renamed(form.key, key) {
            finding = finding.help(format!("what the file reads as `{key}` comes out as `{name}`")).suggest(entry.key_span, name);
        }
        found.push(finding.among(key, form.members.iter().map(|(name, _)| name.as_str())));
    }
}

/// Results whose name is another than that of the key which reads them.
fn renamed(form: &str, key: &str) -> Option<&'static str> {
    match (form, key) {
        ("events" | "documents", "reference") => Some("parcel_reference"),
        ("parcels", "error") => Some("refused"),
        ("events", "code") => Some("carrier_code"),
        ("events", "text") => Some("carrier_text"),
        ("events", "id") => Some("event_id"),
        ("events", "carrier_ref") => Some("names"),
        _ => None,
    }
}

/// A number whose digits are not those that a carrier would send.
fn digits(sources: &Sources, node: &Node, found: &mut Vec<Diagnostic>) {
    let Some(scalar) = node.as_scalar().filter(|scalar| scalar.style == Style::Plain) else { return };
    let number = match scalar.literal() {
        Literal::Int(_) | Literal::Number(_) => node.to_json().to_string(),
        _ => return,
    };
    if number.trim_matches('"') == scalar.text {
        return;
    }
    let quoted = format!("\"{}\"", scalar.text);
    let words = format!("`{}` is the number {} here", scalar.text, number.trim_matches('"'));
    let finding = Diagnostic::error(&YAML_TYPE, node.span, words)
        .help(format!("put quotes around a text: `{quoted}`"))
        .help("a number whose very digits count can stand in a file of its own: `file: ../samples/reply.json`");
    found.push(if sources.slice(node.span) == scalar.text { finding.suggest(node.span, quoted) } else { finding });
}
