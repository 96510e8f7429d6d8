//! From a reply to what it means.

use super::fault::place;
use super::plan::{Carrier, DocumentPlan, ErrorPlan, Exchange, Extract, MessagePlan, Rule};
use super::reader::{Entries, ReadFault, Reader, as_text, own_json};
use super::{Answer, CarrierMessage, Outcome, Reply};
use crate::coverage::What;
use crate::document::{Slots, open};
use crate::expr::{Env, EvalError, ReplyHead};
use crate::source::Span;
use crate::syntax::NoReply;
use crate::value::Value;
use crate::value::date::{self, DateFormat, Zone};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

/// How a reply came to its meaning: the rules tried, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// Each rule's place, and why it did not match; the last one matched.
    pub tried: Vec<(Span, Option<String>)>,
    /// The source that could not be read.
    pub fault: Option<Span>,
}

/// A body, made readable.
pub(crate) struct ReadyBody<'b> {
    pub(crate) document: Option<crate::document::Document<'b>>,
    pub(crate) unreadable: Option<String>,
}

impl<'b> ReadyBody<'b> {
    /// Finds out what a body is.
    pub(crate) fn open(headers: &[(String, String)], body: &'b [u8]) -> Self {
        let content_type =
            headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.as_str());
        match open(content_type, body) {
            Ok(document) => Self { document: Some(document), unreadable: None },
            // A label is no document: `$body` hands it on, and paths find nothing in it.
            Err(_) if !says_text(content_type) => Self { document: None, unreadable: None },
            Err(error) => Self { document: None, unreadable: Some(error.to_string()) },
        }
    }

    pub(crate) fn json(&self) -> &str {
        self.document.as_ref().map_or("null", |document| &document.json)
    }
}

/// Whether a body claims to be of a kind that paths can read.
fn says_text(content_type: Option<&str>) -> bool {
    let media = content_type.unwrap_or_default().to_ascii_lowercase();
    ["json", "xml", "text/", "multipart/", "x-www-form-urlencoded"].iter().any(|word| media.contains(word))
}

impl Carrier {
    /// Reads a reply whose body is in `env` already.
    pub(crate) fn answer<'e>(
        &'e self,
        exchange: &'e Exchange,
        extract: Option<&'e Extract>,
        reply: &Reply,
        unreadable: Option<String>,
        env: &mut Env<'e>,
        trail: &mut Trail,
    ) -> Answer {
        let rule = match self.matching(&exchange.rules, reply, env, trail) {
            Ok(rule) => rule,
            Err((span, message)) => return self.unexpected(span, message, trail),
        };
        let mut answer = Answer::of(rule.outcome);
        answer.retry_after = rule.retry_after.as_ref().and_then(|reader| retry_after(reader, env));
        let succeeded = matches!(rule.outcome, Outcome::Accepted | Outcome::Pending);
        if let (true, Some(words)) = (succeeded, unreadable) {
            return self.unexpected(rule.span, format!("the body cannot be read: {words}"), trail);
        }
        if succeeded && exchange.inside.as_ref().is_some_and(|inside| !env.has(inside)) {
            return self.unexpected(rule.span, "the reply is no SOAP envelope".into(), trail);
        }
        if !succeeded {
            answer.errors = messages(&rule.errors, env);
        }
        if let Some(warnings) = &rule.warnings {
            answer.warnings = messages(warnings, env);
        }
        if rule.outcome == Outcome::Unexpected {
            answer.unreadable = Some(format!("{}: no rule knows this reply", place(&self.sources, rule.span)));
        }
        if let (true, Some(extract)) = (succeeded, extract) {
            match self.extracted(extract, rule.outcome, env) {
                Ok(extracted) => match all_refused(&extracted) {
                    Some(errors) => (answer.outcome, answer.errors) = (Outcome::Rejected, errors),
                    None => answer.extracted = extracted,
                },
                Err(fault) => return self.unexpected(fault.span, fault.message, trail),
            }
        }
        answer
    }

    pub(super) fn unexpected(&self, span: Span, message: String, trail: &mut Trail) -> Answer {
        trail.fault = Some(span);
        Answer::unreadable(Outcome::Unexpected, format!("{}: {message}", place(&self.sources, span)))
    }

    fn matching<'e>(
        &self,
        rules: &'e [Rule],
        reply: &Reply,
        env: &Env<'e>,
        trail: &mut Trail,
    ) -> Result<&'e Rule, (Span, String)> {
        for rule in rules {
            match misses(rule, reply, env) {
                Ok(None) => {
                    env.touch(rule.span, What::Rule);
                    trail.tried.push((rule.span, None));
                    return Ok(rule);
                }
                Ok(Some(why)) => trail.tried.push((rule.span, Some(why))),
                Err(error) => return Err((rule.span, error.message)),
            }
        }
        Err((Span::default(), "no rule takes this reply".into()))
    }

    /// What a reply or delivery of that outcome yields.
    pub(super) fn extracted<'e>(
        &self,
        extract: &'e Extract,
        outcome: Outcome,
        env: &mut Env<'e>,
    ) -> Result<Map<String, Json>, ReadFault> {
        let mut found = Map::new();
        if let Some(parcels) = super::in_hand::parcels(extract, outcome, env)? {
            found.insert("parcels".into(), parcels.into());
        }
        let mut documents = Vec::new();
        for entries in &extract.documents {
            let mut place = 0_usize;
            entries.visit(env, |env, plan| {
                let mut made = document(plan, env)?;
                if let Some(document) = made.as_mut().filter(|_| plan.of_parcels) {
                    document[PLACE] = place.into();
                }
                place += 1;
                documents.extend(made);
                Ok(())
            })?;
        }
        if !documents.is_empty() {
            found.insert("documents".into(), documents.into());
        }
        for (name, reader) in &extract.fields {
            let value = reader.read(env)?;
            if value.is_null() {
                continue;
            }
            let json = match name.as_str() {
                "carrier_ref" | "tracking_url" => as_text(value).map(Json::from).map_err(|words| fault(reader, words))?,
                "price" => match price(value).map_err(|words| fault(reader, words))? {
                    Some(price) => price,
                    None => continue,
                },
                _ => own_json(value),
            };
            found.insert(name.clone(), json);
        }
        Ok(found)
    }
}

