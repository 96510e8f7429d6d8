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

/// Every YAML file under `carriers`, with the schema that its kind has.
#[test]
fn shipped_files_are_as_their_schemas_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../carriers");
    let mut checked = 0;
    for path in yaml_files(&folder) {
        let Some(schema) = schema_of(&path) else { continue };
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let mut sources = crossdock_engine::source::Sources::default();
        let file = sources.add(path.to_string_lossy(), fs::read_to_string(&path).expect("readable"));
        let node = crossdock_engine::source::parse(&sources, file).0.expect("a tree");
        let errors: Vec<String> =
            validator.iter_errors(&schema::as_json(&node)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        checked += 1;
    }
    assert!(checked > 20, "only {checked} files");
}

#[test]
fn a_schema_refuses_what_its_file_cannot_be() {
    let validator = jsonschema::validator_for(&schema::carrier()).expect("a schema");
    let good = serde_json::json!({"format": "carrier/v1", "carrier": {"id": "swiftpost", "name": "SwiftPost"}});
    assert!(validator.is_valid(&good));
    for (pointer, value) in [("/format", "carrier/v2"), ("/carrier", "swiftpost"), ("/opertions", "x")] {
        let mut bad = good.clone();
        bad[&pointer[1..]] = value.into();
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

fn schema_of(path: &Path) -> Option<serde_json::Value> {
    let in_cases = path.parent().is_some_and(|folder| folder.ends_with("cases"));
    Some(match path.file_name()?.to_str()? {
        _ if in_cases => schema::case(),
        "carrier.yaml" => schema::carrier(),
        "shop.yaml" => schema::shop(),
        "actions.yaml" => schema::actions(),
        "accounts.yaml" => schema::accounts(),
        _ => return None,
    })
}

fn yaml_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}
