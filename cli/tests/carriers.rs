//! The commands that read carrier files, from outside.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn crossdock(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crossdock"));
    command.current_dir(dir).env_remove("CROSSDOCK_DIR").stdin(Stdio::null()).args(args);
    command.output().expect("a binary")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn started() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(crossdock(dir.path(), &["new", "swiftpost"]).status.success());
    dir
}

const FILE: &str = "carriers/swiftpost/carrier.yaml";

fn edit(dir: &tempfile::TempDir, from: &str, to: &str) {
    let path = dir.path().join(FILE);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from));
    std::fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn what_new_writes_is_valid_and_its_cases_pass() {
    let dir = started();
    let validated = crossdock(dir.path(), &["validate"]);
    assert_eq!((validated.status.code(), out(&validated).as_str()), (Some(0), "no findings in 1 file\n"));
    for paths in [&["test"][..], &["test", "swiftpost"], &["test", "carriers/swiftpost/cases/create_shipment.yaml"]] {
        let tested = crossdock(dir.path(), paths);
        assert_eq!((tested.status.code(), out(&tested).as_str()), (Some(0), "2 cases passed\n"));
    }
    assert_eq!(crossdock(dir.path(), &["test", "--filter", "no such case"]).status.code(), Some(3));
}

#[test]
fn a_mistyped_name_is_found_in_every_format() {
    let dir = started();
    edit(&dir, "shipment.sender}", "shipment.sendr}");
    for (format, wanted) in [
        ("text", "did you mean `sender`?"),
        ("json", "\"severity\": \"error\""),
        ("sarif", "\"version\": \"2.1.0\""),
        ("github", "::error file=carriers/swiftpost/carrier.yaml,line="),
    ] {
        let output = crossdock(dir.path(), &["validate", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(out(&output).contains(wanted), "{format}: {}", out(&output));
    }
    assert_eq!(crossdock(dir.path(), &["test"]).status.code(), Some(1));
    assert_eq!(crossdock(dir.path(), &["validate", "nobody"]).status.code(), Some(3));
    assert_eq!(crossdock(dir.path(), &["validate", "no/such.yaml"]).status.code(), Some(4));
}

#[test]
fn a_failing_case_shows_both_values() {
    let dir = started();
    edit(&dir, "weight_kg: ${{ p.weight | kilograms }}", "weight_kg: ${{ p.weight }}");
    for format in ["text", "json", "junit", "github"] {
        let output = crossdock(dir.path(), &["test", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(out(&output).contains("1250") && out(&output).contains("1.25"), "{format}: {}", out(&output));
    }
}

#[test]
fn render_shows_the_request_and_reads_a_reply() {
    let dir = started();
    let order = ["--order", "carriers/swiftpost/samples/order.json"];
    let rendered = crossdock(dir.path(), &[&["render", "swiftpost", "create_shipment"][..], &order].concat());
    let text = out(&rendered);
    assert!(text.starts_with("POST https://sandbox.carrier.example/v1/shipments\n"), "{text}");
    assert!(text.contains("Authorization: Bearer ***\n") && text.contains("\"zip\":\"01067\""), "{text}");
    std::fs::write(dir.path().join("reply.http"), "HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\n\r\n").expect("written");
    let read = [&["render", "swiftpost", "create_shipment", "--reply", "reply.http"][..], &order].concat();
    let read = crossdock(dir.path(), &read);
    let text = out(&read);
    assert_eq!(read.status.code(), Some(1));
    assert!(text.contains("outcome: throttled") && text.contains("retry after 7 s") && text.contains(": matches"), "{text}");
    assert_eq!(crossdock(dir.path(), &[&["render", "swiftpost", "no_such"][..], &order].concat()).status.code(), Some(3));
}

/// A sign-in that reads more than its token, and no sandbox.
const WITH_SESSION: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
secrets: [user]
servers: {production: {api: https://api.swiftpost.example}}
auth:
  login:
    request: {path: /login, json: {user: {$secret: user}}}
    token: $.token
    expires_in: 1h
    session: {depot: $.depot}
operations:
  create_shipment:
    request: {method: POST, path: "/depots/${{ session.depot }}/shipments", json: {reference: "${{ shipment.reference }}"}}
    extract: {carrier_ref: $.id}
track:
  request: {path: "/depots/${{ session.depot }}/${{ tracking.number }}"}
  event: {occurred_at: {from: $.at, format: rfc3339}, status: {code: $.code, vocabulary: words}}
vocabularies: {words: {codes: {DL: delivered}, unknown: park}}
"#;

#[test]
fn render_makes_up_what_a_sign_in_would_have_read_and_says_whose_servers_it_shows() {
    let dir = started();
    std::fs::write(dir.path().join(FILE), WITH_SESSION).expect("written");
    let order = ["--order", "carriers/swiftpost/samples/order.json"];
    let rendered =
        |rest: &[&str]| crossdock(dir.path(), &[&["render", "swiftpost", "create_shipment"][..], &order, rest].concat());
    let plain = rendered(&[]);
    assert!(out(&plain).starts_with("POST https://api.swiftpost.example/depots/%3Cdepot%3E/shipments\n"), "{}", out(&plain));
    let said = String::from_utf8_lossy(&plain.stderr).into_owned();
    assert!(said.contains("no environment `sandbox`: the servers of `production` are shown"), "{said}");
    assert!(out(&rendered(&["--session", "depot=LYS"])).starts_with("POST https://api.swiftpost.example/depots/LYS/shipments\n"));
    let tracked = crossdock(dir.path(), &["render", "swiftpost", "track", "N1", "--session", "depot=LYS"]);
    assert!(out(&tracked).starts_with("GET https://api.swiftpost.example/depots/LYS/N1\n"), "{}", out(&tracked));
    let wrong = rendered(&["--environment", "prod"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("there is no environment `prod`"));
    assert!(out(&rendered(&["--format", "json"])).ends_with("}\n"));
}

#[test]
fn show_spells_out_what_names_stand_for() {
    let dir = started();
    assert!(out(&crossdock(dir.path(), &["show"])).contains("create_shipment"));
    let text = out(&crossdock(dir.path(), &["show", "swiftpost", "--resolved"]));
    assert!(text.contains("{when: {status: [429, 503]}, outcome: throttled}"), "{text}");
    assert!(text.contains("# part `party`, p = shipment.recipient"), "{text}");
}

#[test]
fn the_demonstration_balances_its_books() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = crossdock(dir.path(), &["demo", "--orders", "60", "--rate", "60", "--seed", "7"]);
    assert!(out(&output).contains("books balance"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn coverage_is_told_in_every_format_and_can_be_required() {
    let dir = started();
    let output = crossdock(dir.path(), &["test", "--coverage"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("2 cases passed\n"), "{text}");
    assert!(text.contains("rule: `$http` never matches\n"), "{text}");
    let row = text.lines().find(|line| line.starts_with("swiftpost ")).expect("a row of the table");
    assert!(row.contains("100%"), "{row}");
    let json = crossdock(dir.path(), &["test", "--coverage", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out(&json)).expect("JSON");
    assert_eq!(json["cases"].as_array().map(Vec::len), Some(2));
    let rules = &json["coverage"][0]["tallies"][2];
    assert_eq!((rules["kind"].as_str(), rules["total"].as_u64(), rules["touched"].as_u64()), (Some("rules"), Some(3), Some(2)));
    let missing = json["coverage"][0]["missing"].as_array().expect("a list");
    assert!(missing.iter().any(|one| one["kind"] == "rules" && one["text"] == "$http" && one["place"]["line"].is_u64()));
    let github = crossdock(dir.path(), &["test", "--coverage", "--format", "github"]);
    assert!(out(&github).contains("::warning file=carriers/swiftpost/carrier.yaml,line="), "{}", out(&github));
    assert_eq!(crossdock(dir.path(), &["test", "--require", "50"]).status.code(), Some(0));
    let short = crossdock(dir.path(), &["test", "--require", "100"]);
    assert_eq!(short.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&short.stderr).contains("is touched by the cases of: swiftpost"));
    assert_eq!(crossdock(dir.path(), &["test", "--require", "101"]).status.code(), Some(2));
}

#[test]
fn show_tells_what_a_file_costs() {
    let dir = started();
    let text = out(&crossdock(dir.path(), &["show", "swiftpost", "--cost"]));
    let line = text.lines().find(|line| line.contains(" expressions: ")).unwrap_or_else(|| panic!("{text}"));
    let numbers: Vec<usize> = line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers[0], numbers[1] + numbers[2], "{line}");
    assert!(numbers[1] > 0 && numbers[2] > 0 && numbers[3] == 0, "{line}");
    let operation = text.lines().find(|line| line.contains("operation `create_shipment`")).expect("a line");
    assert!(operation.contains(" slots of the order, ") && operation.ends_with(" of replies"), "{operation}");
    assert_eq!(crossdock(dir.path(), &["show", "--cost"]).status.code(), Some(2));
}

#[test]
fn the_process_file_is_checked_where_there_is_one() {
    let dir = started();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    let validate = |args: &[&str]| {
        let output = crossdock(dir.path(), args);
        (output.status.code(), out(&output))
    };
    write("crossdock.yaml", "format: process/v1\nlisten: 127.0.0.1:8085\n");
    assert_eq!(validate(&["validate"]), (Some(0), "no findings in 2 files\n".to_owned()));
    write("crossdock.yaml", "format: process/v1\nlisten: localhost\nworker: {orders: 5}\n");
    let (code, words) = validate(&["validate"]);
    assert_eq!(code, Some(1));
    for wanted in ["expected an address and a port", "crossdock.yaml:2:9", "unknown key `worker`", "did you mean `workers`?"] {
        assert!(words.contains(wanted), "{wanted}: {words}");
    }
    assert_eq!(validate(&["validate", "swiftpost"]), (Some(0), "no findings in 1 file\n".to_owned()));
    write("night.yaml", "format: process/v1\nstand_ins: {swiftpost: {api: \"https://api.example\"}}\n");
    let (code, words) = validate(&["validate", "night.yaml"]);
    assert!(code == Some(1) && words.contains("only a server on this machine can stand in"), "{words}");
}

#[test]
fn accounts_are_held_against_their_carriers_files() {
    let dir = started();
    let accounts = |text: &str| {
        std::fs::write(dir.path().join("carriers/accounts.yaml"), format!("format: accounts/v1\naccounts:\n{text}"))
            .expect("written");
        let output = crossdock(dir.path(), &["validate"]);
        (output.status.code(), out(&output))
    };
    let right = "  - {carrier: swiftpost, environment: sandbox, config: {account_no: \"00123450\"}}\n  - {carrier: shop}\n";
    assert_eq!(accounts(right), (Some(0), "no findings in 2 files\n".to_owned()));
    let (code, words) = accounts(
        "  - {carrier: swiftpots}\n  - {carrier: swiftpost, account: a, config: {acount_no: \"00123450\"}}\n  \
         - {carrier: swiftpost, account: b, environment: staging, config: {account_no: 123}}\n  \
         - {carrier: swiftpost, account: c, config: [account_no]}\n",
    );
    assert_eq!(code, Some(1));
    for wanted in [
        "there is no file `swiftpots/carrier.yaml` beside this one",
        "did you mean `swiftpost`?",
        "there is no setting `acount_no`; did you mean `account_no`?",
        "the setting `account_no` is missing",
        "there is no environment `staging`; available: `production`, `sandbox`",
        "the setting `account_no` must be",
        "accounts.yaml:4:47",
        "accounts.yaml:5:51",
        "accounts.yaml:5:81",
        "`config` has the account's settings by their names",
    ] {
        assert!(words.contains(wanted), "{wanted}: {words}");
    }
}
