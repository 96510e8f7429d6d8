//! Documents of a result: those that are to be one are put together.

use super::CarrierMessage;
use super::response::MERGE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};
use serde_json::{Map, Value as Json};

/// What a page inherits from the tree that it is taken out of (ISO 32000-1, table 30).
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

/// Puts documents of one kind together where the file asks for it; says what could not be. Then they stay as they are.
pub(super) fn merged(extracted: &mut Map<String, Json>) -> Vec<CarrierMessage> {
    let Some(Json::Array(documents)) = extracted.get_mut("documents") else { return Vec::new() };
    let mut kept: Vec<Json> = Vec::new();
    let mut groups: Vec<(Json, Vec<Json>)> = Vec::new();
    for mut document in std::mem::take(documents) {
        let merge = document.as_object_mut().is_some_and(|members| members.shift_remove(MERGE).is_some());
        let kind = document["kind"].clone();
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            _ if !merge => kept.push(document),
            Some((_, group)) => group.push(document),
            None => groups.push((kind, vec![document])),
        }
    }
    let mut failures = Vec::new();
    for (_, group) in groups {
        match one_of(&group) {
            Ok(one) => kept.push(one),
            Err(words) => {
                failures.push(CarrierMessage { code: None, message: Some(format!("documents were not merged: {words}")) });
                kept.extend(group);
            }
        }
    }
    *documents = kept;
    failures
}

/// One document of a group.
fn one_of(group: &[Json]) -> Result<Json, &'static str> {
    let [first, _, ..] = group else { return group.first().cloned().ok_or("there are none") };
    let mut files = Vec::new();
    for document in group {
        if document["media"] != "application/pdf" {
            return Err("one of them is no PDF");
        }
        files.push(STANDARD.decode(document["data"].as_str().unwrap_or_default()).map_err(|_| "one of them is no Base64")?);
    }
    let mut one = first.clone();
    if let Some(members) = one.as_object_mut() {
        members.shift_remove("parcel_reference");
    }
    one["data"] = STANDARD.encode(merge_pdf(&files)?).into();
    Ok(one)
}

/// The pages of all files, in order, as one file.
fn merge_pdf(files: &[Vec<u8>]) -> Result<Vec<u8>, &'static str> {
    let mut target = Document::with_version("1.7");
    let tree = target.new_object_id();
    let mut pages: Vec<ObjectId> = Vec::new();
    for file in files {
        let mut source = Document::load_mem(file).map_err(|_| "one of them is no readable PDF")?;
        if source.is_encrypted() {
            return Err("one of them is encrypted");
        }
        source.renumber_objects_with(target.max_id + 1);
        let own: Vec<ObjectId> = source.get_pages().into_values().collect();
        if own.is_empty() {
            return Err("one of them has no pages");
        }
        for page in &own {
            adopt(&mut source, *page, tree).map_err(|_| "one of them has a broken page")?;
        }
        target.max_id = source.max_id;
        target.objects.extend(source.objects);
        pages.extend(own);
    }
    let kids: Vec<Object> = pages.iter().map(|page| Object::Reference(*page)).collect();
    let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
    target.objects.insert(tree, Object::Dictionary(dictionary! {"Type" => "Pages", "Kids" => kids, "Count" => count}));
    let catalog = target.add_object(dictionary! {"Type" => "Catalog", "Pages" => tree});
    target.trailer.set("Root", catalog);
    target.prune_objects();
    let mut bytes = Vec::new();
    target.save_to(&mut bytes).map_err(|_| "the merged file could not be written")?;
    Ok(bytes)
}

/// Gives a page what it inherits, and another parent.
fn adopt(source: &mut Document, page: ObjectId, tree: ObjectId) -> Result<(), lopdf::Error> {
    let mut inherited = Dictionary::new();
    let mut above = source.get_dictionary(page)?;
    // A tree that leads in circles must not hang.
    for _ in 0..64 {
        for name in INHERITED {
            if let (Ok(value), false) = (above.get(name), inherited.has(name)) {
                inherited.set(name, value.clone());
            }
        }
        match above.get(b"Parent").and_then(Object::as_reference).and_then(|parent| source.get_dictionary(parent)) {
            Ok(parent) => above = parent,
            Err(_) => break,
        }
    }
    let page = source.get_object_mut(page)?.as_dict_mut()?;
    for (name, value) in inherited {
        page.set(name, value);
    }
    page.set("Parent", tree);
    Ok(())
}
