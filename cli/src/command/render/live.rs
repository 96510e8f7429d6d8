//! Requests over the network, to the sandbox, with everything shown.

use super::report::{Exchange, Reading, Report, name};
use super::{Args, order, scope};
use crate::account::Accounts;
use crate::exit::Problem;
use crate::project::{Look, OrderJob};
use crate::send::limiter;
use crossdock_engine::carrier::{Account, Answer, CallId, Carrier, Next, Progress, Reply, Request, Token};
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::drive::{Driver, Ending, Fault, Job, Policy};
use crossdock_runtime::http::{HttpClient, Unsendable, Wire};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sends the order.
pub(super) fn run(args: &Args, look: &Look, accounts: &Accounts) -> Result<Report, Problem> {
    let (order, account_name) = order(args, look)?;
    let account = look.account(accounts, &account_name)?;
    let scope = scope(look, accounts, &account_name);
    let bound = OrderJob { carrier: &look.carrier, operation: &args.operation, order: &order, account: &account, scope: &scope };
    let log = Log::default();
    let job =
        Watched { job: bound, account: &account, carrier: &look.carrier, order: &order, operation: &args.operation, log: &log };
    let wire = Recorder { client: client()?, log: log.clone() };
    let policy = Policy { tries: 2, ..Policy::default() };
    let driver = Driver::new(wire, SystemClock, policy);
    let ended = runtime()?.block_on(driver.run(&job, &limiter(&look.carrier), Progress::default()));
    let mut report = Report { exchanges: log.take(), ..Report::default() };
    match ended.ending {
        Ending::Done(done) => report.done = Some(*done),
        Ending::NotMet(words) => report.stopped = Some(format!("the order is refused, nothing is sent: {words}")),
        Ending::Mapping(words) | Ending::Misconfigured(words) | Ending::Unsendable(words) => report.stopped = Some(words),
        Ending::SignIn(_) => report.stopped = Some("the sign-in failed".into()),
    }
    Ok(report)
}

pub(super) fn client() -> Result<HttpClient, Problem> {
    HttpClient::new().map_err(Problem::failure)
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// The exchanges so far. Requests and their readings meet by the reply, which both have seen.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Exchange>>>);

impl Log {
    fn with<T>(&self, with: impl FnOnce(&mut Vec<Exchange>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> Vec<Exchange> {
        self.with(std::mem::take)
    }

    fn read(&self, reply: &Reply, name: String, reading: Option<Reading>) {
        self.with(|exchanges| {
            let waits = |exchange: &&mut Exchange| exchange.name.is_empty() && exchange.reply.as_ref() == Some(reply);
            if let Some(exchange) = exchanges.iter_mut().find(waits) {
                exchange.name = name;
                exchange.read = reading;
            }
        });
    }
}

struct Recorder {
    client: HttpClient,
    log: Log,
}

impl Wire for Recorder {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        let reply = self.client.send(request).await?;
        let exchange = Exchange { name: String::new(), request: request.clone(), reply: Some(reply.clone()), read: None };
        self.log.with(|exchanges| exchanges.push(exchange));
        Ok(reply)
    }
}

/// The job, with its readings noted.
struct Watched<'a> {
    job: OrderJob<'a>,
    carrier: &'a Carrier,
    account: &'a Account,
    order: &'a [u8],
    operation: &'a str,
    log: &'a Log,
}

impl Job for Watched<'_> {
    fn scope(&self) -> &str {
        self.job.scope()
    }

    fn next(&self, tokens: &BTreeMap<String, Token>, progress: &Progress, now: i64) -> Result<Next, Fault> {
        self.job.next(tokens, progress, now)
    }

    fn interpret(&self, progress: &Progress, call: &CallId, reply: &Reply) -> Answer {
        let (answer, trail) = self.carrier.interpret_traced(self.operation, self.order, self.account, progress, call, reply);
        self.log.read(reply, name(call), Some(Reading::new(self.carrier, answer.clone(), trail)));
        answer
    }

    fn read_token(&self, auth: &str, reply: &Reply, now: i64) -> Result<Token, Box<Answer>> {
        let token = self.job.read_token(auth, reply, now);
        // The reply of a sign-in holds the credential: it is not shown.
        let shown = Reply::Answered { status: status(reply), headers: Vec::new(), body: b"(not shown)".to_vec() };
        self.log.read(reply, format!("sign-in `{auth}`"), None);
        self.log.with(|exchanges| {
            let last = exchanges.iter_mut().rev().find(|exchange| exchange.reply.as_ref() == Some(reply));
            if let (Some(exchange), true) = (last, token.is_ok()) {
                exchange.reply = Some(shown);
            }
        });
        token
    }
}

fn status(reply: &Reply) -> u16 {
    match reply {
        Reply::Answered { status, .. } => *status,
        _ => 0,
    }
}
