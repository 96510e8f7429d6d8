//! What the file says of itself.

use super::Scene;
use crate::diagnostic::Diagnostic;

crate::codes! {
    /// ## What
    /// The file's `format` is not one that is understood, or its carrier's id is not the name of its folder.
    /// ## Why
    /// Orders, accounts and webhooks find a carrier by its id, and people find its file by its folder.
    /// ## Example
    /// ```yaml
    /// # swiftpost/carrier.yaml
    /// format: carrier/v1
    /// carrier: {id: swift_post, name: SwiftPost}
    /// ```
    /// ## Mend
    /// Name both alike; write `format: carrier/v1`.
    HEAD = "E610", "head";
}

/// The only version of the format.
const FORMAT: &str = "carrier/v1";

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let (format, id) = (&scene.file.format, &scene.file.carrier.id);
    if format.value != FORMAT {
        let finding = Diagnostic::error(&HEAD, format.span, format!("`{}` is no format of a carrier file", format.value));
        found.push(finding.help(format!("write `{FORMAT}`")).suggest(format.span, FORMAT));
    }
    let usual = id.value.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !usual || !id.value.starts_with(|first: char| first.is_ascii_lowercase()) {
        let finding = Diagnostic::error(
            &HEAD,
            id.span,
            "a carrier's id begins with a small letter and has small letters, digits and `_` only",
        );
        found.push(finding.help("for example `swiftpost`"));
    } else if let Some(folder) = folder(&scene.sources.file(id.span.file).name).filter(|folder| *folder != id.value) {
        let words = format!("the carrier is called `{}`, but its folder `{folder}`", id.value);
        found.push(Diagnostic::error(&HEAD, id.span, words).help("name both alike"));
    }
}

/// The folder of `<folder>/carrier.yaml`.
fn folder(path: &str) -> Option<&str> {
    let path = path.strip_suffix("carrier.yaml")?.strip_suffix(['/', '\\'])?;
    path.rsplit(['/', '\\']).next().filter(|folder| !folder.is_empty() && *folder != "." && *folder != "..")
}
