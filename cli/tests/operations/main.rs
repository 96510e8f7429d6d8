//! `docs/operations.md`, carried out word for word against the real process.

mod page;
mod world;

use page::{Step, fits, steps};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_crossdock");
const PAGE: &str = include_str!("../../../docs/operations.md");
const KEY: &str = "the-key-of-the-test";

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

struct Session {
    dir: tempfile::TempDir,
    address: String,
    world: World,
    served: Option<Child>,
    printed: String,
}

impl Session {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (world, counterparts) = World::start();
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let session = Self { dir, address: free.to_string(), world, served: None, printed: String::new() };
        session.write("carriers/swiftpost/carrier.yaml", include_str!("carrier.yaml"));
        session.write("carriers/shop.yaml", include_str!("../../demo/shop.yaml"));
        session.write("orders.jsonl", &(1001..=1004).map(|at| format!("{}\n", order(&format!("SO-{at}")))).collect::<String>());
        let setup = format!(
            "format: process/v1\nlisten: {free}\nstand_ins:\n  swiftpost: {{api: \"{counterparts}/carrier\"}}\n  shop: {{api: \"{counterparts}/shop\"}}\n"
        );
        session.write("crossdock.yaml", &setup);
        session
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn shell(&self, commands: &str) -> Command {
        let binaries = PathBuf::from(BINARY).parent().expect("a folder").to_owned();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command.args(["-eu", "-c", commands]).current_dir(self.dir.path());
        command.env("PATH", format!("{}:{path}", binaries.display())).env("NO_COLOR", "1");
        command.env("CROSSDOCK_SECRET_SWIFTPOST_KEY", KEY).env("CROSSDOCK_SECRET_SHOP_SHOP_TOKEN", KEY);
        for name in ["CROSSDOCK_DIR", "CROSSDOCK_DATA", "CROSSDOCK_TOKEN", "CROSSDOCK_SLACK_URL"] {
            command.env_remove(name);
        }
        command
    }

    /// What the last command of a block prints; all of them must succeed.
    fn run(&mut self, block: &str) {
        if block.starts_with("crossdock serve") {
            return self.serve(block);
        }
        for line in block.lines() {
            let output = self.shell(line).output().expect("a shell");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "`{line}` fails: {errors}{}", String::from_utf8_lossy(&output.stdout));
            self.printed = String::from_utf8(output.stdout).expect("UTF-8");
        }
    }

    fn serve(&mut self, block: &str) {
        let log = std::fs::File::create(self.path("log")).expect("a log");
        let child = self.shell(&format!("exec {block}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.served = Some(child.expect("the process starts"));
        self.until("listening", |session| TcpStream::connect(&session.address).is_ok());
    }

    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            let log = || std::fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(start.elapsed() < PATIENCE, "in vain: {what}\n{}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn hidden(&mut self, words: &str) {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        let mut names = rest.split(' ');
        let mut name = || names.next().expect("a name");
        match verb {
            "until" => {
                let (command, text) = rest.split_once(" => ").expect("a command and a text");
                self.until(rest, |session| {
                    let output = session.shell(command).output().expect("a shell");
                    String::from_utf8_lossy(&output.stdout).contains(text)
                });
            }
            "deliver" => self.deliver(KEY, name(), name(), 200),
            "forge" => self.deliver("forged", name(), name(), 401),
            "conflict" => self.conflict(name()),
            // A changed file is in force within about a second.
            "settle" => std::thread::sleep(Duration::from_secs(3)),
            "shop" => {
                let (_, order, text) = (name(), name(), name());
                self.until(words, |session| {
                    let told = session.world.told.lock().expect("no panic");
                    told.iter().any(|(of, body)| of == order && body.to_string().contains(text))
                });
            }
            "carrier" => {
                let (_, order, count) = (name(), name(), name());
                let asked = self.world.asked.lock().expect("no panic").get(order).copied();
                assert_eq!(asked, count.parse().ok(), "{words}");
            }
            "stop" => self.stop(),
            other => panic!("there is no step `{other}`"),
        }
    }

    fn post(&self, path: &str, header: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{header}Content-Length: {length}\r\n\r\n{body}",
            self.address
        );
        stream.write_all(request.as_bytes()).expect("written");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        reply.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    fn deliver(&self, key: &str, order_id: &str, code: &str, expected: u16) {
        let event = json!({"id": format!("{order_id}-{code}"), "no": format!("T-{order_id}"), "code": code, "time": "2026-05-04T10:00:00Z"});
        let status = self.post(
            "/webhooks/swiftpost/default/tracking",
            &format!("x-key: {key}\r\nContent-Type: application/json\r\n"),
            &event.to_string(),
        );
        assert_eq!(status, expected);
    }

    /// Another order under a known name, from a queue that cannot say no.
    fn conflict(&self, order_id: &str) {
        use crossdock_runtime::local::{Role, SqliteStore};
        use crossdock_runtime::port::{Batch, Outgoing, Queue, Store};
        let mut other = order(order_id);
        other["shipment"]["reference"] = json!("another");
        let message = Outgoing {
            queue: Queue::Orders,
            group: "swiftpost".into(),
            body: other.to_string().into_bytes(),
            delay: Duration::ZERO,
            sent_at: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = SqliteStore::open(&self.path(".crossdock"), Role::Tool).expect("the store");
            store.commit(Batch { sends: vec![message], ..Batch::default() }).await.expect("written");
        });
    }

    fn stop(&mut self) {
        let mut child = self.served.take().expect("a process");
        let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
        assert!(done.success());
        assert!(child.wait().expect("an end").success(), "it stops in peace");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(child) = &mut self.served {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn order(order_id: &str) -> Value {
    json!({
        "order_id": order_id, "operation_id": "1", "carrier": "swiftpost",
        "shipment": {
            "reference": order_id,
            "sender": {"name": "Harbour Books", "address": {"lines": ["Calle Mayor 5"], "city": "Barcelona", "country": "ES"}},
            "recipient": {"name": "Zoë Example", "address": {"lines": ["12 Canal Street"], "city": "Dresden", "country": "DE"}},
            "parcels": [{"reference": format!("{order_id}-1"), "weight": 1250}]
        }
    })
}

#[test]
fn the_operators_page_holds_word_for_word() {
    let mut session = Session::new();
    for (line, step) in steps(PAGE) {
        match step {
            Step::Run(block) => session.run(&block),
            Step::Shows(pattern) => {
                let printed = &session.printed;
                assert!(fits(&pattern, printed), "line {line}: expected\n{pattern}\nbut got\n{printed}");
            }
            Step::Hidden(words) => session.hidden(&words),
        }
    }
    let asked = session.world.asked.lock().expect("no panic").clone();
    assert!(asked.values().all(|count| *count == 1), "no order was sent twice: {asked:?}");
    assert_eq!(asked.len(), 4);
}
