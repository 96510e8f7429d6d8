//! The model test of the ledger: every interleaving of two workers, crashes, leases that run out, messages that are delivered
//! several times, replies that are lost or come late, a carrier, a person and a sweeper, over the very functions that run.
//!
//! What stands in for the rest is small and says so: `operation` for `Carrier::next`, `moves` for a worker's program and its
//! surroundings. What is assumed of them, and must hold where they are built:
//!
//! * a worker writes no first byte of a request after the lease that its intent was written with;
//! * a write that meets a newer version is tried again on what the entry has become, except [`Input::Emitted`];
//! * what is emitted leaves after the write that it follows from, and before the message is acknowledged;
//! * after its settle time nothing of a request is on its way to the carrier any more;
//! * a carrier that recognises a repetition answers it as it did the first time.
//!
//! [`Input::Emitted`]: crossdock_runtime::ledger::Input::Emitted

mod entries;
mod moves;
mod operation;
mod promises;
mod scenario;
mod search;
mod world;

use crossdock_runtime::ledger::{Guard, Guards};
use scenario::{ALL, Scenario};
use search::{Found, search};
use std::io::Write;

/// Shown with `--nocapture` and when a test fails.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn explore(scenario: Scenario, guards: Guards) -> Found {
    let found = search(scenario, guards);
    let Found { states, steps, entries, depth, seconds, .. } = &found;
    say(&format!(
        "{:<55} {states:>9} states {steps:>10} steps {entries:>6} entries, depth {depth}, {seconds:.1} s",
        scenario.name
    ));
    found
}

#[test]
fn the_promises_hold_in_every_interleaving() {
    let mut states = 0;
    for scenario in ALL {
        let found = explore(*scenario, Guards::ALL);
        states += found.states;
        say(&format!("    ends: {}", found.ends.join(", ")));
        if let Some((broken, way)) = found.violation {
            panic!("{}: {broken}\n{way}", scenario.name);
        }
    }
    say(&format!("{states} states in all"));
}

#[test]
fn no_guard_can_be_taken_away() {
    let mut unnoticed = Vec::new();
    for guard in Guard::ALL {
        let violation =
            ALL.iter().find_map(|scenario| Some((scenario.name, explore(*scenario, Guards::without(guard)).violation?)));
        match violation {
            Some((name, (broken, way))) => say(&format!("without {guard:?}, {name}: {broken}\n{way}")),
            None => unnoticed.push(guard),
        }
    }
    assert_eq!(unnoticed, [], "nobody would notice if these guards were gone");
}

#[test]
fn the_store_must_check_versions() {
    let plain = ALL.iter().find(|scenario| scenario.left.copies == 2).expect("a scenario of the full scope");
    let blind = Scenario { versions: false, ..*plain };
    let (broken, way) = explore(blind, Guards::ALL).violation.expect("blind writes break a promise");
    say(&format!("without versions: {broken}\n{way}"));
}
