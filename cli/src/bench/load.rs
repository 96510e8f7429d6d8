//! The load generator: so many orders a second whatever comes back, some in each request; what is answered with 429 is sent
//! again, and counted.

use super::Plan;
use super::fakes::World;
use crate::exit::Problem;
use crate::terminal::Terminal;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Requests under way at once; beyond it the generator waits, as a shop would.
const AT_ONCE: usize = 256;

/// A request that was answered with 429 is sent again after this time.
const AGAIN: Duration = Duration::from_millis(500);

/// What was sent in a phase.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sent {
    /// Orders.
    pub(crate) orders: u64,
    /// Requests answered with 429 or 503, and sent again.
    pub(crate) put_off: u64,
    /// Orders that the shop was told of by the end of the phase, and by its beginning.
    pub(crate) told: (u64, u64),
}

type Http = Client<HttpConnector, Full<Bytes>>;

/// Sends orders from this number on, for this long.
pub(crate) async fn send(
    world: &Arc<World>,
    plan: &Plan,
    time: Duration,
    from: u64,
    address: &str,
    terminal: &Terminal,
) -> Result<Sent, Problem> {
    let client: Http = Client::builder(TokioExecutor::new()).build_http();
    let url: hyper::Uri = format!("{address}/orders").parse().map_err(|_| Problem::failure("the address is no URL"))?;
    let put_off = Arc::new(AtomicU64::new(0));
    let told = world.told();
    let mut running = JoinSet::new();
    let began = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_secs_f64(f64::from(plan.batch) / f64::from(plan.rate)));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut number = from;
    let last = from + u64::from(plan.rate) * time.as_secs();
    while began.elapsed() < time && number < last {
        pace.tick().await;
        while running.len() >= AT_ONCE {
            running.join_next().await;
        }
        let numbers = number..(number + u64::from(plan.batch)).min(last);
        number = numbers.end;
        let (books, client, url, put_off) = (Arc::clone(world), client.clone(), url.clone(), Arc::clone(&put_off));
        running.spawn(async move { send_batch(&books, &client, &url, numbers, &put_off).await });
        while running.try_join_next().is_some() {}
        if terminal.live() {
            terminal.progress(&format!("{} sent · {} taken · {} told", world.sent(), world.taken(), world.told()));
        }
    }
    let told = (world.told(), told);
    while running.join_next().await.is_some() {}
    terminal.end_progress();
    Ok(Sent { orders: number - from, put_off: put_off.load(Ordering::Relaxed), told })
}

async fn send_batch(world: &World, client: &Http, url: &hyper::Uri, numbers: std::ops::Range<u64>, put_off: &AtomicU64) {
    let mut body = String::with_capacity(1_300 * 10);
    for number in numbers.clone() {
        order(&mut body, number, world.carrier_of(number));
    }
    let body = Bytes::from(body);
    numbers.clone().for_each(|number| world.note_sent(number));
    loop {
        let mut request = hyper::Request::new(Full::new(body.clone()));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = url.clone();
        match client.request(request).await {
            Ok(response) if response.status() == hyper::StatusCode::ACCEPTED => {
                let _ = response.into_body().collect().await;
                return numbers.for_each(|number| world.note_taken(number));
            }
            Ok(response) => {
                let _ = response.into_body().collect().await;
                put_off.fetch_add(1, Ordering::Relaxed);
            }
            // The connection broke: the same orders again, whoever has them knows them.
            Err(_) => _ = put_off.fetch_add(1, Ordering::Relaxed),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// An order of the size of real ones, on one line.
fn order(into: &mut String, number: u64, carrier: u32) {
    let _ = writeln!(
        into,
        r#"{{"order_id":"B-{number}","operation_id":"1","carrier":"bench{carrier}","shipment":{{"reference":"B-{number}","service":"express","sender":{{"name":"Harbour Books","company":"Harbour Books BV","phone":"+31101234567","email":"desk@harbour.example","address":{{"lines":["Quay 1","Gate 4"],"city":"Rotterdam","postal_code":"3011 AA","country":"NL"}}}},"recipient":{{"name":"Marie-Claire d'Été","company":"Atelier Été","phone":"+33612345678","email":"mc@atelier.example","address":{{"lines":["10 Rue de l'Église","3e étage"],"city":"Lyon","postal_code":"69001","country":"FR"}}}},"parcels":[{{"reference":"B-{number}-1","weight":2350,"length":400,"width":300,"height":200,"value":{{"amount":"49.90","currency":"EUR"}},"items":[{{"sku":"978-3","title":"An atlas","quantity":1,"weight":2200,"value":{{"amount":"49.90","currency":"EUR"}},"hs_code":"490110","origin_country":"NL"}}]}}],"customs":{{"declared_value":{{"amount":"49.90","currency":"EUR"}},"content_type":"merchandise","invoice_number":"R-{number}"}},"instructions":"Ring twice, the bell is weak; leave with the neighbour at number 12 if nobody opens.","content_description":"Books","label_format":"pdf","metadata":{{"channel":"web","basket":"{number}","campaign":"autumn"}}}}}}"#
    );
}

#[cfg(test)]
mod tests {
    use super::order;
    use crossdock_engine::schema::OrderValidator;

    #[test]
    fn its_orders_are_orders() {
        let mut line = String::new();
        order(&mut line, 17, 3);
        let json = serde_json::from_str(&line).expect("JSON");
        assert_eq!(OrderValidator::new().validate(&json), []);
    }
}
