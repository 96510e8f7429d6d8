//! Bodies: one compiled [`Template`], written by one file per format.
//!
//! A template is emitted into a [`Sink`]. JSON goes straight into bytes; the other formats, and everything that a person
//! is shown, go through a [`Tree`] that knows which line of the file each value came from.

mod emit;
mod form;
mod json;
mod multipart;
mod soap;
mod template;
mod tree;
mod xml;

pub use emit::{RenderError, Sink, emit};
pub(crate) use emit::{choose, for_each};
pub use form::{form_fields, form_pairs, write_form};
pub(crate) use json::write_text as write_json_text;
pub use json::{JsonSink, write_json};
pub(crate) use multipart::PART_WORDS;
pub use multipart::write_multipart;
pub use soap::{ENVELOPE_1_1, ENVELOPE_1_2, Soap, SoapVersion};
pub use template::{LoopList, Member, Nested, OnNull, Template, TextPart};
pub use tree::{Tree, TreeKind, TreeSink};
pub use xml::write_xml;
pub(crate) use xml::xml_name;

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
    /// A SOAP envelope.
    Soap(Box<Soap>),
    /// `application/x-www-form-urlencoded`
    Form(Template),
    /// `multipart/form-data`
    Multipart(Template),
    /// `text/plain`
    Text(Template),
    /// `application/octet-stream`
    Bytes(Template),
}

/// What goes with a body that was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Its media type; none when there is no body.
    pub media: Option<String>,
    /// What separates its parts, for a media type that the file says itself.
    pub boundary: Option<String>,
    /// A header that the format asks for beside `Content-Type`.
    pub header: Option<(&'static str, String)>,
}

impl Written {
    fn of(media: &str) -> Self {
        Self { media: Some(media.to_owned()), ..Self::default() }
    }
}

impl Body {
    /// The template, when there is a body.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::None => None,
            Self::Soap(soap) => Some(&soap.envelope),
            Self::Json(template)
            | Self::Xml(template)
            | Self::Form(template)
            | Self::Multipart(template)
            | Self::Text(template)
            | Self::Bytes(template) => Some(template),
        }
    }

    /// Whether its reply is an envelope: what is read is the inside of `Body`.
    #[must_use]
    pub fn is_soap(&self) -> bool {
        matches!(self, Self::Soap(_))
    }

    /// Writes the body's bytes, and says what goes with them.
    ///
    /// # Errors
    /// A null where a value must be, a value that the format cannot carry.
    pub fn write<'e>(&'e self, env: &mut crate::expr::Env<'e>, out: &mut Vec<u8>) -> Result<Written, RenderError> {
        match self {
            Self::None => Ok(Written::default()),
            Self::Json(template) => write_json(template, env, out).map(|()| Written::of("application/json")),
            Self::Xml(template) => write_xml(&TreeSink::render(template, env)?, out).map(|()| Written::of("application/xml")),
            Self::Soap(soap) => soap.write(env, out),
            Self::Form(template) => {
                write_form(&TreeSink::render(template, env)?, out)?;
                Ok(Written::of("application/x-www-form-urlencoded"))
            }
            Self::Multipart(template) => {
                let boundary = write_multipart(&TreeSink::render(template, env)?, out)?;
                Ok(Written { boundary: Some(boundary), ..Written::of("multipart/form-data") })
            }
            Self::Text(template) => {
                write_bytes(&TreeSink::render(template, env)?, out).map(|()| Written::of("text/plain; charset=utf-8"))
            }
            Self::Bytes(template) => {
                write_bytes(&TreeSink::render(template, env)?, out).map(|()| Written::of("application/octet-stream"))
            }
        }
    }
}

fn write_bytes(tree: &Tree<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    out.extend_from_slice(&tree.bytes()?);
    Ok(())
}

/// The place of a template in the file, for messages.
pub(crate) fn at(span: Span, message: impl Into<String>) -> RenderError {
    RenderError { message: message.into(), span }
}
