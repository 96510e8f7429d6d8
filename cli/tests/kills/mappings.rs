//! The mapping directory of the campaign: two carriers that recognise no repetition, one of which can be asked, and a shop.

use std::fs;
use std::path::Path;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: CARRIER, name: A carrier that recognises no repetition}
secrets: [key]
servers:
  production: {api: "https://api.swiftpost.example/CARRIER"}
  sandbox: {api: "https://sbx.swiftpost.example/CARRIER"}
auth: {bearer: {token: "${{ secret.key }}"}}
limits: {timeout: 1s, concurrency: 24, give_up_after: 1h}
replies:
  answers:
    - {when: {status: 422}, outcome: rejected, code: $.code, message: $.text}
    - {when: {status: 503}, outcome: throttled}
    - {when: {status: 404}, outcome: not_found}
    - {when: {status: 2xx, has: NUMBER}, outcome: accepted}
    - $http
operations:
  create_shipment:
    request: {method: POST, path: /shipments, json: {reference: "${{ shipment.reference }}", to: "${{ shipment.recipient.name }}"}}
    responses: answers
RECONCILE
    extract: {parcels: {tracking_number: NUMBER}}
webhooks:
  events:
    verify: {header: {name: x-key, value: "${{ secret.key }}"}}
    event:
      id: $.id
      tracking_number: $.no
      occurred_at: {from: $.time, format: rfc3339}
      status: {code: $.code, vocabulary: states}
vocabularies:
  states: {codes: {DL: delivered}, unknown: park}
"#;

const RECONCILE: &str = "    reconcile: {operation: find, authoritative: true, settle: 1s}";

const FIND: &str = r#"  find:
    request: {method: GET, path: /shipments, query: {reference: "${{ shipment.reference }}"}}
    responses: answers
    extract: {parcels: {tracking_number: NUMBER}}
webhooks:"#;

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

const ACCOUNTS: &str = "format: accounts/v1
accounts:
  - {carrier: shop, secrets: env}
  - {carrier: silent, secrets: env}
  - {carrier: asked, secrets: env}
";

/// Writes the files. `mended`: the carriers' files also read the field under which the number sometimes comes.
pub(crate) fn write(dir: &Path, mended: bool) {
    for (id, reconcile) in [("silent", false), ("asked", true)] {
        let number = if mended { "[$.no, $.number]" } else { "$.no" };
        let has = if mended { "\"$['no','number']\"" } else { "$.no" };
        let mut text = CARRIER.replace("CARRIER", id).replace("has: NUMBER", &format!("has: {has}"));
        text = text.replace("RECONCILE\n", &if reconcile { format!("{RECONCILE}\n") } else { String::new() });
        if reconcile {
            text = text.replacen("webhooks:", FIND, 1);
        }
        fs::create_dir_all(dir.join(id)).expect("a folder");
        // Replaced in one move: a half-written file must not be read.
        let fresh = dir.join(id).join("carrier.yaml.new");
        fs::write(&fresh, text.replace("NUMBER", number)).expect("a file");
        fs::rename(fresh, dir.join(id).join("carrier.yaml")).expect("a file");
    }
    fs::write(dir.join("shop.yaml"), SHOP).expect("a file");
    fs::write(dir.join("accounts.yaml"), ACCOUNTS).expect("a file");
}
