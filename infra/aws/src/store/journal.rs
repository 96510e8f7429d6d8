//! The journal: exchanges in gzip files of the bucket, a file for what is written at about the same time, since a write costs
//! the same whatever its size; and a row of the table for each, which says where it is.

use super::documents::remove_versions;
use super::member::{self, Place};
use super::row::{self, Attributes, DUE, EXPIRES, GROUP};
use super::table::Table;
use crate::error::words;
use crate::gather::Gather;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use crossdock_runtime::clock::millis;
use crossdock_runtime::port::Exchange;
use futures_util::future::try_join_all;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Files stand under this.
const FILES: &str = "journal/";
/// Where the latest telling of an exchange is.
const PLACE: &str = "l";
/// Where all tellings of it are: each is removed when its person is forgotten.
const PLACES: &str = "a";
/// A file that somebody else writes to is tried again so often.
const TRIES: u32 = 8;

/// The journal of a deployment.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    s3: aws_sdk_s3::Client,
    table: Table,
    bucket: String,
    /// What is kept of an order is removed after this time.
    retention: Duration,
}

/// Exchanges on their way into a file.
#[derive(Debug)]
pub(super) struct Inbox {
    gather: Gather<Exchange>,
    /// Whether earlier tellings are removed at once: only who operates may read what is kept.
    scrubs: bool,
}

/// What is known of an order's exchange or document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trace {
    Exchange { id: String },
    Document { id: String },
}

impl Inbox {
    pub(super) fn new(linger: Duration, scrubs: bool) -> Self {
        Self { gather: Gather::new(linger), scrubs }
    }

    /// Keeps exchanges, with what others keep at about the same time.
    pub(super) async fn keep(&self, journal: &Journal, exchanges: Vec<Exchange>, now: i64) -> Result<(), String> {
        let scrubs = self.scrubs;
        let keep = |exchange| {
            let journal = journal.clone();
            self.gather.add(exchange, move |all| async move { journal.write(all, scrubs, now).await })
        };
        try_join_all(exchanges.into_iter().map(keep)).await.map(drop)
    }
}

impl Journal {
    pub(super) fn new(s3: aws_sdk_s3::Client, table: Table, bucket: &str, retention: Duration) -> Self {
        Self { s3, table, bucket: bucket.to_owned(), retention }
    }

    /// Writes a file. Its rows are written at the same time: one that leads nowhere is as good as none.
    async fn write(&self, exchanges: Vec<Exchange>, scrubs: bool, now: i64) -> Vec<Result<(), String>> {
        let object = format!("{FILES}{}/{}.ndjson.gz", hour(now), Uuid::now_v7().simple());
        let (mut file, mut places) = (Vec::new(), Vec::with_capacity(exchanges.len()));
        for exchange in &exchanges {
            let member = member::member(exchange);
            places.push(Place { object: object.clone(), from: file.len() as u64, length: member.len() as u64 });
            file.extend(member);
        }
        metrics::counter!("crossdock_journal_files_total").increment(1);
        let put = self.s3.put_object().bucket(&self.bucket).key(&object).content_type("application/gzip");
        let put = put.body(ByteStream::from(file)).send();
        let rows = exchanges.iter().zip(&places).map(|(exchange, place)| self.note(exchange, place, scrubs, now));
        let (put, noted) = tokio::join!(put, futures_util::future::join_all(rows));
        match put {
            Ok(_) => noted,
            Err(error) => vec![Err(words(&error)); exchanges.len()],
        }
    }

