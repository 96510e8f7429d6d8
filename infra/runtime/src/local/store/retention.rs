//! What has been kept for long enough goes, a little at a time.

use super::mailbox::Mailbox;
use super::reader::{Readers, behind, item};
use crate::port::{Item, StoreError};
use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows of each kind that one step looks at.
const STEP: i64 = 500;

/// What may go.
pub trait Retention: Sync {
    /// Whether this item may go: it was last written before the given time, and is not due at any. The ledger's entries that
    /// have ended and what hangs on them, for example; never what still waits for anybody.
    fn may_go(&self, item: &Item) -> bool;

    /// Where the items stand that keep an order's exchanges and documents: those stay as long as there is an item whose key
    /// begins so. Exchanges and documents of no order go by their age alone.
    fn kept_by(&self, order_id: &str) -> String;
}

/// What one step removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Items.
    pub items: usize,
    /// Exchanges of the journal.
    pub exchanges: usize,
    /// Documents.
    pub documents: usize,
    /// There is more to look at: the next step goes on from here. Otherwise the next one begins anew.
    pub more: bool,
}

/// How far the present round has come.
#[derive(Debug, Default)]
pub(super) struct Round(Mutex<Reached>);

#[derive(Debug, Default, Clone, Copy)]
struct Reached {
    items: i64,
    exchanges: i64,
    documents: i64,
}

/// An exchange or a document that is old enough.
struct Old {
    row: i64,
    order_id: String,
}

impl Round {
    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One step: what was last written before this time (milliseconds since 1970) goes, if the rules let it.
pub(super) async fn prune(
    (round, readers, mailbox): (&Round, &Arc<Readers>, &Mailbox),
    before: i64,
    rules: &impl Retention,
) -> Result<Pruned, StoreError> {
    let from = *round.reached();
    let pool = Arc::clone(readers);
    let read = move || {
        pool.read(|connection| {
            let (items, old_items) = items(connection, from.items, before)?;
            let (exchanges, old_exchanges) = old(connection, "exchanges", from.exchanges, before)?;
            let (documents, old_documents) = old(connection, "blobs", from.documents, before)?;
            Ok((Reached { items, exchanges, documents }, old_items, old_exchanges, old_documents))
        })
    };
    let found = tokio::task::spawn_blocking(read).await.map_err(|error| StoreError(error.to_string()))?;
    let (reached, mut items, exchanges, documents) = found.map_err(|error| StoreError(error.to_string()))?;
    items.retain(|(_, item)| rules.may_go(item));
    let (exchanges, documents) = (with_keepers(exchanges, rules), with_keepers(documents, rules));
    let mut pruned = Pruned::default();
    if !(items.is_empty() && exchanges.is_empty() && documents.is_empty()) {
        let work = move |connection: &mut Connection| remove(connection, &items, &exchanges, &documents);
        pruned = mailbox.alone(work).await.map_err(StoreError)?;
    }
    pruned.more = reached.items > from.items || reached.exchanges > from.exchanges || reached.documents > from.documents;
    *round.reached() = if pruned.more { reached } else { Reached::default() };
    Ok(pruned)
}

/// Items behind this row that could go, and how far was looked. They are updated in place, so their order tells nothing about
/// their age, and all have to be looked at.
fn items(connection: &Connection, after: i64, before: i64) -> Result<(i64, Vec<(i64, Item)>)> {
    let window = "SELECT n FROM items WHERE n > ?1 ORDER BY n LIMIT ?2";
    let last: Option<i64> =
        connection.prepare_cached(&format!("SELECT max(n) FROM ({window})"))?.query_row([after, STEP], |row| row.get(0))?;
    let Some(last) = last else { return Ok((after, Vec::new())) };
    let mut select = connection.prepare_cached(
        "SELECT key, version, due, body, n FROM items WHERE n > ?1 AND n <= ?2 AND at < ?3 AND due IS NULL ORDER BY n",
    )?;
    let found = select.query_map(params![after, last, before], |row| Ok((row.get(4)?, item(row)?)))?;
    Ok((last, found.collect::<Result<_>>()?))
}

/// Rows of a table that are only ever added, so that the first young one ends the search.
fn old(connection: &Connection, table: &str, after: i64, before: i64) -> Result<(i64, Vec<Old>)> {
    let sql = format!("SELECT n, order_id, at FROM {table} WHERE n > ?1 ORDER BY n LIMIT ?2");
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([after, STEP])?;
    let (mut last, mut found) = (after, Vec::new());
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(2)? >= before {
            break;
        }
        last = row.get(0)?;
        found.push(Old { row: last, order_id: row.get(1)? });
    }
    Ok((last, found))
}

/// Each row, with the beginning of the keys that keep it.
fn with_keepers(old: Vec<Old>, rules: &impl Retention) -> Vec<(i64, Option<String>)> {
    let keeper = |order_id: &str| (!order_id.is_empty()).then(|| rules.kept_by(order_id));
    old.into_iter().map(|old| (old.row, keeper(&old.order_id))).collect()
}

fn remove(
    connection: &mut Connection,
    items: &[(i64, Item)],
    exchanges: &[(i64, Option<String>)],
    documents: &[(i64, Option<String>)],
) -> Result<Pruned> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut pruned = Pruned::default();
    for (row, item) in items {
        // What was written meanwhile stays.
        let version = i64::try_from(item.version).unwrap_or(i64::MAX);
        let mut delete = transaction.prepare_cached("DELETE FROM items WHERE n = ?1 AND version = ?2 AND key = ?3")?;
        pruned.items += delete.execute(params![row, version, item.key])?;
    }
    pruned.exchanges = remove_unkept(&transaction, "exchanges", exchanges)?;
    pruned.documents = remove_unkept(&transaction, "blobs", documents)?;
    transaction.commit()?;
    Ok(pruned)
}

fn remove_unkept(connection: &Connection, table: &str, rows: &[(i64, Option<String>)]) -> Result<usize> {
    let mut kept = connection.prepare_cached("SELECT 1 FROM items WHERE key >= ?1 AND (?2 IS NULL OR key < ?2) LIMIT 1")?;
    let mut delete = connection.prepare_cached(&format!("DELETE FROM {table} WHERE n = ?1"))?;
    let mut removed = 0;
    for (row, keeper) in rows {
        let is_kept = match keeper {
            Some(prefix) => kept.query_row(params![prefix, behind(prefix)], |_| Ok(())).optional()?.is_some(),
            None => false,
        };
        if !is_kept {
            removed += delete.execute([row])?;
        }
    }
    Ok(removed)
}
