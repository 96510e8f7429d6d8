//! The table: items with versions, written under conditions.
//!
//! One write goes alone, several go as a transaction. An answer that was lost is told from a conflict: a transaction has a
//! token, and a row says who wrote it last.

use super::place::{self, Stretch};
use super::row::{self, Attributes, DUE, DUE_INDEX, EXPIRES, GROUP, KEY, PARTITION, Packed, Row, VERSION, WRITER};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, KeysAndAttributes, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use crossdock_runtime::port::{Check, CommitError, Expect, Put};
use futures_util::future::try_join_all;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Items of one transaction, at most.
const TOGETHER: usize = 100;
/// Keys of one read, at most.
const READ_TOGETHER: usize = 100;
/// Pages of a look through the whole table, at most: a megabyte each.
const PAGES: usize = 16;
/// Transactions that met others are tried again so often.
const TRIES: u32 = 5;

/// A put with its body as it is kept; none deletes.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) put: Put,
    pub(super) body: Option<Packed>,
    pub(super) expires: Option<i64>,
}

/// A condition as DynamoDB takes it.
struct Condition {
    expression: Option<String>,
    values: Attributes,
}

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

    /// Writes everything, or nothing.
    pub(super) async fn write(&self, checks: &[Check], writes: &[Write], now: i64) -> Result<(), CommitError> {
        let checks: Vec<&Check> = checks.iter().filter(|check| check.expect != Expect::Anything).collect();
        match (checks.as_slice(), writes) {
            ([], []) => Ok(()),
            ([], [write]) => self.write_one(write, now).await,
            _ if checks.len() + writes.len() > TOGETHER => {
                let words = format!("{} items are more than one write can have ({TOGETHER})", checks.len() + writes.len());
                Err(CommitError::Failed(words))
            }
            _ => self.write_together(&checks, writes, now).await,
        }
    }

    async fn write_one(&self, write: &Write, now: i64) -> Result<(), CommitError> {
        let writer = Uuid::new_v4().simple().to_string();
        let key = row::primary(&write.put.key);
        let condition = condition(write.put.expect, now);
        let Some(body) = &write.body else {
            let request = self.client.delete_item().table_name(&self.name).set_key(Some(key));
            let request = request.set_condition_expression(condition.expression);
            let request = request.set_expression_attribute_values(Some(condition.values).filter(|values| !values.is_empty()));
            return match request.send().await {
                Ok(_) => Ok(()),
                Err(error) => Err(failed(&error, std::slice::from_ref(&write.put.key))),
            };
        };
        let change = row::change(&write.put, body, &writer, write.expires);
        let mut values = change.values;
        values.extend(condition.values);
        let request = self.client.update_item().table_name(&self.name).set_key(Some(key));
        let request = request
            .update_expression(change.expression)
            .set_condition_expression(condition.expression)
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                use aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException as Unmet;
                // The first try was written and its answer was lost: what stands there is our own.
                if let Some(Unmet(unmet)) = error.as_service_error()
                    && unmet.item().and_then(|item| row::text(item, WRITER)).as_deref() == Some(&writer)
                {
                    return Ok(());
                }
                Err(failed(&error, std::slice::from_ref(&write.put.key)))
            }
        }
    }

    async fn write_together(&self, checks: &[&Check], writes: &[Write], now: i64) -> Result<(), CommitError> {
        let (mut parts, mut keys) = (Vec::new(), Vec::new());
        let writer = Uuid::new_v4().simple().to_string();
        for write in writes {
            let also = checks.iter().find(|check| check.key == write.put.key).map(|check| check.expect);
            parts.push(self.part(write, also, &writer, now)?);
            keys.push(write.put.key.clone());
        }
        for check in checks.iter().filter(|check| !writes.iter().any(|write| write.put.key == check.key)) {
            parts.push(self.check(check, now)?);
            keys.push(check.key.clone());
        }
        for tried in 0..TRIES {
            // The token lets a second try of the same call find out that the first one was written.
            let token = Uuid::new_v4().simple().to_string();
            let request = self.client.transact_write_items().set_transact_items(Some(parts.clone()));
            let Err(error) = request.client_request_token(token).send().await else { return Ok(()) };
            match canceled(&error, &keys) {
                Some(Canceled::Met) => tokio::time::sleep(Duration::from_millis(15 << tried)).await,
                Some(Canceled::Conflict(keys)) => return Err(CommitError::Conflict(keys)),
                Some(Canceled::Busy) => return Err(CommitError::Busy),
                None => return Err(failed(&error, &keys)),
            }
        }
        // Others hold what this write needs: nothing of it was written.
        Err(CommitError::Busy)
    }

    fn part(&self, write: &Write, also: Option<Expect>, writer: &str, now: i64) -> Result<TransactWriteItem, CommitError> {
        let expect = match (write.put.expect, also) {
            (Expect::Anything, Some(also)) => also,
            (expect, _) => expect,
        };
        let condition = condition(expect, now);
        let senseless = |error: aws_sdk_dynamodb::error::BuildError| CommitError::Failed(error.to_string());
        let builder = TransactWriteItem::builder();
        let Some(body) = &write.body else {
            let delete = Delete::builder()
                .table_name(&self.name)
                .set_key(Some(row::primary(&write.put.key)))
                .set_condition_expression(condition.expression)
                .set_expression_attribute_values(Some(condition.values).filter(|values| !values.is_empty()));
            return Ok(builder.delete(delete.build().map_err(senseless)?).build());
        };
        let change = row::change(&write.put, body, writer, write.expires);
        let mut values = change.values;
        values.extend(condition.values);
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(row::primary(&write.put.key)))
            .update_expression(change.expression)
            .set_condition_expression(condition.expression)
            .set_expression_attribute_values(Some(values));
        Ok(builder.update(update.build().map_err(senseless)?).build())
    }

    fn check(&self, check: &Check, now: i64) -> Result<TransactWriteItem, CommitError> {
        let condition = condition(check.expect, now);
        let built = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(row::primary(&check.key)))
            .condition_expression(condition.expression.unwrap_or_default())
            .set_expression_attribute_values(Some(condition.values).filter(|values| !values.is_empty()))
            .build();
        let built = built.map_err(|error| CommitError::Failed(error.to_string()))?;
        Ok(TransactWriteItem::builder().condition_check(built).build())
    }
}

