//! Operations whose final answer comes later: asked for again, or told by a webhook.

use crate::support::{Run, account, carrier, file, json_body, order, refused_file, replied};
use crossdock_engine::carrier::{Completion, Delivery, Next, Outcome, Progress, Waiting};
use serde_json::{Value, json};
use std::time::Duration;

/// Created at once, confirmed later, then the label.
const POLLED: &str = "operations:
  create_shipment:
    requires: [{that: shipment.parcels, message: no parcels}]
    steps:
      create:
        request: {method: POST, path: /s, json: {ref: '${{ shipment.reference }}'}}
        responses: [{when: {status: 2xx}, outcome: accepted}, $http]
        extract: {id: $.id, carrier_ref: $.id}
        compensate: {request: {method: DELETE, path: '/s/${{ it.id }}'}}
      confirmed:
        poll: {every: 30s, give_up: 1h}
        request: {path: '/s/${{ steps.create.id }}'}
        responses:
          - {when: {if: body.status == 'failed'}, outcome: rejected, message: $.why}
          - {when: {if: body.status == 'confirmed'}, outcome: accepted}
          - {when: {status: 2xx}, outcome: pending}
          - $http
        extract: {parcels: {tracking_number: $.no}}
      label:
        request: {path: '/s/${{ steps.create.id }}/label'}
        extract: {documents: [{kind: label, data: $text, media: text/plain}]}
";

