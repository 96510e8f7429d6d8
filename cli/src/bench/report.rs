//! What was measured, as a table or as JSON.

use super::fakes::World;
use super::load::Sent;
use crate::terminal::{Paint, Terminal};
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table.
    Text,
    /// One document.
    Json,
}

/// All runs.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) runs: Vec<Run>,
}

/// One run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Run {
    /// What was durable.
    pub(crate) durability: &'static str,
    /// All carriers well.
    pub(crate) alone: Figures,
    /// One carrier hanging.
    pub(crate) hang: Option<Hang>,
    /// Orders that were taken and never told of.
    pub(crate) lost: u64,
    /// Orders that a carrier was asked for more than once, under the same key.
    pub(crate) repeated: usize,
    /// Orders that the shop was told of more than once, with the same key.
    pub(crate) told_twice: usize,
    /// The most memory of the process, in bytes.
    pub(crate) peak_memory: u64,
}

/// A phase of a run. Times are milliseconds.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    /// Orders sent.
    pub(crate) orders: u64,
    /// Orders that the shop was told of, per second of the phase.
    pub(crate) per_second: f64,
    /// Requests that were put off with 429 or 503.
    pub(crate) put_off: u64,
    /// From sending to 202: median, 99th percentile.
    pub(crate) taken: (f64, f64),
    /// From sending to the shop's being told: median, 99th percentile, longest.
    pub(crate) told: (f64, f64, f64),
}

/// The phase in which one carrier hangs.
#[derive(Debug, Serialize)]
pub(crate) struct Hang {
    /// The figures of the other carriers.
    pub(crate) others: Figures,
    /// Orders that waited when it healed.
    pub(crate) behind: u64,
    /// How long they took to drain.
    pub(crate) drained: Duration,
    /// The most calls at once after it healed.
    pub(crate) peak: u32,
}

impl Run {
    /// The figures of a phase that began with the first order.
    pub(crate) fn figures(world: &World, sent: Sent, time: Duration) -> Figures {
        Self::figures_of(world, sent, time, 0, |_| true)
    }

    /// The figures of the orders from `from` on whose carrier fits.
    pub(crate) fn figures_of(world: &World, sent: Sent, time: Duration, from: u64, fits: impl Fn(u32) -> bool) -> Figures {
        let (told, taken) = world.times(from, fits);
        let at = |times: &[u64], share: f64| {
            let place = ((times.len().saturating_sub(1)) as f64 * share).round() as usize;
            times.get(place).map_or(0.0, |micros| *micros as f64 / 1000.0)
        };
        Figures {
            orders: sent.orders,
            per_second: (sent.told.0 - sent.told.1) as f64 / time.as_secs_f64(),
            put_off: sent.put_off,
            taken: (at(&taken, 0.5), at(&taken, 0.99)),
            told: (at(&told, 0.5), at(&told, 0.99), at(&told, 1.0)),
        }
    }

    /// What is known at the end.
    pub(crate) fn close(&mut self, world: &World, peak_memory: u64) {
        self.lost = world.untold();
        self.repeated = world.repeated();
        self.told_twice = world.told_twice();
        self.peak_memory = peak_memory;
    }
}

impl Report {
    /// Nothing was lost.
    pub(crate) fn is_clean(&self) -> bool {
        self.runs.iter().all(|run| run.lost == 0)
    }

    pub(crate) fn show(&self, format: Format, terminal: &Terminal) -> String {
        match format {
            Format::Json => format!("{:#}\n", serde_json::json!(self)),
            Format::Text => self.runs.iter().map(|run| run.text(terminal)).collect(),
        }
    }
}

impl Run {
    fn text(&self, terminal: &Terminal) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}", terminal.out(&format!("durable against {}", self.durability), Paint::Bold));
        self.alone.rows(&mut text);
        if let Some(hang) = &self.hang {
            let _ = writeln!(text, "  while one carrier hangs, the others:");
            hang.others.rows(&mut text);
            let ratio = hang.others.told.1 / self.alone.told.1.max(f64::MIN_POSITIVE);
            let _ = writeln!(text, "  p99 of the others against alone      {ratio:>10.2}");
            let _ = writeln!(text, "  orders behind when it healed         {:>10}", hang.behind);
            let _ = writeln!(text, "  drained after                        {:>10.1} s", hang.drained.as_secs_f64());
            let _ = writeln!(text, "  its calls at once meanwhile, at most {:>10}", hang.peak);
        }
        let _ = writeln!(text, "  taken and never told (must be 0)     {:>10}", self.lost);
        let _ = writeln!(text, "  repeated at a carrier, same key      {:>10}", self.repeated);
        let _ = writeln!(text, "  repeated at the shop, same key       {:>10}", self.told_twice);
        let _ = writeln!(text, "  peak memory of the process           {:>10.1} MiB", self.peak_memory as f64 / 1_048_576.0);
        text
    }
}

impl Figures {
    fn rows(&self, text: &mut String) {
        let _ = writeln!(text, "  orders sent                          {:>10}", self.orders);
        let _ = writeln!(text, "  orders/s, shop told                  {:>10.0}", self.per_second);
        let _ = writeln!(text, "  requests put off (429, 503)          {:>10}", self.put_off);
        let _ = writeln!(text, "  taken (202), p50 / p99               {:>10.1} / {:.1} ms", self.taken.0, self.taken.1);
        let _ = writeln!(
            text,
            "  shop told, p50 / p99 / longest       {:>10.1} / {:.1} / {:.1} ms",
            self.told.0, self.told.1, self.told.2
        );
    }
}
