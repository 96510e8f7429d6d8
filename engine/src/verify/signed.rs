//! What all signatures have: the message, where the signature stands, and the time that was signed.

use super::Place;
use crate::auth::text_of;
use crate::body::Template;
use crate::digest;
use crate::expr::Env;
use crate::syntax::Encoding;

/// A piece of what is signed.
#[derive(Debug)]
pub enum Piece {
    /// The raw body.
    Body,
    /// A member of the body, as it stands there.
    Member(crate::document::Access),
    /// A text.
    Text(Template),
}

/// What is signed, and where the signature stands.
#[derive(Debug)]
pub struct Signed {
    /// What is signed, in order.
    pub pieces: Vec<Piece>,
    /// Where the signature stands.
    pub signature: Place,
    /// How it is written.
    pub encoding: Encoding,
    /// Where the time stands, and how far it may be off, in seconds.
    pub timestamp: Option<(Place, u64)>,
}

impl Signed {
    /// The message and the signatures given, the time checked.
    pub(super) fn open<'e>(&'e self, env: &mut Env<'e>, received_at: i64) -> Result<(Vec<u8>, Vec<Vec<u8>>), String> {
        let time = self.time(env)?;
        if let (Some((place, tolerance)), Some(text)) = (&self.timestamp, &time) {
            let signed_at = seconds(text).ok_or_else(|| format!("what stands in {} is no time", place.name()))?;
            if signed_at.abs_diff(received_at) > *tolerance {
                return Err(format!("the time in {} is more than {tolerance} s from the time of reception", place.name()));
            }
        }
        let message = self.message(env)?;
        let found = self.signature.all(env);
        let given: Vec<Vec<u8>> = found.iter().filter_map(|text| digest::decode(self.encoding, text)).collect();
        match given.is_empty() {
            true => Err(format!("no signature in {}", self.signature.name())),
            false => Ok((message, given)),
        }
    }

    fn time<'e>(&'e self, env: &mut Env<'e>) -> Result<Option<String>, String> {
        let Some((place, _)) = &self.timestamp else { return Ok(None) };
        let text = place.first(env).ok_or_else(|| format!("there is no {}", place.thing()))?;
        Ok(Some(text))
    }

    /// The bytes that are signed.
    pub(crate) fn message<'e>(&'e self, env: &mut Env<'e>) -> Result<Vec<u8>, String> {
        let time = self.time(env)?;
        let mut inner = env.narrowed();
        inner.given = time.as_deref();
        let mut message = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Body => message.extend_from_slice(inner.head.body),
                Piece::Member(access) => message.extend_from_slice(member(access, &inner)?.as_bytes()),
                Piece::Text(template) => {
                    message.extend(text_of(template, &mut inner).map_err(|error| error.message)?.into_bytes());
                }
            }
        }
        Ok(message)
    }
}

/// The bytes of a member. Only of JSON are they kept: any other document was made into JSON first.
fn member<'e>(access: &crate::document::Access, env: &Env<'e>) -> Result<&'e str, String> {
    match env.raw(access) {
        Some(_) if env.origin != crate::document::Origin::Json => {
            Err("what is signed is a member of JSON, and the body is none".into())
        }
        Some(raw) => Ok(raw),
        None => Err("the body has not the member that is signed".into()),
    }
}

/// Seconds since 1970 out of seconds, milliseconds or RFC 3339.
fn seconds(text: &str) -> Option<i64> {
    match text.parse::<i64>() {
        Ok(number) => Some(crate::auth::from_epoch(number)),
        Err(_) => text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_second()),
    }
}
