//! The engine's verbs with carrier, operation, order and account bound: what the driver drives.

use crossdock_engine::carrier::{Account, Answer, CallId, Carrier, Fault, FaultKind, Next, Progress, Reply, Token};
use crossdock_runtime::drive::{self, Job};
use std::collections::BTreeMap;

/// One operation on one order.
pub(crate) struct OrderJob<'a> {
    pub(crate) carrier: &'a Carrier,
    pub(crate) operation: &'a str,
    pub(crate) order: &'a [u8],
    pub(crate) account: &'a Account,
    pub(crate) scope: &'a str,
}

impl Job for OrderJob<'_> {
    fn scope(&self) -> &str {
        self.scope
    }

    fn next(&self, tokens: &BTreeMap<String, Token>, progress: &Progress, now: i64) -> Result<Next, drive::Fault> {
        self.carrier.next(self.operation, self.order, self.account, tokens, progress, now).map_err(fault)
    }

    fn interpret(&self, progress: &Progress, call: &CallId, reply: &Reply) -> Answer {
        self.carrier.interpret(self.operation, self.order, self.account, progress, call, reply)
    }

    fn read_token(&self, auth: &str, reply: &Reply, now: i64) -> Result<Token, Box<Answer>> {
        self.carrier.read_token(auth, self.account, reply, now)
    }
}

fn fault(fault: Fault) -> drive::Fault {
    match fault.kind {
        FaultKind::Refused => drive::Fault::NotMet(fault.messages.join("; ")),
        FaultKind::Misconfigured => drive::Fault::Misconfigured(fault.to_string()),
        FaultKind::Mapping | FaultKind::Unknown => drive::Fault::Mapping(fault.to_string()),
    }
}
