//! What nobody heard of, what a lookup or a late reply says of it, and what is given up.

use crate::case::{Case, GIVE_UP, LEASE, NOW, SETTLE, WINDOW, accepted, answer, call, refused, undo, within};
use crossdock_engine::carrier::{Outcome, Repeatable};
use crossdock_runtime::ledger::{CLAIMS_WITHOUT_OUTCOME, Ending, Finding, Input, ParkReason, Refused, Resolution};
use std::time::Duration;

#[test]
fn what_may_exist_is_not_refused_by_a_mended_file() {
    let mut case = Case::unheard_within();
    case.end(Ending::Refused(refused()));
    assert_eq!(case.stands(), "parked: ambiguous");
    case.put(Input::Resolve(Resolution::Resend));
    assert_eq!(case.stands(), "new");
}

#[test]
fn an_unreadable_reply_is_not_lost_by_a_refusal() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Unexpected);
    case.end(Ending::Refused(refused()));
    assert_eq!(case.stands(), "parked: unreadable");
}

#[test]
fn a_crash_after_the_intent_leaves_a_doubt_or_a_repetition() {
    for (repeatable, expected) in
        [(Repeatable::Never, "parked: ambiguous"), (within(), "claimed"), (Repeatable::Reads, "claimed")]
    {
        let mut case = Case::claimed();
        case.intend(call(0), repeatable);
        assert_eq!(case.refusal(case.claims()), Refused::Held);
        case.now += LEASE;
        case.claim();
        assert_eq!(case.stands(), expected, "{repeatable:?}");
    }
}

#[test]
fn a_repetition_must_end_within_the_window() {
    let mut case = Case::claimed();
    case.intend(call(0), within());
    case.now = NOW + WINDOW - LEASE;
    case.claim();
    assert_eq!(case.stands(), "parked: ambiguous", "it would begin in the window, and could end after it");
}

#[test]
fn three_claims_without_an_outcome_park() {
    let mut case = Case::claimed();
    for _ in 1..CLAIMS_WITHOUT_OUTCOME {
        case.now += LEASE;
        case.claim();
        assert_eq!(case.stands(), "claimed");
    }
    case.now += LEASE;
    case.claim();
    assert_eq!(case.stands(), "parked: claims");
}

#[test]
fn age_parks_and_says_whether_something_is_in_doubt() {
    let mut case = Case::new();
    case.now = NOW + GIVE_UP;
    case.claim();
    assert_eq!(case.stands(), "parked: age");

    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Within(Duration::MAX));
    case.unheard(call(0));
    case.end_by_outcome(call(0));
    case.now = NOW + GIVE_UP;
    case.claim();
    assert_eq!(case.stands(), "parked: ambiguous");
    case.put(Input::Resolve(Resolution::Resend));
    assert_eq!(case.stands(), "new", "what is parked as ambiguous can be sent again by a person");
}

#[test]
fn a_lookup_settles_a_doubt() {
    let not_found = |authoritative, settled| Finding::NotFound { authoritative, settled };
    for (finding, expected) in [
        (Finding::Found(accepted()), "accepted"),
        (not_found(true, true), "claimed"),
        (not_found(true, false), "waiting"),
        (not_found(false, true), "parked: ambiguous"),
        (Finding::Undecided, "waiting"),
        (Finding::Unreadable("a page".into()), "parked: ambiguous"),
    ] {
        let mut case = Case::reconciling();
        case.reconciled(finding.clone());
        assert_eq!(case.stands(), expected, "{finding:?}");
    }
}

#[test]
fn a_lookup_can_answer_for_the_exchange_in_doubt() {
    let mut case = Case::reconciling();
    case.reconciled(Finding::Carried(answer(Outcome::Accepted)));
    assert_eq!((case.stands().as_str(), case.outcome(0)), ("claimed", Some(Outcome::Accepted)));
}

#[test]
fn a_lookup_does_not_tell_which_of_two_exchanges_it_found() {
    let mut case = Case::claimed().with_lookup();
    case.intend(call(0), Repeatable::Never);
    case.intend(call(1), Repeatable::Never);
    case.now += LEASE;
    case.claim();
    assert_eq!(case.stands(), "reconciling");
    case.reconciled(Finding::Found(accepted()));
    assert_eq!(case.stands(), "parked: ambiguous");
}

