//! Filters as sections: their own pages, and examples that are run by a test.

use crossdock_engine::expr::filter::{Kind, Param, Spec, Yield, all};
use std::fmt::Write as _;

/// A table of all, then a section each.
pub(super) fn sections() -> String {
    let mut text = String::new();
    let names: Vec<String> = all().iter().map(|spec| format!("[`{0}`](#{0})", spec.name)).collect();
    let _ = writeln!(text, "{}\n", names.join(" "));
    all().iter().for_each(|spec| section(&mut text, spec));
    text
}

fn section(text: &mut String, spec: &Spec) {
    let _ = writeln!(text, "### `{}`\n\n`{}`: takes {}, gives {}.", spec.name, usage(spec), taken(spec), given(spec));
    let page = spec.page.trim();
    let _ = writeln!(text, "\n{page}\n\n```");
    for example in spec.examples {
        let _ = writeln!(text, "{}   → {}", example.expr, example.gives);
    }
    let _ = writeln!(text, "```\n");
}

fn usage(spec: &Spec) -> String {
    let params: Vec<String> = spec.params.iter().map(param).collect();
    let more = if spec.variadic { ", ..." } else { "" };
    match (spec.function, params.is_empty()) {
        (true, _) => format!("{}(value, {}{more})", spec.name, params.join(", ")),
        (false, true) => format!("value | {}", spec.name),
        (false, false) => format!("value | {}({}{more})", spec.name, params.join(", ")),
    }
}

fn param(param: &Param) -> String {
    let choices: Vec<String> = param.choices.iter().map(|choice| format!("'{choice}'")).collect();
    let name = if choices.is_empty() { param.name.to_owned() } else { format!("{}={}", param.name, choices.join("/")) };
    if param.required { name } else { format!("[{name}]") }
}

fn taken(spec: &Spec) -> String {
    let kinds: Vec<&str> = spec.accepts.iter().map(|kind| kind.name()).collect();
    let null = if spec.takes_null { ", null too" } else { "" };
    format!("{}{null}", kinds.join(" or "))
}

fn given(spec: &Spec) -> String {
    match spec.yields {
        Yield::Kind(Kind::Any) | Yield::Any => "what it makes of it".to_owned(),
        Yield::Kind(kind) => kind.name().to_owned(),
        Yield::Nullable(kind) => format!("{} or null", kind.name()),
        Yield::SameAsInput => "the same type".to_owned(),
        Yield::Item => "an item, or null".to_owned(),
    }
}
