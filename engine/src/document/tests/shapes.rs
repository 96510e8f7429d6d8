use super::{check, check_error, steps, values};
use crate::document::{Cell, FrameId, Mode, PlanBuilder, Slots};

#[test]
fn wanted_members_are_found_among_others() {
    let json = r#"{"x": [1, {"a": 2}], "a": {"c": {}, "b": "found"}, "y": null}"#;
    check(Mode::Order, json, &[("a.b", &[r#""found""#]), ("x", &[r#"[1, {"a": 2}]"#]), ("z.a", &[])]);
}

#[test]
fn null_is_not_missing() {
    let json = r#"{"a": null, "b": {"c": null}}"#;
    check(Mode::Order, json, &[("a", &["null"]), ("b.c", &["null"]), ("b.d", &[]), ("a.x", &[]), ("a[*]", &[])]);
}

#[test]
fn other_shapes_than_the_wanted_leave_the_slot_missing() {
    let json = r#"{"text": "x", "list": [{"a": 1}], "object": {"a": 1}, "number": 7}"#;
    check(Mode::Order, json, &[("text.a", &[]), ("list.a", &[]), ("object[*].a", &[]), ("number[0]", &[])]);
}

#[test]
fn a_value_is_read_whole_and_inside_at_once() {
    let json = r#"{"a": {"b": [ {"c": 1}, {"c": 2} ]}}"#;
    check(
        Mode::Order,
        json,
        &[
            ("", &[json]),
            ("a", &[r#"{"b": [ {"c": 1}, {"c": 2} ]}"#]),
            ("a.b[*].c", &["1", "2"]),
            ("a.b[1]", &[r#"{"c": 2}"#]),
            ("a.b", &[r#"[ {"c": 1}, {"c": 2} ]"#]),
        ],
    );
}

#[test]
fn lists_nest() {
    let json = r#"[{"b": [{"c": [1, 2]}, {"c": []}]}, {"b": [{"c": [3]}]}, {}]"#;
    check(
        Mode::Order,
        json,
        &[
            ("[*].b[*].c[*]", &["1", "2", "3"]),
            ("[0].b[0].c[1]", &["2"]),
            ("[1].b[*].c[*]", &["3"]),
            ("[*].b[-1].c", &["[]", "[3]"]),
            ("[*].b[*].c[0]", &["1", "3"]),
        ],
    );
}

#[test]
fn lists_of_lists() {
    check(Mode::Order, "[[1, 2], [], [3]]", &[("[*][*]", &["1", "2", "3"]), ("[-1][0]", &["3"]), ("[1]", &["[]"])]);
    check(Mode::Reply, "[[1, 2], 3]", &[("[*][*]", &["1", "2", "3"]), ("[*]", &["[1, 2]", "3"])]);
}

#[test]
fn an_index_past_either_end_is_missing() {
    let none: &[&str] = &[];
    check(Mode::Order, "[1, 2]", &[("[2]", none), ("[-3]", none), ("[-2]", &["1"]), ("[9007199254740991]", none)]);
    check(Mode::Order, "[]", &[("[0]", none), ("[-1]", none)]);
}

#[test]
fn a_scalar_document() {
    check(Mode::Order, " 7 ", &[("", &["7"]), ("a", &[]), ("[0]", &[])]);
    check(Mode::Reply, r#""x""#, &[("", &[r#""x""#]), ("[0]", &[r#""x""#])]);
}

#[test]
fn one_reads_like_many_in_replies() {
    let paths: [(&str, &[&str]); 3] = [("e[*].c", &["1"]), ("e[0].c", &["1"]), ("e[-1]", &[r#"{"c": 1}"#])];
    check(Mode::Reply, r#"{"e": {"c": 1}}"#, &paths);
    check(Mode::Reply, r#"{"e": [{"c": 1}]}"#, &paths);
    check(Mode::Reply, r#"{"e": "text"}"#, &[("e[*]", &[r#""text""#]), ("e[0]", &[r#""text""#]), ("e[1]", &[])]);
}

#[test]
fn one_that_is_null_or_missing_is_none() {
    for json in [r#"{"e": null}"#, r#"{"e": []}"#, "{}"] {
        check(Mode::Reply, json, &[("e[*]", &[]), ("e[0].c", &[])]);
    }
    check(Mode::Reply, r#"{"e": [null]}"#, &[("e[*]", &["null"])]);
}

#[test]
fn one_is_read_as_object_and_as_list_where_both_are_wanted() {
    let json = r#"{"e": {"c": 1, "d": {"f": 2}}}"#;
    let paths: [(&str, &[&str]); 4] = [("e.c", &["1"]), ("e[*].c", &["1"]), ("e[*].d[*].f", &["2"]), ("e.d.f", &["2"])];
    check(Mode::Reply, json, &paths);
}

#[test]
fn one_is_not_many_in_orders() {
    check(Mode::Order, r#"{"e": {"c": 1}}"#, &[("e[*].c", &[]), ("e.c", &["1"])]);
}

#[test]
fn rows_are_walked_by_frame() {
    let mut builder = PlanBuilder::new(Mode::Order);
    let (parcels, parcel) = builder.rows(FrameId::ROOT, &steps("shipment.parcels"));
    let weight = builder.access(parcel, &steps("weight"));
    let (items, item) = builder.rows(parcel, &steps("items"));
    let sku = builder.access(item, &steps("sku"));
    let plan = builder.build();
    let mut slots = Slots::new();
    let json = r#"{"shipment": {"parcels": [{"items": [{"sku": 1}, {"sku": 2}], "weight": 10}, {"weight": 20}]}}"#;
    plan.read(json, &mut slots).expect("readable");
    assert_eq!(slots.row_count(Slots::ROOT, parcels.slot), 2);
    let mut seen = Vec::new();
    for parcel in slots.rows(Slots::ROOT, parcels.slot) {
        seen.push((slots.get(parcel, &weight), slots.row_count(parcel, items.slot)));
        for item in slots.rows(parcel, items.slot) {
            seen.push((slots.get(item, &sku), 0));
        }
    }
    assert_eq!(seen, [(Cell::Raw("10"), 2), (Cell::Raw("1"), 0), (Cell::Raw("2"), 0), (Cell::Raw("20"), 0)]);
}

#[test]
fn a_scope_without_lists_lies_in_the_same_row() {
    let mut builder = PlanBuilder::new(Mode::Reply);
    let (hops, data) = builder.scope(FrameId::ROOT, &steps("data.inner"));
    let code = builder.access(data, &steps("code"));
    let (deep, item) = builder.scope(data, &steps("items[*].sub[0]"));
    let x = builder.access(item, &steps("x"));
    let plan = builder.build();
    let mut slots = Slots::new();
    plan.read(r#"{"data": {"inner": {"code": 7, "items": [{"sub": {"x": 1}}, {"sub": [{"x": 2}]}]}}}"#, &mut slots)
        .expect("readable");
    assert!(hops.is_empty());
    assert_eq!(slots.get(Slots::ROOT, &code), Cell::Raw("7"));
    let mut found = Vec::new();
    slots.bases(Slots::ROOT, &deep, |base| found.push(slots.get(base, &x)));
    assert_eq!(found, [Cell::Raw("1"), Cell::Raw("2")]);
}

#[test]
fn slots_forget_the_document_before() {
    let mut builder = PlanBuilder::new(Mode::Order);
    let access = builder.access(FrameId::ROOT, &steps("a[*].b"));
    let plan = builder.build();
    let mut slots = Slots::new();
    {
        let first = String::from(r#"{"a": [{"b": 1}, {"b": 2}]}"#);
        let mut filled = slots.recycle();
        plan.read(&first, &mut filled).expect("readable");
        assert_eq!(values(&filled, &access), ["1", "2"]);
        slots = filled.recycle();
    }
    plan.read(r#"{"a": [{}]}"#, &mut slots).expect("readable");
    assert_eq!(values(&slots, &access), [""; 0]);
    plan.read("[", &mut slots).expect_err("malformed");
    plan.read(r#"{"a": [{"b": 3}]}"#, &mut slots).expect("readable");
    assert_eq!(values(&slots, &access), ["3"]);
}

#[test]
fn a_wanted_member_twice_is_an_error() {
    check_error(Mode::Order, "{\"a\": 1,\n \"a\": 1}", &["a"], "duplicate field `a` at line 2 column 2");
    check_error(Mode::Reply, r#"{"a": {}, "\u0061": 1}"#, &["a.b"], "duplicate field `a` at line 1 column 11");
    check(Mode::Order, r#"{"a": 1, "x": 1, "x": 2, "o": {"a": 1}}"#, &[("a", &["1"])]);
}

#[test]
fn a_member_twice_is_seen_among_very_many() {
    let names: Vec<String> = (0..200).map(|number| format!("m{number}")).collect();
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    check_error(
        Mode::Order,
        r#"{"m1": 1, "m150": 1, "m199": 2, "m150": 3}"#,
        &paths,
        "duplicate field `m150` at line 1 column 33",
    );
    check(Mode::Order, r#"{"m1": 1, "m150": 1, "m199": 2}"#, &[("m199", &["2"])]);
}

#[test]
fn closed_objects_report_what_nobody_knows() {
    let mut builder = PlanBuilder::new(Mode::Order);
    builder.access(FrameId::ROOT, &steps("order.id"));
    builder.closed(FrameId::ROOT, &steps("order"), &["note", "id"]);
    builder.closed(FrameId::ROOT, &steps("order.parcels[*]"), &["weight"]);
    builder.closed(FrameId::ROOT, &[], &["order"]);
    let plan = builder.build();
    let mut slots = Slots::new();
    let json = r#"{"order": {"id": 1, "nóte": 2, "parcels": [{"weight": 1}, {"wei\u0067th": {"a": 1}}]}, "extra": []}"#;
    plan.read(json, &mut slots).expect("readable");
    let unknown: Vec<(&str, &str)> = slots.unknown().iter().map(|unknown| (&*unknown.place, &*unknown.name)).collect();
    assert_eq!(unknown, [("order", "nóte"), ("order.parcels[]", "weigth"), ("", "extra")]);
    plan.read("{}", &mut slots).expect("readable");
    assert_eq!(slots.unknown(), []);
}
