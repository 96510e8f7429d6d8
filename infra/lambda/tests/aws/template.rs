//! What others' linters say about the template.

use crate::cloud::run;
use crate::python;
use std::path::{Path, PathBuf};
use std::process::Command;

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("infra")
}

fn tool(name: &str) -> Command {
    let mut command = Command::new(python::environment("linters").with_file_name(name));
    command.current_dir(infra()).env("SAM_CLI_TELEMETRY", "0").env("AWS_DEFAULT_REGION", "us-east-1");
    command
}

#[test]
fn cfn_lint_and_sam_find_nothing() {
    run(tool("cfn-lint").args(["-t", "template.yaml"]));
    run(tool("sam").args(["validate", "--lint", "--template", "template.yaml"]));
}

#[test]
fn checkov_finds_nothing_but_what_is_justified() {
    let told = run(tool("checkov").args(["--file", "template.yaml", "--config-file", ".checkov.yaml"]));
    assert!(told.contains("Failed checks: 0") || told.trim().is_empty(), "{told}");
}

#[test]
fn the_page_about_capacity_says_what_its_program_says() {
    run(Command::new(python::environment("linters")).arg(infra().join("capacity.py")).arg("--check"));
}
