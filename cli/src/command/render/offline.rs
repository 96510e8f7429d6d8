//! Requests without a network: sign-ins are skipped, replies come from files.

use super::report::{Exchange, Reading, Report, name};
use super::{Args, note, note_environment, order};
use crate::account::Accounts;
use crate::exit::Problem;
use crate::project::Look;
use crate::terminal::Terminal;
use crossdock_engine::carrier::{Account, Carrier, Fault, FaultKind, Next, Progress, Reply, Token};
use crossdock_runtime::clock::{Clock, SystemClock};
use std::collections::BTreeMap;

/// A sign-in's token when nobody signs in.
pub(super) const TOKEN: &str = "<token>";

/// Shows the first requests, or those after the replies.
pub(super) fn run(
    args: &Args,
    look: &Look,
    accounts: &Accounts,
    replies: Vec<Reply>,
    terminal: &Terminal,
) -> Result<Report, Problem> {
    let (order, account_name) = order(args, look)?;
    let (account, made_up) = look.account_to_look(accounts, &account_name)?;
    note_environment(look, accounts, terminal);
    note(terminal, &made_up);
    let mut walk = Walk {
        look,
        operation: &args.operation,
        order: &order,
        account: &account,
        session: &args.session,
        tokens: BTreeMap::new(),
    };
    walk.run(replies)
}

struct Walk<'a> {
    look: &'a Look,
    operation: &'a str,
    order: &'a [u8],
    account: &'a Account,
    session: &'a [(String, String)],
    tokens: BTreeMap<String, Token>,
}

impl Walk<'_> {
    fn run(&mut self, replies: Vec<Reply>) -> Result<Report, Problem> {
        let mut report = Report::default();
        let mut progress = Progress::default();
        let mut replies = replies.into_iter();
        loop {
            let calls = match self.next(&progress) {
                Ok(Next::Calls(calls)) => calls,
                Ok(Next::Done(done)) => {
                    report.done = Some(*done);
                    break;
                }
                Ok(Next::SignIn { .. }) => continue,
                Err(fault) if fault.kind == FaultKind::Unknown => return Err(Problem::nothing_matched(fault.to_string())),
                Err(fault) => {
                    report.stopped = Some(words(&fault));
                    break;
                }
            };
            let Some(reply) = replies.next() else {
                report.exchanges.extend(calls.into_iter().map(|call| Exchange::open(name(&call.id), call.request)));
                break;
            };
            let Some(call) = calls.into_iter().next() else { break };
            let carrier = &self.look.carrier;
            let (answer, trail) = carrier.interpret_traced(self.operation, self.order, self.account, &progress, &call.id, &reply);
            progress.record(call.id.clone(), answer.clone());
            report.exchanges.push(Exchange {
                name: name(&call.id),
                request: call.request,
                reply: Some(reply),
                read: Some(Reading::new(carrier, answer, trail)),
            });
        }
        let left = replies.count();
        if left > 0 {
            report.stopped.get_or_insert(format!("{left} more replies than requests"));
        }
        Ok(report)
    }

    fn next(&mut self, progress: &Progress) -> Result<Next, Fault> {
        let next =
            self.look.carrier.next(self.operation, self.order, self.account, &self.tokens, progress, SystemClock.seconds())?;
        if let Next::SignIn { auth, .. } = &next {
            self.tokens.insert(auth.clone(), token(&self.look.carrier, auth, self.session));
        }
        Ok(next)
    }
}

/// The token of a sign-in that nobody makes, with all that it would have read beside it.
pub(super) fn token(carrier: &Carrier, sign_in: &str, given: &[(String, String)]) -> Token {
    let value = |name: &str| {
        given.iter().find(|(known, _)| known == name).map_or_else(|| format!("<{name}>"), |(_, value)| value.clone())
    };
    let session = carrier.session_of(sign_in).map(|name| (name.to_owned(), value(name).into())).collect();
    Token { value: TOKEN.to_owned(), expires_at: None, session, one_session: false }
}

/// A refusal says that the shop is told.
pub(super) fn words(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::Refused => format!("the order is refused, nothing is sent: {}", fault.messages.join("; ")),
        _ => fault.to_string(),
    }
}
