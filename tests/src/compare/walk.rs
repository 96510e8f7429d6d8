//! The same thing asked of our file: which of its calls each recorded exchange is, and what comes of the replies.

use super::{Exchange, Read, Recording, Subject, bare, settings, text_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossdock_engine::carrier::{Account, Answer, Asked, CallId, Carrier, Next, Progress, Reply, Token, TrackNext};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What our file made of a recording.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Which call each recorded exchange is; none when ours does not get there.
    pub(super) calls: Vec<Option<CallId>>,
    /// Our answers, in order.
    pub(super) answers: Vec<Answer>,
    /// What was read, as in a case's `then`; null when the replies are not there.
    pub(super) read: Value,
    /// The numbers that each exchange of tracking asks for.
    pub(super) numbers: Vec<Vec<String>>,
}

pub(super) fn walk(carrier: &Carrier, recording: &Recording) -> Result<Walked, String> {
    let account = carrier.account(&settings(recording)).map_err(|wrong| format!("the account: {}", wrong.join("; ")))?;
    match &recording.subject {
        Subject::Operation(name) => operation(carrier, recording, &account, name),
        Subject::Track => track(carrier, recording, &account),
        Subject::Auth(name) => Ok(sign_in(carrier, recording, &account, name)),
    }
}

fn operation(carrier: &Carrier, recording: &Recording, account: &Account, name: &str) -> Result<Walked, String> {
    let order = recording.order.to_string();
    let exchanges = &recording.exchanges;
    let mut walked = Walked { calls: vec![None; exchanges.len()], ..Walked::default() };
    let (mut progress, mut tokens) = (Progress::default(), tokens(recording));
    loop {
        let next = carrier.next(name, order.as_bytes(), account, &tokens, &progress, 0);
        let calls = match next.map_err(|fault| format!("our file makes no request: {fault}"))? {
            Next::SignIn { auth, .. } => {
                tokens.insert(auth, token("token"));
                continue;
            }
            Next::Calls(calls) => calls,
            Next::Done(done) => {
                walked.read = json!(done.extracted);
                walked.read["outcome"] = json!(done.outcome);
                walked.read["errors"] = json!(done.errors);
                walked.read["warnings"] = json!(done.warnings);
                walked.read["unreadable"] = json!(done.unreadable);
                return Ok(walked);
            }
        };
        for call in calls {
            let free = |at: &usize| walked.calls[*at].is_none();
            let same = |at: &usize| is(&exchanges[*at], &call.request.method, &call.request.url);
            let at = (0..exchanges.len()).filter(free).find(same).or_else(|| (0..exchanges.len()).find(free));
            let Some(at) = at else { return Ok(walked) };
            walked.calls[at] = Some(call.id.clone());
            if exchanges[at].reply.is_null() {
                return Ok(walked);
            }
            let reply = reply_of(&exchanges[at].reply);
            let answer = carrier.interpret(name, order.as_bytes(), account, &progress, &call.id, &reply);
            walked.answers.push(answer.clone());
            progress.record(call.id, answer);
        }
    }
}

fn is(exchange: &Exchange, method: &str, url: &str) -> bool {
    text_of(&exchange.request["method"]) == method && bare(text_of(&exchange.request["url"])) == bare(url)
}

