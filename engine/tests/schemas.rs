//! The checked-in schemas are those that the types make.

use crossdock_engine::schema;
use std::{env, fs, path::Path};

const REMEDY: &str = "CROSSDOCK_BLESS=1 cargo test -p crossdock-engine --test schemas";

#[test]
fn checked_in_schemas_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    for (name, schema) in schema::all() {
        let path = folder.join(name);
        let made = format!("{schema:#}\n");
        if env::var_os("CROSSDOCK_BLESS").is_some() {
            fs::create_dir_all(&folder).expect("the folder can be made");
            fs::write(&path, &made).expect("the schema can be written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "schemas/{name} is not what the types make; run `{REMEDY}`");
    }
}

#[test]
fn schemas_are_valid_and_described() {
    for (name, schema) in schema::all() {
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        let mut bare = Vec::new();
        undescribed(&schema, "", &mut bare);
        assert!(bare.is_empty(), "{name}: without a description: {bare:?}");
    }
}

/// Names the properties that have no description of their own.
fn undescribed(node: &serde_json::Value, at: &str, into: &mut Vec<String>) {
    for key in ["$defs", "properties"] {
        for (name, inner) in node[key].as_object().into_iter().flatten() {
            let place = format!("{at}/{name}");
            if inner.get("description").is_none() {
                into.push(place.clone());
            }
            undescribed(inner, &place, into);
        }
    }
}
