//! One batch inside the writer's transaction: all conditions first, then all writes.

use super::packing::{Packed, kind_number};
use crate::clock::millis;
use crate::port::{Batch, Blob, Check, Expect, Outgoing, Put, Queue, Receipt};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};

/// A batch as the writer takes it.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) checks: Vec<Check>,
    pub(super) puts: Vec<Put>,
    pub(super) blobs: Vec<Blob>,
    pub(super) exchanges: Vec<Packed>,
    pub(super) sends: Vec<Outgoing>,
    pub(super) acks: Vec<Receipt>,
}

/// A message's row and the claim on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) queue: Queue,
    pub(super) id: i64,
    pub(super) claim: u64,
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Written, once the transaction is.
    Written(Written),
    /// Nothing was written.
    Conflict(Vec<String>),
    /// Nothing was written: the batch contradicts itself.
    Senseless(String),
}

/// What memory must know once the transaction is durable.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// The messages' rows, in the order of the batch's sends.
    pub(super) ids: Vec<i64>,
    /// The messages that are gone.
    pub(super) gone: Vec<(Queue, i64)>,
    /// Rows written or deleted.
    pub(super) rows: u64,
}

/// Where an item is.
#[derive(Debug, Clone, Copy)]
struct Kept {
    row: i64,
    version: i64,
}

impl Prepared {
    pub(super) fn new(batch: Batch) -> Self {
        let Batch { checks, puts, blobs, exchanges, sends, acks } = batch;
        Self { checks, puts, blobs, exchanges: exchanges.into_iter().map(super::packing::pack).collect(), sends, acks }
    }

    /// About how many bytes it holds in memory.
    pub(super) fn bytes(&self) -> usize {
        let puts: usize = self.puts.iter().map(|put| put.key.len() + put.body.as_ref().map_or(0, Vec::len) + 64).sum();
        let blobs: usize = self.blobs.iter().map(|blob| blob.bytes.len() + 128).sum();
        let exchanges: usize = self.exchanges.iter().map(|packed| packed.content.len() + 256).sum();
        let sends: usize = self.sends.iter().map(|send| send.body.len() + 64).sum();
        256 + puts + blobs + exchanges + sends
    }
}

/// Writes a batch, unless a condition fails. `holds` says whether a claim is still good: what another receiver has by now
/// is that one's to acknowledge.
///
/// # Errors
/// When the database fails: the whole transaction is void.
pub(super) fn apply(connection: &Connection, batch: &Prepared, now: i64, holds: impl Fn(Claim) -> bool) -> Result<Verdict> {
    if let Some(key) = written_twice(&batch.puts) {
        return Ok(Verdict::Senseless(format!("a batch writes `{key}` twice")));
    }
    let mut find = connection.prepare_cached("SELECT n, version FROM items WHERE key = ?1")?;
    let mut conflicts = Vec::new();
    for check in &batch.checks {
        if !as_expected(check.expect, kept(&mut find, &check.key)?) {
            conflicts.push(check.key.clone());
        }
    }
    let mut places = Vec::with_capacity(batch.puts.len());
    for put in &batch.puts {
        let place = kept(&mut find, &put.key)?;
        if !as_expected(put.expect, place) {
            conflicts.push(put.key.clone());
        }
        places.push(place);
    }
    if !conflicts.is_empty() {
        return Ok(Verdict::Conflict(conflicts));
    }
    write(connection, batch, &places, now, holds).map(Verdict::Written)
}

fn write(
    connection: &Connection,
    batch: &Prepared,
    places: &[Option<Kept>],
    now: i64,
    holds: impl Fn(Claim) -> bool,
) -> Result<Written> {
    let mut written = Written::default();
    for (put, place) in batch.puts.iter().zip(places) {
        written.rows += item(connection, put, *place, now)?;
    }
    for exchange in &batch.exchanges {
        written.rows += journal(connection, exchange)?;
    }
    for document in &batch.blobs {
        written.rows += blob(connection, document, now)?;
    }
    for message in &batch.sends {
        written.ids.push(send(connection, message, now)?);
        written.rows += 1;
    }
    for receipt in &batch.acks {
        let Some(claim) = claim_of(receipt).filter(|claim| holds(*claim)) else { continue };
        written.rows += execute(connection, "DELETE FROM messages WHERE id = ?1", params![claim.id])?;
        written.gone.push((claim.queue, claim.id));
    }
    Ok(written)
}

