//! Data with `${{ }}` and `$` words: what becomes of each leaf, and what falls out.

use crate::support::{
    account_with, carrier, file_of_request, indented, json_body, next, order, refused_file, request, try_account, try_request,
};
use crossdock_engine::carrier::{FaultKind, Next, Progress};
use serde_json::{Value, json};

fn with_body(sections: &str, body: &str) -> String {
    file_of_request(sections, &format!("path: /x\njson:\n{}", indented(body, 2)))
}

/// The JSON body that a YAML fragment makes of an order.
#[track_caller]
fn check_body(body: &str, patch: Value, expected: Value) {
    check_with("", body, patch, expected);
}

#[track_caller]
fn check_with(sections: &str, body: &str, patch: Value, expected: Value) {
    let request = request(&with_body(sections, body), &order(patch));
    assert_eq!(json_body(&request), expected, "{body}");
}

/// The same byte for byte.
#[track_caller]
fn check_bytes(body: &str, patch: Value, expected: &str) {
    let request = request(&with_body("", body), &order(patch));
    assert_eq!(String::from_utf8(request.body).unwrap(), expected, "{body}");
}

/// The value of one expression.
#[track_caller]
fn check_value(expression: &str, patch: Value, expected: Value) {
    let quoted = expression.replace('"', "\\\"");
    check_body(&format!("v: \"${{{{ {quoted} }}}}\""), patch, json!({"v": expected}));
}

#[track_caller]
fn check_fault(body: &str, patch: Value, wanted: &str) {
    fault_with("", body, patch, wanted);
}

#[track_caller]
fn fault_with(sections: &str, body: &str, patch: Value, wanted: &str) {
    match try_request(&carrier(&with_body(sections, body)), &order(patch)) {
        Ok(request) => panic!("{}", String::from_utf8_lossy(&request.body)),
        Err(fault) => assert!(fault.contains(wanted), "{fault}"),
    }
}

#[track_caller]
fn check_finding(body: &str, wanted: &str) {
    refused_file(&with_body("", body), wanted);
}

fn company(name: Value) -> Value {
    json!({"shipment": {"recipient": {"company": name}}})
}

fn noted(metadata: Value) -> Value {
    json!({"shipment": {"metadata": metadata}})
}

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
fn omit_holds_below_and_can_be_changed_there() {
    let body = "
$omit: empty
deep: {er: {company: '${{ shipment.recipient.company }}'}}
kept:
  $omit: absent
  company: ${{ shipment.recipient.company }}
x: 1";
    check_body(body, company(json!("")), json!({"kept": {"company": ""}, "x": 1}));
    check_body(body, json!({}), json!({"x": 1}));
    check_fault("{a: {$omit: absent, b: 1}, c: '${{ shipment.recipient.company }}'}", json!({}), "this is null");
}

#[test]
fn a_container_falls_out_with_all_its_members_and_literals_never_do() {
    check_body("{$omit: absent, a: {b: {c: '${{ shipment.recipient.company }}'}}, d: 1}", json!({}), json!({"d": 1}));
    check_body(
        "{$omit: empty, a: {}, b: '', c: null, d: [], e: {f: {}}}",
        json!({}),
        json!({"a": {}, "b": "", "c": null, "d": [], "e": {"f": {}}}),
    );
    check_body(
        "{$omit: absent, a: ['${{ shipment.recipient.company }}'], b: ['${{ shipment.recipient.company }}', 2]}",
        json!({}),
        json!({"b": [2]}),
    );
    check_body("{$omit: absent, a: {lit: 1, c: '${{ shipment.recipient.company }}'}}", json!({}), json!({"a": {"lit": 1}}));
}

#[test]
fn what_must_be_there_is_asked_for_by_name() {
    check_body("{$omit: empty, name!: '${{ shipment.recipient.name }}'}", json!({}), json!({"name": "Ines Ruiz"}));
    check_fault("{$omit: empty, company!: '${{ shipment.recipient.company }}'}", json!({}), "`company` must be there");
    check_fault("{$omit: empty, a!: {b: '${{ shipment.recipient.company }}'}}", json!({}), "`a` must be there");
    check_fault("{$omit: empty, list!: {$for: i in shipment.items, $do: '${{ i.sku }}'}}", json!({}), "`list` must be there");
    check_fault("{$omit: empty, a!: {$if: shipment.items, $then: 1}}", json!({}), "`a` must be there");
}

