//! Three sides keep books of the same day; in the end they must agree.

use std::collections::BTreeMap;

/// What we counted, and what the carrier and the shop counted for themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Orders that the shop gave.
    pub(crate) orders: u64,
    /// Of those, accepted.
    pub(crate) accepted: u64,
    /// Refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Ended in any other way, by reason.
    pub(crate) failed: BTreeMap<String, u64>,
    /// Deliveries to our webhook.
    pub(crate) received: u64,
    /// Deliveries whose sender could not be verified.
    pub(crate) unverified: u64,
    /// Events in the verified deliveries.
    pub(crate) events: u64,
    /// Events seen before.
    pub(crate) duplicates: u64,
    /// Codes that the vocabulary does not have.
    pub(crate) unmapped: u64,
    /// Events that came too late to change anything.
    pub(crate) stale: u64,
    /// Events whose order was never accepted.
    pub(crate) orphans: u64,
    /// Events that moved a parcel.
    pub(crate) advanced: u64,
    /// Updates sent to the shop.
    pub(crate) shop_updates: u64,
    /// Emails to the logistics team.
    pub(crate) emails: u64,
    /// Results sent to the shop.
    pub(crate) shop_results: u64,
    /// Results and updates that the shop did not take.
    pub(crate) untold: u64,
    /// Requests repeated.
    pub(crate) retries: u64,
    /// The carrier's journal: shipments.
    pub(crate) carrier_shipments: u64,
    /// The carrier's journal: calls.
    pub(crate) carrier_calls: u64,
    /// The carrier's journal: repetitions it recognised.
    pub(crate) carrier_repeated: u64,
    /// The carrier's journal: sign-ins.
    pub(crate) carrier_sign_ins: u64,
    /// The carrier's journal: genuine deliveries that we took.
    pub(crate) carrier_delivered: u64,
    /// The carrier's journal: genuine deliveries that we never took.
    pub(crate) carrier_undelivered: u64,
    /// The forger's journal: deliveries.
    pub(crate) forged: u64,
    /// The forger's journal: deliveries that we took.
    pub(crate) forged_taken: u64,
    /// The shop's journal: orders with exactly one result.
    pub(crate) shop_told_once: u64,
    /// The shop's journal: orders with several results.
    pub(crate) shop_told_twice: u64,
    /// The shop's journal: updates.
    pub(crate) shop_updated: u64,
    /// How long an order took, in milliseconds, sorted.
    pub(crate) took: Vec<u64>,
}

impl Books {
    /// Orders refused for whatever reason.
    pub(crate) fn all_refused(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Orders that ended otherwise.
    pub(crate) fn all_failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// What does not agree, in words; nothing when all does.
    pub(crate) fn differences(&self) -> Vec<String> {
        let settled = self.accepted + self.all_refused();
        let checks = [
            ("orders in = accepted + refused + failed", self.orders, settled + self.all_failed()),
            ("accepted orders = shipments at the carrier", self.accepted, self.carrier_shipments),
            ("accepted and refused orders = results sent to the shop", settled, self.shop_results),
            ("results sent = orders the shop was told of exactly once", self.shop_results, self.shop_told_once),
            ("orders the shop was told of twice = 0", self.shop_told_twice, 0),
            ("verified deliveries = deliveries the carrier made", self.received - self.unverified, self.carrier_delivered),
            ("deliveries the carrier could not make = 0", self.carrier_undelivered, 0),
            ("unverified deliveries = forged deliveries", self.unverified, self.forged),
            ("forged deliveries taken = 0", self.forged_taken, 0),
            (
                "events = duplicates + unmapped + stale + orphans + moves",
                self.events,
                self.duplicates + self.unmapped + self.stale + self.orphans + self.advanced,
            ),
            ("results and updates that the shop did not take = 0", self.untold, 0),
            ("updates sent = updates the shop has", self.shop_updates, self.shop_updated),
        ];
        let differs = checks.into_iter().filter(|(_, left, right)| left != right);
        differs.map(|(rule, left, right)| format!("{rule}: {left} and {right}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balanced() -> Books {
        Books {
            orders: 10,
            accepted: 7,
            refused: BTreeMap::from([("ZIP".into(), 2)]),
            failed: BTreeMap::from([("ambiguous".into(), 1)]),
            received: 30,
            unverified: 2,
            events: 28,
            duplicates: 3,
            unmapped: 1,
            stale: 4,
            advanced: 20,
            shop_updates: 18,
            shop_results: 9,
            carrier_shipments: 7,
            carrier_delivered: 28,
            forged: 2,
            shop_told_once: 9,
            shop_updated: 18,
            ..Books::default()
        }
    }

    #[test]
    fn balanced_books_agree() {
        assert_eq!(balanced().differences(), Vec::<String>::new());
    }

    #[test]
    fn a_shipment_made_twice_shows() {
        let books = Books { carrier_shipments: 8, ..balanced() };
        assert_eq!(books.differences(), ["accepted orders = shipments at the carrier: 7 and 8"]);
    }

    #[test]
    fn a_lost_result_and_a_taken_forgery_show() {
        let books = Books { shop_told_once: 8, forged_taken: 1, ..balanced() };
        assert_eq!(books.differences().len(), 2);
    }
}
