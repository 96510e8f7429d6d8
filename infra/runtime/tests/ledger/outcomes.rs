//! From an exchange's outcome to the entry's state.

use crate::case::{Case, call, refused, within};
use crossdock_engine::carrier::{Outcome, Repeatable};
use crossdock_runtime::ledger::{CallState, Ending, Plan, Refused, Task, plan};

/// One exchange that may be repeated so, its outcome, and how the operation ended.
#[track_caller]
fn check(repeatable: Repeatable, outcome: Outcome, expected: &str) {
    let mut case = Case::claimed();
    case.intend(call(0), repeatable);
    case.reply(call(0), outcome);
    case.end_by_outcome(call(0));
    assert_eq!(case.stands(), expected, "{repeatable:?}, {outcome:?}");
}

#[test]
fn each_outcome_leads_to_its_state() {
    use Outcome::{
        Accepted, Ambiguous, Misconfigured, NotFound, NotWritten, Pending, Rejected, Throttled, Transient, Unexpected,
    };
    use Repeatable::{Never, Reads};
    check(Never, Accepted, "accepted");
    check(Never, Pending, "pending");
    check(Never, Rejected, "refused");
    check(Never, NotFound, "refused");
    check(Never, Misconfigured, "parked: misconfigured");
    check(Never, Throttled, "waiting");
    check(Never, NotWritten, "waiting");
    check(Reads, Transient, "waiting");
    check(within(), Transient, "waiting");
    check(Never, Transient, "parked: ambiguous");
    check(Never, Ambiguous, "parked: ambiguous");
    check(within(), Ambiguous, "parked: ambiguous");
    check(Reads, Ambiguous, "waiting");
    check(Never, Unexpected, "parked: unreadable");
}

#[test]
fn a_lookup_makes_an_ambiguous_outcome_wait_for_it() {
    let mut case = Case::claimed().with_lookup();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Transient);
    case.end_by_outcome(call(0));
    assert_eq!(case.stands(), "ambiguous");
    assert_eq!(plan(&case.entry, case.now), Plan::Work(Task::Reconcile));
}

#[test]
fn without_a_reply_a_declared_repetition_decides() {
    for (repeatable, expected) in
        [(Repeatable::Never, "parked: ambiguous"), (within(), "waiting"), (Repeatable::Reads, "waiting")]
    {
        let mut case = Case::claimed();
        case.intend(call(0), repeatable);
        case.unheard(call(0));
        case.end_by_outcome(call(0));
        assert_eq!(case.stands(), expected, "{repeatable:?}");
    }
}

#[test]
fn a_refused_token_is_renewed_once() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Reauthenticate);
    assert_eq!(case.call(0).state, CallState::Open);
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Reauthenticate);
    case.end_by_outcome(call(0));
    assert_eq!(case.stands(), "parked: misconfigured");
}

#[test]
fn a_round_whose_token_lapsed_is_renewed_as_a_whole() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.intend(call(1), Repeatable::Never);
    case.reply(call(0), Outcome::Reauthenticate);
    case.reply(call(1), Outcome::Reauthenticate);
    assert_eq!((&case.call(0).state, &case.call(1).state), (&CallState::Open, &CallState::Open));
}

#[test]
fn a_token_that_lapses_again_after_a_wait_is_renewed_again() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Reauthenticate);
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Throttled);
    case.end_by_outcome(call(0));
    case.claim();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Reauthenticate);
    assert_eq!(case.call(0).state, CallState::Open);
}

#[test]
fn a_refused_credential_proves_nothing_about_an_earlier_attempt() {
    let mut case = Case::unheard_within();
    case.intend(call(0), within());
    case.reply(call(0), Outcome::Misconfigured);
    case.end_by_outcome(call(0));
    assert_eq!(case.stands(), "parked: ambiguous");
}

#[test]
fn throttled_proves_nothing_about_an_earlier_attempt() {
    let mut case = Case::unheard_within();
    case.intend(call(0), within());
    case.reply(call(0), Outcome::Throttled);
    assert_eq!(case.outcome(0), Some(Outcome::Throttled));
    case.end(Ending::Refused(refused()));
    assert_eq!(case.stands(), "parked: ambiguous", "nothing is refused that may exist");
}

#[test]
fn one_throttled_and_one_rejected_call_of_a_round_are_refused_together() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.intend(call(1), Repeatable::Never);
    case.reply(call(1), Outcome::Rejected);
    assert_eq!(case.refusal(case.ends(Ending::Refused(refused()))), Refused::UnderWay);
    case.reply(call(0), Outcome::Throttled);
    case.end(Ending::Refused(refused()));
    assert_eq!(case.stands(), "refused");
}
