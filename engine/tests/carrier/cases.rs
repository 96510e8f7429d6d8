//! Cases about sign-ins and senders: they pass when they should, and fail when they should.

use crossdock_engine::case::{Mapping, Report, parse, run};
use crossdock_engine::compile::compile;
use crossdock_engine::diagnostic::Renderer;
use crossdock_engine::source::Sources;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
config: {public_key: {type: string, optional: true}}
secrets: [key, user]
servers: {production: {api: "https://api.swiftpost.example/v2"}}
auths:
  login:
    login:
      request: {path: /login, json: {user: "${{ secret.user }}", key: {$secret: key}}}
      token: {header: x-token}
      expires_in: 1h
      session: {customer: $.customer}
  second: {login: {request: {path: "/second/${{ session.customer }}", auth: login, json: {a: 1}}, token: $.t, send: {header: X-Second}}}
  signed: {signature: {hash: md5, signed: ["${{ request.method }}${{ request.path }}", $body, "${{ secret.key }}"], send: {header: X-S}}}
  jwt: {jwt: {key: "${{ secret.key }}", claims: {sub: "1234567890", name: John Doe, iat: 1516239022, exp: 1}}}
  keys: {header: [{name: X-U, value: "${{ secret.user }}"}, {name: X-K, value: "${{ secret.key }}"}]}
  basic: {basic: {username: "${{ secret.user }}", password: "${{ secret.key }}"}}
webhooks:
  hmac:
    verify: {hmac: {key: "${{ secret.key }}", signed: ["${{ headers['x-time'] }}.", $body], signature: {header: x-signature, prefix: v1=}, timestamp: {header: x-time, tolerance: 5m}}}
    event: &event {tracking_number: $.no, status: {code: $.code, vocabulary: v}}
  rsa:
    verify: {rsa: {keys: {path: /jwks}, key_id: {header: x-key-id}, signature: {header: x-signature, encoding: base64}}}
    event: *event
  own_key:
    verify: {rsa: {key: "${{ config.public_key }}", signature: {header: x-signature, encoding: base64}}}
    event: *event
  basic:
    verify: {basic: {username: "${{ secret.user }}", password: "${{ secret.key }}"}}
    event: *event
  header:
    verify: {header: {name: x-token, value: "${{ secret.key }}"}}
    event: *event
  query:
    verify: {query: {name: token, value: "${{ secret.key }}"}}
    event: *event
  ip:
    verify: {ip: [192.0.2.0/24]}
    event: *event
  both:
    verify: {all: [{ip: 192.0.2.0/24}, {header: {name: x-token, value: "${{ secret.key }}"}}]}
    event: *event
vocabularies: {v: {codes: {a: picked_up}, unknown: park}}
"#;

fn report(body: &str) -> Report {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", CARRIER);
    let compiled = compile(&sources, file);
    let shown = Renderer::plain().render_all(&sources, &compiled.diagnostics);
    let carrier = compiled.carrier.unwrap_or_else(|| panic!("{shown}"));
    let mut sources = Sources::default();
    let file = sources.add("cases.yaml", format!("- name: a case\n  source: the test\n  {}\n", body.replace('\n', "\n  ")));
    let (cases, diagnostics) = parse(&sources, file);
    assert!(diagnostics.is_empty(), "{}", Renderer::plain().render_all(&sources, &diagnostics));
    let jwks = r#"{"keys": [{"kty": "RSA", "kid": "another", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ", "e": "AQAB"}]}"#;
    let files = |name: &str| (name == "jwks.json").then(|| jwks.as_bytes().to_vec());
    run(&Mapping::of(&carrier), &sources, &cases[0], &files)
}

#[track_caller]
fn passes(body: &str) {
    let report = report(body);
    assert!(report.passed(), "{}", report.render());
}

#[track_caller]
fn fails(body: &str, parts: &[&str]) {
    let text = report(body).render();
    parts.iter().for_each(|part| assert!(text.contains(part), "`{part}` is not in\n{text}"));
}

const GIVEN: &str = "secrets: {key: k, user: u}, now: 2026-04-01T12:00:00Z";

#[test]
fn a_login_is_shown_and_its_token_read() {
    let login = format!(
        "auth: login
given: {{{GIVEN}}}
expect: {{request: {{method: POST, path: /v2/login, json: {{user: u, key: k}}}}}}
reply: {{status: 200, headers: {{X-Token: t-1}}, json: {{customer: '0077'}}}}
then: {{outcome: accepted, token: t-1, expires_at: '2026-04-01T13:00:00Z', session: {{customer: '0077'}}}}"
    );
    passes(&login);
    fails(
        &login.replace("session: {customer: '0077'}}", "session: {customer: '0078'}}"),
        &["then.session.customer", "carrier.yaml:12:"],
    );
    fails(&login.replace("user: u, key: k}", "user: x, key: k}"), &["request.json.user", "carrier.yaml:9:"]);
    let refused = format!("auth: login\ngiven: {{{GIVEN}}}\nreply: {{status: 401}}\nthen: {{outcome: misconfigured}}");
    passes(&refused);
    fails(&refused.replace("misconfigured", "accepted"), &["then.outcome", "misconfigured"]);
    passes(&format!(
        "auth: login\ngiven: {{{GIVEN}, tokens: {{login: t-9}}, request: {{path: /x}}}}\nexpect: {{request: {{path: /v2/x, headers: {{includes: {{authorization: Bearer t-9}}}}}}}}"
    ));
}

