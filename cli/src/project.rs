//! Loading a mapping directory: which carriers there are, compiled when they are asked for.

mod accounts;
mod check;
mod job;
mod load;
mod setting;
mod shared;
mod suite;

pub(crate) use accounts::{AccountEntry, read_accounts};
pub(crate) use check::{Checked, Findings, check};
pub(crate) use job::OrderJob;
pub(crate) use load::load;
pub(crate) use setting::{Look, look};
pub(crate) use shared::rules;
pub(crate) use suite::{Ran, Suite};

use crate::exit::Problem;
use crossdock_engine::carrier::Carrier;
use crossdock_engine::diagnostic::{nearest, summary};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE: &str = "carrier.yaml";

/// A mapping directory: its carriers' files by id.
#[derive(Debug)]
pub(crate) struct Project {
    files: BTreeMap<String, PathBuf>,
}

impl Project {
    /// Finds the carrier files of a mapping directory, of a carrier's folder, or the one file that is named.
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let files = match single(path) {
            Some((id, file)) => BTreeMap::from([(id, file)]),
            None => carriers(path)?,
        };
        if files.is_empty() {
            return Err(Problem::nothing_matched(format!("no carrier file `<carrier>/{FILE}` in `{}`", path.display()))
                .help("`crossdock new <carrier>` starts one; `--dir` names another mapping directory"));
        }
        Ok(Self { files })
    }

    /// The carriers' files by id.
    pub(crate) fn files(&self) -> &BTreeMap<String, PathBuf> {
        &self.files
    }

    /// The file of a carrier.
    pub(crate) fn file(&self, id: &str) -> Result<&Path, Problem> {
        self.files.get(id).map(PathBuf::as_path).ok_or_else(|| {
            let known: Vec<&str> = self.files.keys().map(String::as_str).collect();
            let near = nearest(id, &known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Problem::nothing_matched(format!("there is no carrier `{id}`")).help(format!("{near}available: {}", known.join(", ")))
        })
    }

    /// The compiled carrier of this id.
    pub(crate) fn carrier(&self, id: &str) -> Result<Arc<Carrier>, Problem> {
        let file = self.file(id)?;
        let loaded = load(file)?;
        loaded.compiled.carrier.map(Arc::new).ok_or_else(|| {
            Problem::findings(format!("`{}`: {}", file.display(), summary(&loaded.compiled.diagnostics)))
                .help(format!("`crossdock validate {}` shows them", file.display()))
        })
    }
}

/// The carrier's file that an argument means: the id of one in the mapping directory, or a path to a folder or file.
pub(crate) fn locate(dir: &Path, carrier: &str) -> Result<(String, PathBuf), Problem> {
    let named = Path::new(carrier);
    let looks_like_a_path = carrier.contains(std::path::MAIN_SEPARATOR) || named.extension().is_some();
    match single(named).filter(|_| looks_like_a_path) {
        Some(found) => Ok(found),
        None => {
            let project = Project::open(dir)?;
            Ok((carrier.to_owned(), project.file(carrier)?.to_owned()))
        }
    }
}

/// The mapping directory that a carrier's file belongs to.
pub(crate) fn directory(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new("."));
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// A carrier's own file or folder.
pub(crate) fn single(path: &Path) -> Option<(String, PathBuf)> {
    let file = if path.is_file() { path.to_owned() } else { path.join(FILE) };
    if !file.is_file() {
        return None;
    }
    let folder = file.canonicalize().ok()?.parent()?.file_name()?.to_string_lossy().into_owned();
    Some((folder, file))
}

fn carriers(dir: &Path) -> Result<BTreeMap<String, PathBuf>, Problem> {
    let entries = std::fs::read_dir(dir).map_err(|error| {
        Problem::failure(format!("cannot read `{}`: {error}", dir.display()))
            .help("`--dir` names the mapping directory; `crossdock new <carrier>` starts one")
    })?;
    let mut files = BTreeMap::new();
    for entry in entries {
        let folder = entry?.path();
        let file = folder.join(FILE);
        if let (Some(id), true) = (folder.file_name(), file.is_file()) {
            files.insert(id.to_string_lossy().into_owned(), file);
        }
    }
    Ok(files)
}
