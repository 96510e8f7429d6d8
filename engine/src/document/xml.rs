//! XML as JSON, so that one plan reads both.
//!
//! The root element is the one member of the document. Names are local names; texts are trimmed and stay strings.
//! An element without attributes and children is its text, any other an object of its attributes (`"@name"`), its
//! children and, unless empty, its `$text`. Children of one name become an array where the first of them stood.

use super::ReadError;
use super::form::append;
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

/// How deep elements may nest: with the root's object, within what the plan reads.
const MAX_DEPTH: usize = 120;

/// An XML text as JSON text.
///
/// # Errors
/// XML that is not well-formed, a document type declaration, elements nested deeper than 120.
pub fn xml_to_json(xml: &str) -> Result<String, ReadError> {
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|error| malformed(&error))?;
    let root = document.root_element();
    let mut members = Map::new();
    members.insert(root.tag_name().name().to_owned(), element(root, 0)?);
    serde_json::to_string(&Value::Object(members)).map_err(|_| ReadError::whole("the XML could not be written as JSON"))
}

fn element(node: Node<'_, '_>, depth: usize) -> Result<Value, ReadError> {
    if depth == MAX_DEPTH {
        return Err(ReadError::whole("nested too deeply"));
    }
    let mut members = Map::new();
    for attribute in node.attributes() {
        members.insert(format!("@{}", attribute.name()), attribute.value().into());
    }
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            add(&mut members, child.tag_name().name(), element(child, depth + 1)?);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    let text = text.trim();
    if members.is_empty() {
        return Ok(text.into());
    }
    if !text.is_empty() {
        members.insert("$text".to_owned(), text.into());
    }
    Ok(Value::Object(members))
}

fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    match members.get_mut(name) {
        Some(existing) => append(existing, value),
        None => drop(members.insert(name.to_owned(), value)),
    }
}

/// The kind of fault and its place; roxmltree's own words can quote names and values of the document.
fn malformed(error: &roxmltree::Error) -> ReadError {
    let message = match error {
        roxmltree::Error::DtdDetected => "a document type declaration, which is refused",
        roxmltree::Error::NoRootNode | roxmltree::Error::UnclosedRootNode => "the XML ends before its root element does",
        roxmltree::Error::UnexpectedCloseTag(..) => "a closing tag that closes no open element",
        roxmltree::Error::UnknownEntityReference(..) | roxmltree::Error::MalformedEntityReference(..) => "an unknown entity",
        roxmltree::Error::UnknownNamespace(..) => "a namespace prefix that is not declared",
        roxmltree::Error::DuplicatedAttribute(..) => "an attribute that an element has twice",
        roxmltree::Error::NonXmlChar(..) => "a character that XML does not allow",
        _ => "malformed XML",
    };
    let at = error.pos();
    ReadError { message: message.to_owned(), line: at.row, column: at.col }
}
