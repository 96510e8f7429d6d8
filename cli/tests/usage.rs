//! The command line from outside: help, exit codes, colour, and the commands that need no carrier file.

use assert_cmd::Command;

fn crossdock(args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("crossdock").expect("a built binary");
    command.env_remove("NO_COLOR").env_remove("CROSSDOCK_DIR").args(args).assert()
}

fn out(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8")
}

fn err(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).expect("UTF-8")
}

const COMMANDS: [&str; 21] = [
    "docs",
    "validate",
    "test",
    "render",
    "send",
    "translate",
    "show",
    "schema",
    "explain",
    "new",
    "completions",
    "demo",
    "status",
    "enqueue",
    "dlq",
    "trace",
    "resolve",
    "pause",
    "resume",
    "forget",
    "quarantine",
];

#[test]
fn every_command_has_help_with_examples() {
    let overview = out(&crossdock(&["--help"]).success());
    for command in COMMANDS {
        assert!(overview.contains(&format!("\n  {command}")), "{command} is not listed");
        let help = out(&crossdock(&[command, "--help"]).success());
        assert!(help.contains("Example"), "{command} has no example");
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    crossdock(&["vaildate"]).code(2);
    crossdock(&["send"]).code(2);
    crossdock(&["new", "Swift Post"]).code(2);
    crossdock(&["send", "-", "--server", "api=https://api.swiftpost.example"]).code(2);
    let production = crossdock(&["send", "-", "--environment", "production"]).code(2);
    assert!(err(&production).contains("needs `--results FILE`"));
}

#[test]
fn operating_needs_a_store_and_says_what() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let data = nowhere.path().join("data");
    let data = data.to_str().expect("UTF-8");
    for args in [vec!["status"], vec!["trace", "SO-1"], vec!["dlq", "list"], vec!["forget", "SO-1"]] {
        let failed = crossdock(&[args, vec!["--data", data]].concat()).code(4);
        assert!(err(&failed).contains("there is no store"), "{}", err(&failed));
    }
    crossdock(&["resolve", "SO-1"]).code(2);
    crossdock(&["resolve", "SO-1", "--resend", "--refused"]).code(2);
    crossdock(&["resolve", "SO-1", "--resend", "--code", "x"]).code(2);
    crossdock(&["dlq", "list", "--queue", "ordres"]).code(2);
    crossdock(&["dlq", "list", "--since", "yesterday"]).code(2);
    assert!(err(&crossdock(&["dlq", "redrive"]).code(2)).contains("which dead letters?"));
}

#[test]
fn schemas_are_printed_listed_and_written() {
    assert!(out(&crossdock(&["schema"]).success()).lines().any(|name| name == "order"));
    let order: serde_json::Value = serde_json::from_str(&out(&crossdock(&["schema", "order"]).success())).expect("JSON");
    assert!(order["properties"]["shipment"].is_object());
    let unknown = crossdock(&["schema", "parcle"]).code(3);
    assert!(err(&unknown).contains("available:"));
    let dir = tempfile::tempdir().expect("a directory");
    crossdock(&["schema", "--write", dir.path().to_str().expect("UTF-8")]).success();
    assert!(dir.path().join("order.schema.json").is_file());
}

#[test]
fn an_unknown_code_matches_nothing() {
    assert!(err(&crossdock(&["explain", "E0000000"]).code(3)).contains("there is no code `E0000000`"));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = out(&crossdock(&["completions", shell]).success());
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
    }
}

#[test]
fn new_writes_a_skeleton_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let carriers = dir.path().join("carriers");
    let at = carriers.to_str().expect("UTF-8");
    crossdock(&["new", "night_owl", "--dir", at]).success();
    let file = std::fs::read_to_string(carriers.join("night_owl/carrier.yaml")).expect("a carrier file");
    assert!(file.contains("{id: night_owl, name: Night Owl,"));
    assert!(!file.contains("new_carrier"));
    assert!(err(&crossdock(&["new", "night_owl", "--dir", at]).code(4)).contains("exists already"));
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    assert!(!err(&crossdock(&["explain", "E0000000"])).contains('\x1b'));
    assert!(err(&crossdock(&["explain", "E0000000", "--color", "always"])).contains('\x1b'));
}
