//! The cases beside a carrier's file, or beside the shop's files.

use super::load::load;
use super::single;
use crate::exit::Problem;
use crossdock_engine::case::{Mapping, Report, parse};
use crossdock_engine::compile::{compile_actions, compile_shop};
use crossdock_engine::coverage::{Coverage, Watch};
use crossdock_engine::diagnostic::{Diagnostic, Severity};
use crossdock_engine::source::{FileId, Sources};
use std::path::{Path, PathBuf};

/// Case files of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suite {
    /// The carrier's folder, or `shop`.
    folder: PathBuf,
    files: Vec<PathBuf>,
}

/// What a suite came to: reports of the cases, and findings about its files.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) reports: Vec<Report>,
    /// What the cases touch, a mapping each.
    pub(crate) coverage: Vec<Coverage>,
    /// Findings, each file's with its sources.
    pub(crate) findings: Vec<(Sources, Vec<Diagnostic>)>,
}

impl Suite {
    /// All case files of a folder that has some.
    pub(crate) fn of_folder(folder: &Path) -> Option<Self> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("cases"))
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|file| file.extension().is_some_and(|kind| kind == "yaml" || kind == "yml"))
            .collect();
        files.sort();
        (!files.is_empty()).then(|| Self { folder: folder.to_owned(), files })
    }

    /// One case file.
    pub(crate) fn of_file(file: &Path) -> Option<Self> {
        let cases = file.parent().filter(|cases| cases.ends_with("cases"))?;
        Some(Self { folder: cases.parent()?.to_owned(), files: vec![file.to_owned()] })
    }

    /// Runs the cases whose name has this text in it.
    pub(crate) fn run(&self, filter: Option<&str>) -> Result<Ran, Problem> {
        match single(&self.folder) {
            Some((_, file)) => self.of_carrier(&file, filter),
            None => self.of_shop(filter),
        }
    }

    fn of_carrier(&self, file: &Path, filter: Option<&str>) -> Result<Ran, Problem> {
        let loaded = load(file)?;
        let mut ran = Ran::default();
        match &loaded.compiled.carrier {
            Some(carrier) => self.run_files(&Mapping::of(carrier), filter, &mut ran)?,
            None => ran.findings.push((loaded.sources, errors(loaded.compiled.diagnostics))),
        }
        Ok(ran)
    }

    fn of_shop(&self, filter: Option<&str>) -> Result<Ran, Problem> {
        let mapping = self.folder.parent().unwrap_or(Path::new("."));
        let mut ran = Ran::default();
        let mut sources = Sources::default();
        let shop = add(&mut sources, &mapping.join("shop.yaml"))?.map(|file| compile_shop(&sources, file));
        let actions = add(&mut sources, &mapping.join("actions.yaml"))?;
        let rules = actions.map(|file| compile_actions(&sources, file));
        let mut findings = Vec::new();
        let shop = shop.and_then(|shop| {
            findings.extend(shop.diagnostics);
            shop.value
        });
        let rules = rules.and_then(|rules| {
            findings.extend(rules.diagnostics);
            rules.value
        });
        let actions = rules.as_ref().zip(actions).map(|(rules, file)| (rules, &sources, file));
        let mapping = Mapping { carrier: None, shop: shop.as_ref(), actions };
        let errors = errors(findings);
        if errors.is_empty() {
            self.run_files(&mapping, filter, &mut ran)?;
        } else {
            ran.findings.push((sources, errors));
        }
        Ok(ran)
    }

    fn run_files(&self, mapping: &Mapping<'_>, filter: Option<&str>, ran: &mut Ran) -> Result<(), Problem> {
        let mut watch = Watch::new(*mapping);
        for path in &self.files {
            let mut sources = Sources::default();
            let Some(file) = add(&mut sources, path)? else { continue };
            let (cases, diagnostics) = parse(&sources, file);
            let beside = path.parent().unwrap_or(Path::new("."));
            let read = |name: &str| std::fs::read(beside.join(name)).ok();
            let wanted = cases.iter().filter(|case| filter.is_none_or(|text| case.name.contains(text)));
            ran.reports.extend(wanted.map(|case| watch.run(&sources, case, &read)));
            let errors = errors(diagnostics);
            if !errors.is_empty() {
                ran.findings.push((sources, errors));
            }
        }
        ran.coverage.extend(watch.coverage());
        Ok(())
    }
}

/// Adds a file; none when it does not exist.
fn add(sources: &mut Sources, path: &Path) -> Result<Option<FileId>, Problem> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(sources.add_bytes(path.display().to_string(), bytes).0)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem::failure(format!("cannot read `{}`: {error}", path.display()))),
    }
}

fn errors(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
}
