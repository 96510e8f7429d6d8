//! Several checks together: any of them, or all.

use super::{Circumstances, Refusal, Verify};
use crate::expr::Env;

/// The first that takes the delivery.
pub(super) fn any<'e>(kinds: &'e [Verify], env: &mut Env<'e>, seen: &Circumstances<'_>) -> Result<&'static str, Refusal> {
    let mut refusals = Vec::new();
    for kind in kinds {
        match kind.check(env, seen) {
            Ok(by) => return Ok(by),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let reasons: Vec<&str> = refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    Err(Refusal { reason: reasons.join("; "), unknown_key: refusals.iter().any(|refusal| refusal.unknown_key) })
}

/// Every one of them.
pub(super) fn all<'e>(kinds: &'e [Verify], env: &mut Env<'e>, seen: &Circumstances<'_>) -> Result<(), Refusal> {
    if kinds.is_empty() {
        return Err("nothing says who may send".into());
    }
    kinds.iter().try_for_each(|kind| kind.check(env, seen).map(|_| ()))
}
