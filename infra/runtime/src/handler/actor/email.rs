//! Writing to the logistics team: what happened is put into words and kept; the poller sends it, alone or in a digest.

use super::super::journal::new_id;
use super::super::mail::{MailItem, Written};
use super::super::redriven::Opened;
use super::super::{Desk, Handled, Ports, Trouble, keys};
use crate::port::{Batch, CommitError, Exchange, ExchangeKind, Expect, Put, Store};
use crossdock_engine::model::{Action, EmailLogistics, Problem};

impl<P: Ports> Desk<P> {
    pub(super) async fn write_email(
        &self,
        message: &Opened,
        action: &Action,
        email: &EmailLogistics,
    ) -> Result<Handled, Trouble> {
        let carrier = self.carrier_name(carrier_of(&email.problem));
        let written = Written::new(&email.problem, action.order_id.as_deref(), &carrier, message.sent_at);
        let release = self.mappings.release();
        let Some((topic, _)) = release.rules.address(&email.topic) else {
            return self.unaddressed(message, action, &email.topic, &written).await;
        };
        let item = MailItem::waiting(topic, &action.action_id, written);
        // Sent already, or on its way: an action that comes again is not written twice.
        let key = keys::mail(topic, &action.action_id);
        let put = Put::new(key, Expect::Absent, serde_json::to_vec(&item).unwrap_or_default()).due(Some(self.now()));
        let acks = vec![message.receipt.clone()];
        match self.store.commit(Batch { puts: vec![put], acks: acks.clone(), ..Batch::default() }).await {
            Ok(()) => Ok(Handled::Done),
            Err(CommitError::Conflict(_)) => self.settle(Batch { acks, ..Batch::default() }).await,
            Err(other) => Err(other.into()),
        }
    }

    /// Nobody has said where such mails go: the journal keeps what would have been written.
    async fn unaddressed(&self, message: &Opened, action: &Action, topic: &str, written: &Written) -> Result<Handled, Trouble> {
        metrics::counter!("crossdock_mails_total", "fate" => "no address").increment(1);
        tracing::warn!(topic, action = action.action_id, "no topic of the actions file has an address: nobody is written to");
        let exchange = Exchange {
            id: new_id(),
            order_id: action.order_id.clone().unwrap_or_default(),
            at: self.now(),
            took: 0,
            kind: ExchangeKind::Email,
            party: topic.to_owned(),
            request: format!("{}\n\n{}", written.subject, written.text),
            reply: String::new(),
            meaning: "no address".to_owned(),
            release: self.mappings.release().id.clone(),
            trace: message.trace.clone(),
        };
        self.settle(Batch { exchanges: vec![exchange], acks: vec![message.receipt.clone()], ..Batch::default() }).await
    }

    fn carrier_name(&self, id: &str) -> String {
        self.mappings.carrier(id).map_or_else(|_| id.to_owned(), |loaded| loaded.carrier.name().to_owned())
    }
}

fn carrier_of(problem: &Problem) -> &str {
    match problem {
        Problem::Event(event) => &event.carrier,
        Problem::Refusal(refusal) => &refusal.carrier,
        Problem::Silence(silence) => &silence.carrier,
    }
}
