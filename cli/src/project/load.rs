//! Reading and compiling one carrier file.

use crate::exit::Problem;
use crossdock_engine::compile::{Compiled, compile};
use crossdock_engine::source::Sources;
use std::path::Path;

/// A file with what it compiles to.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) sources: Sources,
    pub(crate) compiled: Compiled,
}

/// Reads and compiles a carrier file.
pub(crate) fn load(file: &Path) -> Result<Loaded, Problem> {
    let bytes = std::fs::read(file).map_err(|error| Problem::failure(format!("cannot read `{}`: {error}", file.display())))?;
    Ok(load_bytes(&file.display().to_string(), bytes))
}

/// Compiles a carrier file that was read.
pub(crate) fn load_bytes(name: &str, bytes: Vec<u8>) -> Loaded {
    let mut sources = Sources::default();
    let (id, not_utf8) = sources.add_bytes(name, bytes);
    let mut compiled = compile(&sources, id);
    if let Some(finding) = not_utf8 {
        compiled.carrier = None;
        compiled.diagnostics.insert(0, finding);
    }
    Loaded { sources, compiled }
}
