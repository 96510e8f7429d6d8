//! The process under test: the real binary, started again and again on the same data.

use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_crossdock");

/// Where and with what the process runs.
pub struct Place {
    pub dir: PathBuf,
    pub address: String,
}

impl Place {
    /// Writes the configuration; `counterparts` is where the fakes listen.
    pub fn new(dir: &Path, counterparts: &str, port: u16) -> Self {
        let config = format!(
            "format: process/v1
listen: 127.0.0.1:{port}
data: \"{data}\"
mappings: \"{mappings}\"
patience: {{first_wait: 1s, longest_wait: 2s, grace: 1s, stop: 5s}}
log: {{format: json, level: info}}
stand_ins:
  silent: {{api: \"{counterparts}/silent\"}}
  asked: {{api: \"{counterparts}/asked\"}}
  shop: {{api: \"{counterparts}/shop\"}}
",
            data = dir.join("data").display(),
            mappings = dir.join("mappings").display(),
        );
        std::fs::write(dir.join("crossdock.yaml"), config).expect("a file");
        Self { dir: dir.to_owned(), address: format!("http://127.0.0.1:{port}") }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(&self.dir).env_remove("CROSSDOCK_TOKEN").env("CROSSDOCK_DATA", self.dir.join("data"));
        for name in ["SHOP_SHOP_TOKEN", "SILENT_KEY", "ASKED_KEY"] {
            command.env(format!("CROSSDOCK_SECRET_{name}"), "k");
        }
        command
    }

    /// Starts the process; `fault` is where it is to die.
    pub fn start(&self, fault: Option<&str>) -> Served {
        let log = File::options().create(true).append(true).open(self.dir.join("log.jsonl")).expect("a log");
        let mut command = self.command();
        command.args(["serve", "--config", "crossdock.yaml"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        if let Some(fault) = fault {
            command.env("CROSSDOCK_FAULT", fault);
        }
        Served { child: command.spawn().expect("the process starts") }
    }

    /// Runs a command on the same data; its output, which must be JSON.
    pub fn run(&self, arguments: &[&str]) -> Value {
        let output = self.command().args(arguments).output().expect("the command runs");
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        })
    }
}

/// A running process.
pub struct Served {
    child: Child,
}

impl Served {
    /// Kills it as the system would, and waits until it is gone.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until it has died by itself, or until the time is over; whether it has.
    pub async fn died_within(&mut self, time: Duration) -> bool {
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
