//! Signing in: which token is missing, the request for it, and the token in its reply.

use super::fault::{Fault, FaultKind, place};
use super::plan::{Carrier, Exchange};
use super::response::{ReadyBody, Trail, head, slots_of};
use super::{Account, Answer, Next, Outcome, Reply, Request, Token};
use crate::auth::{Auth, Credential};
use crate::document::Slots;
use crate::expr::Env;
use std::collections::BTreeMap;

impl Carrier {
    /// The names of the sign-ins that fetch a token.
    pub fn sign_ins(&self) -> impl Iterator<Item = &str> {
        self.auths.iter().filter(|(_, auth)| auth.sign_in().is_some()).map(|(name, _)| name.as_str())
    }

    /// What a sign-in reads beside its token, by name: `session.<name>` of later requests.
    pub fn session_of(&self, sign_in: &str) -> impl Iterator<Item = &str> {
        let found = self.auths.iter().find(|(name, _)| name == sign_in).and_then(|(_, auth)| auth.sign_in());
        found.into_iter().flat_map(|sign_in| &sign_in.session).map(|(name, _)| name.as_str())
    }

    /// Whether a new token of a sign-in ends the one before it: then all who call the carrier have to share one.
    #[must_use]
    pub fn has_one_session(&self, sign_in: &str) -> bool {
        let found = self.auths.iter().find(|(name, _)| name == sign_in).and_then(|(_, auth)| auth.sign_in());
        found.is_some_and(|sign_in| sign_in.one_session)
    }

    /// The sign-in that an exchange needs and has no valid token of: the first of its chain.
    pub(crate) fn sign_in_of<'e>(
        &'e self,
        exchange: &Exchange,
        account: &'e Account,
        tokens: &'e BTreeMap<String, Token>,
        now: i64,
        env: &mut Env<'e>,
    ) -> Result<Option<Next>, Fault> {
        match exchange.request.auth {
            Some(at) => self.sign_in_at(at, account, tokens, now, env),
            None => Ok(None),
        }
    }

    fn sign_in_at<'e>(
        &'e self,
        at: usize,
        account: &'e Account,
        tokens: &'e BTreeMap<String, Token>,
        now: i64,
        env: &mut Env<'e>,
    ) -> Result<Option<Next>, Fault> {
        let (name, auth) = &self.auths[at];
        if let Some(base) = auth.base()
            && let Some(next) = self.sign_in_at(base, account, tokens, now, env)?
        {
            return Ok(Some(next));
        }
        let Some(sign_in) = auth.sign_in() else { return Ok(None) };
        if tokens.get(name).is_some_and(|token| token.expires_at.is_none_or(|lapses| lapses > now)) {
            return Ok(None);
        }
        // A sign-in that is signed in itself: its own token comes first.
        if let Some(next) = self.sign_in_of(&sign_in.exchange, account, tokens, now, env)? {
            return Ok(Some(next));
        }
        let request = self.sign_in_request(at, account, tokens, env)?;
        Ok(Some(Next::SignIn { auth: name.clone(), request: Box::new(request) }))
    }

    /// The token request of a sign-in that has one.
    pub(crate) fn sign_in_request<'e>(
        &'e self,
        at: usize,
        account: &'e Account,
        tokens: &'e BTreeMap<String, Token>,
        env: &mut Env<'e>,
    ) -> Result<Request, Fault> {
        let auth = &self.auths[at].1;
        let Some(sign_in) = auth.sign_in() else {
            return Err(Fault::new(FaultKind::Unknown, "this auth has no sign-in"));
        };
        let mut credential = match sign_in.exchange.request.auth {
            Some(first) => self.credential(first, tokens, env)?,
            None => Credential::default(),
        };
        if let Auth::OAuth2(oauth2) = auth {
            credential.join(oauth2.grant(env).map_err(|error| self.account_fault(error))?);
        }
        // What a sign-in cannot be made of is the account's, never an order's.
        let request = self.render(&sign_in.exchange, account, env, credential);
        request.map_err(|fault| Fault { kind: FaultKind::Misconfigured, ..fault })
    }

    /// The credential of one of the file's sign-ins; `env` knows its token from here on.
    pub(crate) fn credential<'e>(
        &'e self,
        at: usize,
        tokens: &'e BTreeMap<String, Token>,
        env: &mut Env<'e>,
    ) -> Result<Credential, Fault> {
        let (name, auth) = &self.auths[at];
        (env.token, env.session) = (None, None);
        let mut credential = auth.base().map_or_else(|| Ok(Credential::default()), |base| self.credential(base, tokens, env))?;
        if auth.sign_in().is_some()
            && let Some(token) = tokens.get(name)
        {
            env.token = Some(token.value.as_str());
            env.session = Some(&token.session);
            credential.tokens.push(name.clone());
        }
        credential.join(auth.credential(env).map_err(|error| self.account_fault(error))?);
        Ok(credential)
    }

    fn account_fault(&self, error: crate::body::RenderError) -> Fault {
        Fault::at(FaultKind::Misconfigured, error.message, error.span, &self.sources)
    }

    /// Reads the reply of a sign-in.
    ///
    /// # Errors
    /// What the reply means when it gives no token: `misconfigured` when the credentials are refused.
    pub fn read_token(&self, auth: &str, account: &Account, reply: &Reply, now: i64) -> Result<Token, Box<Answer>> {
        let sign_in = self.auths.iter().find(|(name, _)| name == auth).and_then(|(_, kind)| kind.sign_in());
        let Some(sign_in) = sign_in else {
            return Err(failed(Outcome::Misconfigured, format!("there is no sign-in `{auth}`")));
        };
        let input = Slots::new();
        let head = head(reply);
        let ready = ReadyBody::open(head.headers, head.body);
        let (body, malformed) = slots_of(&sign_in.exchange.reply, ready.json());
        let mut env = self.env(account, &input);
        env.now = now;
        env.docs[1] = Some(&body);
        env.origin = ready.document.as_ref().map(crate::document::Document::origin).unwrap_or_default();
        env.head = head;
        let unreadable = ready.unreadable.clone().or(malformed);
        let answer = self.answer(&sign_in.exchange, None, reply, unreadable, &mut env, &mut Trail::default());
        if answer.outcome != Outcome::Accepted {
            return Err(Box::new(refused(answer)));
        }
        sign_in
            .read(&env, now)
            .map_err(|fault| failed(Outcome::Unexpected, format!("{}: {}", place(&self.sources, fault.span), fault.message)))
    }
}

/// A sign-in is nobody's order: what the carrier refuses here is the credential.
fn refused(answer: Answer) -> Answer {
    match answer.outcome {
        Outcome::Rejected | Outcome::NotFound => Answer { outcome: Outcome::Misconfigured, ..answer },
        Outcome::Pending => Answer {
            outcome: Outcome::Unexpected,
            unreadable: Some("a sign-in cannot be `pending`: nobody would wait for its token".into()),
            ..answer
        },
        _ => answer,
    }
}

fn failed(outcome: Outcome, words: String) -> Box<Answer> {
    Box::new(Answer::unreadable(outcome, words))
}
