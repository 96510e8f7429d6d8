//! The files of a store: the database, its tables, and the lock of the process that serves it.

use super::options::{Durability, OpenError, Role};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DATABASE: &str = "crossdock.db";
const LOCK: &str = "serve.lock";

/// Marks the file as ours: `CRDK`.
const APPLICATION: i64 = 0x4352_444b;
const LAYOUT: i64 = 1;

/// How long a connection waits for another process's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where messages are, `AUTOINCREMENT` matters: an identity that was used once never comes back, so that whatever is above
/// the last one seen is new. Everything that grows has an integer key, so that what is written together stands together.
const TABLES: &str = "
    CREATE TABLE items (
        n INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        due INTEGER,
        at INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX items_due ON items (substr(key, 1, instr(key, '/')), due) WHERE due IS NOT NULL;
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue INTEGER NOT NULL,
        grp TEXT NOT NULL,
        due INTEGER NOT NULL,
        sent_at INTEGER NOT NULL,
        receives INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE TABLE exchanges (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        order_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        took INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        party TEXT NOT NULL,
        meaning TEXT NOT NULL,
        release TEXT NOT NULL,
        packed INTEGER NOT NULL,
        content BLOB NOT NULL
    );
    CREATE INDEX exchanges_order ON exchanges (order_id) WHERE order_id <> '';
    CREATE TABLE blobs (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        media TEXT NOT NULL,
        order_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        bytes BLOB NOT NULL
    );
    CREATE INDEX blobs_order ON blobs (order_id) WHERE order_id <> '';
";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Write(Durability),
    Read,
    Checkpoint(Durability),
}

/// Makes or finds the directory and the database in it; the lock, for the role that needs it.
pub(super) fn prepare(dir: &Path, role: Role) -> Result<(PathBuf, Option<File>), OpenError> {
    let path = dir.join(DATABASE);
    let lock = match role {
        Role::Serve => {
            make_directory(dir).map_err(|error| OpenError::failed(dir, error))?;
            Some(lock(dir)?)
        }
        Role::Tool if !path.is_file() => return Err(OpenError::Absent(dir.to_path_buf())),
        Role::Tool => None,
    };
    settle(&path, role)?;
    Ok((path, lock))
}

/// Opens a connection to a database that is known to be ours.
pub(super) fn connect(path: &Path, usage: Use) -> Result<Connection, OpenError> {
    let failed = |error: rusqlite::Error| OpenError::failed(path, error);
    let flags = match usage {
        Use::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Use::Write(_) | Use::Checkpoint(_) => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    configure(&connection, usage).map_err(failed)?;
    Ok(connection)
}

fn configure(connection: &Connection, usage: Use) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Checkpoints are made beside the commits, never inside one: see `checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 256 * 1024 * 1024)?;
    // A reader's cache is void after every commit of the writer, and emptying it costs what it could hold: kept small.
    let cache_kib = if matches!(usage, Use::Write(_)) { 64 * 1024 } else { 512 };
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    if let Use::Write(durability) | Use::Checkpoint(durability) = usage {
        let synchronous = match durability {
            Durability::PowerLoss => "FULL",
            Durability::ProcessKill => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // What is deleted is gone, not merely unreachable: it can be a person's data.
        connection.pragma_update(None, "secure_delete", true)?;
    }
    Ok(())
}

/// Judges the database, and makes its tables where there is nothing yet.
fn settle(path: &Path, role: Role) -> Result<(), OpenError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if role == Role::Serve {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags).map_err(|error| OpenError::failed(path, error))?;
    judge(&connection, path, role).map_err(|error| unusable(path, &error))?
}

fn judge(connection: &Connection, path: &Path, role: Role) -> rusqlite::Result<Result<(), OpenError>> {
    connection.busy_timeout(PATIENCE)?;
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, layout) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, tables) {
        (0, 0) if role == Role::Serve => return make_tables(connection).map(Ok),
        (0, 0) => Err(OpenError::Absent(path.parent().unwrap_or(path).to_path_buf())),
        (APPLICATION, _) if layout > LAYOUT => Err(OpenError::Newer { path: path.to_path_buf(), found: layout, known: LAYOUT }),
        (APPLICATION, _) if layout == LAYOUT => Ok(()),
        _ => Err(OpenError::Foreign(path.to_path_buf())),
    })
}

fn make_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {LAYOUT}; COMMIT;"
    ))
}

fn unusable(path: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Foreign(path.to_path_buf()),
        _ => OpenError::failed(path, error),
    }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK);
    let failed = |error: std::io::Error| OpenError::failed(&path, error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Served(dir.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Only its owner can look into a directory that we make: it holds personal data. Its name is forced to the disk too.
fn make_directory(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)?;
    match dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
