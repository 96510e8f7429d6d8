//! Mapping files and secrets from memory.

use crossdock_runtime::port::{FileSource, Manifest, Secrets};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Mapping files; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: Arc<Mutex<BTreeMap<String, String>>>,
}

impl MemoryFiles {
    /// Writes a file.
    pub fn write(&self, name: &str, text: impl Into<String>) {
        self.files.lock().expect("no panic").insert(name.to_owned(), text.into());
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) {
        self.files.lock().expect("no panic").remove(name);
    }

    /// What stands in a file.
    pub fn text(&self, name: &str) -> String {
        self.files.lock().expect("no panic")[name].clone()
    }
}

impl FileSource for MemoryFiles {
    async fn manifest(&self) -> Result<Manifest, String> {
        let files = self.files.lock().expect("no panic");
        let digests: BTreeMap<String, String> =
            files.iter().map(|(name, text)| (name.clone(), hex::encode(Sha256::digest(text)))).collect();
        let release = hex::encode(Sha256::digest(format!("{digests:?}")));
        Ok(Manifest { release, files: digests })
    }

    async fn read(&self, name: &str, _digest: &str) -> Result<Vec<u8>, String> {
        let files = self.files.lock().expect("no panic");
        files.get(name).map(|text| text.clone().into_bytes()).ok_or_else(|| format!("no {name}"))
    }
}

/// Every secret is its own name with `s3cr3t-` before it, until they are changed. What was read is remembered until it is
/// doubted; clones share all of it.
#[derive(Debug, Clone)]
pub struct NamedSecrets {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    prefix: String,
    remembered: Option<String>,
    readings: usize,
}

impl Default for NamedSecrets {
    fn default() -> Self {
        Self { kept: Arc::new(Mutex::new(Kept { prefix: "s3cr3t".into(), remembered: None, readings: 0 })) }
    }
}

impl NamedSecrets {
    /// From now on this stands before the name of each secret.
    pub fn change(&self, prefix: &str) {
        self.kept.lock().expect("no panic").prefix = prefix.to_owned();
    }

    /// How often they were read.
    pub fn readings(&self) -> usize {
        self.kept.lock().expect("no panic").readings
    }
}

impl Secrets for NamedSecrets {
    async fn of(&self, _carrier: &str, _account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        let mut kept = self.kept.lock().expect("no panic");
        if kept.remembered.is_none() {
            kept.remembered = Some(kept.prefix.clone());
            kept.readings += 1;
        }
        let prefix = kept.remembered.clone().unwrap_or_default();
        Ok(names.iter().map(|name| (name.clone(), format!("{prefix}-{name}"))).collect())
    }

    async fn before(&self, _: &str, _: &str, _: &[String]) -> Result<BTreeMap<String, String>, String> {
        Ok(BTreeMap::new())
    }

    async fn doubt(&self, _: &str, _: &str) {
        self.kept.lock().expect("no panic").remembered = None;
    }
}
