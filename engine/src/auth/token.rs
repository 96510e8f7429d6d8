//! A token that is fetched: its request, where it stands in the reply, how long it lives, where it goes.

use super::{Credential, Send, jwt};
use crate::body::RenderError;
use crate::carrier::Token;
use crate::carrier::plan::Exchange;
use crate::carrier::reader::{ReadFault, Reader};
use crate::expr::Env;
use crate::value::Value;
use serde_json::Map;

/// How a token is got and used.
#[derive(Debug)]
pub struct SignIn {
    /// The request, and how its reply is read.
    pub exchange: Exchange,
    /// Where the token is.
    pub token: Reader,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// What else is read, by name.
    pub session: Vec<(String, Reader)>,
    /// Where the token goes.
    pub send: Send,
    /// A new token ends the one before it.
    pub one_session: bool,
    /// Another sign-in whose credential goes with it.
    pub base: Option<usize>,
}

/// How long a token lives.
#[derive(Debug)]
pub enum Lifetime {
    /// Nobody says: until it is refused.
    Unsaid,
    /// So many seconds.
    Fixed(u64),
    /// As many seconds as the reply says.
    Seconds(Reader),
    /// Until the time that the reply says.
    Until(Reader),
    /// Until the time that the token itself says.
    Claimed,
}

impl SignIn {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        self.send.put(env.token.unwrap_or_default(), env)
    }

    /// The token in the reply that `env` holds.
    ///
    /// # Errors
    /// Where the token, its lifetime or something of the session cannot be read.
    pub(crate) fn read<'e>(&'e self, env: &Env<'e>, now: i64) -> Result<Token, ReadFault> {
        let fault = |message: &str| ReadFault { message: message.to_owned(), span: self.token.span };
        let value = self.token.text(env)?.filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| fault("the sign-in's reply has no token"))?.into_owned();
        let expires_at = self.lapses(&value, env, now)?;
        let mut inner = env.narrowed();
        inner.token = Some(&value);
        let mut session = Map::new();
        for (name, reader) in &self.session {
            let found = reader.read(&inner)?;
            if !found.is_null() {
                session.insert(name.clone(), crate::carrier::reader::own_json(found));
            }
        }
        Ok(Token { value: value.clone(), expires_at, session, one_session: self.one_session })
    }

    /// When it lapses, in seconds since 1970.
    fn lapses<'e>(&'e self, token: &str, env: &Env<'e>, now: i64) -> Result<Option<i64>, ReadFault> {
        let (reader, seconds) = match &self.lifetime {
            Lifetime::Unsaid => return Ok(None),
            Lifetime::Fixed(seconds) => return Ok(Some(now.saturating_add_unsigned(*seconds))),
            Lifetime::Claimed => {
                let claimed = jwt::claims(token).and_then(|claims| whole(claims.get("exp")?.to_string().as_str()));
                let words = "the token is no JSON Web Token that says when it lapses (`exp`)";
                return claimed.map(Some).ok_or_else(|| ReadFault { message: words.into(), span: self.token.span });
            }
            Lifetime::Seconds(reader) => (reader, true),
            Lifetime::Until(reader) => (reader, false),
        };
        let fault = |message: &str| ReadFault { message: message.to_owned(), span: reader.span };
        match reader.read(env)? {
            Value::Null => Ok(None),
            Value::Instant(instant) if !seconds => Ok(Some(instant.timestamp().as_second())),
            value @ (Value::Text(_) | Value::Number(_)) => {
                let text = value.to_text().map_err(|error| fault(&error.to_string()))?;
                let text = text.trim();
                match (whole(text), seconds) {
                    (Some(count), true) => Ok(Some(now.saturating_add(count))),
                    (Some(count), false) => Ok(Some(from_epoch(count))),
                    (None, false) => {
                        let instant = text.parse::<jiff::Timestamp>().map_err(|_| fault("the time is no RFC 3339"))?;
                        Ok(Some(instant.as_second()))
                    }
                    (None, true) => Err(fault("the lifetime is no number of seconds")),
                }
            }
            other => Err(fault(&format!("a lifetime cannot be {}", other.type_name()))),
        }
    }
}

/// A number without its fraction.
fn whole(text: &str) -> Option<i64> {
    let whole = text
        .split_once('.')
        .map_or(text, |(whole, rest)| if rest.bytes().all(|digit| digit.is_ascii_digit()) { whole } else { text });
    whole.parse().ok()
}

/// Seconds since 1970 out of seconds or milliseconds: seconds do not get this long before the year 5138.
pub(crate) fn from_epoch(number: i64) -> i64 {
    if number.abs() >= 100_000_000_000 { number / 1000 } else { number }
}
