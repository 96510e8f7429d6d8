//! Operations of several requests: order, resumption, failure and undoing.

use crate::support::{Run, file, header, json_body, order, refused_file, replied};
use crossdock_engine::carrier::{Done, Next, Outcome, Reply, Request};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn parcels(count: usize) -> Vec<u8> {
    let parcels: Vec<Value> = (1..=count).map(|at| json!({"reference": format!("R-1/{at}"), "weight": at})).collect();
    order(json!({"shipment": {"parcels": parcels}}))
}

/// `quote`, a `book` for each parcel (undone by DELETE), then `close`; `book` and `close` are keys of the two last steps.
fn three_steps(book: &str, close: &str) -> String {
    file(&format!(
        "operations:
  create_shipment:
    steps:
      quote:
        request: {{method: POST, path: /quotes, json: {{n: '${{{{ shipment.parcels | length }}}}'}}}}
        idempotency: {{header: Key, window: 1h}}
        extract: {{quote: $.id}}
        compensate: {{request: {{method: DELETE, path: '/quotes/${{{{ it.quote }}}}'}}, responses: [{{when: {{status: 2xx}}, outcome: accepted}}, $http]}}
        responses: [{{when: {{status: 2xx}}, outcome: accepted}}, $http]
      book:
        for_each: p in shipment.parcels
        {book}
        idempotency: {{header: Key, window: 1h}}
        request: {{method: POST, path: /parcels, json: {{ref: '${{{{ p.reference }}}}', quote: '${{{{ steps.quote.quote }}}}', at: '${{{{ loop.index }}}}'}}}}
        responses:
          - {{when: {{status: 202}}, outcome: pending}}
          - {{when: {{status: 2xx}}, outcome: accepted, warnings: {{each: '$.warnings[*]', message: $.text}}}}
          - {{when: {{status: 422}}, outcome: rejected, code: $.code, message: $.text}}
          - $http
        extract: {{id: $.id, parcels: {{tracking_number: $.no, carrier_ref: $.id}}}}
        compensate:
          request: {{method: DELETE, path: '/parcels/${{{{ it.id }}}}', headers: {{Key: '${{{{ order.key }}}}', X-Ref: '${{{{ p.reference }}}}'}}}}
          responses: [{{when: {{status: 404}}, outcome: not_found}}, {{when: {{status: 2xx}}, outcome: accepted}}, $http]
      close:
        {close}
        request: {{method: POST, path: /close, json: {{ids: '${{{{ steps.book.id }}}}'}}}}
        responses: [{{when: {{status: 2xx}}, outcome: accepted}}, $http]
        extract: {{tracking_url: $.url}}
"
    ))
}

fn plain() -> String {
    three_steps("on_failure: fail", "if: shipment.parcels")
}

