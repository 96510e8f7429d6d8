//! Checking many files at once, and putting their findings together.

use super::accounts::held_against_carriers;
use super::load::load_bytes;
use crate::serve::config::FILE as PROCESS;
use crossdock_engine::compile::{compile_accounts, compile_actions, compile_process, compile_shop};
use crossdock_engine::diagnostic::{Diagnostic, sort};
use crossdock_engine::source::{FileId, Sources, Span};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What a process file says of its format.
const PROCESS_FORMAT: &[u8] = b"process/v1";

/// What checking one file came to.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) file: PathBuf,
    pub(crate) sources: Sources,
    pub(crate) findings: Vec<Diagnostic>,
    /// What the file says could not be verified.
    pub(crate) unverified: Vec<String>,
}

/// The findings of a run.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) sources: Sources,
    pub(crate) findings: Vec<Diagnostic>,
}

/// Checks all files, on as many threads as the machine has; results stand in the order of the files.
pub(crate) fn check(files: &[PathBuf]) -> io::Result<Vec<Checked>> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(files.len().max(1));
    let work = || {
        let mut done = Vec::new();
        while let Some((at, file)) = take(&next, files) {
            done.push((at, check_one(file)));
        }
        done
    };
    let mut done: Vec<(usize, io::Result<Checked>)> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if done.len() < files.len() {
        return Err(io::Error::other("a file could not be checked: this is a fault of crossdock"));
    }
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, checked)| checked).collect()
}

fn take<'f>(next: &AtomicUsize, files: &'f [PathBuf]) -> Option<(usize, &'f Path)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    files.get(at).map(|file| (at, file.as_path()))
}

fn check_one(file: &Path) -> io::Result<Checked> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot read `{}`: {error}", file.display()));
    let bytes = std::fs::read(file).map_err(named)?;
    let name = file.display().to_string();
    let whose = file.file_name().unwrap_or_default().to_string_lossy();
    let shared: Option<fn(&Sources, FileId) -> Vec<Diagnostic>> = match &*whose {
        _ if whose == PROCESS || is_process(&bytes) => Some(|sources, file| compile_process(sources, file).diagnostics),
        "shop.yaml" => Some(|sources, file| compile_shop(sources, file).diagnostics),
        "actions.yaml" => Some(|sources, file| compile_actions(sources, file).diagnostics),
        "accounts.yaml" => return Ok(accounts(file, bytes)),
        _ => None,
    };
    if let Some(compile) = shared {
        let mut sources = Sources::default();
        let (id, not_utf8) = sources.add_bytes(name, bytes);
        let findings = not_utf8.into_iter().chain(compile(&sources, id)).collect();
        return Ok(Checked { file: file.to_owned(), sources, findings, unverified: Vec::new() });
    }
    let loaded = load_bytes(&name, bytes);
    let unverified = loaded.compiled.syntax.and_then(|syntax| syntax.unverified).map(|list| list.0).unwrap_or_default();
    Ok(Checked {
        file: file.to_owned(),
        sources: loaded.sources,
        findings: loaded.compiled.diagnostics,
        unverified: unverified.into_iter().map(|text| text.value).collect(),
    })
}

fn accounts(file: &Path, bytes: Vec<u8>) -> Checked {
    let mut sources = Sources::default();
    let (id, not_utf8) = sources.add_bytes(file.display().to_string(), bytes);
    let compiled = compile_accounts(&sources, id);
    let held = compiled.value.iter().flat_map(|accounts| held_against_carriers(accounts, file));
    let mut findings: Vec<Diagnostic> = not_utf8.into_iter().chain(compiled.diagnostics.iter().cloned()).chain(held).collect();
    sort(&mut findings);
    Checked { file: file.to_owned(), sources, findings, unverified: Vec::new() }
}

/// Whether a file of another name says that it sets up the local process.
fn is_process(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"format:") && line.windows(PROCESS_FORMAT.len()).any(|part| part == PROCESS_FORMAT))
}

impl Findings {
    /// All findings over one set of sources; files without findings are left out.
    pub(crate) fn of(checked: &[Checked]) -> Self {
        let mut all = Self::default();
        for one in checked.iter().filter(|one| !one.findings.is_empty()) {
            let source = one.sources.file(FileId(0));
            let file = all.sources.add(source.name.clone(), source.text.clone());
            all.findings.extend(one.findings.iter().map(|finding| moved(finding, file)));
        }
        all
    }
}

fn moved(finding: &Diagnostic, file: FileId) -> Diagnostic {
    let to = |span: Span| Span { file, ..span };
    let mut finding = finding.clone();
    finding.span = to(finding.span);
    finding.related.iter_mut().for_each(|(span, _)| *span = to(*span));
    if let Some(suggestion) = &mut finding.suggestion {
        suggestion.span = to(suggestion.span);
    }
    finding
}
