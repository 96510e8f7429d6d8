//! Fast emulators of what the functions use: queues and files, the table, and a stub of the secrets. None of them checks rights:
//! the tests do that, on a slower one.

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// From the npm registry; `node` brings the one that the first needs.
const PACKAGES: [&str; 3] = ["fauxqs@2.4.1", "node@22.23.3", "@dynoxide/linux-x64@1.2.1"];

/// Both emulators. They end with this.
pub(crate) struct Emulators {
    processes: Vec<Child>,
    /// Where queues and files are.
    pub(crate) queues: String,
    /// Where the table is.
    pub(crate) table: String,
}

impl Drop for Emulators {
    fn drop(&mut self) {
        for process in &mut self.processes {
            if let Some(group) = i32::try_from(process.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = process.wait();
        }
    }
}

impl Emulators {
    /// Starts both, with the ledger's table. `dir`: for their logs.
    pub(crate) fn start(dir: &Path) -> Self {
        let packages = installed();
        let bin = |name: &str| packages.join("node_modules/.bin").join(name);
        let schema = dir.join("table.json");
        std::fs::write(&schema, table().to_string()).expect("a file");
        let (one, two) = (port(), port());
        let mut queues = Command::new(bin("node"));
        queues.arg(bin("fauxqs")).env("FAUXQS_PORT", one.to_string()).env("FAUXQS_LOGGER", "false");
        let mut ledger = Command::new(packages.join("node_modules/@dynoxide/linux-x64/dynoxide"));
        ledger.args(["--port", &two.to_string(), "--schema"]).arg(&schema);
        let processes = vec![spawn(queues, &dir.join("queues.log")), spawn(ledger, &dir.join("table.log"))];
        for port in [one, two] {
            wait_for(port);
        }
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        Self { processes, queues: at(one), table: at(two) }
    }
}

fn spawn(mut command: Command, log: &Path) -> Child {
    let log = File::create(log).expect("a log");
    let command = command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log).process_group(0);
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A port that nobody uses.
pub(crate) fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

fn wait_for(port: u16) {
    let until = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "an emulator does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The folder of the packages, installed once.
fn installed() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fast-emulators");
    let (mark, list) = (dir.join("installed"), PACKAGES.join(" "));
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == list) {
        return dir;
    }
    std::fs::create_dir_all(&dir).expect("a folder under target");
    std::fs::write(dir.join("package.json"), r#"{"private": true}"#).expect("a file");
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund"]).args(PACKAGES).current_dir(&dir).stdin(Stdio::null());
    let done = npm.output().unwrap_or_else(|error| panic!("the fast emulators need npm (Node.js): {error}"));
    assert!(done.status.success(), "{npm:?}: {}", String::from_utf8_lossy(&done.stderr));
    std::fs::write(mark, &list).expect("a mark");
    dir
}

/// The ledger's table, as `infra/template.yaml` describes it.
fn table() -> serde_json::Value {
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    json!([{"Table": {
        "TableName": "ledger",
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "AttributeDefinitions": [attribute("pk", "S"), attribute("sk", "S"), attribute("g", "S"), attribute("d", "N")],
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "GlobalSecondaryIndexes": [{
            "IndexName": "due",
            "KeySchema": [key("g", "HASH"), key("d", "RANGE")],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    }}])
}