#[test]
fn a_lookup_of_the_creation_does_not_settle_an_undoing() {
    let mut case = Case::claimed().with_lookup();
    case.intend(undo(0), Repeatable::Never);
    case.now += LEASE;
    case.claim();
    assert_eq!(case.stands(), "parked: left_behind");
    assert_eq!(case.refusal(case.tries(Input::Redrive)), Refused::OnlyResolve);
}

#[test]
fn settled_counts_from_the_last_attempt_and_not_from_the_first_step() {
    let mut case = Case::claimed().with_lookup();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Accepted);
    case.now += 10 * SETTLE;
    case.intend(call(1), Repeatable::Never);
    let sent = case.now;
    case.now += LEASE;
    case.claim();
    assert!(!case.entry.settled(SETTLE, sent + LEASE + SETTLE - 1));
    assert!(case.entry.settled(SETTLE, sent + LEASE + SETTLE));
}

#[test]
fn a_late_reply_settles_what_is_in_doubt() {
    let mut case = Case::reconciling();
    let late = |outcome| Input::Late {
        fence: 1,
        call: call(0),
        answer: answer(outcome),
        exchange: Some("x".into()),
        lease: Duration::from_millis(LEASE.unsigned_abs()),
    };
    assert_eq!(case.refusal(case.tries(late(Outcome::Accepted))), Refused::Held, "somebody asks the carrier just now");
    case.reconciled(Finding::Undecided);
    assert_eq!(case.refusal(case.tries(late(Outcome::Throttled))), Refused::NotIntended, "it settles nothing");
    case.put(late(Outcome::Accepted));
    assert_eq!((case.stands().as_str(), case.outcome(0)), ("claimed", Some(Outcome::Accepted)));
}

#[test]
fn a_late_reply_that_settles_half_leaves_the_rest_parked() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.intend(call(1), Repeatable::Never);
    case.now += LEASE;
    case.claim();
    assert_eq!(case.stands(), "parked: ambiguous");
    for (iteration, expected) in [(0, "parked: ambiguous"), (1, "claimed")] {
        case.put(Input::Late {
            fence: 1,
            call: call(iteration),
            answer: answer(Outcome::Rejected),
            exchange: None,
            lease: Duration::from_secs(60),
        });
        assert_eq!(case.stands(), expected, "iteration {iteration}");
    }
}

#[test]
fn a_late_reply_to_an_earlier_attempt_does_not_settle_a_later_one() {
    let mut case = Case::reconciling();
    case.reconciled(Finding::NotFound { authoritative: true, settled: true });
    case.intend(call(0), Repeatable::Never);
    case.now += LEASE;
    case.claim();
    let late = Input::Late {
        fence: 1,
        call: call(0),
        answer: answer(Outcome::Rejected),
        exchange: None,
        lease: Duration::from_secs(60),
    };
    assert_eq!(case.refusal(case.tries(late)), Refused::NotIntended);
}

#[test]
fn a_redrive_claims_anew_what_a_person_has_mended() {
    for reason in [ParkReason::Mapping, ParkReason::Misconfigured, ParkReason::Age, ParkReason::Claims] {
        let mut case = Case::claimed();
        case.end(Ending::Parked { reason, cause: String::new() });
        case.now += GIVE_UP;
        case.put(Input::Redrive);
        assert_eq!(case.stands(), "new", "{reason:?}");
        case.claim();
        assert_eq!(case.stands(), "claimed", "{reason:?}: its age counts from the redrive");
    }
}

#[test]
fn a_lookup_does_not_complete_an_order_of_which_something_is_not_done() {
    let mut case = Case::claimed().with_lookup();
    case.intend(call(0), Repeatable::Never);
    case.intend(call(1), Repeatable::Never);
    case.reply(call(0), Outcome::NotWritten);
    case.now += LEASE;
    case.claim();
    assert_eq!(case.stands(), "reconciling");
    case.reconciled(Finding::Found(accepted()));
    assert_eq!(case.stands(), "parked: ambiguous");
}