#[test]
fn an_entry_whose_condition_fails_drops_out() {
    check_body(
        "v: [a, {$if: shipment.recipient.company, $then: b}, {$if: shipment.recipient.name, $then: c}, {$if: shipment.items, $then: d, $else: e}]",
        json!({}),
        json!({"v": ["a", "c", "e"]}),
    );
    check_body("{a: 1, v: {$if: shipment.recipient.company, $then: b}}", json!({}), json!({"a": 1}));
    check_body("{a: 1, v: [{$if: shipment.recipient.company, $then: b}]}", json!({}), json!({"a": 1}));
}

#[test]
fn loops_nest_and_know_where_they_are() {
    let body = "
parcels:
  $for: p in shipment.parcels
  $do:
    no: ${{ loop.index }}
    first: ${{ loop.first }}
    last: ${{ loop.last }}
    of: ${{ shipment.reference }}
    items:
      $for: i in p.items
      $do: {sku: '${{ i.sku }}', at: '${{ loop.index }}', parcel: '${{ p.reference }}'}";
    let patch = json!({"shipment": {"parcels": [
        {"reference": "a", "weight": 1, "items": [{"sku": "x", "quantity": 1}, {"sku": "y", "quantity": 1}]},
        {"reference": "b", "weight": 2, "items": [{"sku": "z", "quantity": 1}]},
    ]}});
    let expected = json!({"parcels": [
        {"no": 1, "first": true, "last": false, "of": "R-1", "items": [{"sku": "x", "at": 1, "parcel": "a"}, {"sku": "y", "at": 2, "parcel": "a"}]},
        {"no": 2, "first": false, "last": true, "of": "R-1", "items": [{"sku": "z", "at": 1, "parcel": "b"}]},
    ]});
    check_body(body, patch, expected);
}

#[test]
fn loops_go_over_computed_lists_and_texts() {
    let patch = json!({"shipment": {"parcels": [{"reference": "b", "weight": 2}, {"reference": "a", "weight": 1}]}});
    check_body(
        "v: {$for: 'w in shipment.parcels | map(\"weight\")', $do: {w: '${{ w }}', n: '${{ loop.index }}'}}",
        patch.clone(),
        json!({"v": [{"w": 2, "n": 1}, {"w": 1, "n": 2}]}),
    );
    check_body(
        "v: {$for: 'p in shipment.parcels | sort(\"weight\")', $do: '${{ p.reference }}'}",
        patch.clone(),
        json!({"v": ["a", "b"]}),
    );
    check_body(
        "v: {$for: 'x in [1, [2, 3]]', $do: {$if: 'x == 1', $then: '${{ x }}', $else: {$for: y in x, $do: '${{ y + loop.index }}'}}}",
        patch.clone(),
        json!({"v": [1, [3, 5]]}),
    );
    check_body(
        "v: {$for: line in shipment.recipient.address.lines, $do: '${{ line | upper }}'}",
        patch.clone(),
        json!({"v": ["CALLE SOL 4"]}),
    );
    check_body(
        "v: {$for: 'part in shipment.reference | split(\"-\")', $do: '${{ part }}'}",
        patch.clone(),
        json!({"v": ["R", "1"]}),
    );
    check_body("v: [0, {$for: p in shipment.parcels, $do: '${{ p.weight }}'}, 9]", patch, json!({"v": [0, 2, 1, 9]}));
    check_finding("v: {$for: x in shipment.reference, $do: 1}", "a loop goes over a list");
    check_finding("v: {$for: shipment.parcels, $do: 1}", "a loop is written `name in list`");
    check_finding("v: {$for: p in shipment.parcels, $doo: 1}", "$do");
}

#[test]
fn an_inner_loop_variable_hides_the_outer_one() {
    let patch = json!({"shipment": {"parcels": [{"reference": "a", "weight": 1, "items": [{"sku": "x", "quantity": 1}]}]}});
    check_body(
        "v: {$for: p in shipment.parcels, $do: {in: {$for: p in p.items, $do: '${{ p.sku }}'}, out: '${{ p.reference }}'}}",
        patch,
        json!({"v": [{"in": ["x"], "out": "a"}]}),
    );
}

#[track_caller]
fn check_if(condition: &str, patch: Value, holds: bool) {
    check_body(
        &format!("v: {{$if: \"{condition}\", $then: yes, $else: no}}"),
        patch,
        json!({"v": if holds { "yes" } else { "no" }}),
    );
}

