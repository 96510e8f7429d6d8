//! Sends orders concurrently: validate, look up, make the intent durable, drive, keep the outcome.

use super::Args;
use super::input::{self, Found, Input};
use super::lane::{Lane, Lanes};
use super::line::{Line, State};
use super::orders::{self, Incoming};
use super::results::{Known, Results, Writer};
use super::summary::Summary;
use crate::account::Accounts;
use crate::exit::{Outcome, Problem};
use crate::project::Project;
use crate::terminal::Terminal;
use crossdock_engine::carrier::Progress;
use crossdock_engine::schema::OrderValidator;
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::drive::{Driver, Policy};
use crossdock_runtime::http::HttpClient;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

const REDRAW: Duration = Duration::from_millis(100);

/// Sends the orders of one run.
pub(super) struct Dispatcher {
    lanes: Lanes,
    results: Results,
    terminal: Terminal,
    concurrency: usize,
    driver: Arc<Driver<HttpClient, SystemClock>>,
    validator: OrderValidator,
    summary: Summary,
    running: JoinSet<io::Result<Line>>,
}

impl Dispatcher {
    pub(super) fn new(
        args: &Args,
        project: Project,
        accounts: Accounts,
        results: Results,
        terminal: Terminal,
    ) -> Result<Self, Problem> {
        let policy = Policy { tries: args.tries, ..Policy::default() };
        let client = HttpClient::new().map_err(Problem::failure)?;
        Ok(Self {
            lanes: Lanes::new(project, accounts),
            results,
            terminal,
            concurrency: usize::from(args.concurrency),
            driver: Arc::new(Driver::new(client, SystemClock, policy)),
            validator: OrderValidator::new(),
            summary: Summary::default(),
            running: JoinSet::new(),
        })
    }

    /// Sends all. After Ctrl-C it takes no more orders and waits for those under way; after a second one it stops at once.
    pub(super) async fn run(mut self, input: Input) -> Outcome {
        let (into, mut orders) = mpsc::channel(64);
        let reader = std::thread::spawn(move || input::read(input, &into));
        let mut redraw = tokio::time::interval(REDRAW);
        let (mut open, mut interrupted) = (true, false);
        while open || !self.running.is_empty() {
            let room = self.running.len() < self.concurrency;
            tokio::select! {
                Some(done) = self.running.join_next() => self.count(done)?,
                found = orders.recv(), if open && room => match found {
                    Some(found) => self.take(found).await?,
                    None => open = false,
                },
                _ = redraw.tick(), if self.terminal.live() => self.terminal.progress(&self.summary.progress()),
                _ = tokio::signal::ctrl_c() => {
                    if interrupted {
                        return Err(Problem::failure("stopped: what became of the orders under way is not known"));
                    }
                    (open, interrupted) = (false, true);
                    self.terminal.say("waiting for the orders under way; Ctrl-C again stops at once");
                }
            }
        }
        self.finish(reader, interrupted)
    }

    fn finish(mut self, reader: std::thread::JoinHandle<io::Result<()>>, interrupted: bool) -> Outcome {
        self.terminal.end_progress();
        self.summary.print(&self.terminal);
        if interrupted {
            return Err(Problem::failure("interrupted: the orders after these were not sent"));
        }
        match reader.join() {
            Ok(Ok(())) => Ok(self.summary.exit()),
            Ok(Err(error)) => Err(Problem::failure(format!("the orders could not be read to the end: {error}"))),
            Err(_) => Err(Problem::failure("the orders could not be read to the end")),
        }
    }

    fn count(&mut self, done: Result<io::Result<Line>, JoinError>) -> Result<(), Problem> {
        let line = done.map_err(|error| Problem::failure(format!("a worker died: {error}")))?;
        self.summary.count(&line.map_err(|error| Problem::failure(format!("a result could not be kept: {error}")))?);
        Ok(())
    }

    /// Starts one order, or says at once what it comes to.
    async fn take(&mut self, found: Found) -> Result<(), Problem> {
        let place = found.place.clone();
        let incoming = match orders::read(found, &self.validator) {
            Ok(incoming) => incoming,
            Err(findings) => return self.keep(Line::new(&place, State::Invalid).because("not an order").saying(findings)).await,
        };
        let key = incoming.order.key();
        if let Some(known) = self.results.known(&key) {
            match earlier(&key, &incoming, known) {
                Earlier::Settled => {
                    self.summary.skip();
                    return Ok(());
                }
                Earlier::InDoubt(line) => return self.keep(*line).await,
                Earlier::MayBeSent => {}
            }
        }
        match self.lanes.lane(&incoming.order) {
            Ok(lane) => self.start(key, incoming, lane),
            Err(findings) => return self.keep(Line::new(&key, State::Failed).because("account").saying(findings)).await,
        }
        Ok(())
    }

    fn start(&mut self, key: String, incoming: Incoming, lane: Arc<Lane>) {
        // Whatever becomes of it, this run does not send the key a second time.
        self.results.remember(&key, State::Accepted, &incoming.digest);
        let (driver, writer) = (Arc::clone(&self.driver), self.results.writer());
        self.running.spawn(async move { send(&key, &incoming, &lane, &driver, &writer).await });
    }

    async fn keep(&mut self, line: Line) -> Result<(), Problem> {
        self.results.writer().write(line.clone()).await?;
        self.summary.count(&line);
        Ok(())
    }
}

enum Earlier {
    Settled,
    InDoubt(Box<Line>),
    MayBeSent,
}

fn earlier(key: &str, incoming: &Incoming, known: &Known) -> Earlier {
    let other = !known.digest.is_empty() && known.digest != incoming.digest;
    if other && (known.state.is_settled() || known.state.needs_a_person()) {
        let line = Line::new(key, State::Conflict).because("other content");
        return Earlier::InDoubt(Box::new(
            line.saying(["another order of the same key but other content was sent before".to_owned()]),
        ));
    }
    if known.state.is_settled() {
        return Earlier::Settled;
    }
    if known.state.needs_a_person() {
        let state = if known.state == State::Parked { State::Parked } else { State::Ambiguous };
        let line = Line { digest: known.digest.clone(), ..Line::new(key, state).because("earlier run") };
        let words = format!("the carrier may have it: make sure, then give `--resend {key}`");
        return Earlier::InDoubt(Box::new(line.saying([words])));
    }
    Earlier::MayBeSent
}

async fn send(
    key: &str,
    incoming: &Incoming,
    lane: &Lane,
    driver: &Driver<HttpClient, SystemClock>,
    writer: &Writer,
) -> io::Result<Line> {
    let about = |line: Line| Line { digest: incoming.digest.clone(), carrier: incoming.order.carrier.clone(), ..line };
    writer.intend(about(Line::new(key, State::Sending))).await?;
    let job = lane.job(&incoming.order.operation, incoming.json.as_bytes());
    let ended = driver.run(&job, lane.limiter(), Progress::default()).await;
    let line = about(Line::ended(key, ended));
    writer.write(line.clone()).await?;
    Ok(line)
}
