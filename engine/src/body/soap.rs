//! SOAP 1.1 and 1.2: the envelope and the headers that go with it.

use super::emit::RenderError;
use super::template::Template;
use super::tree::TreeSink;
use super::{Written, write_xml};
use crate::auth::text_of;
use crate::expr::Env;

/// The namespace of a SOAP 1.1 envelope.
pub const ENVELOPE_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of a SOAP 1.2 envelope.
pub const ENVELOPE_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";

/// A version of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoapVersion {
    /// 1.1: `text/xml` and a `SOAPAction` header, which is there even without an action.
    V11,
    /// 1.2: `application/soap+xml`, the action is a parameter of it.
    V12,
}

impl SoapVersion {
    /// The namespace of its envelope.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V11 => ENVELOPE_1_1,
            Self::V12 => ENVELOPE_1_2,
        }
    }
}

/// A SOAP message.
#[derive(Debug, Clone)]
pub struct Soap {
    /// Its version.
    pub version: SoapVersion,
    /// What the server is asked to do.
    pub action: Option<Template>,
    /// The whole envelope, as XML structure.
    pub envelope: Template,
}

impl Soap {
    /// Writes the envelope.
    ///
    /// # Errors
    /// See [`write_xml`].
    pub(super) fn write<'e>(&'e self, env: &mut Env<'e>, out: &mut Vec<u8>) -> Result<Written, RenderError> {
        let action = self.action.as_ref().map(|action| text_of(action, env)).transpose()?;
        write_xml(&TreeSink::render(&self.envelope, env)?, out)?;
        Ok(match (self.version, action) {
            (SoapVersion::V11, action) => {
                let action = format!("\"{}\"", action.unwrap_or_default());
                Written { header: Some(("SOAPAction", action)), ..Written::of("text/xml; charset=utf-8") }
            }
            (SoapVersion::V12, None) => Written::of("application/soap+xml; charset=utf-8"),
            (SoapVersion::V12, Some(action)) => Written::of(&format!("application/soap+xml; charset=utf-8; action=\"{action}\"")),
        })
    }
}
