//! A path's text cut into its segments, so that a fault is told where it is and in the author's terms.

use super::PathError;
use std::ops::Range;

/// The segments in `text` from byte `from` on.
pub(super) fn split(text: &str, from: usize) -> Result<Vec<Range<usize>>, PathError> {
    let mut segments = Vec::new();
    let mut at = from;
    while at < text.len() {
        let before = at;
        at += text[at..].len() - text[at..].trim_start().len();
        let end = match &text.as_bytes()[at..] {
            [] => return Err(PathError::new(before..text.len(), "a space after the end of the path")),
            [b'[', ..] => bracket(text, at)?,
            [b'.', b'.', b'[', ..] => bracket(text, at + 2)?,
            [b'.', b'.', ..] => name(text, at, at + 2)?,
            [b'.', ..] => name(text, at, at + 1)?,
            _ => return Err(stray(text, at)),
        };
        segments.push(at..end);
        at = end;
    }
    Ok(segments)
}

fn stray(text: &str, at: usize) -> PathError {
    let end = text[at..].find(['.', '[']).map_or(text.len(), |length| at + length);
    let stray = &text[at..end];
    PathError::new(at..end, format!("`{stray}` does not belong here"))
        .help("segments are `.name`, `['name']`, `[0]`, `[*]`, `[?..]`")
}

/// The end of the bracket that opens at `open`, past strings and brackets inside it.
fn bracket(text: &str, open: usize) -> Result<usize, PathError> {
    let mut depth = 0;
    let mut quote = None;
    let mut bytes = text.bytes().enumerate().skip(open);
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(closing), _) if byte == closing => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth -= 1,
            (None, _) => {}
        }
        if depth == 0 {
            return Ok(at + 1);
        }
    }
    let what = if quote.is_some() { "a quote inside this `[` is not closed" } else { "this `[` is not closed" };
    Err(PathError::new(open..text.len(), what))
}

/// The end of the bare name that stands from `start` on; `dot` is where its segment begins.
fn name(text: &str, dot: usize, start: usize) -> Result<usize, PathError> {
    let end = text[start..].find(['.', '[']).map_or(text.len(), |length| start + length);
    let name = &text[start..end];
    if name == "*" || is_bare(name.trim_end()) {
        return Ok(start + name.trim_end().len());
    }
    let error = |message: String| PathError::new(dot..end, message);
    if name.trim().is_empty() {
        return Err(error(format!("a name is missing after `{}`", &text[dot..start])));
    }
    if name.ends_with("()") {
        let help = "the filters of `${{ }}` do: `length`, `first`, `last`";
        return Err(error(format!("a path has no methods such as `{name}`")).help(help));
    }
    let dots = if start - dot == 2 { ".." } else { "" };
    Err(error(format!("the name `{name}` must be quoted")).help(format!(
        "write `{}{dots}[{}]`",
        &text[..dot],
        quoted(name.trim())
    )))
}

/// A name in single quotes, as a path has it.
pub(super) fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Whether a name may stand without quotes.
pub(super) fn is_bare(name: &str) -> bool {
    let first = |char: char| char.is_ascii_alphabetic() || char == '_' || !char.is_ascii();
    name.chars().next().is_some_and(first) && name.chars().all(|char| first(char) || char.is_ascii_digit())
}

/// Why a bracket could not be parsed.
pub(super) fn explain(text: &str, at: Range<usize>, root: &str) -> PathError {
    let segment = text[at.clone()].trim_start_matches('.');
    let inside = segment.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(segment).trim();
    let error = |message: String| PathError::new(at.clone(), message);
    if inside.is_empty() {
        return error("nothing is selected by `[]`".to_owned()).help("every element is `[*]`, the first one `[0]`");
    }
    if inside.starts_with('?') {
        return error("this filter cannot be read".to_owned())
            .help("a filter is `[?@.code == 'X']`, its names quoted where need be, `@['a-b']`; `&&`, `||`, `!`");
    }
    if inside.starts_with(['\'', '"']) {
        return error("this quoted name cannot be read".to_owned()).help("escape a quote or a backslash inside it by `\\`");
    }
    if inside.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return error(format!("`{inside}` is no index")).help("an index is an integer without leading zeros");
    }
    if !inside.contains([',', ':', '(', ' ']) {
        return error(format!("the name `{inside}` must be quoted")).help(format!(
            "write `{root}{}[{}]`",
            &text[root.len()..at.start],
            quoted(inside)
        ));
    }
    error(format!("`{segment}` cannot be read as a selector"))
}
