//! A message as SQS carries it: text, with what else belongs to it as attributes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossdock_runtime::port::{Exchange, Outgoing};
use crossdock_runtime::trace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// When the message that this one continues was first sent, in milliseconds since 1970.
pub const SENT_AT: &str = "crossdock-sent-at";
/// The trace that the message belongs to, as the shop's producer names it: `traceparent` of the W3C's Trace Context.
pub const TRACE: &str = crossdock_runtime::trace::HEADER;
/// How the body is to be read; plain where there is none.
pub const FORM: &str = "crossdock-form";

/// Bytes that SQS would not carry as they are.
const BASE64: &str = "base64";
/// With entries of the journal that are written by whoever receives it.
const WITH_JOURNAL: &str = "with-journal";
/// The body is an object of the bucket: this is its key.
const OBJECT: &str = "object";

/// A message holds 1 MiB, attributes included.
pub(crate) const LARGEST: usize = 900_000;

/// The longest delay that SQS knows.
pub(crate) const LONGEST: Duration = Duration::from_secs(900);

/// What a message says besides its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The text that SQS carries.
    pub text: String,
    /// See [`FORM`].
    pub form: Option<&'static str>,
    /// See [`SENT_AT`].
    pub sent_at: Option<i64>,
    /// Who it is for.
    pub group: String,
    /// Not received before this time has passed, in seconds.
    pub delay: i32,
    /// See [`TRACE`].
    pub trace: Option<String>,
}

/// A body as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The body, with entries of the journal that travelled with it.
    Here {
        /// The body.
        body: Vec<u8>,
        /// Entries that are to be kept before it is worked on.
        exchanges: Vec<Exchange>,
    },
    /// It is this object of the bucket.
    Object(String),
}

#[derive(Serialize, Deserialize)]
struct Riding {
    body: String,
    exchanges: Vec<Exchange>,
}

impl Letter {
    /// The letter of a message, with entries of the journal that travel with it.
    pub(crate) fn of(outgoing: &Outgoing, exchanges: Vec<Exchange>) -> Self {
        let delay = outgoing.delay.min(LONGEST);
        let whole = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        let (text, form) = written(&outgoing.body, exchanges);
        Self {
            text,
            form,
            sent_at: outgoing.sent_at,
            group: group(&outgoing.group),
            delay: i32::try_from(whole).unwrap_or(900).min(900),
            trace: trace::unwrapped(&outgoing.body).0.map(trace::header),
        }
    }

    /// The same, with its body in the bucket.
    pub(crate) fn elsewhere(self, object: String) -> Self {
        Self { text: object, form: Some(OBJECT), ..self }
    }

    /// Whether SQS would not take it.
    pub(crate) fn is_large(&self) -> bool {
        self.text.len() > LARGEST
    }
}

fn written(body: &[u8], exchanges: Vec<Exchange>) -> (String, Option<&'static str>) {
    let plain = std::str::from_utf8(body).ok().filter(|text| !text.is_empty() && text.chars().all(carried));
    match plain {
        Some(text) if exchanges.is_empty() => (text.to_owned(), None),
        Some(text) => {
            let riding = Riding { body: text.to_owned(), exchanges };
            // JSON escapes what is no text for SQS, but for two characters that no delivery has.
            let text = serde_json::to_string(&riding).unwrap_or_default().replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
            (text, Some(WITH_JOURNAL))
        }
        None => (STANDARD.encode(body), Some(BASE64)),
    }
}

/// Reads a body by its form.
///
/// # Errors
/// It is not of that form.
pub fn read(text: &str, form: Option<&str>) -> Result<Read, String> {
    match form {
        None => Ok(Read::Here { body: text.as_bytes().to_vec(), exchanges: Vec::new() }),
        Some(BASE64) => {
            let body = STANDARD.decode(text).map_err(|_| "a message that should be base64 is not".to_owned())?;
            Ok(Read::Here { body, exchanges: Vec::new() })
        }
        Some(WITH_JOURNAL) => {
            let riding: Riding =
                serde_json::from_str(text).map_err(|_| "a message with its journal cannot be read".to_owned())?;
            Ok(Read::Here { body: riding.body.into_bytes(), exchanges: riding.exchanges })
        }
        Some(OBJECT) => Ok(Read::Object(text.to_owned())),
        Some(other) => Err(format!("a message is of the form `{other}`, which this release does not know")),
    }
}

/// What SQS carries: see `SendMessage`.
fn carried(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A group as SQS takes it: letters, digits, punctuation, at most 128.
fn group(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(128).collect()
}

/// The attributes of a letter, each with its type.
pub(crate) fn attributes(letter: &Letter) -> BTreeMap<&'static str, (&'static str, String)> {
    let mut attributes = BTreeMap::new();
    if let Some(form) = letter.form {
        attributes.insert(FORM, ("String", form.to_owned()));
    }
    if let Some(at) = letter.sent_at {
        attributes.insert(SENT_AT, ("Number", at.to_string()));
    }
    if let Some(trace) = &letter.trace {
        attributes.insert(TRACE, ("String", trace.clone()));
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_runtime::port::{ExchangeKind, Queue};

    fn outgoing(body: &[u8]) -> Outgoing {
        Outgoing { queue: Queue::Updates, group: "swiftpost".into(), body: body.to_vec(), delay: Duration::ZERO, sent_at: None }
    }

    fn exchange() -> Exchange {
        Exchange {
            id: "x1".into(),
            order_id: String::new(),
            at: 1,
            took: 0,
            kind: ExchangeKind::Delivery,
            party: "swiftpost".into(),
            request: "POST status\n\n\u{1}\u{ffff}".into(),
            reply: String::new(),
            meaning: "verified by hmac".into(),
            release: String::new(),
            trace: String::new(),
        }
    }

    #[test]
    fn every_body_comes_back_as_it_was() {
        for body in [&b"{\"a\": 1}"[..], b"", b"\x00\x01", b"\xff\xfe", "\u{ffff}".as_bytes(), "Łódź".as_bytes()] {
            let letter = Letter::of(&outgoing(body), Vec::new());
            assert!(letter.text.chars().all(carried), "{:?}", letter.text);
            let read = read(&letter.text, letter.form).expect("a body");
            assert_eq!(read, Read::Here { body: body.to_vec(), exchanges: Vec::new() });
        }
    }

    #[test]
    fn what_goes_to_the_journal_travels_with_the_message() {
        let letter = Letter::of(&outgoing(b"{\"carrier\": \"swiftpost\"}"), vec![exchange()]);
        assert!(letter.text.chars().all(carried));
        let Ok(Read::Here { body, exchanges }) = read(&letter.text, letter.form) else { panic!("a body") };
        assert_eq!(body, b"{\"carrier\": \"swiftpost\"}");
        assert_eq!((exchanges[0].id.as_str(), exchanges[0].request.as_str()), ("x1", "POST status\n\n\u{1}\u{fffd}"));
    }

    #[test]
    fn delays_are_whole_seconds_and_at_most_a_quarter_of_an_hour() {
        let delay = |time| Letter::of(&Outgoing { delay: time, ..outgoing(b"{}") }, Vec::new()).delay;
        assert_eq!(
            [delay(Duration::from_millis(50)), delay(Duration::from_secs(3)), delay(Duration::from_secs(7200))],
            [1, 3, 900]
        );
    }

    #[test]
    fn a_group_is_what_sqs_takes() {
        assert_eq!(group("swift post/Ł1"), "swiftpost/1");
        assert_eq!(group(&"a".repeat(300)).len(), 128);
    }
}