    /// Notes where an exchange is.
    async fn note(&self, exchange: &Exchange, place: &Place, scrubs: bool, now: i64) -> Result<(), String> {
        let expires = now.saturating_add(millis(self.retention)).div_euclid(1000);
        let mut values: Attributes = HashMap::from([
            (":place".to_owned(), AttributeValue::S(place.text())),
            (":places".to_owned(), AttributeValue::Ss(vec![place.text()])),
            (":expires".to_owned(), AttributeValue::N(expires.to_string())),
        ]);
        let mut expression = format!("SET {PLACE} = :place, {EXPIRES} = :expires");
        let whose = if exchange.order_id.is_empty() {
            format!(" REMOVE {GROUP}, {DUE}")
        } else {
            values.insert(":of".to_owned(), AttributeValue::S(of(&exchange.order_id)));
            values.insert(":at".to_owned(), AttributeValue::N(exchange.at.to_string()));
            expression += &format!(", {GROUP} = :of, {DUE} = :at");
            String::new()
        };
        expression += &format!("{whose} ADD {PLACES} :places");
        let request = self.table.client().update_item().table_name(self.table.name());
        let request = request
            .set_key(Some(row::primary(&exchange_key(&exchange.id))))
            .update_expression(expression)
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::UpdatedOld);
        let answer = request.send().await.map_err(|error| words(&error))?;
        let earlier = answer.attributes.map(|attributes| places(&attributes)).unwrap_or_default();
        if scrubs && !earlier.is_empty() {
            self.scrub(earlier).await?;
        }
        Ok(())
    }

    /// Notes whose a document is.
    pub(super) async fn note_document(&self, id: &str, order_id: &str, now: i64) -> Result<(), String> {
        let expires = now.saturating_add(millis(self.retention)).div_euclid(1000);
        let mut row = row::primary(&document_key(id));
        row.insert(GROUP.to_owned(), AttributeValue::S(of(order_id)));
        row.insert(DUE.to_owned(), AttributeValue::N(now.to_string()));
        row.insert(EXPIRES.to_owned(), AttributeValue::N(expires.to_string()));
        let request = self.table.client().put_item().table_name(self.table.name()).set_item(Some(row));
        request.send().await.map(drop).map_err(|error| words(&error))
    }

    /// An exchange, as it was last told.
    pub(super) async fn exchange(&self, id: &str) -> Result<Option<Exchange>, String> {
        let request = self.table.client().get_item().table_name(self.table.name()).consistent_read(true);
        let answer = request.set_key(Some(row::primary(&exchange_key(id)))).send().await.map_err(|error| words(&error))?;
        let Some(place) = answer.item.as_ref().and_then(|item| row::text(item, PLACE)) else { return Ok(None) };
        let place = Place::read(&place).ok_or_else(|| format!("the place of exchange `{id}` cannot be read"))?;
        let request = self.s3.get_object().bucket(&self.bucket).key(&place.object).range(place.range());
        match request.send().await {
            Ok(answer) => {
                let bytes = answer.body.collect().await.map_err(|error| error.to_string())?.to_vec();
                Ok(member::exchange(&bytes))
            }
            // Its file is older than files are kept.
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => Ok(None),
            Err(error) => Err(words(&error)),
        }
    }

    /// What there is of an order, oldest first.
    pub(super) async fn of_order(&self, order_id: &str) -> Result<Vec<Trace>, String> {
        let found = self.table.index(&of(order_id), "", i64::MAX, usize::MAX).await?;
        let trace = |(_, key): (i64, String)| match key.split_once('/')? {
            ("exchange", id) => Some(Trace::Exchange { id: decoded(id) }),
            ("document", id) => Some(Trace::Document { id: decoded(id) }),
            _ => None,
        };
        Ok(found.into_iter().filter_map(trace).collect())
    }

    /// Removes what was told of an exchange, every time that it was told.
    pub(super) async fn remove_exchange(&self, id: &str) -> Result<(), String> {
        let key = row::primary(&exchange_key(id));
        let request = self.table.client().get_item().table_name(self.table.name()).consistent_read(true);
        let answer = request.set_key(Some(key.clone())).send().await.map_err(|error| words(&error))?;
        self.scrub(answer.item.map(|item| places(&item)).unwrap_or_default()).await?;
        self.remove_row(key).await
    }

    /// Forgets whose a document is.
    pub(super) async fn remove_document(&self, id: &str) -> Result<(), String> {
        self.remove_row(row::primary(&document_key(id))).await
    }

    async fn remove_row(&self, key: Attributes) -> Result<(), String> {
        let request = self.table.client().delete_item().table_name(self.table.name()).set_key(Some(key));
        request.send().await.map(drop).map_err(|error| words(&error))
    }

    /// Empties places of files, and removes the versions of these files that still had them.
    async fn scrub(&self, places: Vec<Place>) -> Result<(), String> {
        let mut files: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for place in places {
            files.entry(place.object.clone()).or_default().push(place);
        }
        for (object, places) in files {
            self.scrub_file(&object, &places).await?;
        }
        Ok(())
    }

    async fn scrub_file(&self, object: &str, places: &[Place]) -> Result<(), String> {
        for tried in 0..TRIES {
            let answer = match self.s3.get_object().bucket(&self.bucket).key(object).send().await {
                Ok(answer) => answer,
                Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(()),
                Err(error) => return Err(words(&error)),
            };
            let tag = answer.e_tag.clone();
            let mut file = answer.body.collect().await.map_err(|error| error.to_string())?.to_vec();
            if places.iter().any(|place| !member::empty(&mut file, place)) {
                return Err(format!("`{object}` is not as its rows say"));
            }
            let put = self.s3.put_object().bucket(&self.bucket).key(object).content_type("application/gzip");
            match put.set_if_match(tag).body(ByteStream::from(file)).send().await {
                Ok(written) => {
                    let latest = written.version_id.as_deref();
                    return remove_versions(&self.s3, &self.bucket, object, latest).await;
                }
                Err(error) if matches!(error.code(), Some("PreconditionFailed" | "ConditionalRequestConflict")) => {
                    tokio::time::sleep(Duration::from_millis(20 << tried)).await;
                }
                Err(error) => return Err(words(&error)),
            }
        }
        Err(format!("`{object}` is being written by somebody else"))
    }
}

/// The partition of the index that lists what there is of an order.
fn of(order_id: &str) -> String {
    format!("of/{}", encoded(order_id))
}

fn exchange_key(id: &str) -> String {
    format!("exchange/{}", encoded(id))
}

fn document_key(id: &str) -> String {
    format!("document/{}", encoded(id))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn places(attributes: &Attributes) -> Vec<Place> {
    let all = attributes.get(PLACES).and_then(|value| value.as_ss().ok());
    all.into_iter().flatten().filter_map(|text| Place::read(text)).collect()
}

/// Files stand by the hour: `2026/05/04/10`.
fn hour(now: i64) -> String {
    jiff::Timestamp::from_millisecond(now).unwrap_or_default().strftime("%Y/%m/%d/%H").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_by_the_hour() {
        assert_eq!(hour(1_777_888_800_000), "2026/05/04/10");
    }

    #[test]
    fn names_of_orders_are_kept_apart() {
        assert_ne!(of("a/b"), of("a%2Fb"));
        assert_eq!(decoded(&encoded("SO-1/ü")), "SO-1/ü");
    }
}
