//! The process that is measured: the real binary, with a mapping directory and a data directory of its own.

use crate::exit::Problem;
use crossdock_runtime::local::Durability;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const CARRIER: &str = include_str!("../../bench/carrier.yaml");
const SHOP: &str = include_str!("../../bench/shop.yaml");

/// How long it may take to start.
const START: Duration = Duration::from_secs(30);

/// The process, running.
pub(crate) struct Served {
    /// Where it listens.
    pub(crate) address: String,
    child: Child,
    dir: PathBuf,
    peak: u64,
}

impl Served {
    /// Starts it in a fresh directory.
    pub(crate) async fn start(carriers: u32, carrier_url: &str, shop_url: &str, durability: Durability) -> Result<Self, Problem> {
        let dir = std::env::temp_dir().join(format!("crossdock-bench-{}", uuid::Uuid::new_v4().simple()));
        write(&dir, carriers, carrier_url, shop_url, durability)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--dir").arg(dir.join("mappings")).arg("serve").arg("--config").arg(dir.join("crossdock.yaml"));
        command.env("CROSSDOCK_SECRET_SHOP_SHOP_TOKEN", "bench").env_remove("CROSSDOCK_TOKEN").env_remove("CROSSDOCK_DATA");
        for carrier in 0..carriers {
            command.env(format!("CROSSDOCK_SECRET_BENCH{carrier}_KEY"), "bench");
        }
        let log = std::fs::File::create(dir.join("log.jsonl"))?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Problem::failure("the process has no output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let address = tokio::time::timeout(START, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on ").and_then(|rest| rest.split_whitespace().next()) {
                    return Ok(address.to_owned());
                }
            }
            Err(Problem::failure("the process did not start").help(format!("its log is `{}`", dir.join("log.jsonl").display())))
        });
        let address = address.await.map_err(|_| Problem::failure("the process did not start in time"))??;
        // Whatever else it says is read and dropped, so that its pipe never fills.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, child, dir, peak: 0 })
    }

    /// The most memory that it has had so far, in bytes; 0 where the system does not tell.
    pub(crate) fn peak_memory(&mut self) -> u64 {
        let status = self.child.id().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok());
        let line = status.as_deref().and_then(|status| status.lines().find_map(|line| line.strip_prefix("VmHWM:")));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
        self.peak = self.peak.max(kib.unwrap_or(0) * 1024);
        self.peak
    }

    /// Stops it and removes its directory.
    pub(crate) async fn stop(mut self) {
        let _ = self.child.kill().await;
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn write(dir: &Path, carriers: u32, carrier_url: &str, shop_url: &str, durability: Durability) -> Result<(), Problem> {
    let mut accounts = "format: accounts/v1\naccounts:\n  - {carrier: shop, secrets: env}\n".to_owned();
    let mut stand_ins = format!("stand_ins:\n  shop: {{api: \"{shop_url}\"}}\n");
    for carrier in 0..carriers {
        let id = format!("bench{carrier}");
        let folder = dir.join("mappings").join(&id);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("carrier.yaml"), CARRIER.replace("CARRIER", &id))?;
        let _ = writeln!(accounts, "  - {{carrier: {id}, config: {{account_no: \"00123450\"}}, secrets: env}}");
        let _ = writeln!(stand_ins, "  {id}: {{api: \"{carrier_url}\"}}");
    }
    std::fs::write(dir.join("mappings").join("shop.yaml"), SHOP)?;
    std::fs::write(dir.join("mappings").join("accounts.yaml"), accounts)?;
    let durability = match durability {
        Durability::PowerLoss => "power_loss",
        Durability::ProcessKill => "process_kill",
    };
    let data = dir.join("data");
    let config = format!(
        "format: process/v1\nlisten: 127.0.0.1:0\ndata: \"{}\"\ndurability: {durability}\nlog: {{format: json, level: warn}}\n{stand_ins}",
        data.display()
    );
    std::fs::write(dir.join("crossdock.yaml"), config)?;
    Ok(())
}
