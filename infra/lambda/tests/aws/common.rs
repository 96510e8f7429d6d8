//! What the stories and the benchmark share: an order, and how a client reaches an emulator.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sqs::config::Region;
use serde_json::{Value, json};

/// An order; its reference is its name.
pub(crate) fn order(id: &str, carrier: &str) -> Value {
    let address = json!({"lines": ["Quay 1"], "city": "Rotterdam", "country": "NL"});
    json!({
        "order_id": id,
        "operation_id": "1",
        "carrier": carrier,
        "shipment": {
            "reference": id,
            "sender": {"name": "Harbour Books", "address": address},
            "recipient": {"name": "Zoë Müller", "address": address},
            "parcels": [{"reference": format!("{id}-1"), "weight": 500}],
        },
    })
}

/// How a client reaches an emulator, as whoever has this key.
pub(crate) fn client_config(endpoint: &str, id: &str, secret: &str) -> aws_types::SdkConfig {
    aws_types::SdkConfig::builder()
        .behavior_version(crossdock_aws::behavior())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(crossdock_aws::http_client().expect("a client"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "test")))
        .build()
}
