//! Mapping files of a directory.

use crate::port::{FileSource, Manifest};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Files that stand beside the carriers' folders.
const SHARED: [&str; 3] = ["shop.yaml", "actions.yaml", "accounts.yaml"];
const CARRIER: &str = "carrier.yaml";

/// A mapping directory: `<carrier>/carrier.yaml`, `shop.yaml`, `actions.yaml`, `accounts.yaml`.
#[derive(Debug)]
pub struct DirectorySource {
    dir: PathBuf,
    known: Mutex<HashMap<String, Known>>,
}

/// A file as it was when it was last read: as long as its mark is the same, so is its digest.
#[derive(Debug, Clone)]
struct Known {
    mark: (SystemTime, u64),
    digest: String,
}

impl DirectorySource {
    /// The mapping directory at this path.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), known: Mutex::default() }
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let wrong = |error: std::io::Error| format!("cannot read `{}`: {error}", self.dir.display());
        let mut names: Vec<String> =
            SHARED.iter().filter(|name| self.dir.join(name).is_file()).map(|name| (*name).to_owned()).collect();
        for entry in std::fs::read_dir(&self.dir).map_err(wrong)? {
            let folder = entry.map_err(wrong)?.path();
            if let (Some(name), true) = (folder.file_name(), folder.join(CARRIER).is_file()) {
                names.push(format!("{}/{CARRIER}", name.to_string_lossy()));
            }
        }
        names.sort();
        Ok(names)
    }

    fn digest(&self, name: &str) -> Result<String, String> {
        let path = self.dir.join(name);
        let mark = mark(&path)?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known.filter(|known| known.mark == mark) {
            return Ok(known.digest);
        }
        let digest = digest_of(&read(&path)?);
        let kept = Known { mark, digest: digest.clone() };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), kept);
        Ok(digest)
    }

    fn look(&self) -> Result<Manifest, String> {
        let mut files = BTreeMap::new();
        for name in self.names()? {
            // A file that is gone by now is not part of the release.
            if let Ok(digest) = self.digest(&name) {
                files.insert(name, digest);
            }
        }
        Ok(Manifest::of(files))
    }
}

impl FileSource for DirectorySource {
    async fn manifest(&self) -> Result<Manifest, String> {
        self.look()
    }

    async fn read(&self, name: &str, digest: &str) -> Result<Vec<u8>, String> {
        let bytes = read(&self.dir.join(name))?;
        // Written to between the look and the read: the next look finds it.
        if digest_of(&bytes) != digest {
            return Err(format!("`{name}` is being written"));
        }
        Ok(bytes)
    }
}

fn mark(path: &Path) -> Result<(SystemTime, u64), String> {
    let about = std::fs::metadata(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    Ok((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_directory_is_a_release_that_changes_with_its_files() {
        let dir = tempfile::tempdir().expect("a directory");
        let source = DirectorySource::new(dir.path());
        std::fs::create_dir(dir.path().join("swiftpost")).expect("a folder");
        std::fs::write(dir.path().join("swiftpost/carrier.yaml"), "a: 1").expect("a file");
        let first = source.manifest().await.expect("a manifest");
        assert_eq!(first.files.keys().collect::<Vec<_>>(), ["swiftpost/carrier.yaml"]);
        assert_eq!(source.manifest().await.expect("a manifest"), first);
        std::fs::write(dir.path().join("swiftpost/carrier.yaml"), "a: 22").expect("a file");
        let second = source.manifest().await.expect("a manifest");
        assert_ne!(second.release, first.release);
        let digest = &second.files["swiftpost/carrier.yaml"];
        assert_eq!(source.read("swiftpost/carrier.yaml", digest).await.expect("the file"), b"a: 22");
        assert!(source.read("swiftpost/carrier.yaml", &first.files["swiftpost/carrier.yaml"]).await.is_err());
    }
}
