//! Data with `${{ }}`: what becomes of each leaf, and what falls out.

use crate::checks::{
    check_body, check_bytes, check_fault, check_finding, check_value, check_with, company, fault_with, noted, with_body,
};
use crate::support::{account_with, carrier, file_of_request, json_body, next, order, refused_file, request, try_account};
use crossdock_engine::carrier::{FaultKind, Next, Progress};
use serde_json::{Value, json};

#[test]
fn a_literal_has_its_yaml_1_2_type() {
    check_body(
        "{a: text, b: 5, c: 1.5, d: true, e: null, f: '5', g: [1, x], h: {}, i: [], j: '', k: 'NO', l: '12:30'}",
        json!({}),
        json!({"a": "text", "b": 5, "c": 1.5, "d": true, "e": null, "f": "5", "g": [1, "x"], "h": {}, "i": [], "j": "", "k": "NO", "l": "12:30"}),
    );
}

#[test]
fn one_expression_yields_the_native_value() {
    check_body(
        "{n: '${{ shipment.parcels[0].weight }}', t: '${{ shipment.recipient.address.postal_code }}', b: '${{ shipment.recipient.residential }}', l: '${{ shipment.recipient.address.lines }}', o: '${{ shipment.parcels[0].value }}', w: ' ${{ shipment.reference }} '}",
        json!({"shipment": {"recipient": {"residential": false}, "parcels": [{"weight": 1250, "value": {"amount": "5.00", "currency": "EUR"}}]}}),
        json!({"n": 1250, "t": "01067", "b": false, "l": ["Calle Sol 4"], "o": {"amount": "5.00", "currency": "EUR"}, "w": " R-1 "}),
    );
}

#[test]
fn mixed_text_takes_texts_and_numbers_only() {
    check_body(
        "v: Order ${{ shipment.reference }} of ${{ shipment.parcels | length }}, ${{ shipment.parcels[0].weight | kilograms }} kg",
        json!({}),
        json!({"v": "Order R-1 of 1, 1.25 kg"}),
    );
    check_finding("v: is ${{ shipment.recipient.residential }}", "a boolean cannot stand in a text");
    check_finding("v: at ${{ shipment.recipient.address }}", "an object cannot stand in a text");
    check_finding("v: at ${{ shipment.recipient.address.lines }}", "a list cannot stand in a text");
    check_fault("v: is ${{ shipment.metadata.flag }}", noted(json!({"flag": true})), "a boolean cannot be part of a text");
    check_fault("v: Dear ${{ shipment.recipient.company }}", json!({}), "null inside a text");
    check_finding("v: Dear ${{ shipment.recipient.company }", "`${{` without its `}}`");
}

