//! The benchmark: the real binary as a process of its own, a load generator, fake carriers and a fake shop over real HTTP, all
//! on this machine. The figures come from the fakes' books, not from ours.

mod fakes;
mod load;
mod report;
mod setup;

pub(crate) use report::Format;

use crate::exit::{Exit, Outcome, Problem};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::local::Durability;
use fakes::World;
use report::{Hang, Report, Run};
use setup::Served;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the rest of the orders may take once no more come.
const DRAIN: Duration = Duration::from_secs(180);

/// What is measured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Orders a second.
    pub(crate) rate: u32,
    /// For how long.
    pub(crate) time: Duration,
    /// Orders in one request.
    pub(crate) batch: u32,
    /// How many carriers there are.
    pub(crate) carriers: u32,
    /// How long a carrier takes to answer.
    pub(crate) latency: Duration,
    /// One of the carriers hangs for this long in a second phase.
    pub(crate) hang: Option<Duration>,
    /// What is durable.
    pub(crate) durabilities: Vec<Durability>,
}

/// Measures, and prints.
pub(crate) async fn run(plan: &Plan, format: Format, terminal: &Terminal) -> Outcome {
    let mut report = Report::default();
    for durability in &plan.durabilities {
        report.runs.push(measure(plan, *durability, terminal).await?);
    }
    print(&report.show(format, terminal))?;
    Ok(if report.is_clean() { Exit::Clean } else { Exit::Findings })
}

async fn measure(plan: &Plan, durability: Durability, terminal: &Terminal) -> Result<Run, Problem> {
    let phases = if plan.hang.is_some() { 2 } else { 1 };
    let most = u64::from(plan.rate) * (plan.time.as_secs() + 1 + plan.hang.map_or(0, |hang| hang.as_secs() + 1));
    let world = Arc::new(World::new(most, plan.carriers, plan.latency));
    let carriers = fakes::serve_carriers(&world).await?;
    let shop = fakes::serve_shop(&world).await?;
    let mut served = Served::start(plan.carriers, &carriers, &shop, durability).await?;
    let name = match durability {
        Durability::PowerLoss => "power loss",
        Durability::ProcessKill => "process kill",
    };
    terminal.say(
        &terminal.err(&format!("durable against {name}: {} orders/s for {} s", plan.rate, plan.time.as_secs()), Paint::Bold),
    );
    let began = Instant::now();
    let first = load::send(&world, plan, plan.time, 0, &served.address, terminal).await?;
    let mut run = Run { durability: name, alone: Run::figures(&world, first, began.elapsed()), hang: None, ..Run::default() };
    drain(&world, terminal).await;
    if let (Some(hang), 2) = (plan.hang, phases) {
        terminal.say(&format!("the first of the carriers hangs for 15 s a call, for {} s", hang.as_secs()));
        world.hang(true);
        let from = world.sent();
        let began = Instant::now();
        let second = load::send(&world, plan, hang, from, &served.address, terminal).await?;
        let others = Run::figures_of(&world, second, began.elapsed(), from, |carrier| carrier != 0);
        let behind = world.untold();
        world.hang(false);
        let healed = Instant::now();
        drain(&world, terminal).await;
        run.hang = Some(Hang { others, behind, drained: healed.elapsed(), peak: world.peak_calls() });
    }
    run.close(&world, served.peak_memory());
    served.stop().await;
    Ok(run)
}

/// Waits until the shop has been told of every order that was taken.
async fn drain(world: &World, terminal: &Terminal) {
    let until = Instant::now() + DRAIN;
    while world.untold() > 0 && Instant::now() < until {
        terminal.progress(&format!("{} orders still under way", world.untold()));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    terminal.end_progress();
}