#[test]
fn conditions_are_booleans_lists_and_nullable_texts_and_objects() {
    check_if("shipment.recipient.residential", json!({"shipment": {"recipient": {"residential": true}}}), true);
    check_if("shipment.recipient.residential", json!({"shipment": {"recipient": {"residential": false}}}), false);
    check_if("shipment.recipient.residential", json!({}), false);
    check_if("shipment.items", json!({"shipment": {"items": []}}), false);
    check_if("shipment.items", json!({"shipment": {"items": [{"quantity": 1}]}}), true);
    check_if("shipment.recipient.company", company(json!("ACME")), true);
    check_if("shipment.recipient.company", company(json!("")), false);
    check_if("shipment.recipient.company", json!({}), false);
    check_if("shipment.customs", json!({}), false);
    check_if("shipment.customs", json!({"shipment": {"customs": {"declared_value": {"amount": "1", "currency": "EUR"}}}}), true);
    check_if("not shipment.customs and shipment.parcels", json!({}), true);
    check_if("shipment.parcels | length == 1", json!({}), true);
    check_finding("v: {$if: shipment.recipient.address.latitude, $then: 1}", "a number is no condition");
    check_finding("v: {$if: shipment.parcels | length, $then: 1}", "an integer is no condition");
    check_fault("v: {$if: shipment.metadata.n, $then: 1}", noted(json!({"n": 0})), "compare it instead");
    check_finding("v: {$if: '${{ shipment.items }}', $then: 1}", "without `${{ }}`");
}

#[test]
fn match_picks_by_value_or_by_condition() {
    let by_country = "v: {$match: shipment.recipient.address.country, ES: spain, FR: france, $else: {other: '${{ shipment.recipient.address.country }}'}}";
    let to = |country: &str| json!({"shipment": {"recipient": {"address": {"country": country}}}});
    check_body(by_country, to("ES"), json!({"v": "spain"}));
    check_body(by_country, to("DE"), json!({"v": {"other": "DE"}}));
    check_fault("v: {$match: shipment.recipient.address.country, FR: france}", to("DE"), "no branch of `$match`");
    check_body(
        "v: {$match: shipment.recipient.residential, true: home, false: work, $else: unknown}",
        json!({"shipment": {"recipient": {"residential": true}}}),
        json!({"v": "home"}),
    );
    check_body("v: {$match: shipment.recipient.residential, true: home, $else: unknown}", json!({}), json!({"v": "unknown"}));
    check_body("v: {$match: shipment.parcels | length, 1: one, 2: two, $else: many}", json!({}), json!({"v": "one"}));
    let by_condition =
        "v: {$match: [{$if: shipment.items, $then: items}, {$if: 'shipment.parcels | length == 1', $then: one}], $else: none}";
    check_body(by_condition, json!({}), json!({"v": "one"}));
    check_body(by_condition, json!({"shipment": {"items": [{"quantity": 1}]}}), json!({"v": "items"}));
    check_body("{a: 1, v: {$match: [{$if: shipment.items, $then: items}]}}", json!({}), json!({"a": 1}));
    check_finding("v: {$match: shipment.payer, sender: 1, reciever: 2, $else: 3}", "`reciever`");
}

const PARTY: &str = "
parts:
  party:
    params: [p, note?]
    value:
      $omit: empty
      name!: ${{ p.name }}
      note: ${{ note }}
      address: {$part: address, a: p.address}
  address:
    params: [a]
    value: {zip: '${{ a.postal_code }}', lines: {$for: line in a.lines, $do: '${{ loop.index }}: ${{ line }}'}}
";

#[test]
fn parts_see_their_parameters_only() {
    let body = "{to: {$part: party, p: shipment.recipient, note: \"'Ring ' ~ shipment.reference\"}, from: {$part: party, p: shipment.sender}}";
    let expected = json!({
        "to": {"name": "Ines Ruiz", "note": "Ring R-1", "address": {"zip": "01067", "lines": ["1: Calle Sol 4"]}},
        "from": {"name": "Ana Frei", "address": {"zip": "28195", "lines": ["1: Am Kai 3"]}},
    });
    check_with(PARTY, body, json!({}), expected);
    let outer = PARTY.replace("a.postal_code", "p.address.postal_code");
    refused_file(&with_body(&outer, "{to: {$part: party, p: shipment.recipient}}"), "`p` is not in scope");
    refused_file(&with_body(PARTY, "{to: {$part: party}}"), "needs `p`");
    refused_file(&with_body(PARTY, "{to: {$part: party, p: shipment.recipient, q: 1}}"), "has no parameter `q`");
    refused_file(&with_body(PARTY, "{to: {$part: prty, p: shipment.recipient}}"), "there is no part `prty`");
    refused_file(&with_body(PARTY, "{to: {$part: party, p: shipment.recipent}}"), "there is no `recipent`");
}

