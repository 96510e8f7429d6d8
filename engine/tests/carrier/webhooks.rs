//! Deliveries: who sent them, what they ask, what they say.

use crate::support::{NOW, account, carrier, file, indented, refused_file};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossdock_engine::carrier::{AccountSettings, Delivery, Translation};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;

const EVENT: &str = "    event: {id: $.id, tracking_number: $.no, occurred_at: {from: $.at, format: rfc3339}, status: {code: $.code, vocabulary: v}}
vocabularies: {v: {codes: {a: picked_up, b: delivered}, unknown: park}}
";

fn hook(keys: &str, event: &str) -> String {
    let used: Vec<&str> =
        ["key", "key2", "user", "password"].into_iter().filter(|name| keys.contains(&format!("secret.{name} "))).collect();
    file(&format!("secrets: [{}]\nwebhooks:\n  tracking:\n{}{event}", used.join(", "), indented(keys, 4)))
}

fn delivery(headers: &[(&str, &str)], body: &str) -> Delivery {
    Delivery {
        method: "POST".into(),
        query: vec![],
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
        source: None,
    }
}

#[track_caller]
fn accepts(verify: &str, delivery: &Delivery, by: &str) {
    let carrier = carrier(&hook(&format!("verify: {verify}"), EVENT));
    let verified =
        carrier.verify("tracking", delivery, &account(&carrier), NOW).unwrap_or_else(|refusal| panic!("{}", refusal.reason));
    assert_eq!(verified.by, by);
}

#[track_caller]
fn refuses(verify: &str, delivery: &Delivery, wanted: &str) {
    let carrier = carrier(&hook(&format!("verify: {verify}"), EVENT));
    let reason = carrier.verify("tracking", delivery, &account(&carrier), NOW).unwrap_err().reason;
    assert!(reason.contains(wanted) && !reason.contains("key-value"), "{reason}");
}

