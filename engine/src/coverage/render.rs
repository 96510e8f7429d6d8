//! Coverage for people.

use super::{Coverage, Kind, Tally};
use std::fmt::Write as _;

impl Coverage {
    /// What no case touches, a line each; nothing when nothing is missing.
    #[must_use]
    pub fn render_missing(&self) -> String {
        let mut text = String::new();
        for missing in &self.missing {
            let place = missing.place.as_ref().map_or_else(|| self.carrier.clone(), ToString::to_string);
            let _ = writeln!(text, "{place}: {}: `{}` {}", missing.kind.one(), missing.text, missing.words);
        }
        text
    }

    /// A table of several, a line each.
    #[must_use]
    pub fn table(all: &[Self]) -> String {
        const CARRIER: usize = 16;
        let mut text = format!("{:<CARRIER$}", "carrier");
        for kind in Kind::ALL {
            let _ = write!(text, " {:>14}", kind.word());
        }
        text.push('\n');
        for coverage in all {
            let _ = write!(text, "{:<CARRIER$}", coverage.carrier);
            for tally in &coverage.tallies {
                let _ = write!(text, " {:>14}", tally.cell());
            }
            text.push('\n');
        }
        text
    }

    /// A workflow command of GitHub for each thing that is missing, a line each.
    #[must_use]
    pub fn to_github(&self) -> String {
        let mut text = String::new();
        for missing in &self.missing {
            let at = missing
                .place
                .as_ref()
                .map_or_else(String::new, |place| format!(" file={},line={},col={}", place.file, place.line, place.column));
            let _ = writeln!(text, "::warning{at}::{}: `{}` {}", missing.kind.one(), missing.text, missing.words);
        }
        text
    }
}

impl Tally {
    fn cell(&self) -> String {
        format!("{}/{} {:>3}%", self.touched, self.total, self.percent())
    }
}