#[test]
fn part_arguments_are_expressions_and_yaml_scalars() {
    let parts = "parts: {n: {params: [v, w?], value: {v: '${{ v }}', w: {$if: w is none, $then: none, $else: '${{ w }}'}}}}";
    check_with(
        parts,
        "[{$part: n, v: 5}, {$part: n, v: true, w: null}, {$part: n, v: \"'text'\", w: 1.5}, {$part: n, v: 1 + 1}]",
        json!({}),
        json!([{"v": 5, "w": "none"}, {"v": true, "w": "none"}, {"v": "text", "w": 1.5}, {"v": 2, "w": "none"}]),
    );
}

#[test]
fn parts_stand_in_loops_of_either_kind() {
    let parts =
        "parts: {box: {params: [b], value: {ref: '${{ b.reference }}', skus: {$for: i in b.items, $do: '${{ i.sku }}'}}}}";
    let patch = json!({"shipment": {"parcels": [{"reference": "b", "weight": 2, "items": [{"sku": "x", "quantity": 1}]}, {"reference": "a", "weight": 1, "items": [{"sku": "y", "quantity": 1}]}]}});
    check_with(
        parts,
        "v: {$for: p in shipment.parcels, $do: {$part: box, b: p}}",
        patch.clone(),
        json!({"v": [{"ref": "b", "skus": ["x"]}, {"ref": "a", "skus": ["y"]}]}),
    );
    check_with(
        parts,
        "v: {$for: 'p in shipment.parcels | sort(\"weight\")', $do: {$part: box, b: p}}",
        patch,
        json!({"v": [{"ref": "a", "skus": ["y"]}, {"ref": "b", "skus": ["x"]}]}),
    );
}

#[test]
fn objects_are_merged_without_repetition() {
    let parts = "parts: {base: {params: [p], value: {name: '${{ p.name }}', zip: '${{ p.address.postal_code }}'}}}";
    check_with(
        parts,
        "v: {$merge: [{$part: base, p: shipment.recipient}, {a: 1}, {$if: shipment.items, $then: {b: 2}, $else: {c: 3}}]}",
        json!({}),
        json!({"v": {"name": "Ines Ruiz", "zip": "01067", "a": 1, "c": 3}}),
    );
    refused_file(&with_body(parts, "v: {$merge: [{$part: base, p: shipment.recipient}, {zip: 1}]}"), "`zip` stands twice");
    refused_file(&with_body("", "v: {$merge: [{a: 1}, {$if: shipment.items, $then: {a: 2}}]}"), "`a` stands twice");
    check_body(
        "{$omit: absent, v: {$merge: [{a: '${{ shipment.recipient.company }}'}, {b: '${{ shipment.sender.company }}'}]}, x: 1}",
        json!({}),
        json!({"x": 1}),
    );
    check_body("v: {$merge: [{$if: shipment.items, $then: {a: 1}, $else: {a: 2}}]}", json!({}), json!({"v": {"a": 2}}));
}

#[test]
fn literal_keys_with_dollars_are_doubled() {
    check_body("{$$ref: 1, '$$$x': 2, a$b: 3, '@type': t}", json!({}), json!({"$ref": 1, "$$x": 2, "a$b": 3, "@type": "t"}));
    check_finding("{$ref: 1}", "`$ref` is no word of the format");
}

#[test]
fn structures_are_serialised_into_texts() {
    check_body(
        "v: {$json: {a: '${{ shipment.reference }}', b: [1, '${{ shipment.recipient.name }}']}}",
        json!({"shipment": {"recipient": {"name": "a\"b"}}}),
        json!({"v": r#"{"a":"R-1","b":[1,"a\"b"]}"#}),
    );
    let sent = request(
        &with_body("", "v: {$xml: {o: {'@r': '${{ shipment.reference }}', n: '${{ shipment.recipient.name }}'}}}"),
        &order(json!({"shipment": {"recipient": {"name": "<&>"}}})),
    );
    let text = json_body(&sent)["v"].as_str().unwrap().to_owned();
    let tree = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(
        (tree.root_element().attribute("r"), tree.root_element().first_child().unwrap().text()),
        (Some("R-1"), Some("<&>"))
    );
    check_body(
        "{$omit: absent, v: {$json: {$omit: absent, a: '${{ shipment.recipient.company }}'}}, x: 1}",
        json!({}),
        json!({"x": 1}),
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
