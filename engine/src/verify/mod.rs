//! Who sent a delivery: one file per kind. Over raw bytes, in constant time; anything missing refuses.

mod basic;
mod hmac;
mod value;

pub use basic::Basic;
pub use hmac::{Hmac, Piece};
pub use value::SharedValue;

use crate::expr::Env;
use subtle::ConstantTimeEq;

/// A compiled check of the sender.
#[derive(Debug)]
pub enum Verify {
    /// A signature by a shared key.
    Hmac(Box<Hmac>),
    /// HTTP Basic.
    Basic(Basic),
    /// A value in a header.
    Header(SharedValue),
    /// A value in the query string.
    Query(SharedValue),
    /// Not at all, for this reason.
    None(String),
}

impl Verify {
    /// Its word, kept as `verified_by`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hmac(_) => "hmac",
            Self::Basic(_) => "basic",
            Self::Header(_) => "header",
            Self::Query(_) => "query",
            Self::None(_) => "none",
        }
    }

    /// Whether the delivery in `env` comes from its sender, at this time in seconds since 1970.
    ///
    /// # Errors
    /// Why it does not. Never holds a key or signature.
    pub fn check<'e>(&'e self, env: &mut Env<'e>, received_at: i64) -> Result<(), String> {
        match self {
            Self::Hmac(kind) => kind.check(env, received_at),
            Self::Basic(kind) => kind.check(env),
            Self::Header(kind) => {
                let given = env.head.header(&kind.name);
                kind.check(given, env, "header")
            }
            Self::Query(kind) => {
                let given = env.head.query.iter().find(|(name, _)| *name == kind.name).map(|(_, value)| value.as_str());
                kind.check(given, env, "query parameter")
            }
            Self::None(_) => Ok(()),
        }
    }
}

/// Compares without telling by the time taken where the difference is.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