fn fault(reader: &Reader, message: impl Into<String>) -> ReadFault {
    ReadFault { message: message.into(), span: reader.span }
}

fn price(value: Value<'_>) -> Result<Option<Json>, String> {
    let value = value.expand();
    let (amount, currency) = (value.clone().member("amount"), value.member("currency"));
    if amount.is_empty() || currency.is_empty() {
        return Ok(None);
    }
    let amount =
        crate::value::Number::parse(as_text(amount)?.trim().to_owned()).map_err(|_| "the amount is no number".to_owned())?;
    let own = amount.own_digits();
    let plain = match own.contains(['e', 'E']) {
        true => amount.plain().map_err(|error| error.to_string())?.into_owned(),
        false => own.into_owned(),
    };
    Ok(Some(json!({"amount": plain, "currency": as_text(currency)?})))
}

/// Why a rule does not match; none when it does.
fn misses<'e>(rule: &'e Rule, reply: &Reply, env: &Env<'e>) -> Result<Option<String>, EvalError> {
    let status = match reply {
        Reply::Answered { status, .. } if rule.no_reply.is_empty() => *status,
        Reply::Answered { .. } => return Ok(Some("there is a reply".into())),
        Reply::NotConnected(_) | Reply::Broken(_) => {
            let kind = if matches!(reply, Reply::NotConnected(_)) { NoReply::Connect } else { NoReply::Timeout };
            let open = rule.status.is_empty() && rule.header.is_none() && rule.condition.is_none() && rule.presence.is_empty();
            let matches = rule.no_reply.contains(&kind) || (open && rule.no_reply.is_empty());
            return Ok((!matches).then(|| "there is no reply".into()));
        }
    };
    if !rule.status.is_empty() && !rule.status.iter().any(|wanted| wanted.takes(status)) {
        return Ok(Some(format!("the status is {status}")));
    }
    if let Some(header) = &rule.header {
        let matches = env.head.header(&header.name).is_some_and(|value| {
            header.equals.as_ref().is_none_or(|equals| equals == value)
                && header.matches.as_ref().is_none_or(|regex| regex.is_match(value))
        });
        if !matches {
            return Ok(Some(format!("the header `{}` is another", header.name)));
        }
    }
    if let Some((_, wanted)) = rule.presence.iter().find(|(path, wanted)| path.present(env) != *wanted) {
        return Ok(Some(if *wanted { "the path has nothing" } else { "there is a fault" }.into()));
    }
    match &rule.condition {
        Some(condition) if !condition.holds(env)? => Ok(Some("the condition does not hold".into())),
        _ => Ok(None),
    }
}

pub(super) fn messages<'e>(entries: &'e Entries<MessagePlan>, env: &mut Env<'e>) -> Vec<CarrierMessage> {
    let mut found = Vec::new();
    let _: Result<(), ()> = entries.visit(env, |env, plan| {
        let message = CarrierMessage { code: words(plan.code.as_ref(), env), message: words(plan.message.as_ref(), env) };
        if message != CarrierMessage::default() {
            found.push(message);
        }
        Ok(())
    });
    found
}

