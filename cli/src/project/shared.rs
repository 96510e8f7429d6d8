//! The files that a mapping directory's carriers share: shop, actions, accounts.

use crate::exit::Problem;
use crossdock_engine::compile::{CompiledFile, compile_actions};
use crossdock_engine::diagnostic::summary;
use crossdock_engine::model::rules::ActionRules;
use crossdock_engine::source::{FileId, Sources};
use std::path::Path;

/// The rules from events to actions: those of the mapping directory's actions file; the defaults, where there is none.
pub(crate) fn rules(dir: &Path) -> Result<ActionRules, Problem> {
    let file = dir.join("actions.yaml");
    if file.is_file() { read(&file, compile_actions) } else { Ok(ActionRules::default()) }
}

/// Reads and compiles a shared file.
pub(super) fn read<T>(file: &Path, compile: fn(&Sources, FileId) -> CompiledFile<T>) -> Result<T, Problem> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| Problem::failure(format!("cannot read `{name}`: {error}")))?;
    compiled(&name, bytes, compile)
}

fn compiled<T>(name: &str, bytes: Vec<u8>, compile: fn(&Sources, FileId) -> CompiledFile<T>) -> Result<T, Problem> {
    let mut sources = Sources::default();
    let (file, not_utf8) = sources.add_bytes(name, bytes);
    let compiled = compile(&sources, file);
    compiled.value.filter(|_| not_utf8.is_none()).ok_or_else(|| {
        Problem::findings(format!("`{name}`: {}", summary(&compiled.diagnostics)))
            .help(format!("`crossdock validate {name}` shows them"))
    })
}
