//! Who sent a delivery: one file per kind. Over raw bytes, in constant time; anything missing refuses.

mod basic;
mod hmac;
mod ip;
mod keys;
mod place;
mod refusal;
mod rsa;
mod several;
mod signed;
mod value;

pub use basic::Basic;
pub use hmac::Hmac;
pub use ip::Networks;
pub use keys::KeySet;
pub use place::Place;
pub use refusal::Refusal;
pub use rsa::{Hash, Rsa};
pub use signed::{Piece, Signed};
pub use value::SharedValue;

use crate::expr::Env;
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// A compiled check of the sender.
#[derive(Debug)]
pub enum Verify {
    /// A signature by a shared key.
    Hmac(Box<Hmac>),
    /// A signature by the carrier's own key.
    Rsa(Box<Rsa>),
    /// HTTP Basic.
    Basic(Basic),
    /// A value in a header.
    Header(SharedValue),
    /// A value in the query string.
    Query(SharedValue),
    /// A value in the body.
    Body(SharedValue, crate::document::Access),
    /// The sender's address.
    Ip(Networks),
    /// Any of these will do.
    Any(Vec<Verify>),
    /// All of these must hold.
    All(Vec<Verify>),
    /// Not at all, for this reason.
    None(String),
}

/// What is known of a delivery beside itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'c> {
    /// When it came, in seconds since 1970.
    pub received_at: i64,
    /// The sender's address.
    pub source: Option<IpAddr>,
    /// The keys that the carrier publishes.
    pub keys: Option<&'c KeySet>,
}

impl Verify {
    /// Its word, kept as `verified_by`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hmac(_) => "hmac",
            Self::Rsa(_) => "rsa",
            Self::Basic(_) => "basic",
            Self::Header(_) => "header",
            Self::Query(_) => "query",
            Self::Body(..) => "body",
            Self::Ip(_) => "ip",
            Self::Any(_) => "any",
            Self::All(_) => "all",
            Self::None(_) => "none",
        }
    }

    /// Whether the delivery in `env` comes from its sender; yields the word of what says so.
    ///
    /// # Errors
    /// Why it does not. Never holds a key or signature.
    pub fn check<'e>(&'e self, env: &mut Env<'e>, seen: &Circumstances<'_>) -> Result<&'static str, Refusal> {
        match self {
            Self::Hmac(kind) => kind.check(env, seen.received_at)?,
            Self::Rsa(kind) => kind.check(env, seen)?,
            Self::Basic(kind) => kind.check(env)?,
            Self::Header(kind) => {
                let given = env.head.header(&kind.name);
                kind.check(given, env, "header")?;
            }
            Self::Query(kind) => {
                let given = env.head.query.iter().find(|(name, _)| *name == kind.name).map(|(_, value)| value.as_str());
                kind.check(given, env, "query parameter")?;
            }
            Self::Body(kind, access) => {
                let given = env.member(access);
                kind.check(given.as_deref(), env, "member of the body")?;
            }
            Self::Ip(kind) => kind.check(seen.source)?,
            Self::Any(kinds) => return several::any(kinds, env, seen),
            Self::All(kinds) => several::all(kinds, env, seen)?,
            Self::None(_) => {}
        }
        Ok(self.name())
    }

    /// How the carrier's keys are fetched, where it publishes them.
    #[must_use]
    pub(crate) fn published(&self) -> Option<&crate::carrier::plan::Exchange> {
        match self {
            Self::Rsa(kind) => kind.published.as_ref(),
            Self::Any(kinds) | Self::All(kinds) => kinds.iter().find_map(Self::published),
            _ => None,
        }
    }
}

/// Compares without telling by the time taken where the difference is.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
