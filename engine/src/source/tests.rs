//! What the reader does, seen from outside.

mod broken;
mod located;
mod shapes;

use super::{Node, Sources, parse};
use crate::diagnostic::{Diagnostic, Renderer};

/// A file that must be read without a finding.
#[track_caller]
fn read(text: &str) -> (Sources, Node) {
    let (sources, node, diagnostics) = read_broken(text);
    assert_eq!(diagnostics, []);
    (sources, node.unwrap())
}

fn read_broken(text: &str) -> (Sources, Option<Node>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", text);
    let (node, diagnostics) = parse(&sources, file);
    (sources, node, diagnostics)
}

/// The findings of a file as they are shown.
fn shown(text: &str) -> String {
    let (sources, _, diagnostics) = read_broken(text);
    Renderer::plain().render_all(&sources, &diagnostics)
}