impl ErrorPlan {
    /// The error that an entry is; none when it is no error.
    pub(crate) fn read<'e>(&'e self, env: &Env<'e>) -> Result<Option<CarrierMessage>, ReadFault> {
        let message =
            CarrierMessage { code: words(self.message.code.as_ref(), env), message: words(self.message.message.as_ref(), env) };
        let holds = match &self.condition {
            Some((condition, span)) => {
                let holds = condition.holds(env).map_err(|error| ReadFault { message: error.message, span: self.span })?;
                env.touch(*span, if holds { What::Arm(0) } else { What::Otherwise });
                holds
            }
            None => message != CarrierMessage::default(),
        };
        Ok(holds.then_some(message))
    }
}

/// A message is for people: whatever it is becomes text, and what cannot be read is left out.
fn words<'e>(reader: Option<&'e Reader>, env: &Env<'e>) -> Option<String> {
    const LONGEST: usize = 500;
    let text = match reader?.read(env).ok()? {
        Value::Null => return None,
        value @ (Value::Json(_) | Value::List(_) | Value::Object(_)) => value.to_json().to_string(),
        value => as_text(value).ok()?.trim().to_owned(),
    };
    let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    (!text.is_empty()).then(|| text[..cut].to_owned())
}

/// Seconds, or a date (RFC 9110, section 10.2.3). The engine has no clock: how far off a date is, is told by the reply's
/// own `Date`.
fn retry_after<'e>(reader: &'e Reader, env: &Env<'e>) -> Option<Duration> {
    let text = reader.text(env).ok()??;
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| match date::read(&Value::text(text), &[DateFormat::Http], &Zone::None) {
        Ok(date::Moment::Instant(instant)) => Some(instant.timestamp().as_second()),
        _ => None,
    };
    let (then, now) = (instant(text)?, instant(env.head.header("date")?)?);
    Some(Duration::from_secs(u64::try_from(then - now).unwrap_or(0)))
}

/// Why the carrier took none of the parcels, although it took the request.
fn all_refused(extracted: &Map<String, Json>) -> Option<Vec<CarrierMessage>> {
    let parcels = extracted.get("parcels")?.as_array().filter(|parcels| !parcels.is_empty())?;
    let refused = parcels.iter().map(|parcel| serde_json::from_value(parcel.get("refused")?.clone()).ok());
    refused.collect()
}

/// A document; null data makes none.
fn document<'e>(plan: &'e DocumentPlan, env: &Env<'e>) -> Result<Option<Json>, ReadFault> {
    let bytes = match plan.data.read(env)? {
        Value::Null => return Ok(None),
        Value::Bytes(bytes) => bytes.into_owned(),
        other => as_text(other).map_err(|words| fault(&plan.data, words))?.into_owned().into_bytes(),
    };
    if bytes.is_empty() {
        return Ok(None);
    }
    let kind = plan.kind.text(env)?.ok_or_else(|| fault(&plan.kind, "a document without a kind"))?;
    let media = plan.media.text(env)?.ok_or_else(|| fault(&plan.media, "a document without a media type"))?;
    if !begins_like(&media, &bytes) {
        return Err(fault(&plan.media, format!("the document does not begin like {media}")));
    }
    let mut document = json!({"kind": kind, "media": media, "data": STANDARD.encode(bytes)});
    if let Some(reference) = plan.reference.as_ref().map(|reader| reader.text(env)).transpose()?.flatten() {
        document["parcel_reference"] = reference.into();
    }
    if plan.merge {
        document[MERGE] = true.into();
    }
    Ok(Some(document))
}

/// Says which of the parcels that are read beside it a document is of, by their place; no document of a result has it.
pub(super) const PLACE: &str = "place";

/// Marks a document that is to be one with its like; no document of a result has it.
pub(super) const MERGE: &str = "merge";

/// Whether the first bytes are those of the media type, where it has some.
fn begins_like(media: &str, bytes: &[u8]) -> bool {
    match media {
        "application/pdf" => bytes.starts_with(b"%PDF"),
        "image/png" => bytes.starts_with(b"\x89PNG"),
        "image/jpeg" => bytes.starts_with(&[0xFF, 0xD8]),
        "image/gif" => bytes.starts_with(b"GIF8"),
        _ => true,
    }
}

/// The head of a reply, for expressions.
pub(crate) fn head(reply: &Reply) -> ReplyHead<'_> {
    match reply {
        Reply::Answered { status, headers, body } => ReplyHead { status: *status, headers, query: &[], body },
        _ => ReplyHead::default(),
    }
}

/// Slots of a body, or none with the reason.
pub(crate) fn slots_of<'b>(plan: &crate::document::Plan, json: &'b str) -> (Slots<'b>, Option<String>) {
    let mut slots = Slots::new();
    match plan.read(json, &mut slots) {
        Ok(()) => (slots, None),
        Err(error) => (Slots::new(), Some(error.to_string())),
    }
}
