//! How orders, replies and webhook bodies are read: JSON text straight into slots.
//!
//! A mapping wants a few dozen values of a document. The paths to them are gathered in a [`PlanBuilder`] when a file is
//! compiled and frozen as a [`Plan`], a trie; at run time one pass over the text fills [`Slots`]: no tree is built, no
//! string is copied, a slot is the place of a value's own JSON text. [`decode`] makes a value of it when it is used.
//!
//! XML and form bodies become JSON text first ([`open`]), then the same plan reads them.

mod decode;
mod error;
mod form;
mod multipart;
mod plan;
mod read;
mod scan;
mod slots;
mod string;
#[cfg(test)]
mod tests;
mod text;
mod xml;

pub use decode::{Origin, decode};
pub use error::ReadError;
pub use form::form_to_json;
pub use multipart::multipart_to_json;
pub use plan::{Access, FrameId, Hop, Mode, Pick, Plan, PlanBuilder, Step};
pub use slots::{Cell, RowBases, Slots, Unknown};
pub use text::{Document, DocumentKind, open, sniff, to_text};
pub use xml::xml_to_json;
