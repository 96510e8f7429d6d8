//! Rows of the table written under conditions: one alone, several as a transaction.
//!
//! An answer that was lost is told from a conflict: a transaction has a token, and a row says who wrote it last.

use super::row::{self, Attributes, EXPIRES, PARTITION, Packed, VERSION, WRITER};
use super::table::Table;
use crate::error::words;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use crossdock_runtime::port::{Check, CommitError, Expect, Put};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Items of one transaction, at most.
const TOGETHER: usize = 100;
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

impl Table {
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
            let request = self.client().delete_item().table_name(self.name()).set_key(Some(key));
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
        let request = self.client().update_item().table_name(self.name()).set_key(Some(key));
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
            let request = self.client().transact_write_items().set_transact_items(Some(parts.clone()));
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
                .table_name(self.name())
                .set_key(Some(row::primary(&write.put.key)))
                .set_condition_expression(condition.expression)
                .set_expression_attribute_values(Some(condition.values).filter(|values| !values.is_empty()));
            return Ok(builder.delete(delete.build().map_err(senseless)?).build());
        };
        let change = row::change(&write.put, body, writer, write.expires);
        let mut values = change.values;
        values.extend(condition.values);
        let update = Update::builder()
            .table_name(self.name())
            .set_key(Some(row::primary(&write.put.key)))
            .update_expression(change.expression)
            .set_condition_expression(condition.expression)
            .set_expression_attribute_values(Some(values));
        Ok(builder.update(update.build().map_err(senseless)?).build())
    }

    fn check(&self, check: &Check, now: i64) -> Result<TransactWriteItem, CommitError> {
        let condition = condition(check.expect, now);
        let built = ConditionCheck::builder()
            .table_name(self.name())
            .set_key(Some(row::primary(&check.key)))
            .condition_expression(condition.expression.unwrap_or_default())
            .set_expression_attribute_values(Some(condition.values).filter(|values| !values.is_empty()))
            .build();
        let built = built.map_err(|error| CommitError::Failed(error.to_string()))?;
        Ok(TransactWriteItem::builder().condition_check(built).build())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
