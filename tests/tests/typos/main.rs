//! A letter dropped from a reference or from a key of the format is found by compiling the file, on the line where it is
//! missing. What only a reply or the carrier can know (paths into replies, keys of payloads) is for the cases.
//!
//! `CROSSDOCK_TYPOS=all` drops every letter of every name instead of one.

mod sites;

use crossdock_engine::compile::{compile, compile_shop};
use crossdock_engine::diagnostic::{Diagnostic, Renderer};
use crossdock_engine::source::{FileId, Position, Sources, Span, parse};
use sites::Site;
use std::path::{Path, PathBuf};

/// The shipped carrier files, and the shop's.
fn carriers() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../carriers");
    let entries = std::fs::read_dir(&folder).expect("carriers are there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.map(|path| path.join("carrier.yaml")).filter(|path| path.is_file()).collect();
    files.sort();
    files.push(folder.join("shop.yaml"));
    files
}

fn compiled(sources: &Sources, file: FileId) -> Vec<Diagnostic> {
    match sources.file(file).name.ends_with("shop.yaml") {
        true => compile_shop(sources, file).diagnostics,
        false => compile(sources, file).diagnostics,
    }
}

fn short(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{folder}/{file}")
}

#[test]
fn shipped_carriers_have_no_findings() {
    for path in carriers() {
        let mut sources = Sources::default();
        let file = sources.add(short(&path), std::fs::read_to_string(&path).expect("readable"));
        let found = compiled(&sources, file);
        assert!(found.is_empty(), "{}", Renderer::plain().render_all(&sources, &found));
    }
}

#[test]
fn every_dropped_letter_is_found_on_its_line() {
    let (mut missed, mut tried) = (Vec::new(), 0);
    std::thread::scope(|scope| {
        let runs: Vec<_> = carriers().into_iter().map(|path| scope.spawn(move || drop_letters(&path))).collect();
        for run in runs {
            let (count, found) = run.join().expect("a run ends");
            tried += count;
            missed.extend(found);
        }
    });
    assert!(tried > 1000, "only {tried} names were tried");
    assert!(missed.is_empty(), "{} of {tried} dropped letters were not found:\n{}", missed.len(), missed.join("\n"));
}

fn drop_letters(path: &Path) -> (usize, Vec<String>) {
    let text = std::fs::read_to_string(path).expect("readable");
    let mut sources = Sources::default();
    let file = sources.add(short(path), text.clone());
    let node = parse(&sources, file).0.expect("a tree");
    let (mut missed, mut tried) = (Vec::new(), 0);
    for (at, site) in sites::sites(&sources, &node).iter().enumerate() {
        for letter in letters(site, at) {
            tried += 1;
            let gone = site.span.start as usize + letter;
            let mut changed = text.clone();
            changed.remove(gone);
            // Another word of the language says another thing: what it comes to is for the cases.
            if sites::is_word(&name_without(&sources, site, letter)) {
                continue;
            }
            if !found(&short(path), &changed, &sources.position(site.span)) {
                missed.push(told(&sources, site, letter));
            }
        }
    }
    (tried, missed)
}

/// Which letters of a name are dropped in turn.
fn letters(site: &Site, at: usize) -> Vec<usize> {
    let length = (site.span.end - site.span.start) as usize;
    if std::env::var("CROSSDOCK_TYPOS").is_ok_and(|how| how == "all") { (0..length).collect() } else { vec![at * 7 % length] }
}

fn found(name: &str, text: &str, place: &Position<'_>) -> bool {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let line = |span: Span| sources.position(span).line;
    compiled(&sources, file).iter().any(|finding| line(finding.span) == place.line)
}

fn told(sources: &Sources, site: &Site, letter: usize) -> String {
    let position = sources.position(site.span);
    let name = name_without(sources, site, letter);
    format!("  {position} {} `{}` as `{name}`", site.what, sources.slice(site.span))
}

fn name_without(sources: &Sources, site: &Site, letter: usize) -> String {
    let mut name = sources.slice(site.span).to_owned();
    name.remove(letter);
    name
}
