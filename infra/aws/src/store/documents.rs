//! Documents and other large bodies: objects of the bucket.

use crate::error::words;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use crossdock_runtime::port::Blob;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::time::Duration;
use uuid::Uuid;

/// Documents stand under this.
const DOCUMENTS: &str = "documents/";
/// Bodies that neither a row nor a message could hold stand under this.
const ASIDE: &str = "aside/";
/// Whose a document is.
const ORDER: &str = "order";

/// The part of the bucket that holds bodies.
#[derive(Debug, Clone)]
pub(super) struct Documents {
    client: Client,
    bucket: String,
}

impl Documents {
    pub(super) fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    pub(super) async fn put(&self, blob: &Blob) -> Result<(), String> {
        let request = self.client.put_object().bucket(&self.bucket).key(key(&blob.id)).content_type(&blob.media);
        let request = request.metadata(ORDER, utf8_percent_encode(&blob.order_id, NON_ALPHANUMERIC).to_string());
        // What belongs to nobody is named by its content: it is written once.
        let once = blob.order_id.is_empty().then(|| "*".to_owned());
        match request.set_if_none_match(once).body(ByteStream::from(blob.bytes.clone())).send().await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.code(), Some("PreconditionFailed" | "ConditionalRequestConflict")) => Ok(()),
            Err(error) => Err(words(&error)),
        }
    }

    pub(super) async fn get(&self, id: &str) -> Result<Option<Blob>, String> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key(id)).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(words(&error)),
        };
        let order = answer.metadata.as_ref().and_then(|metadata| metadata.get(ORDER));
        let order_id = order.map(|order| percent_decode_str(order).decode_utf8_lossy().into_owned()).unwrap_or_default();
        let media = answer.content_type.unwrap_or_else(|| "application/octet-stream".into());
        let bytes = answer.body.collect().await.map_err(|error| error.to_string())?.to_vec();
        Ok(Some(Blob { id: id.to_owned(), media, order_id, bytes }))
    }

    /// An address under which anybody can fetch a document for a while.
    pub(super) async fn address(&self, id: &str, time: Duration) -> Result<String, String> {
        let config = PresigningConfig::expires_in(time).map_err(|error| error.to_string())?;
        let signed = self.client.get_object().bucket(&self.bucket).key(key(id)).presigned(config).await;
        signed.map(|signed| signed.uri().to_owned()).map_err(|error| words(&error))
    }

    /// Puts a body aside; the key of its object.
    pub(super) async fn put_aside(&self, body: Vec<u8>) -> Result<String, String> {
        let key = format!("{ASIDE}{}", Uuid::now_v7().simple());
        let request = self.client.put_object().bucket(&self.bucket).key(&key).body(ByteStream::from(body));
        request.send().await.map_err(|error| words(&error))?;
        Ok(key)
    }

    /// A body that was put aside.
    pub(super) async fn taken_aside(&self, key: &str) -> Result<Vec<u8>, String> {
        if !key.starts_with(ASIDE) {
            return Err("a message names an object that is none of ours".into());
        }
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await.map_err(|error| words(&error))?;
        Ok(answer.body.collect().await.map_err(|error| error.to_string())?.to_vec())
    }

    /// Removes a document for good, old versions too.
    pub(super) async fn remove(&self, id: &str) -> Result<(), String> {
        remove(&self.client, &self.bucket, &key(id)).await
    }

    /// Removes a body that was put aside, for good.
    pub(super) async fn remove_aside(&self, key: &str) -> Result<(), String> {
        remove(&self.client, &self.bucket, key).await
    }
}

fn key(id: &str) -> String {
    format!("{DOCUMENTS}{id}")
}

/// Removes all versions of an object, and the marks of its removals.
pub(super) async fn remove(client: &Client, bucket: &str, key: &str) -> Result<(), String> {
    remove_versions(client, bucket, key, None).await
}

/// Removes all versions of an object but one.
pub(super) async fn remove_versions(client: &Client, bucket: &str, key: &str, but: Option<&str>) -> Result<(), String> {
    let mut versions = Vec::new();
    let (mut from, mut from_version) = (None, None);
    loop {
        let request = client.list_object_versions().bucket(bucket).prefix(key);
        let request = request.set_key_marker(from).set_version_id_marker(from_version);
        let page = request.send().await.map_err(|error| words(&error))?;
        let ours = |found: Option<&str>| found == Some(key);
        let found = page.versions().iter().filter(|version| ours(version.key())).map(|version| version.version_id());
        let marks = page.delete_markers().iter().filter(|mark| ours(mark.key())).map(|mark| mark.version_id());
        versions.extend(found.chain(marks).flatten().map(str::to_owned));
        if page.is_truncated() != Some(true) {
            break;
        }
        (from, from_version) = (page.next_key_marker, page.next_version_id_marker);
    }
    for version in versions.iter().filter(|version| Some(version.as_str()) != but) {
        let request = client.delete_object().bucket(bucket).key(key).version_id(version);
        request.send().await.map_err(|error| words(&error))?;
    }
    Ok(())
}
