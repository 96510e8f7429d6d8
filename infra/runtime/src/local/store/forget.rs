//! Removing a person's data for good.

use rusqlite::{Connection, Result, TransactionBehavior};

/// Removes an order's exchanges and documents; how many of each. Deleted rows are overwritten; the log, in which they would
/// stay readable until it is written over, is emptied.
pub(super) fn forget(connection: &mut Connection, order_id: &str) -> Result<(usize, usize)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let exchanges = transaction.execute("DELETE FROM exchanges WHERE order_id = ?1 AND order_id <> ''", [order_id])?;
    let blobs = transaction.execute("DELETE FROM blobs WHERE order_id = ?1 AND order_id <> ''", [order_id])?;
    transaction.commit()?;
    // Somebody who reads just now keeps the log as it is: then it is written over a little later.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok((exchanges, blobs))
}
