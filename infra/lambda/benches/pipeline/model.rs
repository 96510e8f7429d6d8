//! Whether `infra/capacity.py` tells beforehand what the dispatcher carries. Its own time for a batch is measured in one
//! setting; the others are foretold from it.

use crate::median;
use crate::stage::Stage;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

struct Setting {
    processes: usize,
    batch: usize,
    carrier: Duration,
}

/// The first one is what the rest is foretold from.
const SETTINGS: [Setting; 4] = [
    Setting { processes: 2, batch: 10, carrier: Duration::from_millis(300) },
    Setting { processes: 4, batch: 10, carrier: Duration::from_millis(500) },
    Setting { processes: 3, batch: 5, carrier: Duration::from_millis(200) },
    Setting { processes: 6, batch: 10, carrier: Duration::from_millis(1_000) },
];

/// Warming up, and measuring.
const BEFORE: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(8);

pub(crate) async fn measure(bootstrap: PathBuf, rounds: usize) {
    let mut stage = Stage::set(bootstrap).await;
    let mut rates = vec![Vec::new(); SETTINGS.len()];
    let mut own = Vec::new();
    for round in 0..rounds {
        for (n, setting) in SETTINGS.iter().enumerate() {
            let (rate, took) = one(&mut stage, setting, &format!("M-{round}-{n}")).await;
            rates[n].push(rate);
            if n == 0 {
                own.push(took - setting.carrier.as_secs_f64());
            }
        }
    }
    let overhead = median(&mut own);
    println!(
        "\nforetold by infra/capacity.py and measured, orders/s of the dispatcher, medians of {rounds}; a batch's own time is {:.0} ms",
        overhead * 1e3
    );
    println!("  processes  batch  carrier   foretold  measured");
    for (setting, rates) in SETTINGS.iter().zip(&mut rates) {
        let foretold = foretell(setting, overhead);
        let measured = median(rates);
        let Setting { processes, batch, carrier } = setting;
        println!(
            "  {processes:9} {batch:6} {:5} ms {foretold:10.1} {measured:9.1}  {:+.0} %",
            carrier.as_millis(),
            (foretold / measured - 1.0) * 100.0
        );
    }
}

/// Orders a second, and the seconds of a batch.
async fn one(stage: &mut Stage, setting: &Setting, name: &str) -> (f64, f64) {
    stage.clear().await;
    stage.counterparts.take(setting.carrier);
    let enough = (setting.processes * setting.batch) as f64 * (BEFORE + MEASURED).as_secs_f64() / setting.carrier.as_secs_f64();
    let names: Vec<String> = (0..enough as usize + 100).map(|n| format!("{name}-{n}")).collect();
    for some in names.chunks(10) {
        stage.send(some).await;
    }
    let running = stage.run("dispatcher", setting.processes, i32::try_from(setting.batch).expect("a batch")).await;
    tokio::time::sleep(BEFORE).await;
    running.function.take_done();
    let start = Instant::now();
    tokio::time::sleep(MEASURED).await;
    let done = running.function.take_done();
    (done.messages() as f64 / start.elapsed().as_secs_f64(), done.mean().1)
}

/// What the model says.
fn foretell(setting: &Setting, overhead: f64) -> f64 {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../capacity.py");
    let output = Command::new("python3")
        .arg(program)
        .args([
            format!("batch={}", setting.batch),
            format!("carrier_s={}", setting.carrier.as_secs_f64()),
            format!("overhead_s={overhead}"),
        ])
        .output()
        .expect("Python");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let one = text.lines().find_map(|line| line.strip_prefix("one_dispatcher_s: ")).unwrap_or_else(|| panic!("{text}"));
    setting.processes as f64 * one.parse::<f64>().expect("a number")
}
