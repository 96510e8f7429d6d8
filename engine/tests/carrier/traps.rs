//! Values that other programs change on their way: here they keep their bytes, or are refused.

use crate::support::{
    NOW, Run, account, answer, answer_of, carrier, file, file_of_request, header, json_body, order, refused_file, replied,
    request, try_request,
};
use crossdock_engine::carrier::{Delivery, Outcome, Reply, Request};
use serde_json::{Value, json};

/// Words that YAML 1.1, floats, spreadsheets or dynamic languages make something else of.
const WORDS: &[&str] = &[
    "35E87645934406417",
    "00123450",
    "+34911234567",
    "\"478\"",
    "NO",
    "1.10",
    "1_000",
    "0x10",
    "None",
    "1E10",
    "true",
    "null",
    "~",
    " ",
];

/// Those of them that are JSON numbers too, and others like them.
const NUMBERS: &[&str] =
    &["35E87645934406417", "1.10", "1E10", "478", "-0.0", "12345678901234567890123456789012345678901234567890"];

/// Texts that structured formats give a meaning to.
const TEXTS: &[&str] = &[
    "{{ 7 * 7 }} ${{ order.key }} {% raw %}",
    "a \"b\" 'c' \\ \\n \\u0041 /",
    "<b>&amp; ]]> <!-- x -->",
    "line one\nline two\ttab\r\nline three\rline four",
    "a&b=c;d+e%20f#g?h",
    "Zoë 👩\u{200d}🚀 日本語 \u{a0}x\u{2028}y \u{7f}\u{85}",
    "  leading and trailing  ",
];

fn everywhere(text: &str) -> Vec<u8> {
    order(json!({"shipment": {"recipient": {"name": text}}}))
}

#[track_caller]
fn sent(request_yaml: &str, text: &str) -> Request {
    request(&file_of_request("", request_yaml), &everywhere(text))
}

#[track_caller]
fn in_json(text: &str) -> Value {
    let sent = sent("path: /x\njson: {name: '${{ shipment.recipient.name }}', mixed: '<${{ shipment.recipient.name }}>'}", text);
    json_body(&sent)
}

/// The text of an element, of an attribute and within other text, as an XML parser reads them.
#[track_caller]
fn in_xml(text: &str) -> [String; 3] {
    let yaml = "path: /x
xml:
  order:
    '@name': ${{ shipment.recipient.name }}
    name: ${{ shipment.recipient.name }}
    mixed: <${{ shipment.recipient.name }}>";
    let sent = sent(yaml, text);
    let body = String::from_utf8(sent.body).unwrap();
    let tree = roxmltree::Document::parse(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
    let text = |name: &str| {
        let element = tree.descendants().find(|node| node.has_tag_name(name)).unwrap();
        element.text().unwrap_or_default().to_owned()
    };
    [tree.root_element().attribute("name").unwrap().to_owned(), text("name"), text("mixed")]
}

#[track_caller]
fn in_form(text: &str) -> Vec<(String, String)> {
    let sent = sent("path: /x\nform: {name: '${{ shipment.recipient.name }}', mixed: '<${{ shipment.recipient.name }}>'}", text);
    decoded_form(std::str::from_utf8(&sent.body).unwrap())
}

/// A form as the WHATWG URL standard parses it.
fn decoded_form(text: &str) -> Vec<(String, String)> {
    let decoded = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8().unwrap().into_owned()
    };
    text.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (decoded(name), decoded(value))).collect()
}

#[test]
fn words_and_texts_arrive_in_json() {
    for text in WORDS.iter().chain(TEXTS).chain(&["\u{1}\u{b}\u{1f}", "\u{fffe}"]) {
        assert_eq!(in_json(text), json!({"name": text, "mixed": format!("<{text}>")}));
    }
}

#[test]
fn words_and_texts_arrive_in_xml() {
    for text in WORDS.iter().chain(TEXTS) {
        assert_eq!(in_xml(text), [(*text).to_owned(), (*text).to_owned(), format!("<{text}>")]);
    }
}

