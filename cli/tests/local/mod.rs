//! The process under test: the real binary, started again and again on the same data.

#![allow(dead_code, reason = "each test uses what it needs")]

use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_crossdock");

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Where and with what the process runs. Its mapping directory is `mappings`, its data directory `data`.
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) address: String,
    secrets: Vec<String>,
    token: Option<String>,
}

impl Place {
    /// Writes the configuration: `more` follows what all have in common. Every secret is `k`.
    pub(crate) fn new(dir: &Path, port: u16, more: &str, secrets: &[&str]) -> Self {
        let config = format!(
            "format: process/v1
listen: 127.0.0.1:{port}
data: \"{}\"
mappings: \"{}\"
log: {{format: json, level: info}}
{more}",
            dir.join("data").display(),
            dir.join("mappings").display(),
        );
        std::fs::write(dir.join("crossdock.yaml"), config).expect("a file");
        let secrets = secrets.iter().map(|name| format!("CROSSDOCK_SECRET_{name}")).collect();
        Self { dir: dir.to_owned(), address: format!("http://127.0.0.1:{port}"), secrets, token: None }
    }

    /// The same with a token.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(&self.dir).env_remove("CROSSDOCK_TOKEN").env("CROSSDOCK_DATA", self.dir.join("data"));
        command.envs(self.secrets.iter().map(|name| (name, "k")));
        command.envs(self.token.iter().map(|token| ("CROSSDOCK_TOKEN", token)));
        command
    }

    /// Starts the process; `fault` is where it is to die.
    pub(crate) fn start(&self, fault: Option<&str>) -> Served {
        let log = File::options().create(true).append(true).open(self.dir.join("log.jsonl")).expect("a log");
        let mut command = self.command();
        command.args(["serve", "--config", "crossdock.yaml"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        if let Some(fault) = fault {
            command.env("CROSSDOCK_FAULT", fault);
        }
        Served { child: command.spawn().expect("the process starts") }
    }

    /// Runs a command on the same data.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the command runs")
    }

    /// Runs a command on the same data; its output, which must be JSON.
    pub(crate) fn run(&self, arguments: &[&str]) -> Value {
        let output = self.output(arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        })
    }
}

/// A running process.
pub(crate) struct Served {
    child: Child,
}

impl Served {
    /// Kills it as the system would, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop, and waits until it has; its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        self.child.wait().expect("it ends").code()
    }

    /// Waits until it has died by itself, or until the time is over; whether it has.
    pub(crate) async fn died_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
