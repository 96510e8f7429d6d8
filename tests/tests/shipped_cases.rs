//! Every case that is shipped beside the carrier files holds, offline, and together they touch all that the files say.

use crossdock_engine::carrier::Shop;
use crossdock_engine::case::{Mapping, Report, parse, summary};
use crossdock_engine::compile::{compile, compile_actions, compile_shop};
use crossdock_engine::coverage::{Coverage, Watch};
use crossdock_engine::diagnostic::{Diagnostic, Renderer, Severity};
use crossdock_engine::model::rules::ActionRules;
use crossdock_engine::source::{FileId, Sources};
use std::path::{Path, PathBuf};

fn carriers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../carriers")
}

/// Adds a file under a name that starts at `carriers`.
fn add(sources: &mut Sources, path: &Path) -> FileId {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.strip_prefix(carriers()).unwrap_or(path);
    sources.add(Path::new("carriers").join(name).display().to_string(), text)
}

fn sound(sources: &Sources, diagnostics: &[Diagnostic]) {
    let errors: Vec<Diagnostic> = diagnostics.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    assert!(errors.is_empty(), "\n{}", Renderer::plain().render_all(sources, &errors));
}

/// The case files of a folder, in order of their names.
fn case_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("cases")).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}

fn run_folder(folder: &Path, mapping: &Mapping<'_>) -> (Vec<Report>, Coverage) {
    let mut reports = Vec::new();
    let mut watch = Watch::new(*mapping);
    for path in case_files(folder) {
        let mut sources = Sources::default();
        let file = add(&mut sources, &path);
        let (cases, diagnostics) = parse(&sources, file);
        sound(&sources, &diagnostics);
        let beside = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let read = |name: &str| std::fs::read(beside.join(name)).ok();
        reports.extend(cases.iter().map(|case| watch.run(&sources, case, &read)));
    }
    (reports, watch.coverage().expect("the files have something to touch"))
}

/// Nothing of the files is left untouched by their cases.
#[track_caller]
fn all_touched(coverage: &Coverage) {
    assert!(coverage.missing.is_empty() && coverage.reaches(100), "\n{}", coverage.render_missing());
    assert!(coverage.tallies.iter().map(|tally| tally.total).sum::<usize>() >= 50, "{}", coverage.carrier);
}

#[track_caller]
fn all_hold(reports: &[Report], at_least: usize) {
    let failures: String = reports.iter().map(Report::render).collect();
    assert!(failures.is_empty(), "\n{failures}\n{}", summary(reports));
    assert!(reports.len() >= at_least, "only {} cases were found", reports.len());
}

/// The folders of carriers, in order of their names.
fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(carriers()).unwrap_or_else(|error| panic!("{error}"));
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|folder| folder.join("carrier.yaml").is_file());
    folders.sort();
    folders
}

fn run_carrier(folder: &Path) -> (Vec<Report>, Coverage) {
    let mut sources = Sources::default();
    let file = add(&mut sources, &folder.join("carrier.yaml"));
    let compiled = compile(&sources, file);
    sound(&sources, &compiled.diagnostics);
    let carrier = compiled.carrier.expect("a file without errors is a carrier");
    run_folder(folder, &Mapping::of(&carrier))
}

fn shop() -> (Sources, Shop, FileId, ActionRules) {
    let mut sources = Sources::default();
    let file = add(&mut sources, &carriers().join("shop.yaml"));
    let actions = add(&mut sources, &carriers().join("actions.yaml"));
    let (shop, rules) = (compile_shop(&sources, file), compile_actions(&sources, actions));
    sound(&sources, &shop.diagnostics);
    sound(&sources, &rules.diagnostics);
    let shop = shop.value.expect("a file without errors is a shop");
    (sources, shop, actions, rules.value.expect("a file without errors has rules"))
}

#[test]
fn the_carriers() {
    let ran: Vec<(Vec<Report>, Coverage)> = folders().iter().map(|folder| run_carrier(folder)).collect();
    let reports: Vec<Report> = ran.iter().flat_map(|(reports, _)| reports.clone()).collect();
    all_hold(&reports, 200);
    ran.iter().for_each(|(_, coverage)| all_touched(coverage));
}

#[test]
fn the_shop() {
    let (sources, shop, file, rules) = shop();
    let mapping = Mapping { carrier: None, shop: Some(&shop), actions: Some((&rules, &sources, file)) };
    let (reports, coverage) = run_folder(&carriers().join("shop"), &mapping);
    all_hold(&reports, 35);
    all_touched(&coverage);
}
