//! Compiling single files.

use crossdock_engine::carrier::{Carrier, Shop};
use crossdock_engine::compile::{CompiledFile, compile, compile_actions, compile_shop};
use crossdock_engine::diagnostic::{Diagnostic, Severity, summary};
use crossdock_engine::model::rules::ActionRules;
use crossdock_engine::source::{FileId, Sources};
use std::fmt;

/// A compiled carrier file.
#[derive(Debug)]
pub struct Loaded {
    /// The carrier.
    pub carrier: Carrier,
    /// SHA-256 of its file, in hexadecimal digits.
    pub digest: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A file that did not load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// What is wrong, in a line.
    pub message: String,
    /// The first finding's place, where it has one.
    pub place: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place.as_deref().unwrap_or(&self.file), self.message)
    }
}

impl std::error::Error for Problem {}

/// Compiles a carrier file.
///
/// # Errors
/// Its findings.
pub fn compile_carrier(name: &str, digest: &str, bytes: Vec<u8>) -> Result<Loaded, Problem> {
    let mut sources = Sources::default();
    let (file, not_utf8) = sources.add_bytes(name, bytes.clone());
    if let Some(finding) = not_utf8 {
        return Err(problem(name, &sources, &[finding]));
    }
    let compiled = compile(&sources, file);
    match compiled.carrier {
        Some(carrier) => Ok(Loaded { carrier, digest: digest.to_owned(), bytes }),
        None => Err(problem(name, &sources, &compiled.diagnostics)),
    }
}

pub(super) fn shop(name: &str, bytes: Vec<u8>) -> Result<Shop, Problem> {
    compiled(name, bytes, compile_shop)
}

pub(super) fn actions(name: &str, bytes: Vec<u8>) -> Result<ActionRules, Problem> {
    compiled(name, bytes, compile_actions)
}

pub(super) fn compiled<T>(name: &str, bytes: Vec<u8>, compile: fn(&Sources, FileId) -> CompiledFile<T>) -> Result<T, Problem> {
    let mut sources = Sources::default();
    let (file, not_utf8) = sources.add_bytes(name, bytes);
    if let Some(finding) = not_utf8 {
        return Err(problem(name, &sources, &[finding]));
    }
    let compiled = compile(&sources, file);
    compiled.value.ok_or_else(|| problem(name, &sources, &compiled.diagnostics))
}

fn problem(name: &str, sources: &Sources, findings: &[Diagnostic]) -> Problem {
    let first = findings.iter().find(|finding| finding.severity == Severity::Error);
    Problem {
        file: name.to_owned(),
        message: match first {
            Some(first) if findings.len() > 1 => format!("{}; {}", first.message, summary(findings)),
            Some(first) => first.message.clone(),
            None => summary(findings),
        },
        place: first.map(|first| sources.position(first.span).to_string()),
    }
}
