//! Compares what the shipped carrier files send and read with exchanges that were recorded elsewhere.
//!
//! `compare PATH... [--setups FOLDER] [--ignore NAME]...` takes files of recordings, or folders of them; their shapes, and what a
//! setup is, tells [`crossdock_tests::compare`]. `--ignore` leaves out body members of a name, such as random ids. The exit code
//! is 1 when something differs, 2 when nothing can be compared.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is what this program is for")]

use crossdock_tests::compare::{Line, compare, recordings, table};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: compare PATH... [--setups FOLDER] [--ignore NAME]...";

fn main() -> ExitCode {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut paths, mut ignored, mut setups) = (Vec::new(), Vec::new(), home.join("recordings/setups"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--ignore" => ignored.extend(arguments.next()),
            "--setups" => setups = arguments.next().map_or(setups, PathBuf::from),
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for path in &paths {
        match recordings(path, &setups) {
            Ok(found) => lines.extend(found.iter().map(|recording| compare(recording, &home.join("../carriers"), &ignored))),
            Err(why) => {
                eprintln!("{why}");
                return ExitCode::from(2);
            }
        }
    }
    if lines.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    print!("{}", table(&lines));
    ExitCode::from(u8::from(lines.iter().any(|line| !line.why.is_empty())))
}
