//! Checks that need the whole file: one file per rule, all findings in one pass.

use crate::compile::Survey;
use crate::diagnostic::Diagnostic;
use crate::source::{Node, Sources};
use crate::syntax::CarrierFile;

/// Runs every check.
pub fn check(_sources: &Sources, _node: &Node, _file: &CarrierFile, _survey: &Survey, _diagnostics: &mut Vec<Diagnostic>) {}
