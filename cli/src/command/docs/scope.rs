//! Which names are in scope where: asked of the compiler itself, by a file that names what does not exist at every place.

use crossdock_engine::compile::{compile, compile_shop};
use crossdock_engine::diagnostic::Diagnostic;
use crossdock_engine::source::Sources;
use std::fmt::Write as _;

const CARRIER: &str = include_str!("scope/carrier.yaml");
const SHOP: &str = include_str!("scope/shop.yaml");

/// The places, by the name that the file has there.
const PLACES: &[(&str, &str)] = &[
    ("zz_requires", "`requires`, `let` of an operation"),
    ("zz_step", "`if` and `for_each` of a step"),
    ("zz_body", "a request: `path`, `query`, bodies, `server`, `link`"),
    ("zz_header", "its `headers`, and `headers` of `defaults`"),
    ("zz_loop", "inside `$for` and `for_each`"),
    ("zz_part", "inside a part"),
    ("zz_key", "`idempotency: {value}`"),
    ("zz_rule", "`responses`: `if`, `code`, `message`, `retry_after`"),
    ("zz_error", "`code`, `message` under `each`"),
    ("zz_extract", "`extract`"),
    ("zz_parcel", "`parcels`, also its `error`"),
    ("zz_document", "`documents`"),
    ("zz_undo", "`compensate`"),
    ("zz_track", "`track`: its request"),
    ("zz_answer", "`track`: its `responses`"),
    ("zz_item", "`item`, also its `error`"),
    ("zz_event", "`event` of `track`"),
    ("zz_verify", "`verify` of a webhook"),
    ("zz_signed_delivery", "`signed` of `hmac` and `rsa`"),
    ("zz_ignore", "`ignore_if`"),
    ("zz_delivery", "`event` of a webhook"),
    ("zz_completes", "`completes`"),
    ("zz_login", "the request of `login` and `oauth2`"),
    ("zz_login_reply", "its `responses`, `token`, `session`"),
    ("zz_send", "`send` of `login` and `oauth2`"),
    ("zz_credential", "`basic`, `bearer`, `header`, `query`"),
    ("zz_claims", "`claims` of `jwt`"),
    ("zz_signed", "`signed` of `signature`"),
    ("zz_signature", "`send` of `signature`"),
    ("zz_action", "the shop's operations"),
    ("zz_intake", "`intake` of the shop"),
];

/// Names that have members of their own.
const SPACES: &[(&str, &str)] = &[
    ("zz_of_account", "account"),
    ("zz_of_loop", "loop"),
    ("zz_of_tracking", "tracking"),
    ("zz_of_fault", "fault"),
    ("zz_of_request", "request"),
];

/// The table of places, and that of names with members.
pub(super) fn tables() -> String {
    let found = found();
    let mut text = String::from("| where | names |\n|---|---|\n");
    for (probe, place) in PLACES {
        let _ = writeln!(text, "| {place} | {} |", names(&found, probe));
    }
    text += "\n| name | members |\n|---|---|\n";
    for (probe, space) in SPACES {
        let _ = writeln!(text, "| `{space}` | {} |", names(&found, probe));
    }
    text
}

fn found() -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let (carrier, shop) = (sources.add("carrier.yaml", CARRIER), sources.add("shop.yaml", SHOP));
    let mut found = compile(&sources, carrier).diagnostics;
    found.extend(compile_shop(&sources, shop).diagnostics);
    found
}

/// What the finding about a name says is available there.
fn names(found: &[Diagnostic], probe: &str) -> String {
    let told = found.iter().find(|finding| finding.message.contains(&format!("`{probe}`")));
    let help = told.iter().flat_map(|finding| &finding.help).find_map(|help| help.strip_prefix("available: "));
    // What the file of probes declares itself is no name of the format.
    let own = ["`own_name`", "`x`", "`q`"];
    let names: Vec<&str> = help.unwrap_or_default().split(", ").filter(|name| !own.contains(name)).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{PLACES, SPACES, found, names};

    #[test]
    fn every_place_is_told() {
        let found = found();
        for (probe, place) in PLACES.iter().chain(SPACES) {
            assert!(
                !names(&found, probe).is_empty(),
                "{place}: the file of probes has no `{probe}`, or the compiler does not look"
            );
        }
    }

    #[test]
    fn names_that_exist_somewhere_are_somewhere_in_the_table() {
        let tables = super::tables();
        for name in ["`now`", "`nonce`", "`session`", "`token`", "`signature`", "`fault`", "`it`", "`item`", "`event`", "`query`"]
        {
            assert!(tables.contains(name), "{name}:\n{tables}");
        }
    }
}
