//! The mapping directory of the stories: a carrier that can be read, one that cannot be asked, a shop.

use std::fs;
use std::path::Path;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: CARRIER, name: A carrier of the stories}
secrets: [key]
servers:
  production: {api: "https://api.swiftpost.example/CARRIER"}
  sandbox: {api: "https://sbx.swiftpost.example/CARRIER"}
auth: {bearer: {token: "${{ secret.key }}"}}
limits: {timeout: 2s, concurrency: 24, give_up_after: 1h}
replies:
  answers:
    - {when: {status: 422}, outcome: rejected, code: $.code, message: $.text}
    - {when: {status: 503}, outcome: throttled}
    - {when: {status: 2xx, has: HAS}, outcome: accepted}
    - $http
operations:
  create_shipment:
    request: {method: POST, path: /shipments, json: {reference: "${{ shipment.reference }}", to: "${{ shipment.recipient.name }}"}}
    responses: answers
    extract:
      parcels: {tracking_number: NUMBER}
      documents: [{kind: label, data: {from: $.label, decode: base64}, media: application/pdf}]
webhooks:
  events:
    verify: {header: {name: x-key, value: "${{ secret.key }}"}}
    event:
      id: $.id
      tracking_number: $.no
      occurred_at: {from: $.time, format: rfc3339}
      status: {code: $.code, vocabulary: states}
vocabularies:
  states:
    codes: {PU: picked_up, EX: exception, DL: delivered}
    unknown: park
"#;

/// How most carriers are signed in to.
const FIXED: &str = r#"auth: {bearer: {token: "${{ secret.key }}"}}"#;

/// How the one that grants one session is.
const SESSION: &str = r#"auth:
  login:
    request: {method: POST, path: /login, json: {key: {$secret: key}}}
    token: $.token
    expires_in: 1h
    one_session: true"#;

const SHOP: &str = r#"format: shop/v1
secrets: [shop_token]
servers:
  production: {api: "https://shop.example/api"}
  sandbox: {api: "https://stage.shop.example/api"}
auth: {bearer: {token: "${{ secret.shop_token }}"}}
limits: {timeout: 2s, concurrency: 24}
operations:
  order_result:
    idempotency: {header: Idempotency-Key, value: "${{ action.action_id }}", window: 24h}
    request:
      method: POST
      path: /orders/${{ action.order_id }}/result
      json: {$omit: empty, outcome: "${{ action.order_result.outcome }}", numbers: "${{ action.order_result.tracking_numbers }}"}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
  update_order:
    idempotency: {header: Idempotency-Key, value: "${{ action.action_id }}", window: 24h}
    request:
      method: POST
      path: /orders/${{ action.order_id }}/updates
      json: {status: "${{ action.notify_shop.event.status }}", sequence: "${{ action.notify_shop.event.sequence }}"}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
"#;

const ACTIONS: &str = "format: actions/v1
rules:
  - {status: picked_up, do: [notify_shop]}
  - {status: delivered, do: [notify_shop]}
  - {status: exception, do: [email_logistics]}
topics: {default: logistics@shop.example}
";

const ACCOUNTS: &str = "format: accounts/v1
accounts:
  - {carrier: shop, secrets: env}
  - {carrier: swiftpost, secrets: env}
  - {carrier: silent, secrets: env}
  - {carrier: single, secrets: env}
";

/// Writes the files. `mended`: the carriers' files also read the field under which the number sometimes comes.
pub(crate) fn write(dir: &Path, mended: bool) {
    for id in ["swiftpost", "silent", "single"] {
        let (has, number) = if mended { ("\"$['no','number']\"", "[$.no, $.number]") } else { ("$.no", "$.no") };
        let text = CARRIER.replace("CARRIER", id).replace("HAS", has).replace("NUMBER", number);
        let text = if id == "single" { text.replace(FIXED, SESSION) } else { text };
        fs::create_dir_all(dir.join(id)).expect("a folder");
        fs::write(dir.join(id).join("carrier.yaml"), text).expect("a file");
    }
    fs::write(dir.join("shop.yaml"), SHOP).expect("a file");
    fs::write(dir.join("actions.yaml"), ACTIONS).expect("a file");
    fs::write(dir.join("accounts.yaml"), ACCOUNTS).expect("a file");
}

/// Adds a comment: another release that means the same.
pub(crate) fn touch(dir: &Path, words: &str) {
    let path = dir.join("swiftpost/carrier.yaml");
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(path, format!("# {words}\n{text}")).expect("a file");
}
