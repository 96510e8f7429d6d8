//! A carrier and a shop on this machine, with journals of their own.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What was asked of the carrier, by reference, and told to the shop, by order.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub asked: Arc<Mutex<BTreeMap<String, u32>>>,
    pub told: Arc<Mutex<Vec<(String, Value)>>>,
}

impl World {
    /// Starts both; where they listen.
    pub(crate) fn start() -> (Self, String) {
        let world = Self::default();
        let router = Router::new()
            .route("/carrier/shipments", post(ship))
            .route("/shop/orders/{order}/{what}", post(tell))
            .with_state(world.clone());
        let (told, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                told.send(listener.local_addr().expect("an address")).expect("a listening test");
                axum::serve(listener, router).await.expect("a server");
            });
        });
        (world, format!("http://{}", address.recv().expect("an address")))
    }
}

/// An order's last digit says how it fares: 2 is taken in words that the file does not know, 3 breaks.
async fn ship(State(world): State<World>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    let reference = body["reference"].as_str().unwrap_or_default().to_owned();
    *world.asked.lock().expect("no panic").entry(reference.clone()).or_default() += 1;
    let status = match reference.chars().last() {
        Some('2') => StatusCode::ACCEPTED,
        Some('3') => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::CREATED,
    };
    (status, Json(json!({"parcels": [{"ref": format!("{reference}-1"), "no": format!("T-{reference}")}]})))
}

async fn tell(State(world): State<World>, Path((order, _)): Path<(String, String)>, Json(body): Json<Value>) -> StatusCode {
    world.told.lock().expect("no panic").push((order, body));
    StatusCode::NO_CONTENT
}
