//! Fragments of a carrier file, put where they belong in a whole one.

use crossdock_engine::compile::compile;
use crossdock_engine::diagnostic::{Diagnostic, Renderer, Severity};
use crossdock_engine::source::Sources;

/// What fragments may name.
const DECLARED: &str = r#"
config:
  account_no: {type: string, pattern: "^[0-9]{8}$", example: "00123450"}
options:
  fragile: {type: boolean, default: false}
secrets: [key, user, password]
lookups:
  product: {values: {express: EXP, standard: STD}, unknown: fail, missing: {value: STD}}
parts:
  party: {params: [p], value: {name: "${{ p.name }}"}}
"#;
const HEAD: &str = "format: carrier/v1\ncarrier: {id: swiftpost, name: SwiftPost}\n";
const SERVERS: &str = "servers: {production: {api: https://api.swiftpost.example}}\n";
const OPERATION: &str = "operations: {create_shipment: {request: {method: POST, path: /}}}\n";
const VOCABULARY: &str = "vocabularies: {tracking: {codes: {DL: delivered}, unknown: park}}\n";

/// The file is sound, but for things that the fragment does not use; else what is found.
pub(super) fn check(kind: &str, text: &str, at: &str) -> Result<(), String> {
    let whole = whole(kind, text, at);
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", whole.clone());
    // A fragment does not use everything that it could.
    let counts = |finding: &Diagnostic| finding.severity == Severity::Error && finding.code.name != "unused";
    let found: Vec<Diagnostic> = compile(&sources, file).diagnostics.into_iter().filter(counts).collect();
    if found.is_empty() { Ok(()) } else { Err(format!("{at}:\n{}", Renderer::plain().render_all(&sources, &found))) }
}

fn whole(kind: &str, text: &str, at: &str) -> String {
    let operation = |inner: String| format!("{HEAD}{DECLARED}{SERVERS}operations:\n  create_shipment:\n{inner}");
    let body = |format: &str| {
        operation(format!("    request:\n      method: POST\n      path: /shipments\n      {format}:\n{}", indented(text, 8)))
    };
    let request = "    request: {method: POST, path: /shipments}\n";
    match kind {
        "top" => {
            let own = |section: &str| text.lines().any(|line| line.starts_with(section));
            let rest = [("servers:", SERVERS), ("operations:", OPERATION)];
            let declared = blocks(DECLARED).into_iter().filter(|block| !own(block.split(':').next().unwrap_or_default()));
            let rest = rest.iter().filter(|(section, _)| !own(section)).map(|(_, text)| (*text).to_owned());
            format!("{HEAD}{}{}{text}", declared.collect::<String>(), rest.collect::<String>())
        }
        "json" | "xml" | "form" => body(kind),
        "operation" => operation(indented(text, 4)),
        "request" => operation(format!("    request:\n{}", indented(text, 6))),
        "rules" => operation(format!("{request}    responses:\n{}", indented(text, 6))),
        "extract" => operation(format!("{request}    extract:\n{}", indented(text, 6))),
        "event" => format!(
            "{HEAD}{DECLARED}{SERVERS}{OPERATION}{VOCABULARY}webhooks:\n  tracking:\n    verify: {{header: {{name: x-key, value: \"${{{{ secret.key }}}}\"}}}}\n    event:\n{}",
            indented(text, 6)
        ),
        other => panic!("{at}: there is no fragment `{other}`"),
    }
}

/// The top-level sections of a text.
fn blocks(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match found.last_mut() {
            Some(block) if line.starts_with(' ') => _ = std::fmt::Write::write_fmt(block, format_args!("{line}\n")),
            _ => found.push(format!("{line}\n")),
        }
    }
    found
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{}{line}\n", " ".repeat(by)) }).collect()
}
