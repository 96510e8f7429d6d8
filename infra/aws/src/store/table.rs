//! Rows of the table read: one by one, by what their keys begin with, by when they are due.

use super::place::{self, Stretch};
use super::row::{self, Attributes, DUE, DUE_INDEX, GROUP, KEY, PARTITION, Row};
use crate::error::words;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::future::try_join_all;
use std::time::Duration;

/// Keys of one read, at most.
const READ_TOGETHER: usize = 100;
/// Pages of a look through the whole table, at most: a megabyte each.
const PAGES: usize = 16;

/// The ledger's table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(super) fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn get(&self, key: &str, now: i64) -> Result<Option<Row>, String> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(row::primary(key))).consistent_read(true);
        let answer = request.send().await.map_err(|error| words(&error))?;
        answer.item.map_or(Ok(None), |attributes| Row::read(attributes, now))
    }

    /// Rows by the beginning of their keys, in the order of these.
    pub(super) async fn list(&self, prefix: &str, after: Option<&str>, limit: usize, now: i64) -> Result<Vec<Row>, String> {
        let mut rows = match place::stretch(prefix) {
            Stretch::Partitions(partitions) => {
                let queries = partitions.iter().map(|partition| self.query(partition, prefix, after, limit, now));
                try_join_all(queries).await?.into_iter().flatten().collect()
            }
            Stretch::Everywhere => self.scan(prefix, after, now).await?,
        };
        rows.sort_by(|a: &Row, b: &Row| a.key.cmp(&b.key));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn query(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        now: i64,
    ) -> Result<Vec<Row>, String> {
        let (low, high) = bounds(prefix, after);
        let (mut rows, mut from) = (Vec::new(), None);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.name)
                .consistent_read(true)
                .key_condition_expression(format!("{PARTITION} = :p AND {KEY} BETWEEN :low AND :high"))
                .expression_attribute_values(":p", AttributeValue::S(partition.to_owned()))
                .expression_attribute_values(":low", AttributeValue::S(low.clone()))
                .expression_attribute_values(":high", AttributeValue::S(high.clone()))
                .limit(i32::try_from(limit.min(1000)).unwrap_or(1000).max(1))
                .set_exclusive_start_key(from);
            let page = request.send().await.map_err(|error| words(&error))?;
            for attributes in page.items.unwrap_or_default() {
                rows.extend(Row::read(attributes, now)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() || rows.len() >= limit {
                return Ok(rows);
            }
        }
    }

    /// A look through the table for names that nearly fit. It stops after some megabytes: nothing that is worked on hangs
    /// on it, and a table of years would cost dollars.
    async fn scan(&self, prefix: &str, after: Option<&str>, now: i64) -> Result<Vec<Row>, String> {
        let (low, high) = bounds(prefix, after);
        let (mut rows, mut from) = (Vec::new(), None);
        for _ in 0..PAGES {
            let request = self
                .client
                .scan()
                .table_name(&self.name)
                .filter_expression(format!("{KEY} BETWEEN :low AND :high"))
                .expression_attribute_values(":low", AttributeValue::S(low.clone()))
                .expression_attribute_values(":high", AttributeValue::S(high.clone()))
                .set_exclusive_start_key(from);
            let page = request.send().await.map_err(|error| words(&error))?;
            for attributes in page.items.unwrap_or_default() {
                rows.extend(Row::read(attributes, now)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(rows)
    }

    /// Rows that are due, the most overdue first.
    pub(super) async fn due(&self, prefix: &str, until: i64, limit: usize, now: i64) -> Result<Vec<Row>, String> {
        let partitions = place::due_partitions(prefix);
        let queries = partitions.iter().map(|partition| self.index(partition, prefix, until, limit));
        let mut found: Vec<(i64, String)> = try_join_all(queries).await?.into_iter().flatten().collect();
        found.sort();
        found.truncate(limit);
        let keys: Vec<String> = found.into_iter().map(|(_, key)| key).collect();
        let mut rows = self.get_all(&keys, now).await?;
        // The index lags behind the table.
        rows.retain(|row| row.due.is_some_and(|due| due <= until));
        rows.sort_by_key(|row| row.due);
        Ok(rows)
    }

    /// Keys of a partition of the index, each with when it is due.
    pub(super) async fn index(
        &self,
        partition: &str,
        prefix: &str,
        until: i64,
        limit: usize,
    ) -> Result<Vec<(i64, String)>, String> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(DUE_INDEX)
                .key_condition_expression(format!("{GROUP} = :g AND {DUE} <= :until"))
                .filter_expression(format!("begins_with({KEY}, :prefix)"))
                .expression_attribute_values(":g", AttributeValue::S(partition.to_owned()))
                .expression_attribute_values(":until", AttributeValue::N(until.to_string()))
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
                .limit(1000)
                .set_exclusive_start_key(from);
            let page = request.send().await.map_err(|error| words(&error))?;
            for attributes in page.items.unwrap_or_default() {
                found.extend(row::number(&attributes, DUE).zip(row::text(&attributes, KEY)));
            }
            from = page.last_evaluated_key;
            if from.is_none() || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }

    /// Rows by their keys, as they are now.
    pub(super) async fn get_all(&self, keys: &[String], now: i64) -> Result<Vec<Row>, String> {
        let mut rows = Vec::with_capacity(keys.len());
        for attributes in self.attributes_of(keys.iter().map(|key| row::primary(key)).collect()).await? {
            rows.extend(Row::read(attributes, now)?);
        }
        Ok(rows)
    }

    /// What there is of these primary keys.
    pub(super) async fn attributes_of(&self, keys: Vec<Attributes>) -> Result<Vec<Attributes>, String> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(READ_TOGETHER) {
            let mut left = chunk.to_vec();
            let mut wait = Duration::from_millis(20);
            while !left.is_empty() {
                let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
                let wanted = wanted.map_err(|error| error.to_string())?;
                let answer = self.client.batch_get_item().request_items(&self.name, wanted).send().await;
                let mut answer = answer.map_err(|error| words(&error))?;
                let read = answer.responses.take().and_then(|mut tables| tables.remove(&self.name));
                found.extend(read.unwrap_or_default());
                let missed = answer.unprocessed_keys.take().and_then(|mut tables| tables.remove(&self.name));
                left = missed.map(|missed| missed.keys).unwrap_or_default();
                if !left.is_empty() {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(1));
                }
            }
        }
        Ok(found)
    }
}

/// The first and the last key that begin so and stand behind `after`. Keys are made of ASCII letters, digits and `%-./:_~#`.
fn bounds(prefix: &str, after: Option<&str>) -> (String, String) {
    let behind = after.map(|after| format!("{after}!")).unwrap_or_default();
    (behind.max(prefix.to_owned()), format!("{prefix}\u{7f}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_behind_another_begin_so_and_come_later() {
        let (low, high) = bounds("dead/orders/", Some("dead/orders/a"));
        let within = |key: &str| key >= low.as_str() && key <= high.as_str();
        assert!(!within("dead/orders/a") && within("dead/orders/a%2F") && within("dead/orders/a-b") && within("dead/orders/~~"));
        assert!(!within("dead/updates/a"));
        let (low, _) = bounds("dead/", None);
        assert_eq!(low, "dead/");
    }
}
