//! Colour and progress: only where a person looks.

use clap::ValueEnum;
use std::io::{self, IsTerminal, Write};

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// A colour of our own few.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paint {
    Red,
    Green,
    Yellow,
    Cyan,
    Bold,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Red => "1;31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Cyan => "36",
            Self::Bold => "1",
        }
    }
}

/// What the two output streams can show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    out_color: bool,
    err_color: bool,
    live: bool,
}

impl Terminal {
    /// Looks at the streams and the environment.
    pub(crate) fn new(choice: ColorChoice) -> Self {
        let wanted = |is_terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !no_color(),
        };
        let live = io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { out_color: wanted(io::stdout().is_terminal()), err_color: wanted(io::stderr().is_terminal()), live }
    }

    /// Whether standard output takes colour.
    pub(crate) fn out_color(&self) -> bool {
        self.out_color
    }

    /// Whether progress is drawn on standard error.
    pub(crate) fn live(&self) -> bool {
        self.live
    }

    /// A text painted for standard output.
    pub(crate) fn out(&self, text: &str, paint: Paint) -> String {
        painted(text, paint, self.out_color)
    }

    /// A text painted for standard error.
    pub(crate) fn err(&self, text: &str, paint: Paint) -> String {
        painted(text, paint, self.err_color)
    }

    /// A line on standard error; one that cannot be written is nobody's to read.
    pub(crate) fn say(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }

    /// Redraws the progress line, where there is one.
    pub(crate) fn progress(&self, line: &str) {
        if self.live {
            let _ = write!(io::stderr(), "\r\x1b[2K{line}");
        }
    }

    /// Wipes the progress line.
    pub(crate) fn end_progress(&self) {
        self.progress("");
    }
}

fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn painted(text: &str, paint: Paint, color: bool) -> String {
    if color { format!("\x1b[{}m{text}\x1b[0m", paint.code()) } else { text.to_owned() }
}

/// Writes text to standard output; it ends with a line end, so that what is said beside it begins a line.
pub(crate) fn print(text: &str) -> io::Result<()> {
    match text.is_empty() || text.ends_with('\n') {
        true => print_bytes(text.as_bytes()),
        false => print_bytes(format!("{text}\n").as_bytes()),
    }
}

/// Writes bytes to standard output at once.
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