/// What a friendly carrier answers.
fn friendly(call: &str) -> Reply {
    let at = call.split(':').nth(1).unwrap();
    match call {
        _ if call.ends_with(":undo") => replied(204, ""),
        "quote:0" => replied(200, r#"{"id": "Q7"}"#),
        "close:0" => replied(200, r#"{"url": "https://t.example/1"}"#),
        _ => replied(201, &format!(r#"{{"id": "P{at}", "no": "N{at}", "warnings": [{{"text": "w{at}"}}]}}"#)),
    }
}

/// The same, except for one call.
fn but(exception: &'static str, reply: Reply) -> impl Fn(&str) -> Reply {
    move |call| if call == exception { reply.clone() } else { friendly(call) }
}

fn refusal() -> Reply {
    replied(422, r#"{"code": "E1", "text": "too heavy"}"#)
}

#[track_caller]
fn run(text: &str, count: usize, reply: impl Fn(&str) -> Reply) -> (Done, Vec<String>, Vec<Request>) {
    let mut run = Run::new(text, parcels(count));
    let done = run.ended(reply);
    (done, run.names().into_iter().map(str::to_owned).collect(), run.sent.into_iter().map(|(_, request)| request).collect())
}

#[test]
fn steps_run_in_order_and_read_earlier_ones() {
    let (done, names, sent) = run(&plain(), 2, friendly);
    assert_eq!(names, ["quote:0", "book:0", "book:1", "close:0"]);
    assert_eq!(json_body(&sent[2]), json!({"ref": "R-1/2", "quote": "Q7", "at": 2}));
    assert_eq!(json_body(&sent[3]), json!({"ids": ["P0", "P1"]}));
    assert_eq!((done.outcome, done.left_behind.len()), (Outcome::Accepted, 0));
    assert_eq!(
        Value::Object(done.extracted),
        json!({
            "parcels": [
                {"tracking_number": "N0", "carrier_ref": "P0", "reference": "R-1/1"},
                {"tracking_number": "N1", "carrier_ref": "P1", "reference": "R-1/2"},
            ],
            "tracking_url": "https://t.example/1",
        })
    );
    assert_eq!(done.warnings.iter().filter_map(|warning| warning.message.as_deref()).collect::<Vec<_>>(), ["w0", "w1"]);
}

#[test]
fn iterations_run_together_or_one_by_one() {
    let mut together = Run::new(&plain(), parcels(3));
    let quote = together.calls().remove(0);
    together.record(&quote, &friendly("quote:0"));
    assert_eq!(together.due(), ["book:0", "book:1", "book:2"]);
    let mut in_turn = Run::new(&three_steps("sequential: true", "if: shipment.parcels"), parcels(3));
    in_turn.record(&quote, &friendly("quote:0"));
    for name in ["book:0", "book:1", "book:2"] {
        assert_eq!(in_turn.due(), [name]);
        let call = in_turn.calls().remove(0);
        in_turn.record(&call, &friendly(name));
    }
    assert_eq!(in_turn.due(), ["close:0"]);
}

#[test]
fn results_are_in_the_order_of_the_iterations_not_of_the_replies() {
    let mut run = Run::new(&plain(), parcels(3));
    let quote = run.calls().remove(0);
    run.record(&quote, &friendly("quote:0"));
    let calls = run.calls();
    for at in [2, 0, 1] {
        run.record(&calls[at], &friendly(&format!("book:{at}")));
    }
    let close = run.calls().remove(0);
    assert_eq!(json_body(&close.request), json!({"ids": ["P0", "P1", "P2"]}));
    run.record(&close, &friendly("close:0"));
    let done = run.ended(friendly);
    assert_eq!(done.extracted["parcels"][2]["tracking_number"], "N2");
}

#[test]
fn it_goes_on_where_it_stood() {
    let mut run = Run::new(&plain(), parcels(3));
    let quote = run.calls().remove(0);
    run.record(&quote, &friendly("quote:0"));
    let calls = run.calls();
    run.record(&calls[1], &friendly("book:1"));
    assert_eq!(run.due(), ["book:0", "book:2"]);
    assert_eq!(run.calls()[0].request, calls[0].request, "a request is the same however often it is made");
}

#[test]
fn keys_differ_by_step_iteration_and_undoing() {
    let (_, names, sent) = run(&plain(), 3, but("book:2", refusal()));
    let keys: BTreeSet<&str> = sent.iter().filter_map(|request| header(request, "key")).collect();
    let keyed = sent.iter().filter(|request| header(request, "key").is_some()).count();
    assert_eq!((keys.len(), keyed), (keyed, 6), "{names:?} {keys:?}");
}

#[test]
fn a_refusal_undoes_what_succeeded_and_nothing_else() {
    let (done, names, sent) = run(&plain(), 3, but("book:1", refusal()));
    assert_eq!(names, ["quote:0", "book:0", "book:1", "book:2", "book:0:undo", "book:2:undo", "quote:0:undo"]);
    let urls: Vec<&str> = sent[4..].iter().map(|request| request.url.rsplit("v2").next().unwrap()).collect();
    assert_eq!(urls, ["/parcels/P0", "/parcels/P2", "/quotes/Q7"]);
    assert_eq!(header(&sent[5], "x-ref"), Some("R-1/3"));
    assert_eq!((done.outcome, done.left_behind.len()), (Outcome::Rejected, 0));
    assert_eq!(done.errors[0].code.as_deref(), Some("E1"));
}

#[test]
fn what_cannot_be_undone_is_left_behind_by_name() {
    let reply = |call: &str| match call {
        "book:1" => refusal(),
        "book:0:undo" => replied(409, "{}"),
        "book:2:undo" => replied(404, "{}"),
        other => friendly(other),
    };
    let (done, _, _) = run(&plain(), 3, reply);
    assert_eq!((done.outcome, done.left_behind), (Outcome::Rejected, vec!["P0".to_owned()]));
}

#[test]
fn undoing_that_has_to_wait_waits() {
    let reply = |call: &str| match call {
        "book:1" => refusal(),
        "book:0:undo" => replied(429, ""),
        other => friendly(other),
    };
    let mut run = Run::new(&plain(), parcels(2));
    let done = run.ended(reply);
    assert_eq!(done.outcome, Outcome::Throttled);
    run.progress.answers.retain(|(_, answer)| answer.outcome != Outcome::Throttled);
    assert_eq!(run.due(), ["book:0:undo"]);
    let done = run.ended(but("book:1", refusal()));
    assert_eq!((done.outcome, done.left_behind.len()), (Outcome::Rejected, 0));
    assert_eq!(run.names().last(), Some(&"quote:0:undo"));
}

#[test]
fn what_is_unknown_is_never_undone_around() {
    for unknown in [Reply::Broken("reset".into()), replied(302, "")] {
        let (done, names, _) = run(&plain(), 2, but("book:1", unknown));
        assert!(matches!(done.outcome, Outcome::Ambiguous | Outcome::Unexpected), "{:?}", done.outcome);
        assert_eq!(names, ["quote:0", "book:0", "book:1"]);
        assert_eq!(done.left_behind, ["quote 1", "P0"]);
    }
}

#[test]
fn an_unknown_iteration_outweighs_a_refused_one() {
    for (refused, unknown) in [("book:0", "book:1"), ("book:1", "book:0")] {
        let reply = |call: &str| match call {
            _ if call == refused => refusal(),
            _ if call == unknown => Reply::Broken("reset".into()),
            other => friendly(other),
        };
        let (done, names, _) = run(&plain(), 2, reply);
        assert_eq!(done.outcome, Outcome::Ambiguous);
        assert!(names.iter().all(|name| !name.ends_with("undo")), "{names:?}");
    }
}

#[test]
fn a_refused_iteration_outweighs_one_that_was_not_written() {
    let reply = |call: &str| match call {
        "book:0" => replied(429, ""),
        "book:1" => refusal(),
        other => friendly(other),
    };
    let (done, names, _) = run(&plain(), 3, reply);
    assert_eq!(done.outcome, Outcome::Rejected);
    assert_eq!(names[4..], ["book:2:undo", "quote:0:undo"]);
}

#[test]
fn what_passes_waits_and_undoes_nothing() {
    for (reply, outcome) in [
        (replied(429, ""), Outcome::Throttled),
        (replied(500, ""), Outcome::Transient),
        (Reply::NotConnected("dns".into()), Outcome::NotWritten),
    ] {
        let (done, names, _) = run(&plain(), 2, but("book:0", reply));
        assert_eq!((done.outcome, names.len()), (outcome, 3));
    }
}

#[test]
fn a_step_may_fail_alone() {
    let text = three_steps("on_failure: continue", "if: shipment.parcels");
    let (done, names, sent) = run(&text, 3, but("book:1", refusal()));
    assert_eq!(done.outcome, Outcome::Accepted);
    assert_eq!(names.last().map(String::as_str), Some("close:0"));
    assert_eq!(json_body(sent.last().unwrap()), json!({"ids": ["P0", null, "P2"]}));
    assert_eq!(
        done.extracted["parcels"],
        json!([
            {"tracking_number": "N0", "carrier_ref": "P0", "reference": "R-1/1"},
            {"refused": {"code": "E1", "message": "too heavy"}, "reference": "R-1/2"},
            {"tracking_number": "N2", "carrier_ref": "P2", "reference": "R-1/3"},
        ])
    );
    assert_eq!(done.warnings[1].message.as_deref(), Some("too heavy"));
    let (waiting, _, _) = run(&text, 3, |call| match call {
        "book:0" => refusal(),
        "book:1" => replied(503, ""),
        other => friendly(other),
    });
    assert_eq!(waiting.outcome, Outcome::Throttled);
}

#[test]
fn a_step_may_park_and_leave_all_standing() {
    let (done, names, _) = run(&three_steps("on_failure: park", "if: shipment.parcels"), 2, but("book:1", refusal()));
    assert_eq!(names, ["quote:0", "book:0", "book:1"]);
    assert_eq!((done.outcome, done.left_behind), (Outcome::Rejected, vec!["quote 1".to_owned(), "P0".to_owned()]));
}

#[test]
fn a_failed_last_step_undoes_the_earlier_ones() {
    let (done, names, _) = run(&plain(), 1, but("close:0", replied(400, "no")));
    assert_eq!(names, ["quote:0", "book:0", "close:0", "book:0:undo", "quote:0:undo"]);
    assert_eq!((done.outcome, done.errors[0].message.as_deref()), (Outcome::Rejected, Some("no")));
}

#[test]
fn a_step_whose_condition_fails_is_skipped_and_null() {
    let (done, names, _) = run(&three_steps("if: p.reference != 'R-1/1'", "if: shipment.items"), 2, friendly);
    assert_eq!(names, ["quote:0", "book:1"]);
    assert_eq!(done.outcome, Outcome::Accepted);
}

#[test]
fn a_pending_step_ends_the_operation_for_now() {
    let (done, names, _) = run(&plain(), 2, but("book:0", replied(202, r#"{"id": "P0"}"#)));
    assert_eq!((done.outcome, names.len()), (Outcome::Pending, 3));
    assert_eq!(done.extracted["parcels"][0]["carrier_ref"], "P0");
}

const CHAIN: &str = "operations:
  create_shipment:
    steps:
      book:
        for_each: p in shipment.parcels
        sequential: true
        if: loop.first or steps.book.master
        request: {method: POST, path: /p, json: {$omit: absent, ref: '${{ p.reference }}', master: '${{ steps.book.master | first }}'}}
        responses: [{when: {status: 2xx}, outcome: accepted}, $http]
        extract: {master: $.master}
        compensate: {request: {method: DELETE, path: '/p/${{ it.master }}'}}
";

#[test]
fn one_by_one_an_iteration_sees_those_before_it() {
    let mut run = Run::new(&file(CHAIN), parcels(3));
    let done = run.ended(|call| if call == "book:2" { refusal() } else { replied(200, r#"{"master": "M1"}"#) });
    assert_eq!(done.outcome, Outcome::Rejected);
    let bodies: Vec<Value> = run.sent[..3].iter().map(|(_, request)| json_body(request)).collect();
    assert_eq!(
        bodies,
        [json!({"ref": "R-1/1"}), json!({"ref": "R-1/2", "master": "M1"}), json!({"ref": "R-1/3", "master": "M1"})]
    );
    assert_eq!(run.names()[3..], ["book:0:undo", "book:1:undo"]);
}

#[test]
fn steps_are_checked() {
    refused_file(&plain().replace("steps.quote.quote", "steps.qoute.quote"), "there is no `qoute`");
    refused_file(&plain().replace("steps.quote.quote", "steps.quote.id"), "there is no `id`");
    refused_file(&plain().replace("it.quote", "it.qoute"), "there is no `qoute`");
    refused_file(&file(&CHAIN.replace("        sequential: true\n", "")), "there is no `book`");
}

#[test]
fn requires_are_asked_once_only() {
    let text = plain().replace(
        "    steps:\n      quote",
        "    requires: [{that: shipment.recipient.phone, message: no phone}]\n    steps:\n      quote",
    );
    let mut run = Run::new(&text, order(json!({"shipment": {"recipient": {"phone": "1"}}})));
    let quote = run.calls().remove(0);
    run.record(&quote, &friendly("quote:0"));
    assert!(matches!(run.next(), Next::Calls(_)));
}

#[test]
fn of_parcels_that_may_fail_alone_one_must_succeed() {
    let text = three_steps("on_failure: continue", "if: shipment.parcels");
    let (done, names, _) = run(&text, 2, |call| if call.starts_with("book") { refusal() } else { friendly(call) });
    assert_eq!((done.outcome, done.errors[0].code.as_deref()), (Outcome::Rejected, Some("E1")));
    assert_eq!(names, ["quote:0", "book:0", "book:1", "quote:0:undo"]);
}

#[test]
fn what_may_exist_is_not_passed_over() {
    let text = three_steps("on_failure: continue", "if: shipment.parcels");
    let (done, names, _) = run(&text, 2, but("book:1", Reply::Broken("time".into())));
    assert_eq!((done.outcome, names.len()), (Outcome::Ambiguous, 3));
    assert_eq!(done.left_behind, ["quote 1", "P0"]);
}

/// A step over what an earlier one has listed, whatever the list's own form.
const LISTED: &str = "operations:
  create_shipment:
    requires: [{that: shipment.parcels, message: no parcels}]
    steps:
      create:
        request: {method: POST, path: /s, json: {}}
        extract:
          ids: {from: ['$.pieces[*].id', '$.more[*].id'], type: list}
          rates: {from: $.rates, type: list}
      label:
        for_each: id in steps.create.ids
        request: {path: '/labels/${{ id }}', query: {at: '${{ loop.index }}', rate: \"${{ (steps.create.rates | select('name', 'fast') | first).id }}\"}}
        responses: [{when: {status: 2xx}, outcome: accepted}, $http]
        extract:
          price: {amount: $.price, currency: $.currency}
          documents: [{kind: label, data: $text, media: text/plain}]
";

fn listed(body: &'static str) -> (Done, Vec<String>) {
    let mut run = Run::new(&file(LISTED), parcels(1));
    let done = run.ended(|call| match call {
        "create:0" => replied(200, body),
        _ => replied(200, r#"{"price": "1.50", "currency": "EUR"}"#),
    });
    (done, run.sent.iter().skip(1).map(|(_, request)| request.url.split("/v2").nth(1).unwrap().to_owned()).collect())
}

#[test]
fn a_step_goes_over_what_an_earlier_one_has_listed() {
    let several = r#"{"pieces": [{"id": 7}, {"id": "A/8"}], "more": {"id": "B"}, "rates": [{"name": "slow", "id": 1}, {"name": "fast", "id": 2}]}"#;
    let (done, urls) = listed(several);
    assert_eq!(done.outcome, Outcome::Accepted);
    assert_eq!(urls, ["/labels/7?at=1&rate=2", "/labels/A%2F8?at=2&rate=2", "/labels/B?at=3&rate=2"]);
    let one = r#"{"pieces": {"id": 7}, "rates": {"name": "fast", "id": 3}}"#;
    assert_eq!(listed(one).1, ["/labels/7?at=1&rate=3"]);
    assert!(listed("{}").1.is_empty());
}

#[test]
fn prices_of_iterations_are_summed() {
    let (done, _) = listed(r#"{"pieces": [{"id": 1}, {"id": 2}, {"id": 3}]}"#);
    assert_eq!(done.extracted["price"], json!({"amount": "4.50", "currency": "EUR"}));
    let mut run = Run::new(&file(LISTED), parcels(1));
    let done = run.ended(|call| match call {
        "create:0" => replied(200, r#"{"pieces": [{"id": 1}, {"id": 2}]}"#),
        "label:0" => replied(200, r#"{"price": 1, "currency": "EUR"}"#),
        _ => replied(200, r#"{"price": 1, "currency": "USD"}"#),
    });
    assert_eq!(done.extracted.get("price"), None);
}

#[test]
fn documents_of_a_parcels_iteration_are_that_parcels() {
    let text = LISTED
        .replace("for_each: id in steps.create.ids", "for_each: p in shipment.parcels")
        .replace("${{ id }}", "${{ p.weight }}");
    let text = text.replace("          ids: {from: ['$.pieces[*].id', '$.more[*].id'], type: list}\n", "");
    let mut run = Run::new(&file(&text), parcels(2));
    let done = run.ended(|_| replied(200, "{}"));
    let owners: Vec<&Value> =
        done.extracted["documents"].as_array().unwrap().iter().map(|paper| &paper["parcel_reference"]).collect();
    assert_eq!(owners, ["R-1/1", "R-1/2"]);
}

#[test]
fn a_parcel_may_be_refused_inside_a_reply() {
    let text = file(
        "operations:
  create_shipment:
    request: {method: POST, path: /s, json: {}}
    extract:
      parcels: {each: '$.p[*]', tracking_number: $.no, error: {if: parcel.error, code: $.error.code, message: $.error.text}}
",
    );
    let mut some = Run::new(&text, parcels(2));
    let done = some.ended(|_| replied(200, r#"{"p": [{"no": "N1"}, {"error": {"code": 7, "text": "no"}}]}"#));
    assert_eq!(done.outcome, Outcome::Accepted);
    assert_eq!(
        done.extracted["parcels"],
        json!([{"tracking_number": "N1", "reference": "R-1/1"}, {"refused": {"code": "7", "message": "no"}, "reference": "R-1/2"}])
    );
    let mut none = Run::new(&text, parcels(1));
    let done = none.ended(|_| replied(200, r#"{"p": {"error": {"code": 7}}}"#));
    assert_eq!((done.outcome, done.errors[0].code.as_deref()), (Outcome::Rejected, Some("7")));
}

#[test]
fn labels_beside_the_numbers_are_those_parcels_own() {
    let labels = |reference: &str| {
        file(&format!(
            "operations:
  create_shipment:
    request: {{method: POST, path: /s, json: {{}}}}
    extract:
      parcels: {{each: '$.p[*]', tracking_number: $.no{reference}}}
      documents: [{{kind: label, each: '$.p[*]', data: $.label, media: text/plain}}, {{kind: other, each: '$.more[*]', data: $, media: text/plain}}]
"
        ))
    };
    let owners = |text: &str, reply: &'static str| {
        let done = Run::new(text, parcels(2)).ended(|_| replied(200, reply));
        let papers = done.extracted["documents"].as_array().cloned().unwrap_or_default();
        papers.into_iter().map(|paper| (paper["data"].clone(), paper["parcel_reference"].clone())).collect::<Vec<_>>()
    };
    let both = r#"{"p": [{"no": "N1", "label": "a"}, {"no": "N2", "label": "b"}], "more": ["c"]}"#;
    assert_eq!(
        owners(&labels(""), both),
        [(json!("YQ=="), json!("R-1/1")), (json!("Yg=="), json!("R-1/2")), (json!("Yw=="), Value::Null)]
    );
    // A label that is not there moves no other; the parcels' own references count before their order.
    let second = r#"{"p": [{"no": "N2", "ref": "R-1/2"}, {"no": "N1", "ref": "R-1/1", "label": "a"}]}"#;
    assert_eq!(owners(&labels(", reference: $.ref"), second), [(json!("YQ=="), json!("R-1/1"))]);
    // Two entries for three parcels: nobody knows.
    let text = labels("");
    let done = Run::new(&text, parcels(3)).ended(|_| replied(200, both));
    assert!(done.extracted["documents"].as_array().unwrap().iter().all(|paper| paper.get("parcel_reference").is_none()));
}