#[test]
fn a_chain_gets_its_first_token_from_the_case() {
    passes(&format!(
        "auth: second
given: {{{GIVEN}, tokens: {{login: t-1}}, sessions: {{login: {{customer: '0077'}}}}}}
expect: {{request: {{path: /v2/second/0077, headers: {{includes: {{authorization: Bearer t-1}}}}}}}}
reply: {{status: 200, json: {{t: s-1}}}}
then: {{token: s-1, expires_at: null}}"
    ));
}

#[test]
fn credentials_are_tried_on_a_request_of_the_case() {
    passes(&format!("auth: basic\ngiven: {{{GIVEN}}}\nexpect: {{request: {{headers: {{authorization: Basic dTpr}}}}}}"));
    passes(&format!("auth: keys\ngiven: {{{GIVEN}}}\nexpect: {{request: {{headers: {{x-u: u, x-k: k}}}}}}"));
    let jwt = "auth: jwt\ngiven: {secrets: {key: your-256-bit-secret, user: u}}\nexpect: {request: {headers: {authorization: Bearer TOKEN}}}";
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyLCJleHAiOjF9.";
    fails(&jwt.replace("TOKEN", token), &["request.headers.authorization", token]);
    // The hash of `PUT/a{"b":1}k` by another implementation.
    let signed = format!(
        "auth: signed\ngiven: {{{GIVEN}, request: {{method: PUT, path: /a, json: {{b: 1}}}}}}\nexpect: {{request: {{url: https://api.swiftpost.example/v2/a, headers: {{includes: {{x-s: HASH}}}}}}}}"
    );
    passes(&signed.replace("HASH", "2c3da262d070d7c76377d23fafb5eaba"));
    fails(&signed.replace("HASH", "00").replace("b: 1}", "b: 2}"), &["request.headers.x-s", "carrier.yaml:14:"]);
    passes(&format!(
        "auth: signed\ngiven: {{{GIVEN}, request: {{path: /a, query: {{q: x}}, form: {{b: '1'}}}}}}\nexpect: {{request: {{method: POST, form: {{b: '1'}}, query: {{q: x}}}}}}"
    ));
    fails("auth: nobody\ngiven: {}", &["`auths` has no `nobody`"]);
}

#[test]
fn every_kind_of_sender_is_told_from_a_forger() {
    let case = |webhook: &str, sender: &str, verified: bool| {
        format!(
            "webhook: {webhook}\ngiven: {{{GIVEN}, sender: {sender}, json: {{no: A-1, code: a}}}}\nthen: {{verified: {verified}, events: [{{status: picked_up}}]}}"
        )
    };
    for webhook in ["hmac", "rsa", "basic", "header", "query", "ip", "both"] {
        passes(&case(webhook, "genuine", true));
        passes(&case(webhook, "forged", false));
        fails(&case(webhook, "forged", true), &["then.verified", "verifies it"]);
    }
    for webhook in ["hmac", "rsa"] {
        passes(&case(webhook, "tampered", false));
    }
    passes(&case("hmac", "stale", false));
    passes(&case("hmac", "genuine", true).replace("sender: genuine", "sender: genuine, headers: {x-time: '1775044700'}"));
    passes(&case("hmac", "genuine", false).replace("sender: genuine", "sender: genuine, headers: {x-time: '1775044000'}"));
    passes(&case("rsa", "genuine", false).replace("sender: genuine", "sender: genuine, keys: jwks.json"));
    passes(
        &case("rsa", "genuine", true)
            .replace("webhook: rsa\n", "webhook: rsa\nexpect: {request: {method: GET, path: /v2/jwks}}\n"),
    );
    let pem = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQAB";
    passes(
        &case("own_key", "genuine", true).replace("sender: genuine", &format!("sender: genuine, config: {{public_key: {pem}}}")),
    );
    passes(
        &case("own_key", "forged", false).replace("sender: forged", &format!("sender: forged, config: {{public_key: {pem}}}")),
    );
    passes(&case("ip", "genuine", false).replace("sender: genuine", "sender: genuine, address: 198.51.100.1"));
    fails(&case("ip", "genuine", true).replace("sender: genuine", "address: nowhere"), &["this is no address"]);
}
