//! Many problems in one mail: by what happened, every order named.

use super::{Mailbox, Written};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a flush does with a topic's waiting mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// One mail per problem.
    Each,
    /// One mail for all that have waited until this time (milliseconds since 1970).
    Digest {
        /// The time.
        until: i64,
    },
    /// Not yet.
    Wait,
}

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;

impl Mailbox {
    /// What to do with so many waiting mails. `full`: more wait than one digest takes.
    pub(super) fn plan(&self, waiting: usize, full: bool, now: i64, per_hour: usize, every: i64) -> Plan {
        if let Some(until) = self.digest_until {
            return Plan::Digest { until };
        }
        let lately = self.sent.iter().filter(|at| now - **at < HOUR).count();
        if waiting <= per_hour.saturating_sub(lately) {
            return Plan::Each;
        }
        match self.digest_at {
            Some(at) if now < at.saturating_add(every) && !full => Plan::Wait,
            _ => Plan::Digest { until: now },
        }
    }

    pub(super) fn note_sent(&mut self, now: i64) {
        self.sent.retain(|at| now - *at < HOUR);
        self.sent.push(now);
    }
}

/// Subject and text of a digest.
pub(super) fn digest<'w>(written: impl IntoIterator<Item = &'w Written>) -> (String, String) {
    let mut by_heading: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut count = 0;
    for written in written {
        by_heading.entry(&written.heading).or_default().push(&written.line);
        count += 1;
    }
    let mut text = format!("{count} problems, in one mail because there are many.\n");
    for (heading, lines) in &by_heading {
        let _ = writeln!(text, "\n{heading} ({})", lines.len());
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }
    let of_most = by_heading.iter().max_by_key(|(_, lines)| lines.len());
    let mostly = of_most.map(|(heading, lines)| format!("; {} times {heading}", lines.len())).unwrap_or_default();
    (format!("{count} problems{mostly}"), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_mails_and_many_a_digest_each_quarter_of_an_hour() {
        let mut mailbox = Mailbox::default();
        let plan = |mailbox: &Mailbox, waiting, now| mailbox.plan(waiting, false, now, 3, 900_000);
        assert_eq!(plan(&mailbox, 3, 0), Plan::Each);
        assert_eq!(plan(&mailbox, 4, 7), Plan::Digest { until: 7 });
        mailbox.digest_until = Some(7);
        assert_eq!(plan(&mailbox, 4, 60_000), Plan::Digest { until: 7 }, "a digest that was begun is the same one");
        mailbox = Mailbox { sent: vec![0, 0, 7], digest_at: Some(7), ..Mailbox::default() };
        assert_eq!(plan(&mailbox, 1, 60_000), Plan::Wait);
        assert_eq!(mailbox.plan(1, true, 60_000, 3, 900_000), Plan::Digest { until: 60_000 }, "what fills a digest goes at once");
        assert_eq!(plan(&mailbox, 1, 900_007), Plan::Digest { until: 900_007 });
        assert_eq!(plan(&mailbox, 3, HOUR + 7), Plan::Each, "an hour later they are mails again");
    }
}
