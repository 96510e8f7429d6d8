//! Publishing: files by their content, then the release that lists them, then the pointer, which is flipped by a conditional
//! write. Whoever reads meanwhile has the whole old release or the whole new one.

use crate::error::words;
use crate::releases::{Listing, Location, Pointer, manifest, object};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use crossdock_runtime::port::{FileSource, Manifest};
use futures_util::future::try_join_all;

/// What a publication came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The release in force now.
    pub release: String,
    /// The one before; none if this is the first.
    pub previous: Option<String>,
    /// Its files.
    pub files: usize,
    /// Those that were not there before.
    pub uploaded: usize,
    /// It was in force already.
    pub unchanged: bool,
}

/// A release that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its digest.
    pub release: String,
    /// When it was first published: seconds since 1970.
    pub at: i64,
}

/// Why something was not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPublished {
    /// Somebody else has published meanwhile: the release that is in force now.
    Meanwhile(String),
    /// There is no such release; those that there are.
    Unknown(String, Vec<String>),
    /// S3, or a file of ours.
    Failed(String),
}

impl std::fmt::Display for NotPublished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Meanwhile(release) => write!(f, "somebody else has published meanwhile: `{release}` is in force"),
            Self::Unknown(release, _) => write!(f, "there is no release `{release}`"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NotPublished {}

impl From<String> for NotPublished {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

/// The releases at a location, to be written.
#[derive(Debug, Clone)]
pub struct Publisher {
    client: Client,
    location: Location,
}

impl Publisher {
    /// Publishes to a location.
    #[must_use]
    pub fn new(client: Client, location: Location) -> Self {
        Self { client, location }
    }

    /// Publishes the files of a source, which somebody has found to be right. `at` is the time, in seconds since 1970.
    ///
    /// # Errors
    /// Somebody else was quicker, or something failed: then what was in force still is.
    pub async fn publish(&self, source: &impl FileSource, at: i64) -> Result<Published, NotPublished> {
        let manifest = source.manifest().await?;
        if manifest.files.is_empty() {
            return Err(NotPublished::Failed("there are no mapping files to publish".into()));
        }
        let before = self.pointer().await?;
        let uploads = manifest.files.iter().map(|(name, digest)| self.upload(source, name, digest));
        let uploaded = try_join_all(uploads).await?.into_iter().filter(|new| *new).count();
        let listing = serde_json::to_vec(&Listing { files: manifest.files.clone() }).unwrap_or_default();
        self.put_once(&self.location.release(&manifest.release), listing, "application/json").await?;
        self.flip(before, &manifest, uploaded, at).await
    }

    /// Puts an earlier release into force again: the one named, by its digest or the beginning of it, else the one before.
    ///
    /// # Errors
    /// There is none, it is not whole, or somebody else was quicker.
    pub async fn rollback(&self, release: Option<&str>, at: i64) -> Result<Published, NotPublished> {
        let before = self.pointer().await?;
        let previous = before.as_ref().and_then(|(_, pointer)| pointer.previous.clone());
        let wanted = release.map(str::to_owned).or(previous);
        let Some(wanted) = wanted else {
            return Err(NotPublished::Unknown("before the present one".into(), Vec::new()));
        };
        let known: Vec<String> = self.releases().await?.into_iter().map(|kept| kept.release).collect();
        let mut meant = known.iter().filter(|release| release.starts_with(&wanted));
        let (Some(found), None) = (meant.next(), meant.next()) else { return Err(NotPublished::Unknown(wanted, known)) };
        let manifest = manifest(&self.client, &self.location, found).await?;
        // What is put into force must be whole.
        let keys: Vec<String> = manifest.files.values().map(|digest| self.location.file(digest)).collect();
        try_join_all(keys.iter().map(|key| object(&self.client, &self.location.bucket, key))).await?;
        self.flip(before, &manifest, 0, at).await
    }

    /// All releases, the latest first.
    ///
    /// # Errors
    /// S3 cannot be read.
    pub async fn releases(&self) -> Result<Vec<Kept>, NotPublished> {
        let (prefix, mut kept, mut from) = (self.location.releases(), Vec::new(), None);
        loop {
            let request = self.client.list_objects_v2().bucket(&self.location.bucket).prefix(&prefix);
            let page = request.set_continuation_token(from).send().await.map_err(|error| words(&error))?;
            kept.extend(page.contents().iter().filter_map(|object| {
                let release = object.key()?.strip_prefix(&prefix)?.strip_suffix(".json")?.to_owned();
                Some(Kept { release, at: object.last_modified().map_or(0, |at| at.secs()) })
            }));
            from = page.next_continuation_token;
            if from.is_none() {
                break;
            }
        }
        kept.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.release.cmp(&b.release)));
        Ok(kept)
    }

    /// The pointer, with its tag; none before the first release.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn pointer(&self) -> Result<Option<(String, Pointer)>, NotPublished> {
        let request = self.client.get_object().bucket(&self.location.bucket).key(self.location.pointer());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(words(&error).into()),
        };
        let tag = answer.e_tag.clone().unwrap_or_default();
        let bytes = answer.body.collect().await.map_err(|error| error.to_string())?.to_vec();
        let pointer = serde_json::from_slice(&bytes).map_err(|error| format!("`{}`: {error}", self.location.pointer()))?;
        Ok(Some((tag, pointer)))
    }

    async fn flip(
        &self,
        before: Option<(String, Pointer)>,
        manifest: &Manifest,
        uploaded: usize,
        at: i64,
    ) -> Result<Published, NotPublished> {
        let previous = before.as_ref().map(|(_, pointer)| pointer.release.clone());
        let unchanged = previous.as_ref() == Some(&manifest.release);
        let told = |previous| Published {
            release: manifest.release.clone(),
            previous,
            files: manifest.files.len(),
            uploaded,
            unchanged,
        };
        if unchanged {
            return Ok(told(before.and_then(|(_, pointer)| pointer.previous)));
        }
        let pointer = Pointer { release: manifest.release.clone(), previous: previous.clone(), at };
        let body = serde_json::to_vec(&pointer).unwrap_or_default();
        let request = self.client.put_object().bucket(&self.location.bucket).key(self.location.pointer());
        let request = match &before {
            Some((tag, _)) => request.if_match(tag),
            None => request.if_none_match("*"),
        };
        match request.content_type("application/json").body(ByteStream::from(body)).send().await {
            Ok(_) => Ok(told(previous)),
            Err(error) if is_unmet(&error) => {
                let now = self.pointer().await?.map(|(_, pointer)| pointer.release).unwrap_or_default();
                // An answer that was lost: it was us.
                if now == manifest.release { Ok(told(previous)) } else { Err(NotPublished::Meanwhile(now)) }
            }
            Err(error) => Err(words(&error).into()),
        }
    }

    async fn upload(&self, source: &impl FileSource, name: &str, digest: &str) -> Result<bool, NotPublished> {
        let bytes = source.read(name, digest).await?;
        self.put_once(&self.location.file(digest), bytes, "application/yaml").await
    }

    /// Writes what is named by its content, unless it is there; whether it was new.
    async fn put_once(&self, key: &str, body: Vec<u8>, media: &str) -> Result<bool, NotPublished> {
        let request = self.client.put_object().bucket(&self.location.bucket).key(key).content_type(media);
        match request.if_none_match("*").body(ByteStream::from(body)).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_unmet(&error) => Ok(false),
            Err(error) => Err(words(&error).into()),
        }
    }
}

fn is_unmet<E: ProvideErrorMetadata + std::error::Error, R>(error: &SdkError<E, R>) -> bool {
    matches!(
        error.as_service_error().and_then(ProvideErrorMetadata::code),
        Some("PreconditionFailed" | "ConditionalRequestConflict")
    )
}
