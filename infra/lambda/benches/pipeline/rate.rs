//! The whole pipeline: orders, the carrier's answer, the shop told, a delivery, the shop told again.

use crate::median;
use crate::stage::Stage;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long the carrier takes.
const CARRIER: Duration = Duration::from_millis(15);

/// What is under way when the last order was sent must end so soon.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn measure(bootstrap: PathBuf, rate: usize, seconds: usize, batch: usize) {
    let batch = i32::try_from(batch).expect("a batch");
    let mut stage = Stage::set(bootstrap).await;
    stage.counterparts.take(CARRIER);
    let mut functions = Vec::new();
    for (handler, processes) in [("dispatcher", 4), ("actor", 4), ("translator", 2), ("webhook", 2)] {
        functions.push((handler, stage.run(handler, processes, batch).await));
    }
    let names: Vec<String> = (0..rate * seconds).map(|n| format!("R-{n}")).collect();
    let start = Instant::now();
    let mut sent = HashMap::new();
    for (n, some) in names.chunks(10).enumerate() {
        let due = start + Duration::from_secs_f64((n * 10) as f64 / rate as f64);
        tokio::time::sleep_until(due.into()).await;
        stage.send(some).await;
        let at = Instant::now();
        sent.extend(some.iter().map(|name| (name.clone(), at)));
    }
    let offered = names.len() as f64 / start.elapsed().as_secs_f64();
    let until = Instant::now() + PATIENCE;
    while stage.counterparts.look(|books| books.updates.len()) < names.len() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (results, updates) = stage.counterparts.look(|books| (books.results.clone(), books.updates.clone()));
    let last =
        |told: &HashMap<String, Instant>| told.values().max().map_or(f64::NAN, |last| last.duration_since(start).as_secs_f64());
    let mut waits: Vec<f64> = results.iter().map(|(name, told)| told.duration_since(sent[name]).as_secs_f64() * 1e3).collect();
    let middle = median(&mut waits);
    let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    println!(
        "\nthe pipeline, {rate} orders/s for {seconds} s, a delivery each, batches of {batch}; ledger, journal and logs are kept"
    );
    println!("  orders sent                    {:8} at {offered:.0}/s", names.len());
    println!("  shop told of orders            {:8} at {:.0}/s", results.len(), results.len() as f64 / last(&results));
    println!("  shop told of deliveries        {:8} at {:.0}/s", updates.len(), updates.len() as f64 / last(&updates));
    println!("  sent to told, p50 / p99        {middle:8.0} / {p99:.0} ms");
    for (handler, running) in &functions {
        let done = running.function.take_done();
        let (messages, took) = done.mean();
        let again = done.again;
        println!(
            "  {handler:<11} batches of {messages:4.1} in {:6.1} ms, {again} came again, at most {:.1} MiB",
            took * 1e3,
            running.peak_memory()
        );
    }
    let lost = names.len() - results.len();
    assert_eq!(lost, 0, "orders of which the shop was never told: {}", stage.said("dispatcher"));
}
