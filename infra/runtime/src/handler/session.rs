//! One session for all processes: where a carrier grants only one, a new token ends the others', so all take it from the store,
//! and one at a time fetches it.

use super::dispatcher::written;
use super::{Desk, Ports};
use crate::clock::{Clock, from_millis, millis};
use crate::port::{Batch, CommitError, Expect, Put, Store};
use crate::tokens::{Slot, Standing};
use crossdock_engine::carrier::{Answer, Token};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// So often is looked whether another process has signed in.
const LOOK: Duration = Duration::from_millis(250);

/// A process that signs in is trusted so long beyond the request's own timeout; then another does it.
const TRUST: Duration = Duration::from_secs(5);

/// What the store has of a session. There is no `Debug`: it holds the token.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Shared>,
    /// A process signs in, until then at most: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<i64>,
    /// A sign-in failed; nobody tries again before this time: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<(i64, Answer)>,
}

#[derive(Serialize, Deserialize)]
struct Shared {
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// Until when it is used: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    session: Map<String, Value>,
}

/// What a look at the session comes to.
pub(super) enum Session {
    /// Another process has signed in, and we have its token.
    Known,
    /// Another process has failed at it just now.
    Failed(Box<Answer>),
    /// It is our turn to sign in.
    Ours(Turn),
}

/// The right to sign in.
pub(super) struct Turn {
    key: String,
    expect: Expect,
}

impl<P: Ports> Desk<P> {
    /// Takes the token that another process has fetched, or the right to fetch one. While another fetches one, this waits.
    pub(super) async fn share(&self, key: String, slot: &Slot, timeout: Duration) -> Result<Session, String> {
        loop {
            let item = self.store.get(&key).await.map_err(|error| error.to_string())?;
            let expect = item.as_ref().map_or(Expect::Absent, |item| Expect::Version(item.version));
            // What cannot be read is of no use to anybody: it is replaced.
            let record: Record = item.and_then(|item| serde_json::from_slice(&item.body).ok()).unwrap_or_default();
            let now = self.now();
            if let Some(shared) = record.token.filter(|shared| shared.is_usable(now) && !slot.has_refused(&shared.value)) {
                let until = shared.until.map(from_millis);
                slot.keep_until(shared.token(), until);
                return Ok(Session::Known);
            }
            if let Some((until, answer)) = record.failure.filter(|(until, _)| now < *until) {
                slot.fail_until(answer.clone(), from_millis(until));
                return Ok(Session::Failed(Box::new(answer)));
            }
            if record.lease.is_some_and(|until| now < until) {
                self.clock.sleep(LOOK).await;
                continue;
            }
            let lease = now.saturating_add(millis(timeout + TRUST));
            let record = Record { lease: Some(lease), ..Record::default() };
            match self.write_session(&key, expect, &record).await {
                Ok(()) => return Ok(Session::Ours(Turn { key, expect: written(expect) })),
                // Another process was quicker.
                Err(CommitError::Conflict(_)) => self.clock.sleep(LOOK).await,
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Tells the other processes what came of the sign-in. What is not written costs another sign-in, and nothing else: the
    /// right to it lapses.
    pub(super) async fn end_turn(&self, turn: Turn, standing: Standing) {
        let record = match standing {
            Standing::In(token, until) => Record { token: Some(Shared::of(token, until)), ..Record::default() },
            Standing::Failed(answer, until) => Record { failure: Some((millis(until), *answer)), ..Record::default() },
            Standing::Out => Record::default(),
        };
        if let Err(error) = self.write_session(&turn.key, turn.expect, &record).await {
            tracing::warn!(session = turn.key, %error, "what came of a sign-in could not be shared");
        }
    }

    async fn write_session(&self, key: &str, expect: Expect, record: &Record) -> Result<(), CommitError> {
        let put = Put::new(key, expect, serde_json::to_vec(record).unwrap_or_default());
        self.store.commit(Batch { puts: vec![put], ..Batch::default() }).await
    }
}

impl Shared {
    fn of(token: Token, until: Option<Duration>) -> Self {
        Self { value: token.value, expires_at: token.expires_at, until: until.map(millis), session: token.session }
    }

    /// The store may keep it for longer than it lives.
    fn is_usable(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn token(self) -> Token {
        Token { value: self.value, expires_at: self.expires_at, session: self.session, one_session: true }
    }
}
