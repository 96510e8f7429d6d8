//! What the functions' processes take: to start, for a first order, in memory; what the pipeline carries on this machine; and
//! whether `infra/capacity.py` tells beforehand what is measured.
//!
//!     cargo bench -p crossdock-lambda                          all of it
//!     cargo bench -p crossdock-lambda -- cold                  only: cold, rate, model
//!     cargo bench -p crossdock-lambda -- rate --rate 500 --seconds 30
//!
//! Emulators, functions, carrier, shop and load are all on this machine's cores. `CROSSDOCK_BOOTSTRAP` names the binary, such
//! as the one of `infra/build`; else it is the one of this build.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it has measured")]

mod cold;
#[path = "../../tests/aws/common.rs"]
mod common;
mod counterparts;
mod emulators;
mod functions;
#[path = "../../tests/aws/mappings.rs"]
#[expect(dead_code, reason = "the tests change the files, too")]
mod mappings;
mod model;
mod rate;
mod stage;

use std::path::PathBuf;

/// What can be measured by itself.
const PARTS: [&str; 3] = ["cold", "rate", "model"];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |name: &str, otherwise: usize| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let named: Vec<&str> = PARTS.into_iter().filter(|part| args.iter().any(|arg| arg == part)).collect();
    let wanted = |part: &str| named.is_empty() || named.contains(&part);
    let bootstrap =
        std::env::var_os("CROSSDOCK_BOOTSTRAP").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_bootstrap")), PathBuf::from);
    let bootstrap = std::path::absolute(&bootstrap).expect("a path");
    println!("{}: {:.2} MB, {:.2} MB compressed", bootstrap.display(), size(&bootstrap) / 1e6, compressed(&bootstrap) / 1e6);
    if wanted("cold") {
        cold::measure(bootstrap.clone(), number("--runs", 9)).await;
    }
    if wanted("rate") {
        rate::measure(bootstrap.clone(), number("--rate", 300), number("--seconds", 30), number("--batch", 10)).await;
    }
    if wanted("model") {
        model::measure(bootstrap, number("--rounds", 5)).await;
    }
}

fn size(path: &std::path::Path) -> f64 {
    std::fs::metadata(path).expect("the binary").len() as f64
}

fn compressed(path: &std::path::Path) -> f64 {
    let output = std::process::Command::new("gzip").args(["-9", "--stdout"]).arg(path).output().expect("gzip");
    output.stdout.len() as f64
}

/// The middle one.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
