//! Objects whose keys are data: `$for` with a `$key`.

use crate::support::{carrier, file_of_request, json_body, order, refused_file, request, try_request};
use serde_json::{Value, json};

fn two() -> Value {
    json!({"shipment": {"parcels": [{"reference": "A \"1\"", "weight": 1250}, {"reference": "B", "weight": 300}]}})
}

#[test]
fn json_is_keyed_by_our_reference() {
    let text = file_of_request(
        "",
        "path: /x
json:
  parcels:
    $for: p in shipment.parcels
    $key: ${{ p.reference }}
    $do: {no: '${{ loop.index }}', grams: '${{ p.weight }}'}",
    );
    let sent = request(&text, &order(two()));
    assert_eq!(json_body(&sent), json!({"parcels": {"A \"1\"": {"no": 1, "grams": 1250}, "B": {"no": 2, "grams": 300}}}));
}

#[test]
fn fields_of_a_form_count() {
    let text = file_of_request(
        "",
        "path: /x
form:
  $merge:
    - {account: 4711}
    - {$for: p in shipment.parcels, $key: 'parcels[${{ loop.index - 1 }}][weight]', $do: '${{ p.weight }}'}
    - {$for: p in shipment.parcels, $key: 'parcels[${{ loop.index - 1 }}][no]', $do: '${{ loop.index }}'}",
    );
    let sent = request(&text, &order(two()));
    assert_eq!(
        String::from_utf8(sent.body).unwrap(),
        "account=4711&parcels%5B0%5D%5Bweight%5D=1250&parcels%5B1%5D%5Bweight%5D=300&parcels%5B0%5D%5Bno%5D=1&parcels%5B1%5D%5Bno%5D=2"
    );
}

#[test]
fn what_falls_out_takes_its_key_along() {
    let json = |filter: &str| {
        let text = file_of_request(
            "",
            &format!(
                "path: /x\njson:\n  $omit: absent\n  a: 1\n  parcels:\n    $for: p in shipment.parcels\n    $key: ${{{{ p.reference }}}}\n    $do: ${{{{ p.weight if p.weight > {filter} else none }}}}"
            ),
        );
        json_body(&request(&text, &order(two())))
    };
    assert_eq!(json("1000"), json!({"a": 1, "parcels": {"A \"1\"": 1250}}));
    assert_eq!(json("5000"), json!({"a": 1}));
}

#[test]
fn two_entries_of_one_key_are_never_sent() {
    let text = file_of_request(
        "",
        "path: /x\njson: {$omit: absent, parcels: {$for: p in shipment.parcels, $key: \"${{ p.reference | default('') }}\", $do: 1}}",
    );
    let refused = |parcels: Value| try_request(&carrier(&text), &order(json!({"shipment": {"parcels": parcels}}))).unwrap_err();
    let twice = refused(json!([{"reference": "Rua 5", "weight": 1}, {"reference": "Rua 5", "weight": 2}]));
    assert!(twice.contains("two entries have the same key") && !twice.contains("Rua"), "{twice}");
    let empty = refused(json!([{"weight": 1}]));
    assert!(empty.contains("the key of an entry is empty"), "{empty}");
}

#[test]
fn keys_that_make_no_sense_are_findings() {
    let json = |loop_: &str| file_of_request("", &format!("path: /x\njson: {{a: {{{loop_}}}}}"));
    refused_file(&json("$for: p in shipment.parcels, $key: no, $do: 1"), "all entries would have this one key");
    refused_file(&json("$key: \"${{ shipment.reference }}\", b: 1"), "`$key` has no `$for` beside it");
    refused_file(&json("$for: p in shipment.parcels, key: \"${{ p.reference }}\", $do: 1"), "`key` cannot stand beside `$for`");
    let xml = "path: /x\nxml: {a: {$for: p in shipment.parcels, $key: \"${{ p.reference }}\", $do: 1}}";
    refused_file(&file_of_request("", xml), "an element's name is written out");
}
