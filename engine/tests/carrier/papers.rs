//! Documents put together.

use crate::support::{Run, file, order, replied};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossdock_engine::carrier::Done;
use lopdf::{Document, Object, dictionary};
use serde_json::{Value, json};

/// A PDF of some pages, each so wide; what they share stands in the tree above them.
fn pdf(widths: &[i64]) -> Vec<u8> {
    let mut document = Document::with_version("1.4");
    let tree = document.new_object_id();
    let kids: Vec<Object> = widths
        .iter()
        .map(|width| {
            let size: Vec<Object> = vec![0.into(), 0.into(), (*width).into(), 50.into()];
            document.add_object(dictionary! {"Type" => "Page", "Parent" => tree, "MediaBox" => size}).into()
        })
        .collect();
    let count = kids.len() as i64;
    let shared = dictionary! {"Type" => "Pages", "Kids" => kids, "Count" => count, "Rotate" => 90};
    document.objects.insert(tree, shared.into());
    let catalog = document.add_object(dictionary! {"Type" => "Catalog", "Pages" => tree});
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// Every parcel has a label; the first has an invoice, too.
const LABELS: &str = "operations:
  create_shipment:
    steps:
      book:
        for_each: p in shipment.parcels
        request: {method: POST, path: /p, json: {ref: '${{ p.reference }}'}}
        extract:
          documents:
            - {kind: label, data: {from: $.label, decode: base64}, media: $.media, merge: pdf}
            - {kind: invoice, data: {from: $.invoice, decode: base64}, media: application/pdf}
";

fn booked(replies: &[Value]) -> Done {
    let parcels: Vec<Value> = (1..=replies.len()).map(|at| json!({"reference": format!("R/{at}"), "weight": 1})).collect();
    let mut run = Run::new(&file(LABELS), order(json!({"shipment": {"parcels": parcels}})));
    run.ended(|call| replied(200, &replies[call.split(':').nth(1).unwrap().parse::<usize>().unwrap()].to_string()))
}

fn label(bytes: &[u8]) -> Value {
    json!({"label": STANDARD.encode(bytes), "media": "application/pdf"})
}

fn documents(done: &Done) -> Vec<Value> {
    done.extracted["documents"].as_array().unwrap().clone()
}

#[test]
fn labels_become_one_pdf() {
    let mut first = label(&pdf(&[100, 200]));
    first["invoice"] = STANDARD.encode(pdf(&[999])).into();
    let done = booked(&[first, label(&pdf(&[300]))]);
    let papers = documents(&done);
    let kinds: Vec<&Value> = papers.iter().map(|paper| &paper["kind"]).collect();
    assert_eq!(kinds, ["invoice", "label"]);
    assert_eq!((&papers[0]["parcel_reference"], papers[1].get("parcel_reference")), (&json!("R/1"), None));
    let merged = Document::load_mem(&STANDARD.decode(papers[1]["data"].as_str().unwrap()).unwrap()).unwrap();
    let pages: Vec<(i64, i64)> = merged
        .get_pages()
        .values()
        .map(|page| {
            let page = merged.get_dictionary(*page).unwrap();
            let width = page.get(b"MediaBox").unwrap().as_array().unwrap()[2].as_i64().unwrap();
            (width, page.get(b"Rotate").unwrap().as_i64().unwrap())
        })
        .collect();
    assert_eq!(pages, [(100, 90), (200, 90), (300, 90)]);
    assert!(papers.iter().all(|paper| paper.get("merge").is_none()) && done.warnings.is_empty());
}

#[test]
fn what_cannot_be_merged_stays_as_it_is_and_is_said() {
    for (second, wanted) in [
        (label(b"%PDF-1.4 nothing else"), "no readable PDF"),
        (json!({"label": STANDARD.encode("^XA"), "media": "application/zpl"}), "no PDF"),
    ] {
        let done = booked(&[label(&pdf(&[100])), second]);
        let papers = documents(&done);
        assert_eq!(papers.len(), 2);
        assert!(papers.iter().all(|paper| paper.get("merge").is_none()));
        let words = done.warnings[0].message.as_deref().unwrap();
        assert!(words.contains(wanted), "{words}");
    }
}

#[test]
fn one_document_and_none_stay_as_they_are() {
    let one = pdf(&[100]);
    let done = booked(&[label(&one), json!({})]);
    assert_eq!(
        documents(&done),
        [json!({"kind": "label", "media": "application/pdf", "data": STANDARD.encode(&one), "parcel_reference": "R/1"})]
    );
    assert_eq!(booked(&[json!({})]).extracted.get("documents"), None);
}