/// As many numbers an exchange as the file asks for at once.
fn track(carrier: &Carrier, recording: &Recording, account: &Account) -> Result<Walked, String> {
    let (_, batch) = carrier.polling().ok_or("our file cannot be asked: it has no `track`")?;
    let numbers: Vec<Vec<String>> = recording.numbers.chunks(batch.max(1) as usize).map(<[String]>::to_vec).collect();
    let mut walked = Walked { calls: vec![None; recording.exchanges.len()], ..Walked::default() };
    let mut tokens = tokens(recording);
    let (mut events, mut not_found, mut errors, mut warnings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, (exchange, numbers)) in recording.exchanges.iter().zip(&numbers).enumerate() {
        let asked = asked(numbers);
        while let TrackNext::SignIn { auth, .. } =
            carrier.track_request(&asked, account, &tokens, 0).map_err(|fault| format!("our file makes no request: {fault}"))?
        {
            tokens.insert(auth, token("token"));
        }
        walked.calls[at] = Some(CallId { step: None, iteration: 0, undo: false });
        if exchange.reply.is_null() {
            continue;
        }
        let reply = reply_of(&exchange.reply);
        let (mut tracked, _) = carrier.read_track(&asked, account, &reply, 0).map_err(|fault| fault.to_string())?;
        if tracked.dropped > 0 && matches!(recording.read, Read::Gathered(_)) {
            // Replies out of manuals speak of other numbers than the requests beside them.
            let spoken_of = words_of(&exchange.reply);
            (tracked, _) = carrier.read_track(&self::asked(&spoken_of), account, &reply, 0).map_err(|fault| fault.to_string())?;
        }
        events.extend(tracked.events.iter().map(|found| json!(found.event)));
        not_found.extend(tracked.not_found.iter().filter(|number| numbers.contains(number)).cloned());
        errors.extend(tracked.answer.errors.iter().map(|error| json!(error)));
        warnings.extend(tracked.answer.warnings.iter().map(|warning| json!(warning)));
        errors.extend(tracked.errors.iter().map(|(_, error)| json!(error)));
        walked.read["unmapped"] = json!(tracked.unmapped.iter().map(|unmapped| unmapped.message.clone()).collect::<Vec<_>>());
        walked.read["outcome"] = json!(tracked.answer.outcome);
        walked.read["unreadable"] = json!(tracked.answer.unreadable);
        walked.answers.push(tracked.answer);
    }
    walked.read["events"] = events.into();
    walked.read["not_found"] = json!(not_found);
    walked.read["errors"] = errors.into();
    walked.read["warnings"] = warnings.into();
    walked.numbers = numbers;
    Ok(walked)
}

/// A number may be any of a shipment's names: a recording does not say which.
fn asked(numbers: &[String]) -> Vec<Asked> {
    let named = |number: &String| Asked {
        tracking_number: Some(number.clone()),
        carrier_ref: Some(number.clone()),
        reference: Some(number.clone()),
    };
    numbers.iter().map(named).collect()
}

/// Every word of a reply that could be a number to track.
fn words_of(reply: &Value) -> Vec<String> {
    let text = String::from_utf8_lossy(&body_of(reply)).into_owned();
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')));
    words.filter(|word| word.len() > 4).map(str::to_owned).collect::<BTreeSet<String>>().into_iter().collect()
}

fn sign_in(carrier: &Carrier, recording: &Recording, account: &Account, name: &str) -> Walked {
    let mut walked = Walked { calls: vec![Some(CallId { step: None, iteration: 0, undo: false })], ..Walked::default() };
    let reply = recording.exchanges.first().map(|exchange| &exchange.reply).filter(|reply| !reply.is_null());
    if let Some(reply) = reply {
        walked.read = match carrier.read_token(name, account, &reply_of(reply), 0) {
            Ok(token) => json!({"outcome": "accepted", "token": token.value}),
            Err(answer) => json!({"outcome": answer.outcome, "errors": answer.errors, "unreadable": answer.unreadable}),
        };
    }
    walked
}

fn tokens(recording: &Recording) -> BTreeMap<String, Token> {
    let given = recording.account["tokens"].as_object().into_iter().flatten();
    given.map(|(name, value)| (name.clone(), token(text_of(value)))).collect()
}

fn token(value: &str) -> Token {
    Token { value: value.to_owned(), expires_at: None, session: Map::new(), one_session: false }
}

fn reply_of(reply: &Value) -> Reply {
    let headers = reply["headers"].as_object().into_iter().flatten();
    Reply::Answered {
        status: reply["status"].as_u64().unwrap_or(200) as u16,
        headers: headers.map(|(name, value)| (name.clone(), text_of(value).to_owned())).collect(),
        body: body_of(reply),
    }
}

/// The bytes of a reply's body.
pub(super) fn body_of(reply: &Value) -> Vec<u8> {
    match (&reply["body_base64"], &reply["body"]) {
        (Value::String(packed), _) => STANDARD.decode(packed).unwrap_or_default(),
        (_, Value::String(text)) => text.clone().into_bytes(),
        (_, Value::Null) => Vec::new(),
        (_, json) => json.to_string().into_bytes(),
    }
}
