//! Signing in: one order does it for all of its account, and a failed sign-in is not stormed.

use super::gate::Gate;
use super::session::Session;
use super::{Desk, Ports, keys};
use crate::clock::Clock;
use crate::http::Wire;
use crate::tokens::Slot;
use crossdock_engine::carrier::{Account, Answer, Carrier, Outcome, Request};

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

/// Whose token it is.
pub(crate) struct Whose<'w> {
    pub(crate) carrier: &'w Carrier,
    pub(crate) account: &'w Account,
    pub(crate) gate: &'w Gate,
    pub(crate) scope: &'w str,
}

impl<P: Ports> Desk<P> {
    /// Signs in, unless another order has just done so, or has just failed at it. Where the carrier grants one session only,
    /// orders of all processes count as such.
    pub(crate) async fn sign_in(&self, whose: &Whose<'_>, auth: &str, request: &Request) -> Result<(), NotSignedIn> {
        let slot = self.tokens.slot(whose.scope, auth);
        let _turn = slot.gate.lock().await;
        if slot.usable(self.clock.now()).is_some() {
            return Ok(());
        }
        if let Some(answer) = slot.failure(self.clock.now()) {
            return Err(judged(answer));
        }
        let _alone = slot.alone().await;
        let _room = whose.gate.enter(&*self.clock).await;
        if !whose.carrier.has_one_session(auth) {
            return self.fetch(whose, auth, request, &slot).await;
        }
        match self.share(keys::session(whose.scope, auth), &slot, request.timeout).await {
            Ok(Session::Known) => Ok(()),
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
    async fn fetch(&self, whose: &Whose<'_>, auth: &str, request: &Request, slot: &Slot) -> Result<(), NotSignedIn> {
        let tokens = self.tokens.usable(whose.scope, self.clock.now());
        let reply = self.wire.send(request).await.map_err(|refused| NotSignedIn::Misconfigured(refused.0))?;
        match whose.carrier.read_token(auth, whose.account, &reply, self.clock.seconds()) {
            Ok(token) => {
                slot.keep(token, self.clock.now());
                Ok(())
            }
            // A sign-in that is signed in itself: its own token had lapsed. The engine asks for a new one first.
            Err(answer)
                if answer.outcome == Outcome::Reauthenticate
                    && slot.renews_first()
                    && self.tokens.refuse(whose.scope, request, &tokens) =>
            {
                Ok(())
            }
            Err(answer) => {
                let refused = answer.outcome == Outcome::Reauthenticate;
                let answer = if refused { Answer { outcome: Outcome::Misconfigured, ..*answer } } else { *answer };
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
