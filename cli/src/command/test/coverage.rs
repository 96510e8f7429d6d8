//! What the cases touch, written in the formats of `test`.

use crate::project::Ran;
use crossdock_engine::coverage::Coverage;

/// What is missing, then a table.
pub(super) fn text(all: &[Coverage]) -> String {
    let missing: String = all.iter().map(Coverage::render_missing).collect();
    let gap = if missing.is_empty() { "" } else { "\n" };
    format!("\n{missing}{gap}{}", Coverage::table(all))
}

/// Cases and coverage in one document.
pub(super) fn json(ran: &Ran) -> String {
    format!("{:#}\n", serde_json::json!({"cases": ran.reports, "coverage": ran.coverage}))
}

/// A warning per thing that is missing.
pub(super) fn github(all: &[Coverage]) -> String {
    all.iter().map(Coverage::to_github).collect()
}

/// Who does not reach what is required.
pub(super) fn short(all: &[Coverage], percent: u8) -> String {
    let names: Vec<&str> = all.iter().filter(|one| !one.reaches(percent.into())).map(|one| one.carrier.as_str()).collect();
    format!("less than {percent} in 100 of some kind is touched by the cases of: {}", names.join(", "))
}
