//! A process from its start: to its first poll, to the end of its first order, and what memory it took.

use crate::median;
use crate::stage::Stage;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) async fn measure(bootstrap: PathBuf, runs: usize) {
    let stage = Stage::set(bootstrap).await;
    let (mut polls, mut orders, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..runs {
        let start = Instant::now();
        let running = stage.run_once(&format!("COLD-{run}")).await;
        let done = loop {
            let done = running.function.done();
            if done.messages() > 0 {
                break done;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no order was done: {}", stage.said("dispatcher"));
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let after = |at: Option<Instant>| at.expect("a time").duration_since(start).as_secs_f64() * 1e3;
        polls.push(after(done.first_poll));
        orders.push(after(done.last));
        memory.push(running.peak_memory());
    }
    println!("\na cold process of the dispatcher, medians of {runs}");
    println!("  start to first poll            {:8.1} ms", median(&mut polls));
    println!("  start to first order done      {:8.1} ms", median(&mut orders));
    println!("  most memory after it           {:8.1} MiB", median(&mut memory));
}
