//! What people do to an entry, and what is emitted of it.

use crate::case::{Case, GIVE_UP, LEASE, NOW, accepted, call, put_off, refused, undo};
use crossdock_engine::carrier::{Outcome, Repeatable};
use crossdock_runtime::ledger::{CallState, Ending, Input, ParkReason, Plan, Refused, Resolution, WaitReason, plan};

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
    case.end(put_off(None));
    assert_eq!(case.entry.due(), Some(case.now + GIVE_UP));
}

#[test]
fn an_operation_of_which_something_is_undone_goes_no_further_forward() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Accepted);
    case.intend(undo(0), Repeatable::Never);
    assert_eq!(case.refusal(case.intends(call(1), Repeatable::Never)), Refused::Undone);
    case.reply(undo(0), Outcome::Accepted);
    assert_eq!(case.refusal(case.ends(Ending::Accepted(accepted()))), Refused::Undone);
    case.end(Ending::Refused(refused()));
    assert_eq!(case.stands(), "refused");
}

#[test]
fn an_order_is_not_refused_while_a_part_of_it_stands() {
    let mut case = Case::claimed();
    case.intend(call(0), Repeatable::Never);
    case.reply(call(0), Outcome::Accepted);
    assert_eq!(case.refusal(case.ends(Ending::Refused(refused()))), Refused::Standing);
}