fn item(connection: &Connection, put: &Put, place: Option<Kept>, now: i64) -> Result<u64> {
    match (&put.body, place) {
        (Some(body), None) => execute(
            connection,
            "INSERT INTO items (key, version, due, at, body) VALUES (?1, 1, ?2, ?3, ?4)",
            params![put.key, put.due, now, body],
        ),
        (Some(body), Some(kept)) => execute(
            connection,
            "UPDATE items SET version = ?2, due = ?3, at = ?4, body = ?5 WHERE n = ?1",
            params![kept.row, kept.version + 1, put.due, now, body],
        ),
        (None, Some(kept)) => execute(connection, "DELETE FROM items WHERE n = ?1", params![kept.row]),
        (None, None) => Ok(0),
    }
}

/// An exchange that is told again replaces what was told before under its name.
fn journal(connection: &Connection, packed: &Packed) -> Result<u64> {
    let exchange = &packed.exchange;
    execute(
        connection,
        "INSERT OR REPLACE INTO exchanges (id, order_id, at, took, kind, party, meaning, release, packed, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            exchange.id,
            exchange.order_id,
            exchange.at,
            exchange.took,
            kind_number(exchange.kind),
            exchange.party,
            exchange.meaning,
            exchange.release,
            packed.packed,
            packed.content,
        ],
    )
}

fn blob(connection: &Connection, blob: &Blob, now: i64) -> Result<u64> {
    execute(
        connection,
        "INSERT OR REPLACE INTO blobs (id, media, order_id, at, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![blob.id, blob.media, blob.order_id, now, blob.bytes],
    )
}

fn send(connection: &Connection, message: &Outgoing, now: i64) -> Result<i64> {
    let insert = "INSERT INTO messages (queue, grp, due, sent_at, receives, body) VALUES (?1, ?2, ?3, ?4, 0, ?5)";
    let (due, sent_at) = times(message, now);
    connection.prepare_cached(insert)?.insert(params![queue_number(message.queue), message.group, due, sent_at, message.body])
}

/// When a message can be received, and when it was first sent.
pub(super) fn times(message: &Outgoing, now: i64) -> (i64, i64) {
    let delay = millis(message.delay);
    (now.saturating_add(delay), message.sent_at.unwrap_or(now))
}

/// The claim that a receipt stands for.
pub(super) fn claim_of(receipt: &Receipt) -> Option<Claim> {
    let (id, claim) = receipt.handle.split_once('-')?;
    Some(Claim { queue: receipt.queue, id: id.parse().ok()?, claim: claim.parse().ok()? })
}

/// The receipt of a claim.
pub(super) fn receipt_of(claim: Claim) -> Receipt {
    Receipt { queue: claim.queue, handle: format!("{}-{}", claim.id, claim.claim) }
}

/// A queue as the number that is kept.
pub(super) fn queue_number(queue: Queue) -> i64 {
    match queue {
        Queue::Orders => 0,
        Queue::Updates => 1,
        Queue::Actions => 2,
    }
}

fn execute(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<u64> {
    Ok(connection.prepare_cached(sql)?.execute(params)? as u64)
}

fn kept(find: &mut CachedStatement<'_>, key: &str) -> Result<Option<Kept>> {
    find.query_row([key], |row| Ok(Kept { row: row.get(0)?, version: row.get(1)? })).optional()
}

fn as_expected(expect: Expect, kept: Option<Kept>) -> bool {
    match expect {
        Expect::Absent => kept.is_none(),
        Expect::Version(version) => kept.is_some_and(|kept| u64::try_from(kept.version) == Ok(version)),
        Expect::Anything => true,
    }
}

/// Batches are short: comparing each key with the ones before is cheaper than a set.
fn written_twice(puts: &[Put]) -> Option<&str> {
    let mut keys = puts.iter().enumerate();
    keys.find(|(at, put)| puts[..*at].iter().any(|other| other.key == put.key)).map(|(_, put)| put.key.as_str())
}
