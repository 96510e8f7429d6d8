//! A day of the demonstration: servers up, orders in, deliveries back, books closed.

use super::books::Books;
use super::callbacks::{self, call_back};
use super::carrier::Carrier;
use super::office::Office;
use super::orders::order;
use super::shop::Shop;
use super::table::table;
use crate::exit::{Exit, Outcome, Problem};
use crate::terminal::{Paint, Terminal, print};
use axum::Router;
use crossdock_engine::model::Action;
use crossdock_runtime::http::HttpClient;
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinHandle, JoinSet};

const REDRAW: Duration = Duration::from_millis(100);
const ACTIONS_AT_ONCE: usize = 32;

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
    let carrier_url = serve(carrier.router()).await?;
    let shop_url = serve(shop.router()).await?;
    let (office, follow) = Office::open(&carrier_url, &shop_url, client.clone())?;
    let our_url = serve(office.router()).await?;
    greet(terminal, &carrier_url, &shop_url, &our_url);

    let called = Arc::new(callbacks::Journal::default());
    let url = format!("{our_url}/webhooks/swiftpost/tracking");
    let calls = tokio::spawn(call_back(day.seed, url, shipments, Arc::clone(&called), client));
    let acting = tokio::spawn(act(Arc::clone(&office), follow));
    let live = live(day, Arc::clone(&office), *terminal);
    send_all(day, &office).await;
    carrier.close();
    let ended = calls.await;
    office.close();
    let acted = acting.await;
    live.abort();
    terminal.end_progress();
    ended.and(acted).map_err(|error| Problem::failure(format!("a part of the demonstration died: {error}")))?;

    let books = office.books(|books| close(std::mem::take(books), &carrier, &shop, &called));
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

fn greet(terminal: &Terminal, carrier: &str, shop: &str, ours: &str) {
    terminal.say(&terminal.err("SwiftPost is invented, but its server is real, and called as its file says", Paint::Bold));
    terminal.say(&format!("  the carrier    {carrier}\n  the shop       {shop}\n  our webhook    {ours}"));
}

async fn send_all(day: Day, office: &Arc<Office>) {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / day.rate);
    let mut running = JoinSet::new();
    for number in 0..day.orders {
        pace.tick().await;
        let office = Arc::clone(office);
        running.spawn(async move { office.order(order(day.seed, number)).await });
    }
    while running.join_next().await.is_some() {}
}

async fn act(office: Arc<Office>, follow: UnboundedReceiver<Action>) {
    let actions = futures_util::stream::unfold(follow, |mut follow| async { Some((follow.recv().await?, follow)) });
    actions.for_each_concurrent(ACTIONS_AT_ONCE, |action| office.act(action)).await;
}

/// Draws the line of progress until it is stopped.
fn live(day: Day, office: Arc<Office>, terminal: Terminal) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut redraw = tokio::time::interval(REDRAW);
        while terminal.live() {
            redraw.tick().await;
            terminal.progress(&office.books(|books| progress(day, books)));
        }
    })
}

fn progress(day: Day, books: &Books) -> String {
    format!(
        "{}/{} orders · {} accepted · {} refused · {} webhooks · {} parcel moves · {} updates to the shop",
        books.orders,
        day.orders,
        books.accepted,
        books.all_refused(),
        books.received,
        books.advanced,
        books.shop_updates
    )
}

/// Puts the journals of the others beside our own counts.
fn close(books: Books, carrier: &Carrier, shop: &Shop, called: &callbacks::Journal) -> Books {
    let mut books = books;
    carrier.look(|journal| {
        books.carrier_shipments = journal.shipments.len() as u64;
        books.carrier_calls = journal.calls;
        books.carrier_repeated = journal.repeated;
        books.carrier_sign_ins = journal.sign_ins;
    });
    books.carrier_delivered = called.delivered.load(Ordering::Relaxed);
    books.carrier_undelivered = called.refused.load(Ordering::Relaxed);
    books.forged = called.forged.load(Ordering::Relaxed);
    books.forged_taken = called.forged_taken.load(Ordering::Relaxed);
    shop.look(|journal| {
        let told = |fits: fn(usize) -> bool| journal.results.values().filter(|told| fits(told.len())).count() as u64;
        books.shop_told_once = told(|count| count == 1);
        books.shop_told_twice = told(|count| count > 1);
        books.shop_updated = journal.updated();
    });
    books.took.sort_unstable();
    books
}
