//! Each node of the shipped files is changed in turn, and the change is found: by compiling the file or by one of its cases,
//! on the line that was changed. At least 95 of 100 must be.
//!
//! `CROSSDOCK_MUTANTS=all` tries every change; otherwise a fixed sample is tried.

mod mutants;

use crossdock_engine::carrier::Carrier;
use crossdock_engine::case::{self, Case, Mapping};
use crossdock_engine::compile::compile;
use crossdock_engine::source::{Sources, parse};
use mutants::{Mutant, mutants};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every how many-th change is tried when not all are.
const SAMPLE: usize = 5;
const WANTED_PERCENT: usize = 95;

struct Subject {
    name: String,
    text: String,
    /// The cases, by file: their sources, the folder that samples are relative to.
    cases: Vec<(Sources, PathBuf, Vec<Case>)>,
}

fn subjects() -> Vec<Subject> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../carriers");
    let mut found: Vec<Subject> =
        std::fs::read_dir(folder).expect("carriers").flatten().filter_map(|entry| subject(&entry.path())).collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn subject(folder: &Path) -> Option<Subject> {
    let text = std::fs::read_to_string(folder.join("carrier.yaml")).ok()?;
    let name = format!("{}/carrier.yaml", folder.file_name()?.to_string_lossy());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("cases")).ok()?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let cases = files.into_iter().map(|path| cases(&path)).collect();
    Some(Subject { name, text, cases })
}

fn cases(path: &Path) -> (Sources, PathBuf, Vec<Case>) {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), std::fs::read_to_string(path).expect("a case file"));
    let (cases, findings) = case::parse(&sources, file);
    assert!(findings.is_empty(), "{} has findings of its own", path.display());
    (sources, path.parent().expect("a folder").to_path_buf(), cases)
}

/// How a change was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Finding,
    Case,
    /// Noticed, but on another line.
    Elsewhere,
    Missed,
}

fn judge(subject: &Subject, mutant: &Mutant) -> Verdict {
    let mut sources = Sources::default();
    let file = sources.add(subject.name.clone(), mutant.text.clone());
    let compiled = compile(&sources, file);
    if !compiled.diagnostics.is_empty() {
        let on_line = compiled.diagnostics.iter().any(|finding| {
            let related = finding.related.iter().map(|(span, _)| *span);
            std::iter::once(finding.span).chain(related).any(|span| sources.position(span).line == mutant.line)
        });
        return if on_line { Verdict::Finding } else { Verdict::Elsewhere };
    }
    match &compiled.carrier {
        Some(carrier) => judge_by_cases(subject, carrier, mutant.line),
        None => Verdict::Elsewhere,
    }
}

fn judge_by_cases(subject: &Subject, carrier: &Carrier, line: usize) -> Verdict {
    let mapping = Mapping::of(carrier);
    let mut verdict = Verdict::Missed;
    for (sources, folder, cases) in &subject.cases {
        for case in cases {
            let report = case::run(&mapping, sources, case, &|path| std::fs::read(folder.join(path)).ok());
            let ways = report.failures.iter().flat_map(|failure| &failure.way_back);
            if ways.into_iter().any(|way| way.place.line == line && way.place.file == subject.name) {
                return Verdict::Case;
            }
            if !report.passed() {
                verdict = Verdict::Elsewhere;
            }
        }
    }
    verdict
}

fn tried(subject: &Subject, every: usize) -> Vec<(Mutant, Verdict)> {
    let mut sources = Sources::default();
    let file = sources.add(subject.name.clone(), subject.text.clone());
    let node = parse(&sources, file).0.expect("a tree");
    let mutants = mutants(&sources, &node, &subject.text);
    assert!(mutants.len() > 200, "{}: only {} changes", subject.name, mutants.len());
    let chosen: Vec<Mutant> =
        mutants.into_iter().enumerate().filter(|(at, _)| at % every == 0).map(|(_, mutant)| mutant).collect();
    chosen
        .into_iter()
        .map(|mutant| {
            let verdict = judge(subject, &mutant);
            (mutant, verdict)
        })
        .collect()
}

#[test]
fn changes_of_the_shipped_files_are_found_on_their_line() {
    let every = if std::env::var("CROSSDOCK_MUTANTS").is_ok_and(|how| how == "all") { 1 } else { SAMPLE };
    let subjects = subjects();
    let mut table: BTreeMap<(&str, Verdict), usize> = BTreeMap::new();
    let (mut total, mut found, mut missed, mut slips) = (0, 0, Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let runs: Vec<_> = subjects.iter().map(|subject| (subject, scope.spawn(move || tried(subject, every)))).collect();
        for (subject, run) in runs {
            for (mutant, verdict) in run.join().expect("a run ends") {
                total += 1;
                *table.entry((mutant.kind, verdict)).or_default() += 1;
                let line = format!("{verdict:?}: {}:{}: {} ({})", subject.name, mutant.line, mutant.what, mutant.kind);
                if mutant.kind == "reference" && verdict != Verdict::Finding {
                    slips.push(line.clone());
                }
                match verdict {
                    Verdict::Finding | Verdict::Case => found += 1,
                    Verdict::Elsewhere | Verdict::Missed => missed.push(line),
                }
            }
        }
    });
    eprintln!("{found} of {total} changes found on their line: {table:?}");
    eprintln!("{}", missed.join("\n"));
    assert!(
        found * 100 >= total * WANTED_PERCENT,
        "{found} of {total} changes found on their line; not these:\n{}",
        missed.join("\n")
    );
    assert!(slips.is_empty(), "dropped letters of references that compiling did not find:\n{}", slips.join("\n"));
}
