//! Bodies: one compiled [`Template`], written by one file per format.
//!
//! A template is emitted into a [`Sink`]. JSON goes straight into bytes; the other formats, and everything that a person
//! is shown, go through a [`Tree`] that knows which line of the file each value came from.

mod emit;
mod form;
mod json;
mod template;
mod tree;
mod xml;

pub(crate) use emit::for_each;
pub use emit::{RenderError, Sink, emit};
pub use form::{form_pairs, write_form};
pub(crate) use json::write_text as write_json_text;
pub use json::{JsonSink, write_json};
pub use template::{LoopList, Member, Nested, OnNull, Template, TextPart};
pub use tree::{Tree, TreeKind, TreeSink};
pub use xml::write_xml;

use crate::source::Span;

/// What a request's body is made of.
#[derive(Debug, Clone)]
pub enum Body {
    /// No body.
    None,
    /// `application/json`
    Json(Template),
    /// `application/xml`
    Xml(Template),
    /// `application/x-www-form-urlencoded`
    Form(Template),
    /// `text/plain`
    Text(Template),
}

impl Body {
    /// The media type that goes with the format.
    #[must_use]
    pub fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Json(_) => Some("application/json"),
            Self::Xml(_) => Some("application/xml"),
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Text(_) => Some("text/plain; charset=utf-8"),
        }
    }

    /// The template, when there is a body.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::None => None,
            Self::Json(template) | Self::Xml(template) | Self::Form(template) | Self::Text(template) => Some(template),
        }
    }

    /// Writes the body's bytes.
    ///
    /// # Errors
    /// A null where a value must be, a value that the format cannot carry.
    pub fn write<'e>(&'e self, env: &mut crate::expr::Env<'e>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        match self {
            Self::None => Ok(()),
            Self::Json(template) => write_json(template, env, out),
            Self::Xml(template) => write_xml(&TreeSink::render(template, env)?, out),
            Self::Form(template) => write_form(&TreeSink::render(template, env)?, out),
            Self::Text(template) => write_text(&TreeSink::render(template, env)?, out),
        }
    }
}

fn write_text(tree: &Tree<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    out.extend_from_slice(tree.text()?.as_bytes());
    Ok(())
}

/// The place of a template in the file, for messages.
pub(crate) fn at(span: Span, message: impl Into<String>) -> RenderError {
    RenderError { message: message.into(), span }
}