/// The first and the last key that begin so and stand behind `after`. Keys are made of ASCII letters, digits and `%-./:_~#`.
fn bounds(prefix: &str, after: Option<&str>) -> (String, String) {
    let behind = after.map(|after| format!("{after}!")).unwrap_or_default();
    (behind.max(prefix.to_owned()), format!("{prefix}\u{7f}"))
}

/// What has expired is not there, whether the table has removed it yet or not.
fn condition(expect: Expect, now: i64) -> Condition {
    let n = |number: String| AttributeValue::N(number);
    match expect {
        Expect::Absent => Condition {
            expression: Some(format!("attribute_not_exists({PARTITION}) OR {EXPIRES} <= :now")),
            values: HashMap::from([(":now".to_owned(), n(now.div_euclid(1000).to_string()))]),
        },
        Expect::Version(version) => Condition {
            expression: Some(format!("{VERSION} = :version")),
            values: HashMap::from([(":version".to_owned(), n(version.to_string()))]),
        },
        Expect::Anything => Condition { expression: None, values: HashMap::new() },
    }
}

/// Why a transaction was not written.
enum Canceled {
    /// It met another one.
    Met,
    Conflict(Vec<String>),
    Busy,
}

fn canceled<R>(error: &SdkError<TransactWriteItemsError, R>, keys: &[String]) -> Option<Canceled> {
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error.as_service_error()? else { return None };
    Some(judge(canceled.cancellation_reasons(), keys))
}

fn judge(reasons: &[CancellationReason], keys: &[String]) -> Canceled {
    let of = |code: &str| -> Vec<String> {
        let ours = reasons.iter().zip(keys).filter(|(reason, _)| reason.code() == Some(code));
        ours.map(|(_, key)| key.clone()).collect()
    };
    let unmet = of("ConditionalCheckFailed");
    if !unmet.is_empty() {
        return Canceled::Conflict(unmet);
    }
    if of("TransactionConflict").is_empty() { Canceled::Busy } else { Canceled::Met }
}

/// A call that failed as what the port knows. A store that has too much to do is none that failed.
fn failed<E: ProvideErrorMetadata + std::error::Error, R>(error: &SdkError<E, R>, keys: &[String]) -> CommitError {
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some("ConditionalCheckFailedException") => CommitError::Conflict(keys.to_vec()),
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TransactionInProgressException"
            | "TransactionConflictException",
        ) => CommitError::Busy,
        _ => CommitError::Failed(words(error)),
    }
}

/// An error of a call in words: what AWS says, else what kept us from asking.
pub(crate) fn words<E: ProvideErrorMetadata + std::error::Error, R>(error: &SdkError<E, R>) -> String {
    if let Some(service) = error.as_service_error() {
        let code = service.code().unwrap_or("an error without a code");
        return match service.message() {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        };
    }
    match error {
        SdkError::TimeoutError(_) => "no answer in time".into(),
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().map(|error| causes(error));
            format!("AWS cannot be reached: {}", cause.unwrap_or_else(|| "no reason given".into()))
        }
        SdkError::ConstructionFailure(_) => "the call cannot be made: are credentials and region set?".into(),
        _ => "the answer cannot be read".into(),
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
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

    #[test]
    fn a_condition_that_failed_outweighs_another_transaction() {
        let reason = |code: &str| CancellationReason::builder().code(code).build();
        let keys = ["a".to_owned(), "b".to_owned()];
        let both = [reason("TransactionConflict"), reason("ConditionalCheckFailed")];
        assert!(matches!(judge(&both, &keys), Canceled::Conflict(keys) if keys == ["b"]));
        assert!(matches!(judge(&[reason("None"), reason("TransactionConflict")], &keys), Canceled::Met));
        assert!(matches!(judge(&[reason("None"), reason("ThrottlingError")], &keys), Canceled::Busy));
    }
}
