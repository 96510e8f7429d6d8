//! The parser's complaints in the words of someone who wants to mend the file.

use super::parse::Text;
use super::{Span, code};
use crate::diagnostic::Diagnostic;

const QUOTE: &str = "put quotes around the value";
const SPACES: &str = "check the indentation: it is made of spaces, and neighbours stand in the same column";

/// Where reading broke.
pub(super) struct Place<'a> {
    pub(super) text: Text<'a>,
    /// The byte that the parser names.
    pub(super) at: usize,
    /// The innermost bracket that is open there.
    pub(super) bracket: Option<usize>,
    /// The scalar that was read last.
    pub(super) last_scalar: Option<Span>,
}

/// A finding for the parser's message.
pub(super) fn explain(info: &str, place: &Place<'_>) -> Diagnostic {
    let has = |part: &str| info.contains(part);
    if has("recursion limit") {
        return Diagnostic { code: &code::TOO_LARGE, ..place.error(1, "brackets are nested too deep") };
    }
    if has("tab") && !has("table") {
        return tab(place);
    }
    if has("quoted scalar, found unexpected") || has("indentation in quoted scalar") {
        let quote = place.character();
        return place.error(1, format!("the quote `{quote}` is never closed")).help("close it on the value's last line");
    }
    if has("escape") || has("hexadecimal") {
        return escape(place);
    }
    if let Some(bracket) = place.bracket {
        return inside_brackets(place, bracket);
    }
    if has("unexpected character") {
        return place.quoted(place.at, cannot_begin(place.character()));
    }
    if has("mapping values are not allowed") {
        return colon(place);
    }
    if has("invalid trailing content") {
        return place
            .error(1, "text follows the closing quote")
            .help("put the whole value into quotes; inside single quotes `'` is written `''`, inside double quotes `\"` is written `\\\"`");
    }
    if has("simple key expect") {
        return lonely_line(place);
    }
    if has("comment intercepting") {
        return place.error(1, "a comment stands inside a value of several lines").help("move the comment above the key");
    }
    let (message, help) = match () {
        () if has("misplaced bracket") => ("this bracket closes nothing", QUOTE),
        () if has("did not find expected key") || has("invalid indentation") => {
            ("this line is indented unlike its neighbours", SPACES)
        }
        () if has("expected '-' indicator") => ("a key stands where an item of the list was expected", SPACES),
        () if has("block sequence entries") => {
            ("a list cannot begin on the line of its key", "begin it on the next line, or write `[a, b]`")
        }
        () if has("anchor or alias") => {
            ("`*` and `&` need a name behind them", "a text that begins with `*` or `&` needs quotes")
        }
        () if has("block scalar") => {
            ("this block of text is not well-formed", "`|` or `>` ends its line; the text follows, indented by spaces")
        }
        () if has("unprintable") => {
            ("there is a control character in the file", "remove it, or write it as an escape in double quotes")
        }
        () => (info, "see the syntax of YAML 1.2"),
    };
    place.error(1, message).help(help)
}

impl Place<'_> {
    fn error(&self, length: usize, message: impl Into<String>) -> Diagnostic {
        self.error_at(self.at, self.at + length, message)
    }

    fn error_at(&self, start: usize, end: usize, message: impl Into<String>) -> Diagnostic {
        let end = end.min(self.text.text.len());
        Diagnostic::error(&code::SYNTAX, self.text.span(start.min(end), end), message)
    }

    fn character(&self) -> char {
        self.text.line(self.at).chars().next().unwrap_or(' ')
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// An error whose mend is quotes around the value from `start` to the end of the line.
    fn quoted(&self, start: usize, message: String) -> Diagnostic {
        let line = self.text.line(start);
        let value = line.find(" #").map_or(line, |comment| &line[..comment]).trim_end();
        let span = self.text.span(start, start + value.len());
        self.error(1, message).help(QUOTE).suggest(span, in_quotes(value))
    }
}

fn cannot_begin(character: char) -> String {
    let name = if character == '`' { "a backtick".to_owned() } else { format!("`{character}`") };
    format!("a value cannot begin with {name}")
}

fn in_quotes(value: &str) -> String {
    if value.contains(['"', '\\']) { format!("'{}'", value.replace('\'', "''")) } else { format!("\"{value}\"") }
}

fn tab(place: &Place<'_>) -> Diagnostic {
    let start = place.line_start(place.at);
    let line = place.text.line(start);
    let at = line.find('\t').map_or(place.at, |tab| start + tab);
    place.error_at(at, at + 1, "a tab stands where only spaces may").help("indent by spaces")
}