#[test]
fn numbers_print_plainly() {
    let number = |digits: &str| {
        let order = String::from_utf8(order(noted(json!({"n": "@"})))).unwrap().replace("\"@\"", digits);
        let text = with_body(
            "",
            "{n: '${{ shipment.metadata.n }}', t: 'n ${{ shipment.metadata.n }}', k: '${{ shipment.metadata.n * 1 }}'}",
        );
        String::from_utf8(request(&text, order.as_bytes()).body).unwrap()
    };
    for (digits, plain) in
        [("5", "5"), ("-5", "-5"), ("1.10", "1.1"), ("10.0", "10"), ("1E3", "1000"), ("1.5e-2", "0.015"), ("0.10", "0.1")]
    {
        assert_eq!(number(digits), format!(r#"{{"n":{plain},"t":"n {plain}","k":{plain}}}"#), "{digits}");
    }
    check_bytes("v: [1.5, 100, 1000]", json!({}), r#"{"v":[1.5,100,1000]}"#);
    check_value("0.1 + 0.2", json!({}), json!(0.3));
    check_bytes("v: ${{ 0.1 + 0.2 }}", json!({}), r#"{"v":0.3}"#);
    check_bytes("v: ${{ 10 / 4 }}", json!({}), r#"{"v":2.5}"#);
    check_bytes("v: ${{ 10 / 5 }}", json!({}), r#"{"v":2}"#);
    check_bytes(
        "v: ['${{ 2.5 | round }}', '${{ -2.5 | round }}', '${{ 1.005 | round(2) }}', '${{ 1.5 | fixed(2) }}']",
        json!({}),
        r#"{"v":[3,-3,1.01,"1.50"]}"#,
    );
    check_fault("v: ${{ shipment.parcels[0].weight / 0 }}", json!({}), "division by zero");
}

#[test]
fn a_computed_null_is_an_error_unless_it_may_fall_out() {
    check_fault("v: ${{ shipment.recipient.company }}", json!({}), "this is null");
    check_body("{$omit: absent, a: '${{ shipment.recipient.company }}', b: 1}", json!({}), json!({"b": 1}));
    check_body("{$omit: absent, a: '${{ shipment.recipient.company }}', b: 1}", company(json!("")), json!({"a": "", "b": 1}));
    check_body("{$omit: empty, a: '${{ shipment.recipient.company }}', b: 1}", company(json!("")), json!({"b": 1}));
    check_body(
        "{$omit: empty, a: '${{ shipment.metadata }}', b: '${{ shipment.items }}', c: 1}",
        json!({"shipment": {"metadata": {}, "items": []}}),
        json!({"c": 1}),
    );
    check_body(
        "{$omit: empty, zero: '${{ shipment.metadata.n }}', no: '${{ shipment.metadata.f }}'}",
        noted(json!({"n": 0, "f": false})),
        json!({"zero": 0, "no": false}),
    );
}

#[test]
fn secrets_enter_bodies_by_their_own_word_only() {
    let sent = request(&with_body("secrets: [key]", "auth: {key: {$secret: key}}"), &order(json!({})));
    assert_eq!(json_body(&sent), json!({"auth": {"key": "key-value"}}));
    assert!(sent.masked.contains(&"key-value".to_owned()));
    refused_file(&with_body("secrets: [key]", "auth: '${{ secret.key }}'"), "could be seen here");
    refused_file(&with_body("secrets: [key]", "auth: {$secret: kye}"), "there is no secret `kye`");
}

#[test]
fn null_is_passed_on() {
    let nothing = "{$omit: absent, x: 1, v: '${{ @ }}'}";
    for expression in [
        "shipment.return_to.address.city",
        "shipment.return_to.address.lines[0]",
        "shipment.recipient.address.lines[5]",
        "shipment.recipient.address.lines[-5]",
        "shipment.recipient.company | upper",
        "shipment.recipient.company | truncate_to(3)",
        "shipment.recipient.company | split(\",\")",
        "shipment.parcels[0].length | centimetres",
        "shipment.ship_date | date(\"%d.%m.%Y\")",
        "shipment.items | first",
        "shipment.items | length",
        "shipment.items | map(\"sku\")",
        "(shipment.items | first).sku",
        "shipment.recipient.company[:3]",
        "shipment.return_to.address.lines[1:]",
        "shipment.parcels[0].length * 2",
        "shipment.parcels[0].length // 2",
        "2 ** shipment.parcels[0].length",
        "-shipment.parcels[0].length",
        "1 - shipment.parcels[0].length",
        "shipment.metadata.a.b.c[1]['d']",
        "shipment.recipient.company | matches(\"x\")",
    ] {
        check_body(&nothing.replace('@', &expression.replace('\'', "''")), json!({}), json!({"x": 1}));
    }
    check_value("shipment.parcels[0].length < 5 or shipment.parcels[0].length >= 5", json!({}), json!(false));
    check_value("shipment.recipient.company == none", json!({}), json!(true));
    check_value("none in ['a', none]", json!({}), json!(true));
    check_value("'a' in shipment.recipient.company", json!({}), json!(false));
    check_value("'a' in shipment.items", json!({}), json!(false));
    check_value("shipment.recipient.company ~ '-' ~ shipment.reference", json!({}), json!("-R-1"));
    check_value("shipment.recipient.company is startingwith('a')", json!({}), json!(false));
}

#[test]
fn default_and_coalesce_skip_empty_values() {
    for empty in [json!(null), json!(""), json!([]), json!({})] {
        check_value("shipment.metadata.x | default('d')", noted(json!({"x": empty, "y": 1})), json!("d"));
        check_value("coalesce(shipment.metadata.x, shipment.metadata.y, 2)", noted(json!({"x": empty, "y": 1})), json!(1));
    }
    check_value("shipment.metadata.x | default('d')", noted(json!({"x": 0})), json!(0));
    check_value("shipment.metadata.x | default('d')", noted(json!({"x": false})), json!(false));
}

fn lookups(options: &str) -> String {
    format!("lookups:\n  t: {{values: {{express: EXP, NO: Norway, 01: one, 1.10: ten}}, {options}}}\n")
}

#[test]
fn lookups_say_what_unknown_and_missing_become() {
    let by_service = "{$omit: absent, v: \"${{ shipment.service | lookup('t') }}\", x: 1}";
    let service = |service: &str| json!({"shipment": {"service": service}});
    check_with(&lookups("unknown: fail"), by_service, service("express"), json!({"v": "EXP", "x": 1}));
    check_with(&lookups("unknown: fail"), by_service, service("NO"), json!({"v": "Norway", "x": 1}));
    check_with(&lookups("unknown: fail"), by_service, service("01"), json!({"v": "one", "x": 1}));
    check_with(&lookups("unknown: fail"), by_service, service("1.10"), json!({"v": "ten", "x": 1}));
    fault_with(&lookups("unknown: fail"), by_service, service("slow"), "the lookup `t`");
    fault_with(&lookups("unknown: fail"), by_service, service("EXPRESS"), "the lookup `t`");
    check_with(&lookups("unknown: pass"), by_service, service("slow"), json!({"v": "slow", "x": 1}));
    check_with(&lookups("unknown: omit"), by_service, service("slow"), json!({"x": 1}));
    check_with(&lookups("unknown: {value: STD}"), by_service, service("slow"), json!({"v": "STD", "x": 1}));
    check_with(&lookups("unknown: fail, match: ignore_case"), by_service, service("EXPRESS"), json!({"v": "EXP", "x": 1}));
    check_with(&lookups("unknown: fail, missing: omit"), by_service, json!({}), json!({"x": 1}));
    check_with(&lookups("unknown: fail, missing: {value: STD}"), by_service, json!({}), json!({"v": "STD", "x": 1}));
    fault_with(&lookups("unknown: pass, missing: fail"), by_service, json!({}), "the lookup `t`");
    refused_file(&with_body(&lookups("missing: omit"), by_service), "does not say what is done");
    refused_file(&with_body(&lookups("unknown: fial"), by_service), "`fial` is not a word");
}

#[test]
fn lookups_take_lists_and_have_columns() {
    let tables = "lookups:
  codes: {values: {a: A, b: B}, unknown: pass}
  labels: {values: {pdf: {layout: P1, size: 10}, zpl: {layout: Z1, size: 20}}, unknown: fail, missing: {value: {layout: D, size: 0}}}
";
    let body =
        "{list: \"${{ ['a', 'x'] | lookup('codes') }}\", layout: \"${{ (shipment.label_format | lookup('labels')).layout }}\"}";
    check_with(tables, body, json!({"shipment": {"label_format": "zpl"}}), json!({"list": ["A", "x"], "layout": "Z1"}));
    check_with(tables, body, json!({}), json!({"list": ["A", "x"], "layout": "D"}));
    refused_file(&with_body(tables, "v: \"${{ (shipment.label_format | lookup('labels')).layuot }}\""), "there is no `layuot`");
}

const OPTIONS: &str = "
options:
  saturday: {type: boolean, default: false}
  pickup_code: {type: string, enum: [EARLY, LATE]}
  floor: {type: integer, of: parcel, default: 0}
";

const OPTION_BODY: &str = "
$omit: absent
sat: ${{ options.saturday }}
code: ${{ options.pickup_code }}
floors: {$for: p in shipment.parcels, $do: '${{ p.options.floor }}'}
";

#[track_caller]
fn check_options(patch: Value, wanted: &[&str]) {
    let carrier = carrier(&with_body(OPTIONS, OPTION_BODY));
    let fault = next(&carrier, &account_with(&carrier, json!({})), &order(patch), &Progress::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    assert_eq!(fault.messages.len(), wanted.len(), "{:?}", fault.messages);
    for wanted in wanted {
        assert!(fault.messages.iter().any(|message| message.contains(wanted)), "{wanted}: {:?}", fault.messages);
    }
}

#[test]
fn options_have_defaults_types_and_names() {
    check_with(OPTIONS, OPTION_BODY, json!({}), json!({"sat": false, "floors": [0]}));
    let asked = json!({"shipment": {"options": {"saturday": true, "pickup_code": "LATE"}, "parcels": [{"weight": 1, "options": {"floor": 3}}, {"weight": 2}]}});
    check_with(OPTIONS, OPTION_BODY, asked, json!({"sat": true, "code": "LATE", "floors": [3, 0]}));
    check_options(
        json!({"shipment": {"options": {"saturdays": true}}}),
        &["there is no option `saturdays`; did you mean `saturday`?"],
    );
    check_options(json!({"shipment": {"options": {"saturday": "yes"}}}), &["the option `saturday` must be `true` or `false`"]);
    check_options(
        json!({"shipment": {"options": {"pickup_code": "NOON"}}}),
        &["the option `pickup_code` must be one of `EARLY`, `LATE`"],
    );
    check_options(json!({"shipment": {"options": {"floor": 1}}}), &["there is no option `floor`"]);
    let parcel = |options: Value| json!({"shipment": {"parcels": [{"weight": 1}, {"weight": 1, "options": options}]}});
    check_options(parcel(json!({"flor": 1})), &["there is no option `flor`; did you mean `floor`?"]);
    check_options(parcel(json!({"floor": 1.5})), &["the option `floor` must be an integer"]);
    check_options(json!({"shipment": {"options": {"saturday": 1, "x": 2}}}), &["`saturday` must be", "no option `x`"]);
}

#[test]
fn a_carrier_without_options_refuses_any() {
    let carrier = carrier(&with_body("", "a: 1"));
    let fault = next(
        &carrier,
        &account_with(&carrier, json!({})),
        &order(json!({"shipment": {"options": {"saturday": true}}})),
        &Progress::default(),
    )
    .unwrap_err();
    assert_eq!(
        (fault.kind, fault.messages.as_slice()),
        (FaultKind::Refused, &["there is no option `saturday`: the file declares none".to_owned()][..])
    );
}

const CONFIG: &str = r#"
config:
  account_no: {type: string, pattern: "^[0-9]{8}$", example: "00123450"}
  language: {type: string, enum: [EN, DE], default: EN}
  depth: {type: integer, optional: true}
"#;

#[track_caller]
fn check_config(config: Value, expected: Result<Value, &str>) {
    let carrier = carrier(&with_body(
        CONFIG,
        "{$omit: absent, no: '${{ config.account_no }}', l: '${{ config.language }}', d: '${{ config.depth }}'}",
    ));
    let found = try_account(&carrier, config).map_err(|wrong| wrong.join("; "));
    match (found, expected) {
        (Ok(account), Ok(expected)) => match next(&carrier, &account, &order(json!({})), &Progress::default()).unwrap() {
            Next::Calls(calls) => assert_eq!(json_body(&calls[0].request), expected),
            other => panic!("{other:?}"),
        },
        (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{found}"),
        (found, expected) => panic!("{found:?} instead of {expected:?}"),
    }
}

#[test]
fn settings_have_types_and_defaults() {
    check_config(json!({"account_no": "00123450"}), Ok(json!({"no": "00123450", "l": "EN"})));
    check_config(
        json!({"account_no": "00123450", "language": "DE", "depth": 2}),
        Ok(json!({"no": "00123450", "l": "DE", "d": 2})),
    );
    check_config(json!({}), Err("the setting `account_no` is missing"));
    check_config(json!({"account_no": 123_450}), Err("the setting `account_no` must be a text"));
    check_config(json!({"account_no": "123"}), Err("must be a text that matches"));
    check_config(json!({"account_no": "00123450", "language": "FR"}), Err("must be one of `EN`, `DE`"));
    check_config(json!({"account_no": "00123450", "depth": "2"}), Err("must be an integer"));
    check_config(json!({"account_no": "00123450", "acount": 1}), Err("there is no setting `acount`"));
}

#[test]
fn lets_are_lazy_and_build_on_each_other() {
    let text = crate::support::file(
        "operations:
  create_shipment:
    let:
      abroad: shipment.sender.address.country != shipment.recipient.address.country
      words: \"coalesce(shipment.recipient.company, 'home')\"
      both: \"words ~ (' abroad' if abroad else '')\"
      never: shipment.reference | lookup('empty')
    request: {path: /x, json: {a: '${{ abroad }}', b: '${{ both }}', c: {$if: 'shipment.items', $then: '${{ never }}'}}}
lookups: {empty: {values: {x: y}, unknown: fail}}
",
    );
    assert_eq!(json_body(&request(&text, &order(json!({})))), json!({"a": true, "b": "home abroad"}));
}

#[test]
fn a_loop_over_free_data_that_is_no_list_is_an_error() {
    let body = "v:\n  $for: x in shipment.metadata.codes\n  $do: ${{ x.no }}";
    let with = |codes: Value| json!({"shipment": {"metadata": {"codes": codes}}});
    check_body(body, with(json!([{"no": 1}, {"no": "2"}])), json!({"v": [1, "2"]}));
    check_body(body, with(json!([])), Value::Null);
    check_body(body, json!({}), Value::Null);
    for wrong in [json!("A,B"), json!({"no": 1}), json!(5)] {
        check_fault(body, with(wrong), "goes over a list, not");
    }
}

#[test]
fn an_option_of_money_has_its_members() {
    let options = "options: {tip: {type: money}}";
    let tip = json!({"shipment": {"options": {"tip": {"amount": "1.50", "currency": "EUR"}}}});
    check_with(options, "v: \"${{ options.tip.amount }} ${{ options.tip.currency }}\"", tip.clone(), json!({"v": "1.50 EUR"}));
    check_with(options, "{$omit: absent, v: \"${{ options.tip.amount | number }}\"}", json!({}), Value::Null);
    refused_file(&with_body(options, "v: \"${{ options.tip.value }}\""), "there is no `value` here");
}

#[test]
fn a_field_that_is_a_number_is_there_for_select() {
    let parcels = json!({"shipment": {"parcels": [{"weight": 1, "length": 0}, {"weight": 1}, {"weight": 1, "length": 5}]}});
    check_value("shipment.parcels | select('length') | length", parcels, json!(2));
}

#[test]
fn a_field_may_be_called_as_a_word_is_without_its_dollar() {
    let request = request(&file_of_request("", "path: /x\nform: {xml: {$xml: {a: 1}}}"), &order(json!({})));
    assert!(String::from_utf8(request.body).unwrap().starts_with("xml=%3C"));
}

#[test]
fn an_empty_default_is_a_default() {
    check_value("shipment.service | default('')", json!({}), json!(""));
    check_value("shipment.service | default('x')", json!({"shipment": {"service": ""}}), json!("x"));
    check_value("shipment.metadata.codes | default([]) | length", json!({}), json!(0));
}
