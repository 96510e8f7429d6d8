//! The tokens in use, shared by all orders of an account: one sign-in at a time, and a failed one is not stormed.

use crossdock_engine::carrier::{Account, Answer, Outcome, Request, Token};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A token is not used in the last part of its life: it could lapse on the way.
const MARGIN: Duration = Duration::from_secs(30);

/// For how long a failed sign-in answers for all who would try the same.
const FAILURE_HOLDS: Duration = Duration::from_secs(10);

/// The same for refused credentials: only a person can mend them, and many carriers lock an account that keeps trying.
const REFUSAL_HOLDS: Duration = Duration::from_secs(60);

/// Tokens by scope (carrier, environment and account) and by the name of the auth.
#[derive(Debug, Default)]
pub struct Tokens {
    slots: Mutex<HashMap<(String, String), Arc<Slot>>>,
}

/// The right to send a request with a token.
pub(crate) type InUse = tokio::sync::OwnedRwLockReadGuard<()>;

/// The place of one token. Holding its gate is the right to sign in.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(crate) gate: tokio::sync::Mutex<()>,
    /// Held by requests that carry the token, where a new one would end it: signing in waits for them.
    in_use: Arc<tokio::sync::RwLock<()>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Kept>,
    one_session: bool,
    /// The last token that the carrier refused.
    refused: Option<String>,
    /// The account whose secrets were refused, and are others by now.
    superseded: Option<Account>,
    /// The token that this sign-in's own request carries has been renewed for it: once is enough.
    renewed_first: bool,
    failure: Option<(Duration, Answer)>,
}

/// How a sign-in stands.
pub(crate) enum Standing {
    /// There is a token, to be used until then.
    In(Token, Option<Duration>),
    /// It failed; nobody tries again before this time.
    Failed(Box<Answer>, Duration),
    /// Whoever comes next signs in.
    Out,
}

#[derive(Debug)]
struct Kept {
    token: Token,
    until: Option<Duration>,
}

impl Tokens {
    /// The tokens of a scope that can be used now.
    #[must_use]
    pub fn usable(&self, scope: &str, now: Duration) -> BTreeMap<String, Token> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = slots.iter().filter(|((of, _), _)| of == scope);
        ours.filter_map(|((_, auth), slot)| Some((auth.clone(), slot.usable(now)?))).collect()
    }

    /// Forgets these tokens, unless newer ones have taken their place meanwhile.
    pub fn drop_refused(&self, scope: &str, refused: &BTreeMap<String, Token>) {
        for (auth, token) in refused {
            self.slot(scope, auth).drop_refused(token);
        }
    }

    /// Forgets the tokens that a refused request carried; says whether it carried any of these.
    pub fn refuse(&self, scope: &str, request: &Request, tokens: &BTreeMap<String, Token>) -> bool {
        let carried = request.tokens.iter().filter_map(|auth| Some((auth.clone(), tokens.get(auth)?.clone())));
        let refused: BTreeMap<String, Token> = carried.collect();
        self.drop_refused(scope, &refused);
        !refused.is_empty()
    }

    /// The right to send a request, where a new token would end those that it carries. To be held while it is under way,
    /// and taken before a place among the carrier's requests: signing in waits for it, and needs such a place.
    pub(crate) async fn hold(&self, scope: &str, request: &Request) -> Vec<InUse> {
        let mut held = Vec::new();
        for auth in &request.tokens {
            let slot = self.slot(scope, auth);
            if slot.state().one_session {
                held.push(Arc::clone(&slot.in_use).read_owned().await);
            }
        }
        held
    }

    /// The same, unless one of these tokens has been replaced already: none then.
    pub(crate) async fn in_use(&self, scope: &str, request: &Request, tokens: &BTreeMap<String, Token>) -> Option<Vec<InUse>> {
        let mut held = Vec::new();
        for auth in &request.tokens {
            let slot = self.slot(scope, auth);
            if !slot.state().one_session {
                continue;
            }
            held.push(Arc::clone(&slot.in_use).read_owned().await);
            let current = slot.state().token.as_ref().map(|kept| kept.token.value.clone());
            if current.as_deref() != tokens.get(auth).map(|token| token.value.as_str()) {
                return None;
            }
        }
        Some(held)
    }

    pub(crate) fn slot(&self, scope: &str, auth: &str) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry((scope.to_owned(), auth.to_owned())).or_default())
    }
}

impl Slot {
    pub(crate) fn usable(&self, now: Duration) -> Option<Token> {
        let state = self.state();
        let kept = state.token.as_ref()?;
        kept.until.is_none_or(|until| now < until).then(|| kept.token.clone())
    }

    pub(crate) fn failure(&self, now: Duration) -> Option<Answer> {
        let state = self.state();
        state.failure.as_ref().filter(|(until, _)| now < *until).map(|(_, answer)| answer.clone())
    }

