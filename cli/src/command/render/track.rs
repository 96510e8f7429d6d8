//! Tracking: the request that asks for numbers, and what its reply says.

use super::live::{client, runtime};
use super::offline::{token, words};
use super::report::{Exchange, Reading, Report};
use super::{Args, note, note_environment};
use crate::account::Accounts;
use crate::exit::Problem;
use crate::project::Look;
use crate::terminal::Terminal;
use crossdock_engine::carrier::{Account, Asked, Fault, FaultKind, Reply, Request, Token, TrackNext};
use crossdock_runtime::clock::{Clock, SystemClock};
use crossdock_runtime::http::{HttpClient, Wire};
use std::collections::BTreeMap;

/// Shows the request, and reads its reply.
pub(super) fn run(
    args: &Args,
    look: &Look,
    accounts: &Accounts,
    replies: Vec<Reply>,
    terminal: &Terminal,
) -> Result<Report, Problem> {
    if args.numbers.is_empty() {
        return Err(Problem::usage("`track` needs tracking numbers").help("crossdock render <carrier> track <number>"));
    }
    let account_name = args.account_name.as_deref().unwrap_or("default");
    let (account, client) = if args.live {
        (look.account(accounts, account_name)?, Some(client()?))
    } else {
        let (account, made_up) = look.account_to_look(accounts, account_name)?;
        note_environment(look, accounts, terminal);
        note(terminal, &made_up);
        (account, None)
    };
    let asked: Vec<Asked> = args.numbers.iter().cloned().map(Asked::number).collect();
    let asking = Asking { look, asked: &asked, account: &account, client, session: &args.session };
    asking.run(replies)
}

struct Asking<'a> {
    look: &'a Look,
    asked: &'a [Asked],
    account: &'a Account,
    client: Option<HttpClient>,
    session: &'a [(String, String)],
}

impl Asking<'_> {
    fn run(&self, replies: Vec<Reply>) -> Result<Report, Problem> {
        let mut report = Report::default();
        let mut tokens = BTreeMap::new();
        let request = loop {
            let asked = self.look.carrier.track_request(self.asked, self.account, &tokens, SystemClock.seconds());
            match asked.map_err(problem)? {
                TrackNext::Ask(request) => break *request,
                TrackNext::SignIn { auth, request } => {
                    let Some(token) = self.sign_in(&auth, *request, &mut report)? else { return Ok(report) };
                    tokens.insert(auth, token);
                }
            }
        };
        let reply = match &self.client {
            Some(client) => Some(send(client, &request)?),
            None => replies.into_iter().next(),
        };
        let mut exchange = Exchange::open("request".into(), request);
        if let Some(reply) = reply {
            let read = self.look.carrier.read_track(self.asked, self.account, &reply, SystemClock.seconds());
            let (tracked, trail) = read.map_err(problem)?;
            exchange.read = Some(Reading::new(&self.look.carrier, tracked.answer.clone(), trail));
            exchange.reply = Some(reply);
            report.tracked = Some(tracked);
        }
        report.exchanges.push(exchange);
        Ok(report)
    }

    fn sign_in(&self, auth: &str, request: Request, report: &mut Report) -> Result<Option<Token>, Problem> {
        let Some(client) = &self.client else {
            return Ok(Some(token(&self.look.carrier, auth, self.session)));
        };
        let reply = send(client, &request)?;
        report.exchanges.push(Exchange::open(format!("sign-in `{auth}`"), request));
        let token = self.look.carrier.read_token(auth, self.account, &reply, SystemClock.seconds());
        if token.is_err() {
            report.stopped = Some("the sign-in failed".into());
        }
        Ok(token.ok())
    }
}

fn send(client: &HttpClient, request: &Request) -> Result<Reply, Problem> {
    runtime()?.block_on(client.send(request)).map_err(|unsendable| Problem::failure(unsendable.0))
}

fn problem(fault: Fault) -> Problem {
    match fault.kind {
        FaultKind::Unknown => Problem::nothing_matched(fault.to_string()),
        _ => Problem::findings(words(&fault)),
    }
}
