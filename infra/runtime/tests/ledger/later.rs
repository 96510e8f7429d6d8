//! What the carrier answers later.

use crate::case::{Case, EVERY, GIVE_UP, answer, call, completes, put_off, refused};
use crossdock_engine::carrier::{Outcome, Repeatable};
use crossdock_runtime::ledger::{CallState, Ending, Input, Plan, Refused, Task, WaitReason, plan};
use std::time::Duration;

/// The first iteration was created, and a question for the second is answered "later".
fn asked() -> Case {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Accepted);
    case.intend(call(1), Repeatable::Reads);
    case.reply(call(1), Outcome::Pending);
    case.end_by_outcome(call(1));
    case
}

/// A write was answered "later": only a delivery tells.
fn told() -> Case {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    let mut later = answer(Outcome::Pending);
    later.extracted.insert("carrier_ref".into(), "P0".into());
    case.put(Input::Reply { fence: case.entry.fence, call: call(0), answer: later, heard: true, exchange: Some("e".into()) });
    case.end(put_off(None));
    case
}

#[test]
fn it_is_asked_when_its_time_comes_and_not_before() {
    let mut case = asked();
    assert_eq!((case.entry.due(), plan(&case.entry, case.now)), (Some(case.now + EVERY), Plan::Drop));
    assert_eq!(case.refusal(case.claims()), Refused::TooEarly);
    case.now += EVERY;
    assert_eq!(plan(&case.entry, case.now), Plan::Work(Task::Advance));
    case.claim();
    assert_eq!(case.refusal(case.intends(call(0), Repeatable::Never)), Refused::MustNotRepeat);
    case.intend(call(1), Repeatable::Reads);
    case.reply(call(1), Outcome::Accepted);
    assert_eq!((case.outcome(1), case.entry.later), (Some(Outcome::Accepted), None));
    assert_eq!(case.entry.first_seen, case.now, "what is still to be sent has not been tried before");
}

#[test]
fn a_write_that_the_carrier_has_put_off_is_never_sent_again() {
    let mut case = told();
    case.now += GIVE_UP;
    case.claim();
    assert_eq!(case.stands(), "parked: age");
    case.put(Input::Redrive);
    case.claim();
    assert_eq!(case.refusal(case.intends(call(0), Repeatable::Never)), Refused::MustNotRepeat);
    case.end(put_off(None));
    assert_eq!(case.entry.due(), Some(case.now + GIVE_UP), "it is waited for as long again");
}

#[test]
fn a_question_that_came_to_nothing_leaves_it_as_it_was() {
    for outcome in [Outcome::Throttled, Outcome::Transient, Outcome::NotWritten, Outcome::Ambiguous] {
        let mut case = asked();
        case.now += EVERY;
        case.claim();
        case.intend(call(1), Repeatable::Reads);
        case.reply(call(1), outcome);
        assert_eq!(case.outcome(1), Some(Outcome::Pending), "{outcome:?}");
        case.end(Ending::Pending { ask: Some(case.now + EVERY), give_up: None, in_vain: Some(WaitReason::Transient) });
        assert_eq!((case.stands().as_str(), case.entry.waits), ("pending", 1));
    }
}

#[test]
fn a_worker_that_died_while_it_asked_leaves_it_as_it_was() {
    let mut case = asked();
    case.now += EVERY;
    case.claim();
    case.intend(call(1), Repeatable::Reads);
    case.now += 60_000;
    case.claim();
    assert_eq!((case.outcome(1), case.stands().as_str()), (Some(Outcome::Pending), "claimed"));
}

#[test]
fn a_lapsed_token_is_renewed_and_it_is_asked_again() {
    let mut case = asked();
    case.now += EVERY;
    case.claim();
    case.intend(call(1), Repeatable::Reads);
    case.reply(call(1), Outcome::Reauthenticate);
    assert_eq!(case.call(1).state, CallState::Open);
    case.intend(call(1), Repeatable::Reads);
    case.reply(call(1), Outcome::Pending);
    case.end_by_outcome(call(1));
    assert_eq!(case.stands(), "pending");
}

