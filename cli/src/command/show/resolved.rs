//! What names stand for, put in their places.

use crate::project::Look;
use crate::terminal::{Paint, Terminal};
use crossdock_engine::source::{Kind, Node, Scalar, Style};
use crossdock_engine::syntax::{Operation, Part, Request, Sp};
use std::fmt::Write;

/// How deep parts may stand within parts.
const DEEPEST: usize = 16;

/// The rules of every reply, with `$http` spelled out.
pub(super) fn rules(look: &Look, terminal: &Terminal) -> String {
    let mut text = String::new();
    for (name, rules) in look.carrier.rule_lists() {
        let _ = writeln!(text, "\n{}", terminal.out(&format!("replies of {name}"), Paint::Bold));
        for rule in rules {
            let line = look.carrier.sources().position(rule.span).line;
            let from = if rule.builtin { "  # $http" } else { "" };
            let _ = writeln!(text, "  {line:>4}  - {}{from}", rule.text);
        }
    }
    text
}

/// The bodies of requests, with their parts in place.
pub(super) fn bodies(look: &Look, terminal: &Terminal) -> String {
    let mut text = String::new();
    for (name, operation) in &look.syntax.operations {
        for (step, request) in requests(operation) {
            let Some((kind, body)) = body(request) else { continue };
            let step = step.map(|step| format!(", step `{step}`")).unwrap_or_default();
            let title = format!("{kind} of operation `{}`{step}", name.value);
            let _ = writeln!(text, "\n{}", terminal.out(&title, Paint::Bold));
            let printer = Printer { parts: &look.syntax.parts };
            printer.node(&mut text, body, 1, 0);
        }
    }
    text
}

fn requests(operation: &Operation) -> Vec<(Option<&str>, &Request)> {
    let steps = operation.steps.iter().flat_map(|steps| &steps.0);
    let steps = steps.map(|(name, step)| (Some(name.value.as_str()), &*step.request));
    operation.request.iter().map(|request| (None, request)).chain(steps).collect()
}

fn body(request: &Request) -> Option<(&'static str, &Node)> {
    request.bodies().into_iter().next()
}

struct Printer<'a> {
    parts: &'a [(Sp<String>, Part)],
}

impl Printer<'_> {
    /// A node in lines of its own.
    fn node(&self, text: &mut String, node: &Node, indent: usize, depth: usize) {
        let space = "  ".repeat(indent);
        if let Some((part, arguments)) = self.part(node).filter(|_| depth < DEEPEST) {
            let _ = writeln!(text, "{space}# {arguments}");
            return self.node(text, &part.value.0, indent, depth + 1);
        }
        match &node.kind {
            Kind::Scalar(scalar) => _ = writeln!(text, "{space}{}", quoted(scalar)),
            Kind::List(items) => {
                for item in items.iter() {
                    self.entry(text, &format!("{space}-"), item, indent, depth);
                }
            }
            Kind::Map(entries) => {
                for entry in entries.iter() {
                    self.entry(text, &format!("{space}{}:", quoted(&entry.key)), &entry.value, indent, depth);
                }
            }
        }
    }

    /// A scalar beside its key, anything else below it.
    fn entry(&self, text: &mut String, key: &str, value: &Node, indent: usize, depth: usize) {
        if let Kind::Scalar(scalar) = &value.kind {
            let _ = writeln!(text, "{key} {}", quoted(scalar));
        } else {
            let _ = writeln!(text, "{key}");
            self.node(text, value, indent + 1, depth);
        }
    }

    /// The part that stands here, and what it is called with.
    fn part(&self, node: &Node) -> Option<(&Part, String)> {
        let name = &node.get("$part")?.as_scalar()?.text;
        let (_, part) = self.parts.iter().find(|(known, _)| known.value == *name)?;
        let arguments = node.as_map()?.iter().filter(|entry| entry.key.text != "$part");
        let arguments: Vec<String> = arguments
            .map(|entry| {
                let value = entry.value.as_scalar().map_or("...", |scalar| scalar.text.as_str());
                format!("{} = {value}", entry.key.text)
            })
            .collect();
        Some((part, format!("part `{name}`, {}", arguments.join(", "))))
    }
}

/// A scalar in one line, in quotes where it had some.
fn quoted(scalar: &Scalar) -> String {
    match scalar.style {
        Style::Plain | Style::Tagged => scalar.text.clone(),
        _ => serde_json::Value::from(scalar.text.as_str()).to_string(),
    }
}
