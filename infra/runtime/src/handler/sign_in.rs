//! Signing in: one order does it for all of its account, and a failed sign-in is not stormed.

use super::gate::Gate;
use super::session::Session;
use super::{Desk, Ports, keys};
use crate::clock::Clock;
use crate::http::Wire;
use crate::mappings::SHOP;
use crate::tokens::Slot;
use crossdock_engine::carrier::{Account, Answer, Carrier, Outcome, Request};
use std::sync::Arc;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NotSignedIn {
    /// The credentials are refused, or the reply holds no token: a person must mend it.
    Misconfigured(String),
    /// It may work later.
    Later(Answer),
    /// What all processes share cannot be read or written.
    Store(String),
}

/// The account with the secrets that it has by now.
pub(crate) type Renewed = Option<Arc<Account>>;

/// Whose token it is.
pub(crate) struct Whose<'w> {
    pub(crate) carrier: &'w Carrier,
    pub(crate) account: &'w Account,
    pub(crate) gate: &'w Gate,
    pub(crate) scope: &'w str,
}

impl Whose<'_> {
    /// The name that its secrets have.
    fn id(&self) -> &str {
        if self.scope == SHOP { SHOP } else { self.carrier.id() }
    }
}

impl<P: Ports> Desk<P> {
    /// The account with other secrets than those that were refused, should there be any by now.
    pub(crate) async fn other_secrets(&self, carrier: &Carrier, id: &str, refused: &Account) -> Renewed {
        match self.mappings.account_again(carrier, id, refused).await {
            Ok(account) => {
                let changed = account.is_some();
                tracing::info!(carrier = id, account = refused.name(), changed, "secrets were refused and looked at again");
                account
            }
            Err(why) => {
                tracing::warn!(carrier = id, account = refused.name(), %why, "refused secrets cannot be looked at again");
                None
            }
        }
    }

    /// Signs in, unless another order has just done so, or has just failed at it. Where the carrier grants one session only,
    /// orders of all processes count as such. With other secrets, where those of the account were refused and have changed, it is
    /// to be tried again.
    pub(crate) async fn sign_in(&self, whose: &Whose<'_>, auth: &str, request: &Request) -> Result<Renewed, NotSignedIn> {
        let slot = self.tokens.slot(whose.scope, auth);
        let _turn = slot.gate.lock().await;
        if slot.usable(self.clock.now()).is_some() {
            return Ok(None);
        }
        if let Some(answer) = slot.failure(self.clock.now()) {
            return Err(judged(answer));
        }
        // Another order has found that out with the same secrets.
        if slot.is_superseded(whose.account)
            && let Ok(Some(account)) = self.mappings.account_besides(whose.carrier, whose.id(), whose.account).await
        {
            return Ok(Some(account));
        }
        let _alone = slot.alone().await;
        let _room = whose.gate.enter(&*self.clock).await;
        if !whose.carrier.has_one_session(auth) {
            return self.fetch(whose, auth, request, &slot).await;
        }
        match self.share(keys::session(whose.scope, auth), &slot, request.timeout).await {
            Ok(Session::Known) => Ok(None),
            Ok(Session::Failed(answer)) => Err(judged(*answer)),
            Ok(Session::Ours(turn)) => {
                let fetched = self.fetch(whose, auth, request, &slot).await;
                self.end_turn(turn, slot.stands(self.clock.now())).await;
                fetched
            }
            Err(why) => Err(NotSignedIn::Store(why)),
        }
    }

    /// Fetches a token, and keeps it or why there is none.
    async fn fetch(&self, whose: &Whose<'_>, auth: &str, request: &Request, slot: &Slot) -> Result<Renewed, NotSignedIn> {
        let tokens = self.tokens.usable(whose.scope, self.clock.now());
        let reply = self.wire.send(request).await.map_err(|refused| NotSignedIn::Misconfigured(refused.0))?;
        match whose.carrier.read_token(auth, whose.account, &reply, self.clock.seconds()) {
            Ok(token) => {
                slot.keep(token, self.clock.now());
                Ok(None)
            }
            // A sign-in that is signed in itself: its own token had lapsed. The engine asks for a new one first.
            Err(answer)
                if answer.outcome == Outcome::Reauthenticate
                    && slot.renews_first()
                    && self.tokens.refuse(whose.scope, request, &tokens) =>
            {
                Ok(None)
            }
            Err(answer) => {
                let refused = answer.outcome == Outcome::Reauthenticate;
                let answer = if refused { Answer { outcome: Outcome::Misconfigured, ..*answer } } else { *answer };
                if answer.outcome == Outcome::Misconfigured
                    && let Some(account) = self.other_secrets(whose.carrier, whose.id(), whose.account).await
                {
                    slot.supersede(whose.account);
                    return Ok(Some(account));
                }
                slot.fail(answer.clone(), self.clock.now());
                Err(judged(answer))
            }
        }
    }
}

fn judged(answer: Answer) -> NotSignedIn {
    match answer.outcome {
        // Signing in only reads: whatever passes, or was not heard of, may be tried again.
        Outcome::Throttled | Outcome::Transient | Outcome::NotWritten | Outcome::Ambiguous => NotSignedIn::Later(answer),
        _ => {
            let said = answer.unreadable.or_else(|| answer.errors.into_iter().find_map(|error| error.code.or(error.message)));
            let said = said.map(|said| format!(": {said}")).unwrap_or_default();
            NotSignedIn::Misconfigured(format!("the sign-in failed{said}"))
        }
    }
}
