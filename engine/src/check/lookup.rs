//! Tables whose rows do not agree.

use super::Scene;
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::Lookup;

crate::codes! {
    /// ## What
    /// A row of a lookup lacks a column that others have, or has one that no other has.
    /// ## Why
    /// The column would be null for some keys only, which no test of the others shows.
    /// ## Example
    /// ```yaml
    /// label: {values: {pdf: {layout: A6, media: application/pdf}, zpl: {layuot: A6, media: application/zpl}}, unknown: fail}
    /// ```
    /// ## Mend
    /// Give every row the same columns; `null` is a value.
    LOOKUP_COLUMNS = "E614", "lookup-columns";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, lookup) in &scene.file.lookups {
        let rows = rows(lookup);
        let wide: Vec<&Node> = rows.iter().copied().filter(|row| row.as_map().is_some()).collect();
        let limit = wide.len().div_ceil(2);
        let mut known: Vec<&str> = Vec::new();
        for entry in wide.iter().flat_map(|row| row.as_map().unwrap_or(&[])) {
            let name = entry.key.text.as_str();
            if !known.contains(&name) && wide.iter().filter(|row| row.get(name).is_some()).count() >= limit {
                known.push(name);
            }
        }
        rows.into_iter().for_each(|row| {
            if !wide.is_empty() {
                compare(row, &known, found)
            }
        });
    }
}

fn rows(lookup: &Lookup) -> Vec<&Node> {
    let given = |absent: &'_ Option<Node>| absent.as_ref().is_some_and(|node| node.get("value").is_some());
    let fallbacks = [&lookup.unknown, &lookup.missing].into_iter().filter(|absent| given(absent));
    let fallbacks = fallbacks.filter_map(|absent| absent.as_ref()?.get("value"));
    lookup.values.iter().map(|(_, row)| row).chain(fallbacks).collect()
}

fn compare(row: &Node, known: &[&str], found: &mut Vec<Diagnostic>) {
    let Some(entries) = row.as_map() else {
        let finding = Diagnostic::error(&LOOKUP_COLUMNS, row.span, "this row is one value, others have columns");
        found.push(finding.help(format!("columns: `{}`", known.join("`, `"))));
        return;
    };
    for entry in entries.iter().filter(|entry| !known.contains(&entry.key.text.as_str())) {
        let name = entry.key.text.as_str();
        let finding = Diagnostic::error(&LOOKUP_COLUMNS, entry.key_span, format!("only this row has a column `{name}`"));
        found.push(finding.among(name, known.iter().copied()));
    }
    let strange = entries.iter().any(|entry| !known.contains(&entry.key.text.as_str()));
    for name in known.iter().filter(|name| !strange && row.get(name).is_none()) {
        found.push(Diagnostic::error(&LOOKUP_COLUMNS, row.span, format!("this row has no column `{name}`")));
    }
}
