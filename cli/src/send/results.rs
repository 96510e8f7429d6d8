//! The results file: what is known of each order, on disk before and after it is sent.
//!
//! Lines are appended and synchronised in groups by one thread: as many orders as are waiting share one `fsync`.

use super::line::{Line, State};
use crate::exit::Problem;
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// What is known of an order from an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) state: State,
    pub(super) digest: String,
}

type Entry = (Line, oneshot::Sender<io::Result<()>>);

/// The results of this run and of the earlier ones.
#[derive(Debug)]
pub(super) struct Results {
    known: HashMap<String, Known>,
    writer: mpsc::Sender<Entry>,
    durable: bool,
}

impl Results {
    /// Reads the file and locks it; without one, lines go to standard output and nothing is known.
    pub(super) fn open(path: Option<&Path>, resend: &[String]) -> Result<Self, Problem> {
        let Some(path) = path else {
            return Ok(Self { known: HashMap::new(), writer: start(Sink::Stdout), durable: false });
        };
        let named = |error: io::Error| Problem::failure(format!("cannot use `{}`: {error}", path.display()));
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(named)?;
        lock(&file, path)?;
        let mut known = read(&mut file, path)?;
        for key in resend {
            match known.get(key) {
                Some(earlier) if earlier.state.needs_a_person() => _ = known.remove(key),
                _ => {
                    return Err(Problem::usage(format!(
                        "`--resend {key}`: no order of this key is in doubt in the results file"
                    )));
                }
            }
        }
        Ok(Self { known, writer: start(Sink::File(file)), durable: true })
    }

    /// What an earlier run, or this one, knows of an order.
    pub(super) fn known(&self, key: &str) -> Option<&Known> {
        self.known.get(key)
    }

    /// Remembers that this run has seen the order.
    pub(super) fn remember(&mut self, key: &str, state: State, digest: &str) {
        self.known.insert(key.to_owned(), Known { state, digest: digest.to_owned() });
    }

    /// A handle for writing lines.
    pub(super) fn writer(&self) -> Writer {
        Writer { lines: self.writer.clone(), durable: self.durable }
    }
}

/// Writes lines; clones share the file.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    lines: mpsc::Sender<Entry>,
    durable: bool,
}

impl Writer {
    /// Makes the intent to send durable, where there is a file.
    pub(super) async fn intend(&self, line: Line) -> io::Result<()> {
        if self.durable { self.write(line).await } else { Ok(()) }
    }

    /// Writes a line; it is on disk when this returns.
    pub(super) async fn write(&self, line: Line) -> io::Result<()> {
        let (done, written) = oneshot::channel();
        let gone = || io::Error::other("the results' writer has stopped");
        self.lines.send((line, done)).map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }
}

fn lock(file: &File, path: &Path) -> Result<(), Problem> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Problem::failure(format!("`{}` is in use by another `send`", path.display()))),
        Err(TryLockError::Error(error)) => Err(Problem::failure(format!("cannot lock `{}`: {error}", path.display()))),
    }
}

/// The last line of each key. A torn last line was never acted upon: it is cut off.
fn read(file: &mut File, path: &Path) -> Result<HashMap<String, Known>, Problem> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if complete < bytes.len() {
        file.set_len(complete as u64)?;
        file.sync_data()?;
    }
    let mut known = HashMap::new();
    for (at, line) in bytes[..complete].split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let line: Line = serde_json::from_slice(line).map_err(|_| {
            Problem::failure(format!("`{}` line {} is not a result line", path.display(), at + 1))
                .help("give another results file, or mend the line: what it says decides what is sent again")
        })?;
        note(&mut known, line);
    }
    Ok(known)
}

/// Findings about the input say nothing about what the carrier has.
fn note(known: &mut HashMap<String, Known>, line: Line) {
    if !matches!(line.state, State::Invalid | State::Conflict) {
        known.insert(line.key, Known { state: line.state, digest: line.digest });
    }
}

enum Sink {
    Stdout,
    File(File),
}

impl Sink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => crate::terminal::print_bytes(lines),
            Self::File(file) => file.write_all(lines).and_then(|()| file.sync_data()),
        }
    }
}

fn start(sink: Sink) -> mpsc::Sender<Entry> {
    let (sender, receiver) = mpsc::channel::<Entry>();
    std::thread::spawn(move || write_groups(sink, &receiver));
    sender
}

fn write_groups(mut sink: Sink, lines: &mpsc::Receiver<Entry>) {
    while let Ok(first) = lines.recv() {
        let mut buffer = Vec::new();
        let mut waiting = Vec::new();
        for (line, done) in std::iter::once(first).chain(lines.try_iter()) {
            if let Err(error) = serde_json::to_writer(&mut buffer, &line) {
                let _ = done.send(Err(error.into()));
                continue;
            }
            buffer.push(b'\n');
            waiting.push(done);
        }
        let written = sink.write(&buffer);
        for done in waiting {
            let result = written.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()));
            let _ = done.send(result.map(|&()| ()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn write(path: &Path, lines: &[(&str, State)]) {
        let results = Results::open(Some(path), &[]).expect("an open file");
        for (key, state) in lines {
            results.writer().write(Line { digest: "d".into(), ..Line::new(key, *state) }).await.expect("written");
        }
    }

    fn reopened(path: &Path, resend: &[String]) -> Result<Results, Problem> {
        // The writing thread gives the lock back a moment after the last handle is gone.
        for _ in 0..100 {
            match Results::open(Some(path), resend) {
                Err(problem) if format!("{problem:?}").contains("in use") => {
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                result => return result,
            }
        }
        panic!("the lock was never given back")
    }

    #[tokio::test]
    async fn the_last_line_of_a_key_counts_and_a_torn_one_does_not() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("results.jsonl");
        write(&path, &[("a", State::Sending), ("a", State::Accepted), ("b", State::Sending), ("c", State::Invalid)]).await;
        OpenOptions::new().append(true).open(&path).and_then(|mut file| file.write_all(b"{\"key\":\"d\",\"st")).expect("written");
        let results = reopened(&path, &[]).expect("readable");
        assert_eq!(results.known("a").map(|known| known.state), Some(State::Accepted));
        assert_eq!(results.known("b").map(|known| known.state), Some(State::Sending));
        assert_eq!((results.known("c"), results.known("d")), (None, None));
        results.writer().write(Line::new("e", State::Accepted)).await.expect("written");
        drop(results);
        assert!(reopened(&path, &[]).expect("readable").known("e").is_some());
    }

    #[tokio::test]
    async fn a_damaged_line_stops_everything() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("results.jsonl");
        std::fs::write(&path, "oops\n{\"key\":\"a\",\"state\":\"accepted\"}\n").expect("written");
        assert!(Results::open(Some(&path), &[]).is_err());
    }

    #[tokio::test]
    async fn two_runs_cannot_share_a_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("results.jsonl");
        let _first = Results::open(Some(&path), &[]).expect("an open file");
        let second = Results::open(Some(&path), &[]);
        assert!(format!("{second:?}").contains("in use by another"));
    }

    #[tokio::test]
    async fn only_an_order_in_doubt_is_sent_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("results.jsonl");
        write(&path, &[("a", State::Accepted), ("b", State::Sending)]).await;
        assert!(reopened(&path, &["a".into()]).is_err());
        assert!(reopened(&path, &["b".into()]).expect("readable").known("b").is_none());
    }
}
