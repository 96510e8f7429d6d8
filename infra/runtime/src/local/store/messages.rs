//! The rows of messages.

use super::apply::{Verdict, Written};
use super::line::Arrival;
use crate::port::{Depth, Queue};
use rusqlite::{Connection, OptionalExtension, Result};
use std::collections::BTreeMap;

/// Messages above this one, in the order in which they were written. Bodies are left where they are.
pub(super) fn after(connection: &Connection, id: i64, old: bool) -> Result<Vec<(Queue, Arrival)>> {
    let mut select =
        connection.prepare_cached("SELECT id, queue, grp, due, sent_at, receives FROM messages WHERE id > ?1 ORDER BY id")?;
    let arrival = |row: &rusqlite::Row<'_>| {
        let arrival = Arrival {
            id: row.get(0)?,
            group: row.get(2)?,
            due: row.get(3)?,
            sent_at: row.get(4)?,
            receives: row.get(5)?,
            old,
            body: None,
        };
        Ok((queue_of(row.get(1)?), arrival))
    };
    // A queue that is not known is a newer program's: its messages wait for that.
    let known = |(queue, arrival): (Option<Queue>, Arrival)| Some((queue?, arrival));
    select.query_map([id], arrival)?.map(|found| found.map(known)).filter_map(Result::transpose).collect()
}

/// Counts one more receive of each.
pub(super) fn count(connection: &Connection, ids: &[i64]) -> Result<Verdict> {
    let mut update = connection.prepare_cached("UPDATE messages SET receives = receives + 1 WHERE id = ?1")?;
    let mut rows = 0;
    for id in ids {
        rows += update.execute([id])? as u64;
    }
    Ok(Verdict::Written(Written { rows, ..Written::default() }))
}

/// A message's body; none if it is gone.
pub(super) fn body(connection: &Connection, id: i64) -> Result<Option<Vec<u8>>> {
    connection.prepare_cached("SELECT body FROM messages WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

/// How much waits, by group, as far as rows tell: what another process has received counts as ready.
pub(super) fn depth(connection: &Connection, queue: i64, now: i64) -> Result<BTreeMap<String, Depth>> {
    let sql = "SELECT grp, count(*), sum(due > ?2), min(CASE WHEN due <= ?2 THEN sent_at END)
               FROM messages WHERE queue = ?1 GROUP BY grp";
    let mut select = connection.prepare_cached(sql)?;
    let groups = select.query_map([queue, now], |row| {
        let number = |column| row.get(column).map(|count: i64| usize::try_from(count).unwrap_or_default());
        let (all, delayed) = (number(1)?, number(2)?);
        let oldest: Option<i64> = row.get(3)?;
        let oldest = oldest.map_or(0, |sent_at| (now - sent_at).max(0));
        Ok((row.get(0)?, Depth { ready: all - delayed, in_flight: 0, delayed, oldest }))
    })?;
    groups.collect()
}

fn queue_of(number: i64) -> Option<Queue> {
    Queue::ALL.into_iter().find(|queue| super::apply::queue_number(*queue) == number)
}
