//! A day of the demonstration: servers up, orders in, deliveries back, books closed.

use super::books::{Books, Ours};
use super::callbacks::{self, call_back};
use super::carrier::Carrier;
use super::orders::order;
use super::setup::{self, Folder};
use super::shop::Shop;
use super::table::table;
use crate::exit::{Exit, Outcome, Problem};
use crate::serve::{self, Running};
use crate::terminal::{Paint, Terminal, print};
use axum::Router;
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::handler::keys;
use crossdock_runtime::http::{HttpClient, Wire};
use crossdock_runtime::port::{Queue, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

const REDRAW: Duration = Duration::from_millis(100);

/// An order that is not taken at once is sent again after this time.
const AGAIN: Duration = Duration::from_millis(200);

/// How long all may take to come to an end.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a day goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    pub(crate) orders: u32,
    pub(crate) seed: u64,
    /// Orders a second.
    pub(crate) rate: u32,
}

/// Runs the day; clean when the books balance.
pub(crate) async fn run(day: Day, terminal: &Terminal) -> Outcome {
    let started = Instant::now();
    let client = HttpClient::new().map_err(Problem::failure)?;
    let (carrier, shipments) = Carrier::new(day.seed, u64::from(day.orders / 2).max(1));
    let shop = Shop::new(day.seed);
    let (carrier_url, shop_url) = (serve(carrier.router()).await?, serve(shop.router()).await?);
    let folder = Folder::new()?;
    let running = serve::start(setup::config(&folder, &carrier_url, &shop_url)?).await?;
    let ours = format!("http://{}", running.address);
    greet(terminal, &carrier_url, &shop_url, &ours, &folder);

    let called = Arc::new(callbacks::Journal::default());
    let url = format!("{ours}/webhooks/swiftpost/default/tracking");
    let calls = tokio::spawn(call_back(day.seed, url, shipments, Arc::clone(&called), client.clone()));
    let live = live(day, &running, &carrier, &shop, *terminal);
    let sent = send_all(day, &ours, &shop, &client).await;
    ended(day, &running, &shop).await;
    carrier.close();
    let delivered = calls.await;
    quiet(&running).await;
    live.abort();
    terminal.end_progress();
    delivered.map_err(|error| Problem::failure(format!("a part of the demonstration died: {error}")))?;

    let ours = Ours::read(&running.process.desk.store, &folder.data()).await?;
    running.stop().await;
    let books = Books::close(day.orders, sent, ours, &carrier, &shop, &called);
    print(&table(&books, started.elapsed(), terminal))?;
    Ok(if books.differences().is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Serves on a free port of this machine; the address.
async fn serve(router: Router) -> Result<String, Problem> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

fn greet(terminal: &Terminal, carrier: &str, shop: &str, ours: &str, folder: &Folder) {
    terminal.say(&terminal.err("SwiftPost is invented, but its server is real, and called as its file says", Paint::Bold));
    terminal.say(&format!("  the carrier        {carrier}\n  the shop           {shop}\n  the local process  {ours}"));
    terminal.say(&format!("  its durable data   {}", folder.data().display()));
}

/// Sends all orders, each until it is taken. When each was sent, by its number.
async fn send_all(day: Day, ours: &str, shop: &Shop, client: &HttpClient) -> u64 {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / day.rate);
    let mut running = JoinSet::new();
    for number in 0..day.orders {
        pace.tick().await;
        let (client, url, order) = (client.clone(), format!("{ours}/orders"), order(day.seed, number));
        shop.note_sent(order["order_id"].as_str().unwrap_or_default());
        running.spawn(async move { send(&client, url, order.to_string()).await });
    }
    let mut put_off = 0;
    while let Some(sent) = running.join_next().await {
        put_off += sent.unwrap_or_default();
    }
    put_off
}

/// Sends an order until it is taken; how often it was put off.
async fn send(client: &HttpClient, url: String, body: String) -> u64 {
    let request = Request {
        method: "POST".into(),
        url,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.into_bytes(),
        timeout: Duration::from_secs(10),
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    let mut put_off = 0;
    while !matches!(client.send(&request).await, Ok(Reply::Answered { status: 202, .. })) {
        put_off += 1;
        tokio::time::sleep(AGAIN).await;
    }
    put_off
}

/// Waits until every order has ended: the shop has been told, or the order is parked.
async fn ended(day: Day, running: &Running, shop: &Shop) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let parked = running.process.desk.store.list("dead/orders/", None, 100_000).await.map_or(0, |letters| letters.len());
        let told = shop.look(|journal| journal.results.len());
        if told + parked >= day.orders as usize {
            return;
        }
        tokio::time::sleep(REDRAW).await;
    }
}

/// Waits until nothing is under way.
async fn quiet(running: &Running) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let mut waits = 0;
        for queue in Queue::ALL {
            let depths = running.process.desk.store.depth(queue).await.unwrap_or_default();
            waits += depths.values().map(|depth| depth.ready + depth.in_flight + depth.delayed).sum::<usize>();
        }
        let now = jiff::Timestamp::now().as_millisecond();
        waits += running.process.desk.store.due(keys::MAIL, now, 1).await.map_or(0, |mails| mails.len());
        if waits == 0 {
            return;
        }
        tokio::time::sleep(REDRAW).await;
    }
}

/// Draws the line of progress until it is stopped.
fn live(day: Day, running: &Running, carrier: &Carrier, shop: &Shop, terminal: Terminal) -> JoinHandle<()> {
    let (process, carrier, shop) = (Arc::clone(&running.process), carrier.clone(), shop.clone());
    tokio::spawn(async move {
        let mut redraw = tokio::time::interval(REDRAW);
        while terminal.live() {
            redraw.tick().await;
            let depths = process.desk.store.depth(Queue::Orders).await.unwrap_or_default();
            let wait: usize = depths.values().map(|depth| depth.ready + depth.in_flight + depth.delayed).sum();
            let (shipped, calls) = carrier.look(|journal| (journal.shipments.len(), journal.calls));
            let (told, updates) = shop.look(|journal| (journal.results.len(), journal.updated()));
            terminal.progress(&format!(
                "{} orders · {wait} under way · {calls} calls to the carrier · {shipped} shipped · shop told of {told} ends and {updates} moves",
                day.orders
            ));
        }
    })
}
