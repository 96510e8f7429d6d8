//! Every pair of statuses, each with an earlier, an equal and a later time, against a table written by hand.

use crossdock_engine::model::{Move, Status, moves};
use jiff::Timestamp;

/// A row per current status, a column per event's status, both in the order of `Status::all()`, grouped: before the network,
/// in it, on the way back, ended. `A` advances always, `=` if not earlier, `>` if later, `.` never.
const TABLE: [(&str, &str); 19] = [
    ("created", ".AAA AAAAAAAAA A AAAAA"),
    ("accepted", "..AA AAAAAAAAA A AAAAA"),
    ("at_pickup", "...A AAAAAAAAA A AAAAA"),
    ("picked_up", ".... AAAAAAAAA A AAAAA"),
    ("in_transit", ".... >======== A AAAAA"),
    ("customs", ".... >>======= A AAAAA"),
    ("delayed", ".... >>>====== A AAAAA"),
    ("on_hold", ".... >>>>===== A AAAAA"),
    ("exception", ".... >>>>>==== A AAAAA"),
    ("out_for_delivery", ".... >>>>>>=== A AAAAA"),
    ("arriving", ".... >>>>>>>== A AAAAA"),
    ("delivery_attempted", ".... >>>>>>>>= A AAAAA"),
    ("ready_for_pickup", ".... >>>>>>>>> A AAAAA"),
    ("returning", ".... ......... . A.A.A"),
    ("delivered", ".... ......... > ..>.."),
    ("delivery_failed", ".... .....>..> > >.>.."),
    ("returned", ".... ......... . ....."),
    ("cancelled", "...> >........ . >...."),
    ("lost", ".... >........ > >.>.."),
];

#[test]
fn every_pair_moves_as_the_table_says() {
    for (from, row) in TABLE {
        let cells: Vec<char> = row.chars().filter(|cell| *cell != ' ').collect();
        assert_eq!(cells.len(), 19, "row {from}");
        for ((_, cell), (to, _)) in cells.iter().enumerate().zip(TABLE) {
            for (shift, advances) in [(-1, *cell == 'A'), (0, matches!(cell, 'A' | '=')), (1, *cell != '.')] {
                let expected = if advances { Move::Advance } else { Move::Stale };
                assert_eq!(moves(Some((status(from), at(0))), (status(to), at(shift))), expected, "{from} -> {to} at {shift}");
            }
        }
    }
}

#[test]
fn a_first_event_is_the_state() {
    for (name, _) in TABLE {
        assert_eq!(moves(None, (status(name), at(0))), Move::Advance, "{name}");
    }
}

#[test]
fn unknown_is_recorded_and_never_a_state() {
    for (name, _) in TABLE {
        assert_eq!(moves(Some((status(name), at(0))), (Status::Unknown, at(1))), Move::Recorded, "{name}");
    }
    assert_eq!(moves(None, (Status::Unknown, at(0))), Move::Recorded);
}

fn status(name: &str) -> Status {
    name.parse().expect("the table names statuses")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_774_951_200 + seconds).expect("a time of this century")
}
