//! The `$` words of data: what falls out, loops, choices, parts, merges.

use crate::checks::{check_body, check_fault, check_finding, check_with, company, noted, with_body};
use crate::support::{json_body, order, refused_file, request};
use serde_json::{Value, json};

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
