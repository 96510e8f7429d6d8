//! Where orders are read from: a file or standard input, as an array, single objects or lines.

use crate::exit::Problem;
use serde_json::value::RawValue;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use tokio::sync::mpsc::Sender;

/// One order as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where: `line 3`, `entry 3`.
    pub(crate) place: String,
    /// Its JSON, or why it is not JSON.
    pub(crate) json: Result<String, String>,
}

/// What orders are read from.
pub(crate) type Input = Box<dyn BufRead + Send>;

/// Opens a file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> Result<Input, Problem> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).map_err(|error| Problem::failure(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Reads all orders into the channel, lines as they come. Ends early when nobody listens any more.
pub(crate) fn read(input: Input, into: &Sender<Found>) -> io::Result<()> {
    let mut input = input;
    let mut first = String::new();
    let mut number = 0;
    while first.trim_start_matches('\u{feff}').trim().is_empty() {
        first.clear();
        number += 1;
        if input.read_line(&mut first)? == 0 {
            return Ok(());
        }
    }
    let first = first.trim_start_matches('\u{feff}');
    if serde_json::from_str::<&RawValue>(first).is_ok() && !first.trim_start().starts_with('[') {
        lines(first, number, input, into)
    } else {
        let mut rest = String::new();
        input.read_to_string(&mut rest)?;
        whole(&format!("{first}{rest}"), into);
        Ok(())
    }
}

fn lines(first: &str, number: usize, input: Input, into: &Sender<Found>) -> io::Result<()> {
    let mut number = number;
    if !give(into, format!("line {number}"), json(first)) {
        return Ok(());
    }
    for line in input.lines() {
        number += 1;
        let line = line?;
        if !line.trim().is_empty() && !give(into, format!("line {number}"), json(&line)) {
            break;
        }
    }
    Ok(())
}

/// An array, or objects one after another.
fn whole(text: &str, into: &Sender<Found>) {
    if text.trim_start().starts_with('[') {
        match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(entries) => {
                let _ = entries.iter().enumerate().all(|(at, entry)| give(into, entry_name(at), Ok(entry.get().to_owned())));
            }
            Err(error) => _ = give(into, "input".into(), Err(not_json(&error))),
        }
        return;
    }
    for (at, entry) in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>().enumerate() {
        let json = entry.map(|raw| raw.get().to_owned()).map_err(|error| not_json(&error));
        if !give(into, entry_name(at), json) {
            return;
        }
    }
}

fn entry_name(at: usize) -> String {
    format!("entry {}", at + 1)
}

fn json(line: &str) -> Result<String, String> {
    serde_json::from_str::<&RawValue>(line).map(|raw| raw.get().to_owned()).map_err(|error| not_json(&error))
}

/// The parser's words name a place and a kind of mistake, never the text itself.
fn not_json(error: &serde_json::Error) -> String {
    format!("not JSON: {error}")
}

fn give(into: &Sender<Found>, place: String, json: Result<String, String>) -> bool {
    into.blocking_send(Found { place, json }).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Option<String>)> {
        let (into, mut out) = tokio::sync::mpsc::channel(100);
        read(Box::new(io::Cursor::new(text.as_bytes().to_vec())), &into).expect("readable");
        drop(into);
        std::iter::from_fn(|| out.blocking_recv()).map(|found| (found.place, found.json.ok())).collect()
    }

    fn entry(place: &str, json: &str) -> (String, Option<String>) {
        (place.into(), Some(json.into()))
    }

    #[test]
    fn lines_arrays_and_objects_are_all_read() {
        assert_eq!(found("{\"a\":1}\n\n{\"a\":2}\n"), [entry("line 1", "{\"a\":1}"), entry("line 3", "{\"a\":2}")]);
        assert_eq!(found("\n[ {\"a\":1.10},\n {\"a\":2}]"), [entry("entry 1", "{\"a\":1.10}"), entry("entry 2", "{\"a\":2}")]);
        assert_eq!(found("{\n\"a\":1}\n{\"a\":\n2}"), [entry("entry 1", "{\n\"a\":1}"), entry("entry 2", "{\"a\":\n2}")]);
        assert_eq!(found("\u{feff}{\"a\":1}"), [entry("line 1", "{\"a\":1}")]);
        assert_eq!(found(" \n"), []);
    }

    #[test]
    fn a_line_that_is_not_json_loses_no_other() {
        assert_eq!(
            found("{\"a\":1}\n{\"a\":\n{\"a\":3}"),
            [entry("line 1", "{\"a\":1}"), ("line 2".into(), None), entry("line 3", "{\"a\":3}")]
        );
        assert_eq!(found("[{\"a\":1}, oops]"), [("input".into(), None)]);
    }
}
