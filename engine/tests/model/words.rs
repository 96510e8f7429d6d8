//! Statuses and reasons: names, ranks, causes.

use crossdock_engine::model::{Cause, Reason, Status};
use serde_json::json;

#[test]
fn names_are_what_json_says_and_lead_back() {
    for status in Status::all() {
        assert_eq!(json!(status), json!(status.name()));
        assert_eq!(Status::from_name(status.name()), Some(*status));
    }
    for reason in Reason::all() {
        assert_eq!(json!(reason), json!(reason.name()));
        assert_eq!(Reason::from_name(reason.name()), Some(*reason));
    }
    assert_eq!(Status::from_name("Delivered"), None);
    assert_eq!(Reason::from_name("nobody"), None);
}

#[test]
fn ranks_rise_and_only_the_last_are_terminal() {
    let ranks: Vec<u8> = Status::all().iter().filter_map(|status| status.rank()).collect();
    assert_eq!(ranks, [10, 20, 25, 30, 40, 41, 45, 46, 48, 50, 55, 60, 65, 80, 100, 100, 100, 100, 100]);
    let terminal: Vec<&str> = Status::all().iter().filter(|status| status.is_terminal()).map(|status| status.name()).collect();
    assert_eq!(terminal, ["delivered", "delivery_failed", "returned", "cancelled", "lost"]);
    assert_eq!(Status::Unknown.rank(), None);
}

#[test]
fn every_reason_has_its_cause() {
    let counted = |cause: Cause| Reason::all().iter().filter(|reason| reason.cause() == cause).count();
    let causes =
        [Cause::Carrier, Cause::Sender, Cause::Recipient, Cause::Place, Cause::Customs, Cause::World, Cause::Other].map(counted);
    assert_eq!(causes, [8, 6, 15, 6, 5, 6, 5]);
    assert_eq!(Reason::NotHome.cause(), Cause::Recipient);
    assert_eq!(Reason::CustomsDelay.cause(), Cause::Customs);
    assert_eq!(Reason::ToNeighbour.cause(), Cause::Place);
}