#[test]
fn how_long_it_is_waited_for_counts_from_the_first_time() {
    let mut case = asked();
    let give_up = Some(Duration::from_secs(60));
    case.now += EVERY;
    case.claim();
    case.end(Ending::Pending { ask: Some(case.now + EVERY), give_up, in_vain: None });
    assert_eq!(case.entry.later.expect("it waits").until, case.now - EVERY + GIVE_UP, "what was promised first holds");
}

#[test]
fn a_delivery_completes_it_and_a_worker_goes_on() {
    let mut case = told();
    case.put(completes("P0", Outcome::Accepted));
    assert_eq!((case.stands().as_str(), plan(&case.entry, case.now)), ("claimed", Plan::Work(Task::Advance)));
    assert_eq!(case.call(0).later(), None);
    assert_eq!(case.refusal(case.tries(completes("P0", Outcome::Accepted))), Refused::NotIntended, "it is known");
    case.claim();
    case.end_by_outcome(call(0));
    assert_eq!(case.stands(), "accepted");
    assert_eq!(case.refusal(case.tries(completes("P0", Outcome::Accepted))), Refused::Ended);
}

#[test]
fn a_refusal_that_a_delivery_tells_leaves_nothing_standing() {
    let mut case = told();
    case.put(completes("P0", Outcome::Rejected));
    case.claim();
    case.end(Ending::Refused(refused()));
    assert_eq!(case.stands(), "refused");
}

#[test]
fn a_delivery_waits_while_a_worker_has_the_order() {
    let mut case = asked();
    case.now += EVERY;
    case.claim();
    case.intend(call(1), Repeatable::Reads);
    assert_eq!(case.refusal(case.tries(completes("P1", Outcome::Accepted))), Refused::Held);
    case.reply(call(1), Outcome::Pending);
    case.end_by_outcome(call(1));
    assert_eq!(case.refusal(case.tries(completes("P1", Outcome::Accepted))), Refused::NotNow, "of several, none has its name");
}

#[test]
fn of_several_a_delivery_completes_the_one_that_it_names_and_only_once() {
    let mut case = Case::claimed();
    for iteration in 0..2 {
        case.intend(call(iteration), Repeatable::Never);
        let mut later = answer(Outcome::Pending);
        later.extracted.insert("carrier_ref".into(), format!("P{iteration}").into());
        let fence = case.entry.fence;
        case.put(Input::Reply { fence, call: call(iteration), answer: later, heard: true, exchange: None });
    }
    case.end(put_off(None));
    case.put(completes("P1", Outcome::Accepted));
    assert_eq!((case.outcome(0), case.outcome(1)), (Some(Outcome::Pending), Some(Outcome::Accepted)));
    assert_eq!(case.refusal(case.tries(completes("P1", Outcome::Rejected))), Refused::NotIntended);
    case.claim();
    case.end(put_off(None));
    case.put(completes("P0", Outcome::Accepted));
    assert_eq!(case.entry.later, None);
}

#[test]
fn a_delivery_takes_up_what_was_parked_meanwhile_and_nothing_else() {
    let mut old = told();
    old.now += GIVE_UP;
    old.claim();
    assert_eq!(old.stands(), "parked: age");
    old.put(completes("P0", Outcome::Accepted));
    old.claim();
    old.end_by_outcome(call(0));
    assert_eq!(old.stands(), "accepted");

    let mut waiting = Case::claimed();
    waiting.intend(call(0), Repeatable::Never);
    waiting.reply(call(0), Outcome::Throttled);
    waiting.end_by_outcome(call(0));
    assert_eq!(waiting.refusal(waiting.tries(completes("P0", Outcome::Accepted))), Refused::NotNow);
}