fn mac256(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex256(key: &str, message: &str) -> String {
    hex::encode(mac256(key.as_bytes(), message))
}

const BODY: &str = r#"{"no":"A","code":"a"}"#;

#[test]
fn a_signature_covers_the_raw_body() {
    let plain = "{hmac: {key: '${{ secret.key }}', signature: {header: X-Signature}}}";
    let good = hex256("key-value", BODY);
    accepts(plain, &delivery(&[("x-signature", &good)], BODY), "hmac");
    accepts(plain, &delivery(&[("X-SIGNATURE", &good.to_uppercase())], BODY), "hmac");
    refuses(plain, &delivery(&[("x-signature", &good)], &format!("{BODY} ")), "does not match");
    refuses(plain, &delivery(&[("x-signature", &hex256("other", BODY))], BODY), "does not match");
    refuses(plain, &delivery(&[("x-signature", &good[..62])], BODY), "does not match");
    refuses(plain, &delivery(&[("x-signature", "zz")], BODY), "no signature");
    refuses(plain, &delivery(&[("x-signature", "")], BODY), "does not match");
    refuses(plain, &delivery(&[], BODY), "no signature in `X-Signature`");
}

#[test]
fn signatures_have_algorithms_encodings_and_prefixes() {
    let with = |words: &str| format!("{{hmac: {{key: '${{{{ secret.key }}}}', {words}}}}}");
    let mut sha1 = Hmac::<sha1::Sha1>::new_from_slice(b"key-value").unwrap();
    sha1.update(BODY.as_bytes());
    let sha1 = hex::encode(sha1.finalize().into_bytes());
    accepts(&with("algorithm: sha1, signature: {header: S}"), &delivery(&[("s", &sha1)], BODY), "hmac");
    let mut sha512 = Hmac::<sha2::Sha512>::new_from_slice(b"key-value").unwrap();
    sha512.update(BODY.as_bytes());
    let sha512 = STANDARD.encode(sha512.finalize().into_bytes());
    accepts(&with("algorithm: sha512, signature: {header: S, encoding: base64}"), &delivery(&[("s", &sha512)], BODY), "hmac");
    let prefixed = with("signature: {header: S, prefix: 'v1='}");
    let good = hex256("key-value", BODY);
    accepts(&prefixed, &delivery(&[("s", &format!("t=1,v1={good}"))], BODY), "hmac");
    accepts(&prefixed, &delivery(&[("s", &format!("v1={} v1={good}", "0".repeat(64)))], BODY), "hmac");
    refuses(&prefixed, &delivery(&[("s", &format!("v0={good}"))], BODY), "no signature");
    let several = with("signature: {header: [S2, S1]}");
    accepts(&several, &delivery(&[("s1", &good)], BODY), "hmac");
    refuses(&several, &delivery(&[("s3", &good)], BODY), "no signature in `S2` or `S1`");
}

#[test]
fn what_is_signed_may_hold_more_than_the_body_and_grow_old() {
    let timed = r#"{hmac: {key: "${{ secret.key }}", signed: ["${{ headers['x-time'] }}", ".", $body], signature: {header: S}, timestamp: {header: x-time, tolerance: 5m}}}"#;
    let at = |seconds: i64, unit: i64| {
        let time = (seconds * unit).to_string();
        delivery(&[("X-Time", &time), ("S", &hex256("key-value", &format!("{time}.{BODY}")))], BODY)
    };
    for near in [NOW, NOW - 300, NOW + 300] {
        accepts(timed, &at(near, 1), "hmac");
        accepts(timed, &at(near, 1000), "hmac");
    }
    for far in [NOW - 301, NOW + 301, 0] {
        refuses(timed, &at(far, 1), "more than 300 s");
    }
    refuses(timed, &delivery(&[("S", &hex256("key-value", BODY))], BODY), "no header `x-time`");
    refuses(timed, &delivery(&[("x-time", "soon"), ("S", "00")], BODY), "is no time");
    let moved = delivery(&[("X-Time", &(NOW + 1).to_string()), ("S", &hex256("key-value", &format!("{NOW}.{BODY}")))], BODY);
    refuses(timed, &moved, "does not match");
    refused_file(&hook("verify: {hmac: {key: k, signed: ['x'], signature: {header: S}}}", EVENT), "does not cover the body");
}

#[test]
fn keys_are_changed_without_a_gap() {
    let both = "{hmac: {key: ['${{ secret.key }}', '${{ secret.key2 }}'], signature: {header: S}}}";
    for key in ["key-value", "key2-value"] {
        accepts(both, &delivery(&[("s", &hex256(key, BODY))], BODY), "hmac");
    }
    refuses(both, &delivery(&[("s", &hex256("", BODY))], BODY), "does not match");
    let carrier = carrier(&hook(&format!("verify: {both}"), EVENT));
    let with = |secrets: &[(&str, &str)]| {
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        carrier.account(&AccountSettings { secrets, ..AccountSettings::default() }).unwrap()
    };
    let signed = |key: &str| delivery(&[("s", &hex256(key, BODY))], BODY);
    assert!(carrier.verify("tracking", &signed("k"), &with(&[("key", "k")]), NOW).is_ok(), "the second key is not there yet");
    assert!(carrier.verify("tracking", &signed("k"), &with(&[("key2", "k"), ("key", "")]), NOW).is_ok());
    assert!(carrier.verify("tracking", &signed(""), &with(&[("key", "")]), NOW).is_err(), "an empty key signs nothing");
    assert!(carrier.verify("tracking", &signed(""), &with(&[]), NOW).is_err());
}

#[test]
fn keys_are_encoded_in_four_ways() {
    let key = |encoding: &str, secret: &str, bytes: &[u8]| {
        let carrier = carrier(&hook(
            &format!("verify: {{hmac: {{key: '${{{{ secret.key }}}}', key_encoding: {encoding}, signature: {{header: S}}}}}}"),
            EVENT,
        ));
        let account = carrier
            .account(&AccountSettings { secrets: [("key".to_owned(), secret.to_owned())].into(), ..AccountSettings::default() })
            .unwrap();
        carrier.verify("tracking", &delivery(&[("s", &hex::encode(mac256(bytes, BODY)))], BODY), &account, NOW).map(|_| ())
    };
    assert!(key("raw", "a\u{e9}", "a\u{e9}".as_bytes()).is_ok());
    assert!(key("hex", "00ff10", &[0, 255, 16]).is_ok());
    assert!(key("base64", "AP8Q", &[0, 255, 16]).is_ok());
    assert!(key("nfkd", "a\u{e9}", "ae\u{301}".as_bytes()).is_ok());
    assert!(key("hex", "zz", b"zz").is_err());
    assert!(key("base64", "%", b"%").is_err());
}

#[test]
fn shared_values_and_passwords() {
    let basic = "{basic: {username: '${{ secret.user }}', password: '${{ secret.password }}'}}";
    let given = |scheme: &str, pair: &str| delivery(&[("Authorization", &format!("{scheme} {}", STANDARD.encode(pair)))], BODY);
    accepts(basic, &given("Basic", "user-value:password-value"), "basic");
    accepts(basic, &given("basic", "user-value:password-value"), "basic");
    refuses(basic, &given("Basic", "user-value:"), "another");
    refuses(basic, &given("Bearer", "user-value:password-value"), "not Basic");
    refuses(basic, &delivery(&[], BODY), "no `Authorization`");
    let header = "{header: {name: X-Token, value: ['${{ secret.key }}', '${{ secret.key2 }}']}}";
    accepts(header, &delivery(&[("x-token", "key-value")], BODY), "header");
    accepts(header, &delivery(&[("x-token", "key2-value")], BODY), "header");
    refuses(header, &delivery(&[("x-token", "")], BODY), "another value");
    refuses(header, &delivery(&[("x-token", "key-valu")], BODY), "another value");
    refuses(header, &delivery(&[], BODY), "no header");
    let query = "{query: {name: token, value: '${{ secret.key }}'}}";
    let asked = |value: &str| Delivery { query: vec![("token".into(), value.into())], ..delivery(&[], BODY) };
    accepts(query, &asked("key-value"), "query");
    refuses(query, &asked("key"), "another value");
    refuses(query, &delivery(&[("token", "key-value")], BODY), "no query parameter");
    accepts("{none: the carrier signs nothing}", &delivery(&[], BODY), "none");
    refused_file(&hook("verify: {none: ''}", EVENT), "must say why");
}

#[test]
fn empty_secrets_open_no_door() {
    let open = |verify: &str, delivery: &Delivery| {
        let carrier = carrier(&hook(&format!("verify: {verify}"), EVENT));
        let secrets = carrier.secrets().iter().map(|name| (name.clone(), String::new())).collect();
        let account = carrier.account(&AccountSettings { secrets, ..AccountSettings::default() }).unwrap();
        carrier.verify("tracking", delivery, &account, NOW).is_ok()
    };
    let basic = delivery(&[("authorization", "Basic Og==")], BODY);
    assert!(!open("{basic: {username: '${{ secret.user }}', password: '${{ secret.password }}'}}", &basic));
    assert!(!open("{header: {name: t, value: '${{ secret.key }}'}}", &delivery(&[("t", "")], BODY)));
    assert!(!open("{hmac: {key: '${{ secret.key }}', signature: {header: s}}}", &delivery(&[("s", &hex256("", BODY))], BODY)));
}

#[test]
fn handshakes_are_answered() {
    let carrier = carrier(&hook(
        "verify: {none: the carrier signs nothing}\nhandshake: {get: {echo: challenge}, post: {echo: verify, status: 202}, empty: true}",
        EVENT,
    ));
    let account = account(&carrier);
    let answer = |delivery: &Delivery| carrier.handshake("tracking", delivery, &account).map(|found| (found.status, found.body));
    let get = |query: &[(&str, &str)]| {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        answer(&Delivery { method: "GET".into(), query, ..Delivery::default() })
    };
    assert_eq!(get(&[("challenge", "a b")]), Some((200, b"a b".to_vec())));
    assert_eq!(get(&[]), None);
    assert_eq!(answer(&delivery(&[], r#"{"verify": "x1"}"#)), Some((202, b"x1".to_vec())));
    assert_eq!(answer(&delivery(&[], BODY)), None);
    assert_eq!(answer(&delivery(&[], " ")), Some((200, vec![])));
    let without = crate::support::carrier(&hook("verify: {none: the carrier signs nothing}", EVENT));
    assert_eq!(without.handshake("tracking", &delivery(&[], ""), &crate::support::account(&without)), None);
}

#[track_caller]
fn translate(keys: &str, event: &str, body: &str) -> Translation {
    let carrier = carrier(&hook(&format!("verify: {{none: the carrier signs nothing}}\n{keys}"), event));
    carrier.translate("tracking", &delivery(&[("X-Kind", "k1")], body), &account(&carrier), NOW).unwrap()
}

#[test]
fn a_delivery_holds_one_event_or_many_or_none() {
    let one = translate("", EVENT, r#"{"id": 5, "no": "A", "code": "a", "at": "2026-03-30T08:00:00Z"}"#);
    assert_eq!((one.events.len(), one.events[0].event.status.name()), (1, "picked_up"));
    let many = r#"{"type": "x", "list": [{"id": 5, "no": "A", "code": "a"}, {"id": 6, "no": "B", "code": "b"}]}"#;
    let many_events = translate("events: $.list[*]", EVENT, many);
    let numbers: Vec<_> = many_events.events.iter().map(|found| found.event.tracking_number.as_deref()).collect();
    assert_eq!(numbers, [Some("A"), Some("B")]);
    let ignoring = "ignore_if: body.type == 'x' and headers['x-kind'] == 'k1'\nevents: $.list[*]";
    assert!(translate(ignoring, EVENT, many).ignored);
    assert!(!translate(ignoring, EVENT, &many.replace("\"x\"", "\"y\"")).ignored);
    assert_eq!(translate("events: $.list[*]", EVENT, r#"{"list": []}"#), Translation::default());
    let unread = crate::support::carrier(&hook("verify: {none: the carrier signs nothing}", EVENT));
    assert!(
        unread.translate("tracking", &delivery(&[("content-type", "application/json")], "{"), &account(&unread), NOW).is_err()
    );
}

#[test]
fn an_event_without_a_time_has_its_receptions() {
    let found = translate("", EVENT, BODY);
    let event = &found.events[0].event;
    assert_eq!(event.time_is, crossdock_engine::model::TimeIs::Received);
    assert_eq!(serde_json::to_value(&event.occurred_at).unwrap(), json!("2026-04-01T12:00:00Z"));
}

#[test]
fn identities_are_stable_and_tell_apart() {
    let no_id = EVENT.replace("id: $.id, ", "");
    let id = |body: &str| translate("", &no_id, body).events.remove(0).event.event_id;
    let base = r#"{"no": "A", "code": "a", "at": "2026-03-30T08:00:00Z", "extra": 1}"#;
    assert_eq!(id(base), id(r#"{"extra": 2, "at": "2026-03-30T10:00:00+02:00", "code": "a", "no": "A"}"#));
    for other in [base.replace("\"A\"", "\"B\""), base.replace("\"a\"", "\"b\""), base.replace("08:00:00Z", "08:00:01Z")] {
        assert_ne!(id(base), id(&other), "{other}");
    }
    let history = r#"{"list": [{"no": "A", "code": "a", "at": "2026-03-30T08:00:00Z"}, {"no": "A", "code": "b", "at": "2026-03-30T09:00:00Z"}]}"#;
    let all = translate("events: $.list[*]", &no_id, history);
    assert_eq!(all.events[0].event.event_id, id(base));
    let own = |id: u32| {
        translate("", EVENT, &format!(r#"{{"id": {id}, "no": "A", "code": "a", "at": "2026-03-30T08:00:00Z"}}"#))
            .events
            .remove(0)
            .event
            .event_id
    };
    assert_eq!(own(5), own(5));
    assert_ne!(own(5), own(6));
}

#[test]
fn correlation_falls_back() {
    let event = EVENT
        .replace("tracking_number: $.no", "tracking_number: [$.no, '$.nos[0]'], carrier_ref: $.ref, reference: $$.order.ref");
    let found = translate("", &event, r#"{"nos": ["N1", "N2"], "ref": 77, "order": {"ref": "R-1"}, "code": "a"}"#);
    let correlation = &found.events[0].correlation;
    assert_eq!(correlation.tracking_number.as_deref(), Some("N1"));
    assert_eq!((correlation.carrier_ref.as_deref(), correlation.reference.as_deref()), (Some("77"), Some("R-1")));
    let none = translate("", &event, r#"{"ref": 77, "code": "b"}"#);
    assert_eq!(none.events[0].correlation.tracking_number, None);
}

#[test]
fn a_member_may_be_signed_as_it_came() {
    let verify = "{hmac: {key: '${{ secret.key }}', signed: [\"${{ timestamp }}.\", $.data], signature: {value: '${{ body.signature }}'}, timestamp: {value: '${{ body.at }}', tolerance: 5m}}}";
    let made = |signed: &str, data: &str| {
        let signature = hex256("key-value", &format!("{NOW}.{signed}"));
        delivery(
            &[("content-type", "application/json")],
            &format!(r#"{{"at": "{NOW}", "signature": "{signature}", "data": {data}}}"#),
        )
    };
    for data in [r#"{"price":1.50, "to":"a\u0026b\/c", "n":1E10}"#, "[1,2 ]", r#""text""#, "1.50"] {
        accepts(verify, &made(data, data), "hmac");
        refuses(verify, &made(data, &data.replace('1', "2").replace("text", "next")), "does not match");
    }
    refuses(verify, &made("{}", "{ }"), "does not match");
    let missing = delivery(&[("content-type", "application/json")], &format!(r#"{{"at": "{NOW}", "signature": "00"}}"#));
    refuses(verify, &missing, "has not the member");
    let xml = delivery(
        &[("content-type", "application/xml")],
        &format!("<r><at>{NOW}</at><signature>00</signature><data>x</data></r>"),
    );
    let of_xml =
        verify.replace("$.data", "$.r.data").replace("body.at", "body.r.at").replace("body.signature", "body.r.signature");
    refuses(&of_xml, &xml, "a member of JSON");
    refused_file(&hook(&format!("verify: {}", verify.replace("$.data", "\"$.data[*]\"")), EVENT), "no member of a delivery");
    let in_header = verify.replace("{value: '${{ body.signature }}'}", "{header: S}");
    refused_file(&hook(&format!("verify: {in_header}"), EVENT), "does not cover the body");
}

#[test]
fn a_delivery_that_is_kept_may_be_answered_in_the_carriers_words() {
    let answered = |answer: &str| {
        let carrier = carrier(&hook(&format!("verify: {{none: the carrier signs nothing}}\nanswer: {answer}"), EVENT));
        let found =
            carrier.acknowledgement("tracking", &delivery(&[("content-type", "application/json")], BODY), &account(&carrier));
        let media = found.headers.iter().find(|(name, _)| name == "Content-Type").map(|(_, value)| value.clone());
        (found.status, media, String::from_utf8(found.body).unwrap())
    };
    let json = Some("application/json".to_owned());
    assert_eq!(answered("{json: {result: true, no: '${{ body.no }}'}}"), (200, json, r#"{"result":true,"no":"A"}"#.to_owned()));
    assert_eq!(answered("{status: 202, text: OK}"), (202, Some("text/plain; charset=utf-8".to_owned()), "OK".to_owned()));
    let (_, media, body) = answered("{soap: {body: {ack: {code: 0}}}}");
    assert!(media.unwrap().starts_with("text/xml") && body.contains(":Body><ack><code>0</code></ack>"), "{body}");
    // What cannot be made is no reason to refuse what is kept.
    assert_eq!(answered("{json: {no: '${{ body.none }}'}}"), (200, None, String::new()));
    let silent = carrier(&hook("verify: {none: the carrier signs nothing}", EVENT));
    let found = silent.acknowledgement("tracking", &delivery(&[], BODY), &account(&silent));
    assert_eq!((found.status, found.body.len()), (200, 0));
    refused_file(&hook("verify: {none: the carrier signs nothing}\nanswer: {status: 404}", EVENT), "a status of success");
    refused_file(&hook("verify: {none: the carrier signs nothing}\nanswer: {json: {}, text: OK}", EVENT), "one body");
    refused_file(
        &hook("verify: {header: {name: t, value: '${{ secret.key }}'}}\nanswer: {text: '${{ secret.key }}'}", EVENT),
        "could be seen here",
    );
}

#[test]
fn a_shared_value_may_stand_in_the_body() {
    let verify = "{body: {path: $.auth.token, value: '${{ secret.key }}'}}";
    let with = |token: &str| {
        delivery(&[("content-type", "application/json")], &format!(r#"{{"auth": {{"token": {token}}}, "no": "A"}}"#))
    };
    accepts(verify, &with("\"key-value\""), "body");
    refuses(verify, &with("\"other\""), "another value");
    refuses(verify, &with("null"), "there is no member of the body");
    refuses(verify, &delivery(&[], "x"), "there is no member");
    let xml = delivery(&[("content-type", "text/xml")], "<r><t>key-value</t></r>");
    accepts(&verify.replace("$.auth.token", "$.r.t"), &xml, "body");
    accepts(
        &format!("{{all: [{{header: {{name: t, value: '${{{{ secret.key2 }}}}'}}}}, {verify}]}}"),
        &Delivery {
            headers: vec![("t".into(), "key2-value".into()), ("content-type".into(), "application/json".into())],
            ..with("\"key-value\"")
        },
        "all",
    );
    refused_file(&hook(&format!("verify: {}", verify.replace("$.auth.token", "\"$.a[*]\"")), EVENT), "no member of a delivery");
}