fn ended(run: &Run) -> crossdock_engine::carrier::Done {
    match run.next() {
        Next::Done(done) => *done,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn answer(run: &mut Run, name: &str, body: &str) -> Outcome {
    assert_eq!(run.due(), [name]);
    let call = run.calls().remove(0);
    run.record(&call, &replied(200, body))
}

fn polled() -> Run {
    let mut run = Run::new(&file(POLLED), order(json!({})));
    answer(&mut run, "create:0", r#"{"id": "S7"}"#);
    assert_eq!(answer(&mut run, "confirmed:0", r#"{"status": "created"}"#), Outcome::Pending);
    run
}

#[test]
fn a_step_is_asked_again_until_its_answer_is_final() {
    let mut run = polled();
    let done = ended(&run);
    let waiting = Waiting {
        step: Some("confirmed".into()),
        every: Some(Duration::from_secs(30)),
        give_up: Some(Duration::from_secs(3600)),
    };
    assert_eq!((done.outcome, done.pending), (Outcome::Pending, Some(waiting)));
    assert_eq!(done.extracted["carrier_ref"], "S7");
    assert!(run.ask_again());
    answer(&mut run, "confirmed:0", r#"{"status": "offers_prepared"}"#);
    assert!(run.ask_again());
    assert_eq!(answer(&mut run, "confirmed:0", r#"{"status": "confirmed", "no": "N1"}"#), Outcome::Accepted);
    assert!(!run.ask_again(), "what is final is not asked for again");
    answer(&mut run, "label:0", "\"^XA\"");
    let done = ended(&run);
    assert_eq!((done.outcome, done.pending), (Outcome::Accepted, None));
    assert_eq!(done.extracted["parcels"], json!([{"tracking_number": "N1", "reference": "R-1/1"}]));
}

#[test]
fn a_later_refusal_undoes_what_was_created() {
    let mut run = polled();
    run.ask_again();
    assert_eq!(answer(&mut run, "confirmed:0", r#"{"status": "failed", "why": "no courier"}"#), Outcome::Rejected);
    answer(&mut run, "create:0:undo", "");
    let done = ended(&run);
    assert_eq!((done.outcome, done.errors[0].message.as_deref()), (Outcome::Rejected, Some("no courier")));
    assert!(done.left_behind.is_empty());
}

/// Taken with 202; the webhook tells the rest.
const TOLD: &str = "secrets: [key]
operations:
  create_shipment:
    request: {method: POST, path: /s, json: {ref: '${{ shipment.reference }}'}}
    responses: [{when: {status: 202}, outcome: pending}, $http]
    extract: {carrier_ref: $.id, tracking_url: $.url}
webhooks:
  shipments:
    verify: {header: {name: x-key, value: '${{ secret.key }}'}}
    completes:
      - {operation: create_shipment, if: body.event == 'confirmed', carrier_ref: $.id, outcome: accepted, extract: {parcels: {tracking_number: $.no}}}
      - {operation: create_shipment, if: body.event == 'failed', carrier_ref: $.id, reference: $.ref, outcome: rejected, each: '$.errors[*]', code: $.code, message: $.text}
";

fn told(body: &Value) -> Vec<Completion> {
    let carrier = carrier(&file(TOLD));
    let delivery = Delivery { method: "POST".into(), body: body.to_string().into_bytes(), ..Delivery::default() };
    carrier.translate("shipments", &delivery, &account(&carrier), 0).unwrap().completions
}

fn waiting() -> Run {
    let mut run = Run::new(&file(TOLD), order(json!({})));
    let call = run.calls().remove(0);
    run.record(&call, &replied(202, r#"{"id": "S7", "url": "https://t.example/7"}"#));
    let done = ended(&run);
    assert_eq!((done.outcome, done.pending), (Outcome::Pending, Some(Waiting { step: None, every: None, give_up: None })));
    assert!(!run.ask_again(), "a write is never asked for again");
    run
}

#[test]
fn a_webhook_gives_the_final_answer() {
    let mut run = waiting();
    let [completion] = told(&json!({"event": "confirmed", "id": "S7", "no": "N1"})).try_into().unwrap();
    assert_eq!((completion.operation.as_str(), completion.names.carrier_ref.as_deref()), ("create_shipment", Some("S7")));
    let kept: Completion = serde_json::from_value(serde_json::to_value(&completion).unwrap()).unwrap();
    assert!(run.progress.complete(&kept));
    assert!(!run.progress.complete(&kept), "it waits no longer");
    let done = ended(&run);
    assert_eq!(done.outcome, Outcome::Accepted);
    assert_eq!(
        Value::Object(done.extracted),
        json!({"carrier_ref": "S7", "tracking_url": "https://t.example/7", "parcels": [{"tracking_number": "N1", "reference": "R-1/1"}]})
    );
}

#[test]
fn a_webhook_refuses_with_the_carriers_words() {
    let mut run = waiting();
    let completion =
        told(&json!({"event": "failed", "ref": "R-1", "errors": [{"code": 4, "text": "no"}, {"text": "never"}]})).remove(0);
    assert_eq!((completion.names.carrier_ref.as_deref(), completion.names.reference.as_deref()), (None, Some("R-1")));
    assert!(run.progress.complete(&completion));
    let done = ended(&run);
    let words: Vec<_> = done.errors.iter().map(|error| error.message.as_deref()).collect();
    assert_eq!((done.outcome, words), (Outcome::Rejected, vec![Some("no"), Some("never")]));
    assert!(told(&json!({"event": "other", "id": "S7"})).is_empty());
}

#[test]
fn of_several_that_wait_the_named_one_is_completed() {
    let text = file(
        "operations:
  create_shipment:
    steps:
      book:
        for_each: p in shipment.parcels
        request: {method: POST, path: /p, json: {ref: '${{ p.reference }}'}}
        responses: [{when: {status: 202}, outcome: pending}, $http]
        extract: {parcels: {carrier_ref: $.id}}
webhooks:
  parcels:
    verify: {none: the carrier offers nothing at all}
    completes: [{operation: create_shipment, step: book, carrier_ref: $.id, outcome: accepted, extract: {parcels: {carrier_ref: $.id, tracking_number: $.no}}}]
",
    );
    let mut run = Run::new(
        &text,
        order(json!({"shipment": {"parcels": [{"reference": "A", "weight": 1}, {"reference": "B", "weight": 1}]}})),
    );
    for (at, call) in run.calls().into_iter().enumerate() {
        run.record(&call, &replied(202, &format!(r#"{{"id": "P{at}"}}"#)));
    }
    let carrier = carrier(&text);
    let tell = |progress: &mut Progress, body: &str| {
        let delivery = Delivery { method: "POST".into(), body: body.into(), ..Delivery::default() };
        progress.complete(&carrier.translate("parcels", &delivery, &account(&carrier), 0).unwrap().completions[0])
    };
    assert!(!tell(&mut run.progress, r#"{"id": "P9", "no": "N9"}"#));
    assert!(tell(&mut run.progress, r#"{"id": "P1", "no": "N1"}"#));
    assert_eq!(ended(&run).outcome, Outcome::Pending);
    assert!(!tell(&mut run.progress, r#"{"id": "P1", "no": "N1"}"#), "told twice, it is not taken for the other's");
    assert!(tell(&mut run.progress, r#"{"id": "P0", "no": "N0"}"#));
    let done = ended(&run);
    assert_eq!(done.outcome, Outcome::Accepted);
    assert_eq!(
        done.extracted["parcels"],
        json!([
            {"carrier_ref": "P0", "tracking_number": "N0", "reference": "A"},
            {"carrier_ref": "P1", "tracking_number": "N1", "reference": "B"},
        ])
    );
}

#[test]
fn what_completes_is_checked() {
    for (wrong, right, wanted) in [
        (
            "operation: create_shipment, if: body.event == 'failed'",
            "operation: create_shipmnt, if: body.event == 'failed'",
            "no operation `create_shipmnt`",
        ),
        (
            "{operation: create_shipment, if: body.event == 'confirmed'",
            "{operation: create_shipment, step: book, if: body.event == 'confirmed'",
            "no step `book`",
        ),
        ("carrier_ref: $.id, outcome: accepted", "outcome: accepted", "nothing says which order"),
        ("outcome: accepted, extract", "outcome: transient, extract", "completes with `accepted` or `rejected`"),
    ] {
        refused_file(&file(&TOLD.replace(wrong, right)), wanted);
    }
    let nothing = TOLD.split("    completes:").next().unwrap().to_owned();
    refused_file(&file(&nothing), "a webhook has an `event`, or `completes`");
    let writes = POLLED
        .replace("request: {path: '/s/${{ steps.create.id }}'}", "request: {method: POST, path: '/s/${{ steps.create.id }}'}");
    refused_file(&file(&writes), "a step that is asked again must only read");
    let never = POLLED.replace("          - {when: {status: 2xx}, outcome: pending}\n", "");
    refused_file(&file(&never), "it would never be asked again");
    let body = json_body(&Run::new(&file(TOLD), order(json!({}))).calls()[0].request);
    assert_eq!(body, json!({"ref": "R-1"}));
}
