//! How a run ends: five exit codes, and the problems that are not findings.

use crate::terminal::{Paint, Terminal};
use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all is well.
    Clean = 0,
    /// 1: there are findings, failed cases or orders that did not end well.
    Findings = 1,
    /// 2: the command line is wrong.
    Usage = 2,
    /// 3: nothing matched what was asked for.
    NothingMatched = 3,
    /// 4: reading, writing, or a fault of our own.
    Failure = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Problem {
    exit: Exit,
    message: String,
    help: Option<String>,
}

/// What a command comes to.
pub(crate) type Outcome = Result<Exit, Problem>;

impl Problem {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), help: None }
    }

    pub(crate) fn nothing_matched(message: impl Into<String>) -> Self {
        Self { exit: Exit::NothingMatched, message: message.into(), help: None }
    }

    pub(crate) fn findings(message: impl Into<String>) -> Self {
        Self { exit: Exit::Findings, message: message.into(), help: None }
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failure, message: message.into(), help: None }
    }

    /// Adds the remedy.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The exit code; a reader that went away (`| head`) is no failure.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Says it on standard error.
    pub(crate) fn report(&self, terminal: &Terminal) {
        if self.message.is_empty() {
            return;
        }
        terminal.say(&format!("{} {}", terminal.err("error:", Paint::Red), self.message));
        if let Some(help) = &self.help {
            terminal.say(&format!("{} {help}", terminal.err("help:", Paint::Cyan)));
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { exit: Exit::Clean, message: String::new(), help: None },
            _ => Self::failure(error.to_string()),
        }
    }
}