fn escape(place: &Place<'_>) -> Diagnostic {
    let line = place.text.line(place.at);
    let mut rest = line.char_indices().peekable();
    let mut found = 0;
    while let Some((at, character)) = rest.next() {
        let Some((_, next)) = rest.next_if(|_| character == '\\') else { continue };
        let digits = match next {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let code = line.get(at + 2..at + 2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let known = "0abtnvfre \"/\\N_LP\t".contains(next) || code.and_then(char::from_u32).is_some() && digits > 0;
        if !known {
            found = at;
            break;
        }
    }
    let at = place.at + found;
    let length = 1 + place.text.line(at + 1).chars().next().map_or(0, char::len_utf8);
    place
        .error_at(at, at + length, format!("`{}` is no escape", place.text.slice(place.text.span(at, at + length))))
        .help("write `\\\\` for a backslash, or use single quotes, which know no escapes")
}

fn inside_brackets(place: &Place<'_>, bracket: usize) -> Diagnostic {
    let open = char::from(place.text.byte(bracket).unwrap_or(b'['));
    if bracket < place.line_start(place.at) || place.at >= place.text.text.len() {
        return place
            .error_at(bracket, bracket + 1, format!("the bracket `{open}` is never closed"))
            .related(place.text.span(place.at, place.at), "reading went on to here")
            .help(format!("close it by `{}`", if open == '[' { ']' } else { '}' }));
    }
    let around = if open == '[' { "`[ ]`" } else { "`{ }`" };
    match place.character() {
        '{' if place.text.text[..place.at].ends_with('$') => expression(place, around),
        character @ ('{' | '[' | '}' | ']') => {
            place.error(1, format!("`{character}` ends a value without quotes inside {around}")).help(QUOTE)
        }
        ':' => place.error(1, format!("a second `:` inside {around}")).help("put quotes around a value that holds `: `"),
        character @ ('@' | '`' | '%') => place.error(1, cannot_begin(character)).help(QUOTE),
        _ => place
            .error(1, format!("a `,` is missing inside {around}"))
            .help("separate entries by `, `; put quotes around a value"),
    }
}

/// `${{ }}` without quotes inside brackets. The value that it begins or ends is quoted as far as its own line tells.
fn expression(place: &Place<'_>, around: &str) -> Diagnostic {
    let start = place.last_scalar.map_or(place.at - 1, |scalar| scalar.start as usize);
    let rest = place.text.line(start);
    let end = start + rest.find("}}").map_or(rest.len(), |at| at + 2);
    let message = format!("an expression inside {around} needs quotes");
    let finding = place.error_at(start, end, message).help(QUOTE);
    let ends_value = place.text.line(end).trim_start().starts_with([',', ']', '}']);
    if ends_value { finding.suggest(place.text.span(start, end), in_quotes(&place.text.text[start..end])) } else { finding }
}

fn colon(place: &Place<'_>) -> Diagnostic {
    let line = place.line_start(place.at);
    match place.last_scalar.map(|scalar| scalar.start as usize) {
        Some(start) if start >= line => place.quoted(start, "`: ` inside a value without quotes".to_owned()),
        _ => place.error(1, "a key is not expected here: the value above is already complete").help(SPACES),
    }
}

/// A line that is neither a key nor part of a value; the parser notices one line later.
fn lonely_line(place: &Place<'_>) -> Diagnostic {
    let before = place.text.text[..place.at].trim_end();
    let start = place.line_start(before.len());
    let start = start + before[start..].len() - before[start..].trim_start().len();
    place.error_at(start, before.len(), "a `:` is missing behind this key").help("write `key: value`")
}

/// A key that is no text: nearly always an expression that lost its `$`.
pub(super) fn unusable_key(text: &Text<'_>, span: Span, inside_flow: bool) -> Diagnostic {
    let start = span.start as usize;
    let outer = start.saturating_sub(1);
    let is_expression = text.byte(start) == Some(b'{') && text.byte(outer) == Some(b'{') && start > 0;
    if !is_expression {
        let behind_colon = span.is_empty() && text.byte(outer) == Some(b':');
        let (span, message) = match span.is_empty() {
            true if behind_colon => (text.span(outer, start), "the key is missing"),
            true => (span, "the key is missing"),
            false => (span, "a key is a text, not a list or a mapping"),
        };
        return Diagnostic::error(&code::NON_SCALAR_KEY, span, message).help("put quotes around it if a text is meant");
    }
    let rest = text.line(outer);
    let expression = rest.find("}}").map_or(rest, |end| &rest[..end + 2]);
    let mended = if inside_flow && !text.text[..outer].ends_with(": ") || expression.contains(": ") {
        format!("\"${expression}\"")
    } else {
        format!("${expression}")
    };
    let whole = text.span(outer, outer + expression.len());
    Diagnostic::error(&code::NON_SCALAR_KEY, whole, "an expression is missing its `$`")
        .help(format!("did you mean `{mended}`?"))
        .suggest(whole, mended)
}
