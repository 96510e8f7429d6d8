//! Chance that repeats: what happens to an order is drawn from the seed and the order's name, not from the order of arrival.

use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

/// A source of chance for one purpose and one name.
pub(crate) fn chance(seed: u64, purpose: &str, name: &str) -> StdRng {
    let mut digest = Sha256::new();
    for part in [&seed.to_be_bytes()[..], purpose.as_bytes(), b"\0", name.as_bytes()] {
        digest.update(part);
    }
    StdRng::from_seed(digest.finalize().into())
}
