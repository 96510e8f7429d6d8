//! Values that YAML does not read as they look.

use crate::diagnostic::Diagnostic;
use crate::source::{Literal, Node, Scalar, Sources, Style};

crate::codes! {
    /// ## What
    /// A value without quotes is not what it looks like: a number loses digits (`01067`, `1.10`, `0x10`), or a word or a
    /// time (`NO`, `Y`, `12:30`) is a boolean or a number to other readers of YAML.
    /// ## Why
    /// `zip: 01067` is the number 1067. By YAML 1.2, which counts here, `NO` is a text, but whoever reads the file cannot
    /// see it.
    /// ## Example
    /// ```yaml
    /// zip: 01067
    /// ```
    /// ## Mend
    /// Put quotes around it if a text is meant: `zip: "01067"`. Write a number the way it is printed: `1.1`.
    YAML_TYPE = "E609", "yaml-type";
}

/// Words that are booleans in YAML 1.1.
const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off"];

pub(super) fn check(sources: &Sources, node: &Node, found: &mut Vec<Diagnostic>) {
    super::walk::visit(node, &mut |node, path| {
        let Some(scalar) = node.as_scalar().filter(|scalar| scalar.style == Style::Plain) else { return };
        if !reads_source_text(path) {
            found.extend(finding(sources, node, scalar));
        }
    });
}

/// Codes and the values of lookups are read as their source text.
fn reads_source_text(path: &[&str]) -> bool {
    matches!(path, ["vocabularies", ..] | ["lookups", _, "values" | "unknown" | "missing", ..] | [.., "status"])
}

fn finding(sources: &Sources, node: &Node, scalar: &Scalar) -> Option<Diagnostic> {
    let text = scalar.text.as_str();
    let printed = printed(scalar);
    let finding = if let Some(printed) = &printed {
        Diagnostic::error(&YAML_TYPE, node.span, format!("`{text}` is a number here and is written `{printed}`"))
    } else if is_lookalike(text) {
        Diagnostic::warning(
            &YAML_TYPE,
            node.span,
            format!("`{text}` is a text here, but a boolean or number to other readers of YAML"),
        )
    } else {
        return None;
    };
    let quoted = super::cut::quoted(sources.slice(node.span));
    let finding = finding.help(format!("put quotes around it: `{quoted}`")).suggest(node.span, quoted);
    Some(match printed {
        Some(printed) => finding.help(format!("if the number is meant, write `{printed}`")),
        None => finding,
    })
}

/// How a number is printed, when its text is another.
fn printed(scalar: &Scalar) -> Option<String> {
    match scalar.literal() {
        Literal::Int(number) if scalar.loses_digits() => Some(number.to_string()),
        Literal::Number(text) => number(text).filter(|printed| printed != text),
        _ => None,
    }
}

fn number(text: &str) -> Option<String> {
    let radix = |prefix: &str, radix: u32| text.strip_prefix(prefix).and_then(|digits| i128::from_str_radix(digits, radix).ok());
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number.to_string());
    }
    if text.contains(['e', 'E']) {
        let number = rust_decimal::Decimal::from_scientific(text).ok();
        return Some(number.map_or_else(|| "another number".to_owned(), |number| number.normalize().to_string()));
    }
    text.parse::<rust_decimal::Decimal>().ok().map(|number| number.normalize().to_string())
}

fn is_lookalike(text: &str) -> bool {
    let usual = [text.to_lowercase(), text.to_uppercase(), capitalised(text)];
    let word = WORDS.contains(&text.to_lowercase().as_str()) && usual.iter().any(|usual| usual == text);
    word || is_sexagesimal(text)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `12:30` is 750 to readers of YAML 1.1.
fn is_sexagesimal(text: &str) -> bool {
    let mut groups = text.trim_start_matches(['+', '-']).split(':');
    let first = groups.next().is_some_and(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    let rest: Vec<&str> = groups.collect();
    first && !rest.is_empty() && rest.iter().all(|group| group.len() <= 2 && group.parse::<u8>().is_ok_and(|number| number < 60))
}
