//! The shop: its own order JSON becomes a canonical order; its operations are those of a counterpart like a carrier.

use super::fault::{Fault, FaultKind};
use super::plan::{Intake, Shop};
use super::response::slots_of;
use super::{Account, Carrier};
use crate::body::write_json;
use crate::document::Slots;

impl Shop {
    /// The shop as a counterpart: operations `order_result` and `update_order` over actions.
    #[must_use]
    pub fn counterpart(&self) -> &Carrier {
        &self.counterpart
    }

    /// Whether the shop's messages are in a form of its own.
    #[must_use]
    pub fn has_intake(&self) -> bool {
        self.intake.is_some()
    }

    /// The canonical order that one of the shop's own messages is; none when it is no order.
    ///
    /// Without `intake` the message is canonical already. The result is JSON, not checked against the model.
    ///
    /// # Errors
    /// A message that cannot be read, or that the mapping fails on.
    pub fn intake(&self, message: &[u8], account: &Account) -> Result<Option<Vec<u8>>, Fault> {
        let Some(intake) = &self.intake else { return Ok(Some(message.to_vec())) };
        let text = std::str::from_utf8(message).map_err(|_| Fault::new(FaultKind::Mapping, "the message is not UTF-8"))?;
        let (slots, malformed) = slots_of(&intake.body, text);
        if let Some(words) = malformed {
            return Err(Fault::new(FaultKind::Mapping, format!("the message cannot be read: {words}")));
        }
        self.mapped(intake, &slots, account)
    }

    fn mapped(&self, intake: &Intake, slots: &Slots<'_>, account: &Account) -> Result<Option<Vec<u8>>, Fault> {
        let sources = &self.counterpart.sources;
        let mut env = self.counterpart.env(account, slots);
        let mut wanted = intake.matches.is_empty();
        for condition in &intake.matches {
            wanted |= condition.holds(&env).map_err(|error| Fault::new(FaultKind::Mapping, error.message))?;
        }
        if !wanted {
            return Ok(None);
        }
        let mut order = Vec::new();
        write_json(&intake.order, &mut env, &mut order)
            .map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, sources))?;
        Ok(Some(order))
    }
}