    /// Waits until no request carries the token that a new one would end.
    pub(crate) async fn alone(&self) -> Option<tokio::sync::OwnedRwLockWriteGuard<()>> {
        let one_session = self.state().one_session;
        if one_session { Some(Arc::clone(&self.in_use).write_owned().await) } else { None }
    }

    /// Keeps a token that was fetched now.
    pub(crate) fn keep(&self, token: Token, now: Duration) {
        let until = token.expires_at.map(|at| last_use(Duration::from_secs(u64::try_from(at).unwrap_or(0)), now));
        self.keep_until(token, until);
    }

    /// Keeps a token that is to be used until then.
    pub(crate) fn keep_until(&self, token: Token, until: Option<Duration>) {
        let mut state = self.state();
        state.failure = None;
        state.one_session = token.one_session;
        state.renewed_first = false;
        state.token = Some(Kept { token, until });
    }

    /// Keeps the answer of a sign-in that failed now: it answers for others for a while.
    pub(crate) fn fail(&self, answer: Answer, now: Duration) {
        let holds = if answer.outcome == Outcome::Misconfigured { REFUSAL_HOLDS } else { FAILURE_HOLDS };
        self.fail_until(answer, now + holds);
    }

    /// Keeps the answer of a sign-in that failed.
    pub(crate) fn fail_until(&self, answer: Answer, until: Duration) {
        let mut state = self.state();
        state.failure = Some((until, answer));
        state.renewed_first = false;
    }

    /// The token that can be used now, and until when; or the failure that answers for others, and until when.
    pub(crate) fn stands(&self, now: Duration) -> Standing {
        let state = self.state();
        match (&state.token, &state.failure) {
            (Some(kept), _) if kept.until.is_none_or(|until| now < until) => Standing::In(kept.token.clone(), kept.until),
            (_, Some((until, answer))) if now < *until => Standing::Failed(Box::new(answer.clone()), *until),
            _ => Standing::Out,
        }
    }

    /// The secrets of this account were refused, and there are others.
    pub(crate) fn supersede(&self, account: &Account) {
        self.state().superseded = Some(account.clone());
    }

    /// Whether the secrets of this account were refused, and there are others: it is not to be tried again.
    pub(crate) fn is_superseded(&self, account: &Account) -> bool {
        self.state().superseded.as_ref().is_some_and(|superseded| superseded.has_secrets_of(account))
    }

    /// Whether the carrier has refused this very token here.
    pub(crate) fn has_refused(&self, value: &str) -> bool {
        self.state().refused.as_deref() == Some(value)
    }

    /// Whether the token that the sign-in's own request carried may be renewed for it now.
    pub(crate) fn renews_first(&self) -> bool {
        !std::mem::replace(&mut self.state().renewed_first, true)
    }

    fn drop_refused(&self, refused: &Token) {
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|kept| kept.token.value == refused.value) {
            state.token = None;
            state.refused = Some(refused.value.clone());
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A short-lived token keeps most of its life: the margin is at most a tenth of it.
fn last_use(expires: Duration, now: Duration) -> Duration {
    let life = expires.saturating_sub(now);
    expires.saturating_sub(MARGIN.min(life / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(value: &str, expires_at: Option<i64>) -> Token {
        Token { value: value.into(), expires_at, session: serde_json::Map::new(), one_session: false }
    }

    #[test]
    fn a_token_is_not_used_in_its_last_seconds() {
        let tokens = Tokens::default();
        let now = Duration::from_secs(1_000);
        tokens.slot("swiftpost/a", "auth").keep(token("t1", Some(4_600)), now);
        assert!(tokens.usable("swiftpost/a", Duration::from_secs(4_569)).contains_key("auth"));
        assert!(tokens.usable("swiftpost/a", Duration::from_secs(4_570)).is_empty());
        assert!(tokens.usable("swiftpost/b", now).is_empty());
    }

    #[test]
    fn a_token_that_lives_ten_seconds_is_used_for_nine() {
        let slot = Slot::default();
        slot.keep(token("t1", Some(1_010)), Duration::from_secs(1_000));
        assert!(slot.usable(Duration::from_secs(1_008)).is_some());
        assert!(slot.usable(Duration::from_secs(1_009)).is_none());
    }

    #[test]
    fn a_newer_token_survives_the_refusal_of_an_older_one() {
        let tokens = Tokens::default();
        let now = Duration::from_secs(5);
        tokens.slot("s", "auth").keep(token("old", None), now);
        let seen = tokens.usable("s", now);
        tokens.slot("s", "auth").keep(token("new", None), now);
        tokens.drop_refused("s", &seen);
        assert_eq!(tokens.usable("s", now)["auth"].value, "new");
        tokens.drop_refused("s", &tokens.usable("s", now));
        assert!(tokens.usable("s", now).is_empty());
    }
}
