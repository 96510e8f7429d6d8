//! The comparison with recorded exchanges, on the project's own recordings: they are equal, and what is not is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")
}

/// Compares with the carriers of the project itself.
fn compare(arguments: &[&Path]) -> Output {
    compare_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), arguments)
}

fn compare_in(folder: &Path, arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_compare")).current_dir(folder).args(arguments).output().expect("a binary")
}

/// The first of our recordings of this shape: its text, and its carrier.
fn recording(list: bool) -> (String, String) {
    let files = std::fs::read_dir(recordings()).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
    let texts = files.filter(|file| file.is_file()).map(|file| std::fs::read_to_string(file).expect("a recording"));
    let mut fitting = texts.filter_map(|text| {
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let carrier = if file.is_array() { &file[0]["carrier"] } else { &file["carrier"] };
        (file.is_array() == list).then(|| (text, carrier.as_str().expect("a carrier").to_owned()))
    });
    fitting.next().expect("a recording of this shape")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The numbers of a carrier's row: recordings, exchanges, equal, differing.
fn row(text: &str, carrier: &str) -> Vec<usize> {
    let row = text.lines().find(|line| line.split(' ').next() == Some(carrier)).unwrap_or_else(|| panic!("no row: {text}"));
    row.split_whitespace().skip(1).take(4).map(|number| number.parse().expect("a number")).collect()
}

#[test]
fn our_own_recordings_are_equal() {
    let output = compare(&[&recordings()]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let all = row(&text, "all");
    assert!(all[0] >= 8 && all[1] >= 8 && all[1] == all[2] && all[3] == 0, "{text}");
}

#[test]
fn what_differs_is_told_with_the_line_that_makes_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let name = dir.path().join("mistaken.json");
    let (text, carrier) = recording(true);
    std::fs::write(&name, text.replace("/deliveries/del_r3c0rd3d/cancel", "/deliveries/del_other/cancel")).expect("written");
    let output = compare(&[&name]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(row(&text, &carrier), [3, 3, 2, 1], "{text}");
    assert!(text.contains("request.url: recorded ") && text.contains(&format!("carriers/{carrier}/carrier.yaml:")), "{text}");
}

#[test]
fn what_is_read_is_compared_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let name = dir.path().join("mistaken.json");
    let (text, _) = recording(false);
    let mistaken = text.replace("[{\"tracking_number\": \"884210\", \"ship", "[{\"tracking_number\": \"99\", \"ship");
    std::fs::write(&name, mistaken.replace("\"code\": 1003, \"message\"", "\"code\": 1009, \"message\"")).expect("written");
    let text = out(&compare(&[&name]));
    assert!(text.contains("read.tracking_number: recorded 99, ours [\"884210\"]"), "{text}");
    assert!(text.contains("read.errors: recorded {\"code\":\"1009\""), "{text}");
}

#[test]
fn nothing_to_compare_is_exit_code_2() {
    assert_eq!(compare(&[]).status.code(), Some(2));
    assert_eq!(compare(&[Path::new("no/such.json")]).status.code(), Some(2));
}

#[test]
fn the_carriers_are_those_of_the_folder_or_of_the_one_that_is_named() {
    let elsewhere = tempfile::tempdir().expect("a directory");
    let nothing = compare_in(elsewhere.path(), &[&recordings()]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no folder `carriers`"));
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (carriers, setups) = (project.join("carriers"), recordings().join("setups"));
    let named = [recordings().as_path(), Path::new("--dir"), &carriers, Path::new("--setups"), &setups].map(Path::to_owned);
    let named: Vec<&Path> = named.iter().map(PathBuf::as_path).collect();
    assert_eq!(compare_in(elsewhere.path(), &named).status.code(), Some(0));
}
