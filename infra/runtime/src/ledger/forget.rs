//! An entry without any person's data.

use super::entry::Entry;
use super::state::State;
use crossdock_engine::model::OrderResult;

/// The code of an order whose data was removed while it was under way.
pub const FORGOTTEN: &str = "forgotten";

impl Entry {
    /// The entry as a key and an outcome: what the carrier and the shop said of it is removed. It has ended, and is
    /// emitted, so that no worker takes it up again; what was under way counts as refused with the code `forgotten`.
    #[must_use]
    pub fn forgotten(&self, now: i64) -> Self {
        let bare = |result: &OrderResult| {
            Box::new(OrderResult {
                operation: result.operation.clone(),
                operation_id: result.operation_id.clone(),
                code: result.code.clone(),
                ..OrderResult::new(result.outcome)
            })
        };
        let state = match &self.state {
            State::Accepted { result, .. } => State::Accepted { result: bare(result), emitted: true },
            State::Refused { result, .. } => State::Refused { result: bare(result), emitted: true },
            _ => State::Refused {
                result: Box::new(OrderResult {
                    operation: Some(self.operation.clone()),
                    ..OrderResult::refused(Some(FORGOTTEN.to_owned()), None)
                }),
                emitted: true,
            },
        };
        let mut entry = Self { state, calls: Vec::new(), later: None, names: Vec::new(), changed: now, ..self.clone() };
        // A worker that holds it now is superseded.
        entry.fence += 1;
        let under_way = if self.is_terminal() { String::new() } else { format!(" while it was {}", self.state.name()) };
        entry.note(now, format!("its data was removed{under_way}"));
        entry
    }
}
