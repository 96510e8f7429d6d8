//! Where mapping files come from.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::future::Future;

/// A release: which files it has, each by the SHA-256 of its bytes in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The release's own digest: of all names and digests.
    pub release: String,
    /// Digests by name: `<carrier>/carrier.yaml`, `shop.yaml`, `actions.yaml`, `accounts.yaml`.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// The release of these files.
    #[must_use]
    pub fn of(files: BTreeMap<String, String>) -> Self {
        let mut hash = Sha256::new();
        for (name, digest) in &files {
            hash.update(format!("{name}\0{digest}\n"));
        }
        Self { release: hex::encode(hash.finalize()), files }
    }
}

/// A directory, a bucket, or whatever else holds releases.
pub trait FileSource: Send + Sync + 'static {
    /// The release in force.
    fn manifest(&self) -> impl Future<Output = Result<Manifest, String>> + Send;

    /// A file of the release in force.
    fn read(&self, name: &str, digest: &str) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
}
