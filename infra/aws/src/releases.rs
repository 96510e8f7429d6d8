//! Mapping files from a bucket: an immutable release of files named by their content, and one small pointer to it.

use crate::error::words;
use aws_sdk_s3::Client;
use crossdock_runtime::port::{FileSource, Manifest};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// A bucket and what all keys in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The bucket.
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
}

/// Which release is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Its digest.
    pub release: String,
    /// The one that was in force before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Since when: seconds since 1970.
    pub at: i64,
}

/// A release as it is kept: names and digests of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(crate) files: BTreeMap<String, String>,
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected `s3://bucket/prefix`, found `{text}`");
        let rest = text.strip_prefix("s3://").ok_or_else(expected)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(expected());
        }
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix.trim_end_matches('/'))
    }
}

impl Location {
    /// The key of the pointer.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("{}current.json", self.prefix)
    }

    pub(crate) fn releases(&self) -> String {
        format!("{}releases/", self.prefix)
    }

    pub(crate) fn release(&self, digest: &str) -> String {
        format!("{}{digest}.json", self.releases())
    }

    pub(crate) fn file(&self, digest: &str) -> String {
        format!("{}files/{digest}", self.prefix)
    }
}

/// Releases of a bucket, as the source of mapping files.
#[derive(Debug)]
pub struct ReleaseFiles {
    client: Client,
    location: Location,
    /// The pointer that was last seen, by its tag, and what it points to.
    known: Mutex<Option<(String, Manifest)>>,
}

impl ReleaseFiles {
    /// The releases at a location.
    #[must_use]
    pub fn new(client: Client, location: Location) -> Self {
        Self { client, location, known: Mutex::default() }
    }

    fn known(&self) -> Option<(String, Manifest)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FileSource for ReleaseFiles {
    async fn manifest(&self) -> Result<Manifest, String> {
        let known = self.known();
        let request = self.client.get_object().bucket(&self.location.bucket).key(self.location.pointer());
        let request = request.set_if_none_match(known.as_ref().map(|(tag, _)| tag.clone()));
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let unchanged = error.raw_response().is_some_and(|answer| answer.status().as_u16() == 304);
                return match known {
                    Some((_, manifest)) if unchanged => Ok(manifest),
                    _ => Err(format!("the pointer `{}/current.json` cannot be read: {}", self.location, words(&error))),
                };
            }
        };
        let tag = answer.e_tag.clone().unwrap_or_default();
        let bytes = answer.body.collect().await.map_err(|error| error.to_string())?.to_vec();
        let pointer: Pointer =
            serde_json::from_slice(&bytes).map_err(|error| format!("`{}/current.json`: {error}", self.location))?;
        let manifest = match known {
            Some((_, manifest)) if manifest.release == pointer.release => manifest,
            _ => manifest(&self.client, &self.location, &pointer.release).await?,
        };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((tag, manifest.clone()));
        Ok(manifest)
    }

    async fn read(&self, name: &str, digest: &str) -> Result<Vec<u8>, String> {
        let bytes = object(&self.client, &self.location.bucket, &self.location.file(digest)).await;
        let bytes = bytes.map_err(|why| format!("`{name}`: {why}"))?;
        if hex::encode(Sha256::digest(&bytes)) != digest {
            return Err(format!("`{name}`: what is kept under `{digest}` has another digest"));
        }
        Ok(bytes)
    }
}

/// A release, by its digest.
pub(crate) async fn manifest(client: &Client, location: &Location, release: &str) -> Result<Manifest, String> {
    if release.is_empty() || !release.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("`{release}` is no name of a release"));
    }
    let bytes = object(client, &location.bucket, &location.release(release)).await;
    let bytes = bytes.map_err(|why| format!("release `{release}`: {why}"))?;
    let listing: Listing = serde_json::from_slice(&bytes).map_err(|error| format!("release `{release}`: {error}"))?;
    let manifest = Manifest::of(listing.files);
    if manifest.release != release {
        return Err(format!("release `{release}`: what is kept under this name has another digest"));
    }
    Ok(manifest)
}

pub(crate) async fn object(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, String> {
    let answer = client.get_object().bucket(bucket).key(key).send().await.map_err(|error| words(&error))?;
    Ok(answer.body.collect().await.map_err(|error| error.to_string())?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_bucket_and_a_prefix() {
        let location: Location = "s3://mappings/shop/live/".parse().expect("a location");
        assert_eq!(location.to_string(), "s3://mappings/shop/live");
        assert_eq!(location.file("ab"), "shop/live/files/ab");
        let whole: Location = "s3://mappings".parse().expect("a location");
        assert_eq!(whole.pointer(), "current.json");
        assert!("mappings/live".parse::<Location>().is_err() && "s3:///live".parse::<Location>().is_err());
    }
}
