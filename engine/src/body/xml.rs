//! XML bodies: structure in, text out; nothing is pasted together.
//!
//! Key order is element order; `"@a"` is an attribute, `$text` text, `$ns` declares prefixes (`""` is the default
//! namespace); a list repeats its element; `{}` and `""` are empty elements. `$declaration: false` beside the root
//! leaves out the XML declaration.

use super::at;
use super::emit::RenderError;
use super::tree::{Tree, TreeKind};
use crate::value::Value;

/// Writes a document whose root is the only member of the tree.
///
/// # Errors
/// No single root, undeclared prefixes, names and characters that XML cannot carry.
pub fn write_xml(tree: &Tree<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let TreeKind::Object(members) = &tree.kind else {
        return Err(at(tree.span, "XML is one root element: a mapping belongs here"));
    };
    let word = |word: &str| members.iter().find(|(name, ..)| **name == *word).map(|(.., tree)| tree);
    let namespaces = word("$ns");
    let mut roots = members.iter().filter(|(name, ..)| !matches!(&**name, "$ns" | "$declaration"));
    let (Some((name, _, root)), None) = (roots.next(), roots.next()) else {
        return Err(at(tree.span, "XML has exactly one root element"));
    };
    if !matches!(word("$declaration").map(|tree| &tree.kind), Some(TreeKind::Value(Value::Bool(false)))) {
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    }
    let mut writer = Writer { out, prefixes: vec!["xml".to_owned()] };
    writer.element(name, root, namespaces)
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    prefixes: Vec<String>,
}

impl Writer<'_> {
    fn element(&mut self, name: &str, tree: &Tree<'_>, outer: Option<&Tree<'_>>) -> Result<(), RenderError> {
        if let TreeKind::List(items) = &tree.kind {
            return items.iter().try_for_each(|item| self.element(name, item, outer));
        }
        if let TreeKind::Value(value @ (Value::List(_) | Value::Object(_) | Value::Json(_))) = &tree.kind {
            return self.computed(name, value.clone().expand(), tree, outer);
        }
        let depth = self.prefixes.len();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        if let Some(namespaces) = outer {
            self.namespaces(namespaces)?;
        }
        match &tree.kind {
            TreeKind::Object(members) => self.members(name, members, tree)?,
            _ => {
                self.name(name, tree)?;
                self.content(name, &text_of(tree)?, tree)?;
            }
        }
        self.prefixes.truncate(depth);
        Ok(())
    }

    /// A list or object that came whole out of an expression.
    fn computed(&mut self, name: &str, value: Value<'_>, tree: &Tree<'_>, outer: Option<&Tree<'_>>) -> Result<(), RenderError> {
        let wrap = |value| Tree { kind: TreeKind::Value(value), span: tree.span };
        match value {
            Value::List(items) => items.into_iter().try_for_each(|item| self.element(name, &wrap(item), outer)),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), tree.span, wrap(value.clone()))).collect();
                self.element(name, &Tree { kind: TreeKind::Object(members), span: tree.span }, outer)
            }
            scalar => self.element(name, &wrap(scalar), outer),
        }
    }

    fn namespaces(&mut self, tree: &Tree<'_>) -> Result<(), RenderError> {
        let TreeKind::Object(members) = &tree.kind else { return Err(at(tree.span, "`$ns` maps prefixes to namespaces")) };
        for (prefix, _, uri) in members {
            let attribute = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            self.attribute(&attribute, &uri.text()?, uri)?;
            self.prefixes.push(prefix.to_string());
        }
        Ok(())
    }

    fn members(
        &mut self,
        name: &str,
        members: &[(std::borrow::Cow<'_, str>, crate::source::Span, Tree<'_>)],
        tree: &Tree<'_>,
    ) -> Result<(), RenderError> {
        for (_, _, value) in members.iter().filter(|(key, ..)| key == "$ns") {
            self.namespaces(value)?;
        }
        self.name(name, tree)?;
        for (key, _, value) in members {
            if let Some(attribute) = key.strip_prefix('@') {
                self.name(attribute, value)?;
                self.attribute(attribute, &text_of(value)?, value)?;
            }
        }
        let text = members.iter().find(|(key, ..)| key == "$text").map(|(.., value)| value);
        let mut children =
            members.iter().filter(|(key, ..)| !key.starts_with('@') && !matches!(&**key, "$ns" | "$text")).peekable();
        if children.peek().is_none() {
            let text = text.map(text_of).transpose()?.unwrap_or_default();
            return self.content(name, &text, tree);
        }
        self.out.push(b'>');
        if let Some(text) = text {
            escape(&text_of(text)?, false, self.out).map_err(|message| at(text.span, message))?;
        }
        for (key, _, value) in children {
            self.element(key, value, None)?;
        }
        self.close(name);
        Ok(())
    }

    fn content(&mut self, name: &str, text: &str, tree: &Tree<'_>) -> Result<(), RenderError> {
        if text.is_empty() {
            self.out.extend_from_slice(b"/>");
            return Ok(());
        }
        self.out.push(b'>');
        escape(text, false, self.out).map_err(|message| at(tree.span, message))?;
        self.close(name);
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'>');
    }

    fn attribute(&mut self, name: &str, value: &str, tree: &Tree<'_>) -> Result<(), RenderError> {
        self.out.push(b' ');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"=\"");
        escape(value, true, self.out).map_err(|message| at(tree.span, message))?;
        self.out.push(b'"');
        Ok(())
    }

    fn name(&self, name: &str, tree: &Tree<'_>) -> Result<(), RenderError> {
        let Some((prefix, _)) = xml_name(name) else {
            return Err(at(tree.span, format!("`{name}` is no XML name")));
        };
        if !prefix.is_empty() && !self.prefixes.iter().any(|known| known == prefix) {
            return Err(at(tree.span, format!("the prefix `{prefix}` is not declared: add it to `$ns`")));
        }
        Ok(())
    }
}

/// A name's prefix (empty when it has none) and local part; none when it is no name (Namespaces in XML 1.0).
pub(crate) fn xml_name(name: &str) -> Option<(&str, &str)> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let starts = |text: &str| text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let rest = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'));
    let prefixed = prefix.is_empty() && !name.starts_with(':') || starts(prefix) && rest(prefix);
    (prefixed && starts(local) && rest(local)).then_some((prefix, local))
}

fn text_of(tree: &Tree<'_>) -> Result<String, RenderError> {
    tree.text().map(std::borrow::Cow::into_owned)
}

/// Escapes text; characters that no XML document can carry are refused (XML 1.0, production 2).
fn escape(text: &str, attribute: bool, out: &mut Vec<u8>) -> Result<(), String> {
    let mut buffer = [0; 4];
    for letter in text.chars() {
        match letter {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' if attribute => out.extend_from_slice(b"&quot;"),
            '\n' | '\t' if attribute => out.extend_from_slice(format!("&#{};", letter as u32).as_bytes()),
            // A bare carriage return would be read back as a line feed.
            '\r' => out.extend_from_slice(b"&#13;"),
            '\n' | '\t' => out.push(letter as u8),
            '\u{FFFE}' | '\u{FFFF}' => return Err("a character that XML cannot carry".into()),
            control if (control as u32) < 0x20 => {
                return Err(format!("the control character U+{:04X}, which XML cannot carry", control as u32));
            }
            other => out.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    Ok(())
}
