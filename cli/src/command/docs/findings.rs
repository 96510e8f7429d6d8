//! Findings: the pages that `crossdock explain` prints.

use crossdock_engine::diagnostic::{Code, codes};
use std::fmt::Write as _;

/// A table of all codes, then a section each.
pub(super) fn sections() -> String {
    let mut text = String::from("| code | name | meaning |\n|---|---|---|\n");
    for code in codes() {
        let link = super::record::anchor(&heading(code));
        let _ = writeln!(text, "| [{}](#{link}) | {} | {} |", code.id, code.name, super::cell(&code.summary()));
    }
    text.push('\n');
    codes().into_iter().for_each(|code| section(&mut text, code));
    text
}

fn heading(code: &Code) -> String {
    format!("{} {}", code.id, code.name)
}

/// Headings within a page become words in bold: the page's own heading is a third-order one here.
fn section(text: &mut String, code: &Code) {
    let _ = writeln!(text, "### {}\n", heading(code));
    for line in code.page {
        let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
        match line.strip_prefix("## ") {
            Some(word) => _ = writeln!(text, "\n**{word}.**"),
            None => _ = writeln!(text, "{}", line.replace("```yaml", "\n```yaml wrong")),
        }
    }
    text.push('\n');
}
