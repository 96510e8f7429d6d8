//! How events move a parcel's state.

use super::Status;
use jiff::Timestamp;

/// What an event does to a parcel's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// The event's status, at its time, is the parcel's state now.
    Advance,
    /// The event is kept, marked stale, and changes nothing.
    Stale,
    /// The event is kept; its status is never a state.
    Recorded,
}

/// What `event` does to a parcel whose state is `current` (none before its first event): status and time of each.
///
/// - Up in rank always, except as follows.
/// - Among ranks 40 to 65 the later event wins, whichever its rank; at equal times the higher rank.
/// - From `returning` to `returned`, `delivered` and `lost` only.
/// - From a terminal status only to those that its way may still lead to, and only later.
/// - `unknown` is recorded, never a state.
#[must_use]
pub fn moves(current: Option<(Status, Timestamp)>, event: (Status, Timestamp)) -> Move {
    let Some(rank) = event.0.rank() else { return Move::Recorded };
    let Some((from, at, from_rank)) = current.and_then(|(from, at)| Some((from, at, from.rank()?))) else {
        return Move::Advance;
    };
    let advances = if from.is_terminal() {
        event.1 > at && reopens(from).contains(&event.0)
    } else if from == Status::Returning {
        matches!(event.0, Status::Returned | Status::Delivered | Status::Lost)
    } else if under_way(from_rank) && under_way(rank) {
        (event.1, rank) > (at, from_rank)
    } else {
        rank > from_rank
    };
    if advances { Move::Advance } else { Move::Stale }
}

fn under_way(rank: u8) -> bool {
    (40..=65).contains(&rank)
}

/// Where a parcel may still go from a terminal status.
fn reopens(terminal: Status) -> &'static [Status] {
    use Status::*;
    match terminal {
        Delivered => &[Returning, Returned],
        DeliveryFailed => &[Returning, Returned, OutForDelivery, ReadyForPickup, Delivered],
        Lost => &[InTransit, Delivered, Returning, Returned],
        Cancelled => &[PickedUp, InTransit, Delivered],
        _ => &[],
    }
}
