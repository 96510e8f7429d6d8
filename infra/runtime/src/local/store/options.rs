//! How a store is opened, and why it cannot be.

use crate::clock::millis;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who opens the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one process that hands out messages. Makes the store where there is none.
    Serve,
    /// Any other process: it reads and commits, beside the serving one or without it.
    Tool,
}

/// What an acknowledged batch survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The loss of the process and of power: every group of batches is forced to the disk before it is answered.
    #[default]
    PowerLoss,
    /// The loss of the process only: the last moments before a loss of power can be missing, but never in part.
    ProcessKill,
}

/// What can be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// What an acknowledged batch survives.
    pub durability: Durability,
    /// How long a received message is trusted to be in good hands; then it can be received again.
    pub visibility: Duration,
    /// How long [`receive`](crate::port::Store::receive) waits for the first message.
    pub wait: Duration,
    /// Batches that may wait for the writer; beyond that, commits are busy.
    pub waiting_batches: usize,
    /// Bytes that may wait for the writer; beyond that, commits are busy. A single batch may be larger.
    pub waiting_bytes: usize,
    /// Bytes of recent message bodies, per queue, that are kept in memory.
    pub recent_bytes: usize,
    /// Connections that read.
    pub readers: usize,
    /// The time that messages become due by.
    pub now: Now,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            visibility: Duration::from_secs(300),
            wait: Duration::from_secs(1),
            waiting_batches: 8192,
            waiting_bytes: 64 * 1024 * 1024,
            recent_bytes: 16 * 1024 * 1024,
            readers: 4,
            now: Now::default(),
        }
    }
}

/// What tells the time: milliseconds since 1970. The machine's clock by default.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Now {
    /// The time as this says.
    #[must_use]
    pub fn new(tell: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn millis(&self) -> i64 {
        (self.0)()
    }
}

impl Default for Now {
    fn default() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            millis(since)
        })
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Now")
    }
}

/// Why a store cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// Another process serves this directory.
    Served(PathBuf),
    /// There is no store here, and this role does not make one.
    Absent(PathBuf),
    /// The file is a database of something else, or no database.
    Foreign(PathBuf),
    /// The store was made by a newer version of the program.
    Newer {
        /// The file.
        path: PathBuf,
        /// The layout that it has.
        found: i64,
        /// The newest layout that this program knows.
        known: i64,
    },
    /// The file or the directory cannot be used.
    Failed {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl OpenError {
    pub(super) fn failed(path: impl Into<PathBuf>, why: impl fmt::Display) -> Self {
        Self::Failed { path: path.into(), why: why.to_string() }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served(dir) => {
                write!(
                    f,
                    "`{}` is in use by another `crossdock serve`: stop that one, or give this one a directory of its own",
                    dir.display()
                )
            }
            Self::Absent(dir) => write!(f, "there is no store in `{}`: `crossdock serve` makes one", dir.display()),
            Self::Foreign(path) => write!(f, "`{}` is not a store of Crossdock, or is damaged at its beginning", path.display()),
            Self::Newer { path, found, known } => write!(
                f,
                "`{}` has layout {found}, this program knows layouts up to {known}: use the newer program that made it",
                path.display()
            ),
            Self::Failed { path, why } => write!(f, "`{}` cannot be used: {why}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {}
