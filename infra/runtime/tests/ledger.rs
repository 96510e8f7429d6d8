//! The ledger's tables: from an exchange's outcome to the entry's state, what a redrive does, and the cases between them.

mod ledger_case;

use crossdock_engine::carrier::{Outcome, Repeatable};
use crossdock_runtime::ledger::{
    CLAIMS_WITHOUT_OUTCOME, CallState, Ending, Finding, Input, ParkReason, Plan, Refused, Resolution, Task, WaitReason, plan,
};
use ledger_case::{Case, GIVE_UP, LEASE, NOW, SETTLE, WINDOW, accepted, call, refused, undo, within};
use std::time::Duration;

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
    assert_eq!(case.outcome(0), Some(Outcome::Transient), "it may be there, and may be repeated");
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
    case.reconciled(Finding::Carried(ledger_case::answer(Outcome::Accepted)));
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
        answer: ledger_case::answer(outcome),
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
            answer: ledger_case::answer(Outcome::Rejected),
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
        answer: ledger_case::answer(Outcome::Rejected),
        exchange: None,
        lease: Duration::from_secs(60),
    };
    assert_eq!(case.refusal(case.tries(late)), Refused::NotIntended);
}

#[test]
fn a_redrive_reads_an_unreadable_reply_again_and_calls_nobody() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Unexpected);
    case.end_by_outcome(call(0));
    case.put(Input::Redrive);
    case.claim();
    assert!(matches!(case.call(0).state, CallState::Unread { .. }));
    assert_eq!(case.refusal(case.intends(call(0), Repeatable::Never)), Refused::MustNotRepeat);
    case.reply(call(0), Outcome::Accepted);
    case.end_by_outcome(call(0));
    assert_eq!(case.stands(), "accepted");
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
fn a_redrive_never_resends_what_is_in_doubt() {
    for reason in [ParkReason::Ambiguous, ParkReason::LeftBehind] {
        let mut case = Case::claimed();
        case.end(Ending::Parked { reason, cause: String::new() });
        assert_eq!(case.refusal(case.tries(Input::Redrive)), Refused::OnlyResolve, "{reason:?}");
    }
    for reason in [ParkReason::Invalid, ParkReason::Conflict] {
        let mut case = Case::claimed();
        case.end(Ending::Parked { reason, cause: String::new() });
        assert_eq!(case.refusal(case.tries(Input::Redrive)), Refused::NotNow, "{reason:?}");
    }
}

#[test]
fn a_redrive_in_the_middle_of_steps_goes_on_there() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Accepted);
    case.intend(call(1), Repeatable::Never);
    case.reply(call(1), Outcome::Misconfigured);
    case.end_by_outcome(call(1));
    case.put(Input::Redrive);
    case.claim();
    assert_eq!(case.refusal(case.intends(call(0), Repeatable::Never)), Refused::MustNotRepeat);
    case.intend(call(1), Repeatable::Never);
    assert_eq!(case.stands(), "sending");
}

#[test]
fn a_redrive_does_not_go_on_where_a_part_was_undone() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.intend(call(1), Repeatable::Never);
    case.reply(call(0), Outcome::Accepted);
    case.reply(call(1), Outcome::Misconfigured);
    case.intend(undo(0), Repeatable::Never);
    case.reply(undo(0), Outcome::Accepted);
    case.end_by_outcome(call(1));
    assert_eq!(case.refusal(case.tries(Input::Redrive)), Refused::Undone);
    case.put(Input::Resolve(Resolution::Refused(refused())));
    assert_eq!(case.stands(), "refused");
}

#[test]
fn a_person_settles_what_is_in_doubt() {
    for (resolution, expected) in
        [(Resolution::Accepted(accepted()), "accepted"), (Resolution::Refused(refused()), "refused"), (Resolution::Resend, "new")]
    {
        let mut case = Case::claimed();
        case.intend(call(0), Repeatable::Never);
        case.reply(call(0), Outcome::Ambiguous);
        case.end_by_outcome(call(0));
        case.put(Input::Resolve(resolution.clone()));
        assert_eq!(case.stands(), expected, "{resolution:?}");
    }
}

#[test]
fn an_order_is_cancelled_only_while_nothing_was_written() {
    let mut case = Case::new();
    case.put(Input::Cancelled(refused()));
    assert_eq!(case.stands(), "refused");

    let mut waiting = Case::claimed();
    waiting.intend(call(0), Repeatable::Reads);
    waiting.reply(call(0), Outcome::Accepted);
    waiting.intend(call(1), Repeatable::Never);
    waiting.reply(call(1), Outcome::Throttled);
    waiting.end_by_outcome(call(1));
    waiting.put(Input::Cancelled(refused()));
    assert_eq!(waiting.stands(), "refused", "a quotation leaves nothing behind");

    let mut unheard = Case::unheard_within();
    unheard.end(Ending::Waits { until: unheard.now, why: WaitReason::Transient });
    assert_eq!(unheard.refusal(unheard.tries(Input::Cancelled(refused()))), Refused::NotNow);
}

#[test]
fn what_ended_or_was_parked_is_emitted_until_that_is_written() {
    let mut parked = Case::claimed();
    parked.end(Ending::Parked { reason: ParkReason::Mapping, cause: String::new() });
    let mut taken = Case::claimed();
    taken.end(Ending::Accepted(accepted()));
    for mut case in [parked, taken] {
        assert_eq!(plan(&case.entry, case.now), Plan::Emit);
        assert_eq!(case.entry.due(), Some(case.now + 60_000));
        case.put(Input::Emitted);
        assert_eq!(plan(&case.entry, case.now), Plan::Drop);
        assert_eq!(case.entry.due(), None);
    }
}

#[test]
fn somebody_looks_at_what_nobody_ends() {
    let mut case = Case::new();
    assert_eq!(case.entry.due(), Some(NOW + 3_600_000));
    case.claim();
    assert_eq!(case.entry.due(), Some(NOW + LEASE + 120_000));
    case.end(Ending::Waits { until: NOW + 5_000, why: WaitReason::SignIn });
    assert_eq!(case.entry.due(), Some(NOW + 125_000));
    case.now += 5_000;
    case.claim();
    case.end(Ending::Pending);
    assert_eq!(case.entry.due(), None);
}
