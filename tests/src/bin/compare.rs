//! Compares what the shipped carrier files send and read with exchanges that were recorded elsewhere.
//!
//! `compare PATH... [--dir FOLDER] [--setups FOLDER] [--ignore NAME]...` takes files of recordings, or folders of them; their
//! shapes, and what a setup is, tells [`crossdock_tests::compare`]. The carriers are those of `--dir`, `carriers` when not given;
//! the setups stand in `tests/recordings/setups` when not given. `--ignore` leaves out body members of a name, such as random
//! ids. The exit code is 1 when something differs, 2 when nothing can be compared.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is what this program is for")]

use crossdock_tests::compare::{Line, compare, recordings, table};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: compare PATH... [--dir FOLDER] [--setups FOLDER] [--ignore NAME]...";

fn main() -> ExitCode {
    let (mut paths, mut ignored) = (Vec::new(), Vec::new());
    let (mut carriers, mut setups) = (PathBuf::from("carriers"), PathBuf::from("tests/recordings/setups"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--ignore" => ignored.extend(arguments.next()),
            "--dir" => carriers = arguments.next().map_or(carriers, PathBuf::from),
            "--setups" => setups = arguments.next().map_or(setups, PathBuf::from),
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    if !carriers.is_dir() {
        eprintln!("there is no folder `{}` of carriers here: say `--dir FOLDER`", carriers.display());
        return ExitCode::from(2);
    }
    let mut lines: Vec<Line> = Vec::new();
    for path in &paths {
        match recordings(path, &setups) {
            Ok(found) => lines.extend(found.iter().map(|recording| compare(recording, &carriers, &ignored))),
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
