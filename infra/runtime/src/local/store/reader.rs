//! Reading, beside the writer: a few connections that never write.

use super::layout::{self, Use};
use super::options::OpenError;
use super::packing::{kind_of, unpack};
use crate::port::{Blob, Exchange, Item};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

const ITEM: &str = "SELECT key, version, due, body FROM items";
const EXCHANGE: &str = "SELECT id, order_id, at, took, kind, party, meaning, release, packed, content FROM exchanges";

/// A few connections.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Readers {
    /// Opens so many.
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, OpenError> {
        let connect = |_| layout::connect(path, Use::Read).map(Mutex::new);
        Ok(Self { connections: (0..count.max(1)).map(connect).collect::<Result<_, _>>()?, turn: AtomicUsize::new(0) })
    }

    /// Reads with whichever connection is free, or the next one when none is.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        for connection in &self.connections {
            match connection.try_lock() {
                Ok(free) => return read(&free),
                Err(TryLockError::Poisoned(free)) => return read(&free.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        read(&self.connections[turn].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An item.
pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<Item>> {
    connection.prepare_cached(&format!("{ITEM} WHERE key = ?1"))?.query_row([key], item).optional()
}

/// Items by the beginning of their key.
pub(super) fn list(connection: &Connection, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Item>> {
    let sql = format!("{ITEM} WHERE key >= ?1 AND key > ?2 AND (?3 IS NULL OR key < ?3) ORDER BY key LIMIT ?4");
    let mut select = connection.prepare_cached(&sql)?;
    // No key is empty, so every key is behind the empty one.
    let found = select.query_map(params![prefix, after.unwrap_or(""), behind(prefix), limit_of(limit)], item)?;
    found.collect()
}

/// Items by the beginning of their key whose time has come. Quick for prefixes that reach to the first slash at least: that
/// far the index tells them apart.
pub(super) fn due(connection: &Connection, prefix: &str, now: i64, limit: usize) -> Result<Vec<Item>> {
    let kind = prefix.find('/').map(|slash| &prefix[..=slash]);
    let by_kind = if kind.is_some() { "substr(key, 1, instr(key, '/')) = ?4" } else { "?4 IS NULL" };
    let sql = format!(
        "{ITEM} WHERE {by_kind} AND due IS NOT NULL AND due <= ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3)
         ORDER BY due LIMIT ?5"
    );
    let mut select = connection.prepare_cached(&sql)?;
    let found = select.query_map(params![now, prefix, behind(prefix), kind, limit_of(limit)], item)?;
    found.collect()
}

/// A document.
pub(super) fn blob(connection: &Connection, id: &str) -> Result<Option<Blob>> {
    let sql = "SELECT id, media, order_id, bytes FROM blobs WHERE id = ?1";
    let blob = |row: &Row<'_>| Ok(Blob { id: row.get(0)?, media: row.get(1)?, order_id: row.get(2)?, bytes: row.get(3)? });
    connection.prepare_cached(sql)?.query_row([id], blob).optional()
}

/// An exchange.
pub(super) fn exchange(connection: &Connection, id: &str) -> Result<Option<Exchange>> {
    connection.prepare_cached(&format!("{EXCHANGE} WHERE id = ?1"))?.query_row([id], told).optional()
}

/// All exchanges of an order, oldest first.
pub(super) fn exchanges(connection: &Connection, order_id: &str) -> Result<Vec<Exchange>> {
    // The second condition lets SQLite use the index, which leaves those without an order aside.
    let sql = format!("{EXCHANGE} WHERE order_id = ?1 AND order_id <> '' ORDER BY at, n");
    connection.prepare_cached(&sql)?.query_map([order_id], told)?.collect()
}

pub(super) fn item(row: &Row<'_>) -> Result<Item> {
    let version: i64 = row.get(1)?;
    Ok(Item { key: row.get(0)?, version: version.unsigned_abs(), due: row.get(2)?, body: row.get(3)? })
}

fn told(row: &Row<'_>) -> Result<Exchange> {
    let damaged = |column| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, "damaged".into());
    let [request, reply, trace] = unpack(row.get(8)?, row.get(9)?).ok_or_else(|| damaged(9))?;
    Ok(Exchange {
        id: row.get(0)?,
        order_id: row.get(1)?,
        at: row.get(2)?,
        took: row.get(3)?,
        kind: kind_of(row.get(4)?).ok_or_else(|| damaged(4))?,
        party: row.get(5)?,
        request,
        reply,
        meaning: row.get(6)?,
        release: row.get(7)?,
        trace,
    })
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The first text behind all that begin so; none if there is no such text. Texts are ordered by their bytes, which in UTF-8
/// is the order of their characters.
pub(super) fn behind(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let mut following = (last..=char::MAX).skip(1);
        if let Some(next) = following.next() {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn behind_all_that_begin_so() {
        assert_eq!(behind("entry/").as_deref(), Some("entry0"));
        assert_eq!(behind("a\u{d7ff}").as_deref(), Some("a\u{e000}"), "surrogates are no characters");
        assert_eq!(behind("b\u{10ffff}").as_deref(), Some("c"));
        assert_eq!(behind("\u{10ffff}"), None);
        assert_eq!(behind(""), None);
    }
}