#[test]
fn words_and_texts_arrive_in_forms() {
    for text in WORDS.iter().chain(TEXTS).chain(&["\u{0}\u{1}"]) {
        let expected = [("name".to_owned(), (*text).to_owned()), ("mixed".to_owned(), format!("<{text}>"))];
        assert_eq!(in_form(text), expected);
    }
}

#[test]
fn words_and_texts_arrive_in_paths_and_queries() {
    for text in WORDS.iter().chain(TEXTS) {
        let sent = sent(
            "path: /a/${{ shipment.recipient.name }}/b/x-${{ shipment.recipient.name }}\nquery: {q: '${{ shipment.recipient.name }}'}",
            text,
        );
        let (path, query) = sent.url.strip_prefix("https://api.swiftpost.example/v2/").unwrap().split_once('?').unwrap();
        assert!(sent.url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", sent.url);
        let segments: Vec<&str> = path.split('/').collect();
        let decoded = |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned();
        assert_eq!([decoded(segments[1]), decoded(segments[3])], [(*text).to_owned(), format!("x-{text}")]);
        assert_eq!(segments.len(), 4, "{path}");
        assert_eq!(decoded_form(query), [("q".to_owned(), (*text).to_owned())]);
    }
}

#[test]
fn words_arrive_in_headers() {
    for text in WORDS.iter().filter(|text| !text.trim().is_empty()) {
        let sent = sent("path: /x\nheaders: {X-Name: '${{ shipment.recipient.name }}'}", text);
        assert_eq!(header(&sent, "x-name"), Some(*text));
    }
}

#[track_caller]
fn refused(request_yaml: &str, text: &str, wanted: &str) {
    let fault = try_request(&carrier(&file_of_request("", request_yaml)), &everywhere(text)).unwrap_err();
    assert!(fault.contains(wanted), "{fault}");
    assert!(!fault.contains("secret"), "the value is in the message: {fault}");
}

#[test]
fn what_a_format_cannot_carry_is_refused_without_the_value() {
    let xml = "path: /x\nxml: {order: {name: '${{ shipment.recipient.name }}'}}";
    refused(xml, "secret \u{1}", "U+0001");
    refused(xml, "secret \u{0}", "U+0000");
    refused(xml, "secret \u{ffff}", "XML cannot carry");
    refused("path: /x\nxml: {order: {'@name': '${{ shipment.recipient.name }}'}}", "secret \u{b}", "U+000B");
    for text in ["secret\nX-Admin: 1", "secret\r", "secret\0", "secret\u{1}", "secret\u{7f}"] {
        refused("path: /x\nheaders: {X-Name: '${{ shipment.recipient.name }}'}", text, "X-Name");
    }
    refused("path: /x/${{ shipment.recipient.name }}", "", "empty");
    refused("path: /x/${{ shipment.recipient.name }}", "..", "cannot be `.` or `..`");
}

#[test]
fn a_segment_made_of_two_expressions_cannot_climb() {
    let both = "path: /x/${{ shipment.recipient.name }}${{ shipment.reference }}/y";
    let order = order(json!({"shipment": {"recipient": {"name": "."}, "reference": "."}}));
    let fault = try_request(&carrier(&file_of_request("", both)), &order).unwrap_err();
    assert!(fault.contains("`.` or `..`"), "{fault}");
}

#[test]
fn an_order_that_is_no_json_is_a_fault() {
    let carrier = carrier(&file_of_request("", "path: /x\njson: {name: '${{ shipment.recipient.name }}'}"));
    for broken in [&b"{\"shipment\": {\"recipient\": {\"name\": \"a\nb\"}}}"[..], b"{", b"", b"\xff", b"[1,]"] {
        assert!(try_request(&carrier, broken).is_err(), "{}", String::from_utf8_lossy(broken));
    }
}

/// A file that reads a value of a reply in every way there is.
fn reading() -> String {
    file(
        "operations:
  create_shipment:
    steps:
      book:
        request: {method: POST, path: /book}
        responses: [{when: {status: 2xx}, outcome: accepted}, $http]
        extract:
          parcels: {each: '$.parcels[*]', reference: $.ref, tracking_number: $.no, carrier_ref: $.no}
          carrier_ref: $.no
          id: $.no
          ids: $.nos
          text: {from: $.no, type: string}
          mixed: <${{ body.no }}>
      confirm:
        request:
          path: /confirm/${{ steps.book.id }}
          query: {t: '${{ steps.book.text }}'}
          headers: {X-Id: '${{ steps.book.id }}', X-Mixed: 'n ${{ steps.book.id }}', X-Read: '${{ steps.book.mixed }}'}
          json: {id: '${{ steps.book.id }}', ids: '${{ steps.book.ids }}', text: '${{ steps.book.text }}'}
",
    )
}

/// The first step, answered.
#[track_caller]
fn run_once(no: &str) -> Run {
    let mut run = Run::new(&reading(), order(json!({"shipment": {"parcels": [{"weight": 1}]}})));
    let reply = format!(r#"{{"no": {no}, "nos": [{no}], "parcels": [{{"ref": {no}, "no": {no}}}]}}"#);
    let call = run.calls().remove(0);
    assert_eq!(run.record(&call, &replied(201, &reply)), Outcome::Accepted);
    run
}

#[track_caller]
fn read_once(no: &str) -> crossdock_engine::carrier::Answer {
    run_once(no).progress.answers.remove(0).1
}

#[test]
fn words_keep_their_bytes_from_a_reply_to_what_is_read() {
    for word in WORDS.iter().chain(TEXTS).filter(|word| word.trim() == **word && !word.is_empty()) {
        let answer = read_once(&json!(word).to_string());
        let read = &answer.extracted;
        assert_eq!(read["parcels"][0], json!({"reference": word, "tracking_number": word, "carrier_ref": word}));
        assert_eq!(read["carrier_ref"], *word);
        assert_eq!((&read["id"], &read["text"], &read["ids"]), (&json!(word), &json!(word), &json!([word])));
        assert_eq!(read["mixed"], format!("<{word}>"));
    }
}

#[test]
fn numbers_keep_their_digits_from_a_reply_to_what_is_read_and_back() {
    for digits in NUMBERS {
        let answer = read_once(digits);
        let confirm = run_once(digits).calls().remove(0).request;
        // A tree respells exponents: what has one is a text.
        let value = if digits.contains('E') { json!(digits).to_string() } else { (*digits).to_owned() };
        let read = &answer.extracted;
        assert_eq!(read["parcels"][0]["tracking_number"], *digits);
        assert_eq!(read["carrier_ref"], *digits);
        assert_eq!((&read["text"], &read["mixed"]), (&json!(digits), &json!(format!("<{digits}>"))));
        assert_eq!(read["id"].to_string(), value);
        assert_eq!(confirm.url, format!("https://api.swiftpost.example/v2/confirm/{digits}?t={digits}"));
        assert_eq!(header(&confirm, "x-id"), Some(*digits));
        assert_eq!(header(&confirm, "x-mixed"), Some(format!("n {digits}").as_str()));
        let body = String::from_utf8(confirm.body).unwrap();
        assert_eq!(body, format!(r#"{{"id":{value},"ids":[{value}],"text":"{digits}"}}"#));
    }
}

const EVENTS: &str = "webhooks:
  tracking:
    verify: {none: the carrier signs nothing}
    events: $.events[*]
    event:
      id: $.id
      tracking_number: $.no
      carrier_ref: $.no
      occurred_at: {from: $.at, format: rfc3339}
      status: {code: $.code, text: $.text, vocabulary: tracking}
vocabularies:
  tracking:
    codes:
      NO: delivered
      1.10: picked_up
      1E10: in_transit
      0x10: out_for_delivery
      00123450: delayed
      478: on_hold
      1_000: returned
      None: lost
      '\"478\"': exception
      '+34911234567': arriving
      35E87645934406417: customs
    unknown: park
";

fn delivery(body: &str) -> Delivery {
    Delivery { method: "POST".into(), body: body.as_bytes().to_vec(), ..Delivery::default() }
}

#[track_caller]
fn event_of(value: &str) -> crossdock_engine::carrier::Found {
    let carrier = carrier(&file(EVENTS));
    let body =
        format!(r#"{{"events": [{{"id": 7, "no": {value}, "code": {value}, "text": {value}, "at": "2026-04-01T10:00:00Z"}}]}}"#);
    let mut translation = carrier.translate("tracking", &delivery(&body), &account(&carrier), NOW).unwrap();
    assert!(translation.unmapped.is_empty(), "{value}: {:?}", translation.unmapped);
    translation.events.remove(0)
}

#[track_caller]
fn check_event(value: &str, text: &str, status: &str) {
    let found = event_of(value);
    assert_eq!(found.event.tracking_number.as_deref(), Some(text));
    assert_eq!(found.correlation.carrier_ref.as_deref(), Some(text));
    assert_eq!((found.event.carrier_code.as_deref(), found.event.carrier_text.as_deref()), (Some(text), Some(text)));
    assert_eq!(found.event.status.name(), status);
}

#[test]
fn words_and_numbers_keep_their_bytes_from_a_delivery_to_an_event() {
    let statuses = [
        ("NO", "delivered"),
        ("1.10", "picked_up"),
        ("1E10", "in_transit"),
        ("0x10", "out_for_delivery"),
        ("00123450", "delayed"),
        ("478", "on_hold"),
        ("1_000", "returned"),
        ("None", "lost"),
        ("\"478\"", "exception"),
        ("+34911234567", "arriving"),
        ("35E87645934406417", "customs"),
    ];
    for (word, status) in statuses {
        check_event(&json!(word).to_string(), word, status);
    }
    for (digits, status) in [("1.10", "picked_up"), ("1E10", "in_transit"), ("478", "on_hold"), ("35E87645934406417", "customs")]
    {
        check_event(digits, digits, status);
    }
}

#[test]
fn a_code_never_seen_parks_its_event_alone() {
    let carrier = carrier(&file(EVENTS));
    let body = r#"{"events": [
        {"no": "A1", "code": "ZZ", "text": "who knows", "at": "2026-04-01T10:00:00Z"},
        {"no": "A1", "code": 478.0, "at": "2026-04-01T10:00:00Z"},
        {"no": "A1", "code": null, "text": null, "at": "2026-04-01T10:00:00Z"},
        {"no": "A1", "code": "NO", "at": "the day before yesterday"},
        {"no": "A1", "code": "NO", "at": "2026-04-01T11:00:00Z"}
    ]}"#;
    let translation = carrier.translate("tracking", &delivery(body), &account(&carrier), NOW).unwrap();
    assert_eq!(translation.events.len(), 1);
    assert_eq!(translation.events[0].event.status.name(), "delivered");
    let parked: Vec<_> =
        translation.unmapped.iter().map(|unmapped| (unmapped.code.as_deref(), unmapped.text.as_deref())).collect();
    assert_eq!(parked, [(Some("ZZ"), Some("who knows")), (Some("478.0"), None), (None, None), (None, None)]);
    assert_eq!(translation.unmapped[0].vocabulary.as_deref(), Some("tracking"));
    assert!(translation.unmapped.iter().all(|unmapped| unmapped.tracking_number.as_deref() == Some("A1")));
    assert!(!translation.unmapped[3].message.contains("yesterday"), "{}", translation.unmapped[3].message);
}

/// Reads errors in a success before it accepts.
const GUARDED: &str = "operations:
  create_shipment:
    request: {method: POST, path: /x}
    responses:
      - {when: {if: body.errors}, outcome: rejected, each: '$.errors[*]', code: $.code, message: [$.text, $.title]}
      - {when: {status: 204}, outcome: accepted}
      - {when: {status: 2xx, has: $.id}, outcome: accepted}
      - $http
    extract: {parcels: {tracking_number: $.id}}
";

#[test]
fn an_error_in_a_success_is_an_error() {
    let answer =
        answer(&file(GUARDED), &replied(200, r#"{"id": "1", "errors": [{"code": 12, "text": "", "title": "no street"}]}"#));
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert_eq!(serde_json::to_value(&answer.errors).unwrap(), json!([{"code": "12", "message": "no street"}]));
    assert!(answer.extracted.is_empty());
}

#[test]
fn null_missing_and_empty_errors_are_none() {
    let carrier = carrier(&file(GUARDED));
    for body in [r#"{"id": 1}"#, r#"{"id": 1, "errors": null}"#, r#"{"id": 1, "errors": []}"#, r#"{"id": 1, "errors": ""}"#] {
        assert_eq!(answer_of(&carrier, &replied(200, body)).outcome, Outcome::Accepted, "{body}");
    }
    for body in [r#"{"id": null}"#, r#"{"id": ""}"#, "{}", "null", "[]", ""] {
        assert_eq!(answer_of(&carrier, &replied(200, body)).outcome, Outcome::Unexpected, "{body}");
    }
}

#[test]
fn an_empty_204_is_read() {
    let bare = GUARDED.replace("parcels: {", "parcels: {optional: true, ");
    let answer = answer(&file(&bare), &Reply::Answered { status: 204, headers: vec![], body: vec![] });
    assert_eq!((answer.outcome, answer.unreadable), (Outcome::Accepted, None));
}

#[test]
fn null_and_missing_are_the_same_to_expressions() {
    let text = file_of_request(
        "",
        "path: /x
json:
  missing: ${{ shipment.recipient.company | default('-') }}
  null: ${{ shipment.sender.company | default('-') }}
  deep: ${{ shipment.return_to.address.city | default('-') }}
  asked: ${{ shipment.sender.company is none and shipment.recipient.company is none }}",
    );
    let order = String::from_utf8(order(json!({"shipment": {"sender": {"phone": "1"}}}))).unwrap();
    let order = order.replace(r#""phone":"1""#, r#""company":null"#);
    assert_eq!(json_body(&request(&text, order.as_bytes())), json!({"missing": "-", "null": "-", "deep": "-", "asked": true}));
}

#[test]
fn a_name_that_does_not_exist_is_a_finding() {
    let with = |expression: &str| file_of_request("", &format!("path: /x\njson: {{name: \"${{{{ {expression} }}}}\"}}"));
    refused_file(&with("shipment.reciever.name"), "there is no `reciever`");
    refused_file(&with("shipmnt.reference"), "`shipmnt` is not in scope");
    refused_file(&with("shipment.recipient.nmae"), "there is no `nmae`");
    refused_file(&with("shipment.recipient['nmae']"), "there is no `nmae`");
    refused_file(&with("shipment.parcels | map('wieght')"), "there is no `wieght`");
    refused_file(&with("config.acount"), "there is no `acount`");
    refused_file(&with("options.saturdays"), "there is no `saturdays`");
    refused_file(&with("shipment.options.saturdays"), "there is no `saturdays`");
    refused_file(&with("secret.kee"), "there is no `kee`");
    refused_file(&with("steps.book.id"), "there is no `book`");
    refused_file(&with("shipment.recipient.name | uper"), "there is no filter `uper`");
    refused_file(&with("shipment.recipient.name | lookup('nope')"), "there is no lookup `nope`");
    refused_file(&with("body.id"), "`body` is not in scope");
}
