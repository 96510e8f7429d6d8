//! A cloud of this machine: an emulator that speaks AWS's protocols and enforces IAM, with the template deployed to it.

use crate::common::client_config;
use crate::{mappings, python};
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::http::{HttpClient, Wire};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The stack's name.
const STACK: &str = "crossdock";

/// The emulator, with the stack on it.
pub(crate) struct Cloud {
    emulator: Child,
    endpoint: String,
    python: PathBuf,
    dir: tempfile::TempDir,
    told: Value,
    http: HttpClient,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        for process in self.bootstraps() {
            let _ = kill_process(process, Signal::KILL);
        }
        if let Some(group) = Pid::from_raw(i32::try_from(self.emulator.id()).unwrap_or(0)) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.emulator.wait();
    }
}

/// A file beside this one.
pub(crate) fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws").join(name)
}

/// Runs a command that must succeed; what it prints.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().expect("a command that runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {out}\n{err}");
    out.into_owned()
}

impl Cloud {
    /// Starts an emulator, deploys, publishes the mapping files. `counterparts`: where carriers, shop and chat are.
    pub(crate) async fn start(counterparts: &str) -> Self {
        let python = python::environment("emulator");
        let dir = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let log = std::fs::File::create(dir.path().join("emulator.log")).expect("a log");
        let emulator = Command::new(&python)
            .arg(here("emulator.py"))
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("OBSERVED", dir.path().join("observed.jsonl"))
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("the emulator starts");
        let http = HttpClient::new().expect("a client");
        let mut cloud = Self { emulator, endpoint, python, dir, told: Value::Null, http };
        cloud.wait_until_it_answers().await;
        cloud.deploy(counterparts);
        mappings::write(&cloud.mappings(), false);
        cloud.publish();
        cloud
    }

    async fn wait_until_it_answers(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if let Ok(Reply::Answered { .. }) = self.http.send(&get(&format!("{}/_ministack/health", self.endpoint))).await {
                return;
            }
            assert!(Instant::now() < until, "the emulator does not answer: {}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn deploy(&mut self, counterparts: &str) {
        let stand_ins = json!({
            "swiftpost": {"api": format!("{counterparts}/swiftpost")},
            "silent": {"api": format!("{counterparts}/silent")},
            "single": {"api": format!("{counterparts}/single")},
            "shop": {"api": format!("{counterparts}/shop")},
        });
        let settings = json!({
            "visibility": 30,
            "timeout": 30,
            "variables": {
                "CROSSDOCK_STAND_INS": stand_ins.to_string(),
                "CROSSDOCK_FIRST_WAIT": "1",
                "CROSSDOCK_LONGEST_WAIT": "2",
                "CROSSDOCK_GRACE": "1",
                "CROSSDOCK_FRESH_MS": "500",
                "AWS_ENDPOINT_URL": self.endpoint,
            },
            "secrets": {
                "swiftpost/default": {"key": "k"},
                "silent/default": {"key": "k"},
                "single/default": {"key": "k"},
                "shop/default": {"shop_token": "t"},
                "slack": {"url": format!("{counterparts}/slack")},
                "documents": {"token": "d"},
            },
        });
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let told = run(Command::new(&self.python)
            .arg(here("deploy.py"))
            .args([template.as_os_str(), env!("CARGO_BIN_EXE_bootstrap").as_ref()])
            .args([STACK, &settings.to_string()])
            .env("AWS_ENDPOINT_URL", &self.endpoint));
        self.told = serde_json::from_str(&told).expect("what was deployed");
    }

    /// The mapping directory.
    pub(crate) fn mappings(&self) -> PathBuf {
        self.dir.path().join("carriers")
    }

    /// What the emulator has said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("emulator.log")).unwrap_or_default()
    }

    /// Runs the command line as one of the people; what it comes to.
    pub(crate) fn cli(&self, who: &str, args: &[&str]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_bootstrap")).with_file_name("crossdock");
        assert!(program.is_file(), "`{}` is not built: `cargo build -p crossdock`", program.display());
        let person = &self.told["people"][who];
        let text = |name: &str| person[name].as_str().expect("a key").to_owned();
        Command::new(program)
            .args(args)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", text("id"))
            .env("AWS_SECRET_ACCESS_KEY", text("secret"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(self.dir.path())
            .output()
            .expect("the command line runs")
    }

    /// Runs a command of the operator on the stack; its JSON.
    pub(crate) fn operate(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--stack", STACK, "--format", "json"]).collect();
        let output = self.cli("operator", &args);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{args:?}: {out}\n{err}");
        if out.trim().is_empty() { Value::Null } else { serde_json::from_str(&out).expect("JSON") }
    }

    /// Publishes the mapping directory, as the publisher.
    pub(crate) fn publish(&self) {
        let location = self.output("Mappings");
        let output = self.cli("publisher", &["publish", &location, "--format", "json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// An output of the stack.
    pub(crate) fn output(&self, name: &str) -> String {
        self.told["outputs"][name].as_str().expect("an output").to_owned()
    }

    fn sqs(&self, who: Option<&str>) -> aws_sdk_sqs::Client {
        let key = |name: &str| match who {
            Some(who) => self.told["people"][who][name].as_str().expect("a key").to_owned(),
            None => "test".to_owned(),
        };
        aws_sdk_sqs::Client::new(&client_config(&self.endpoint, &key("id"), &key("secret")))
    }

    /// Gives a secret other values.
    pub(crate) fn change_secret(&self, name: &str, values: &Value) {
        run(Command::new(&self.python)
            .arg(here("rotate.py"))
            .args([format!("{STACK}/{name}"), values.to_string()])
            .env("AWS_ENDPOINT_URL", &self.endpoint));
    }

    /// Sends an order as the shop does that names its trace.
    pub(crate) async fn send_traced(&self, order: &Value, traceparent: &str) {
        use aws_sdk_sqs::types::MessageAttributeValue;
        let value = MessageAttributeValue::builder().data_type("String").string_value(traceparent).build().expect("an attribute");
        let request = self.sqs(Some("shop")).send_message().queue_url(self.output("QueueOrders"));
        let request = request.message_group_id(order["carrier"].as_str().unwrap_or("none"));
        request.message_body(order.to_string()).message_attributes("traceparent", value).send().await.expect("an order is sent");
    }

    /// Sends orders as the shop does.
    pub(crate) async fn send(&self, orders: &[Value]) {
        let (sqs, url) = (self.sqs(Some("shop")), self.output("QueueOrders"));
        for chunk in orders.chunks(10) {
            let entry = |(at, order): (usize, &Value)| {
                let entry = aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder().id(at.to_string());
                let group = order["carrier"].as_str().unwrap_or("none");
                entry.message_group_id(group).message_body(order.to_string()).build().expect("an entry")
            };
            let entries = chunk.iter().enumerate().map(entry).collect();
            sqs.send_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.expect("orders are sent");
        }
    }

    /// Takes what a topic's listener has heard.
    pub(crate) async fn heard(&self, topic: &str) -> Vec<String> {
        let url = self.told[topic].as_str().expect("a listener");
        let answer = self.sqs(None).receive_message().queue_url(url).max_number_of_messages(10).send().await.expect("mail");
        answer.messages.unwrap_or_default().into_iter().filter_map(|message| message.body).collect()
    }

    /// How many messages a queue of the stack holds, seen or not.
    pub(crate) async fn waiting(&self, queue: &str) -> usize {
        use aws_sdk_sqs::types::QueueAttributeName;
        let request = self.sqs(None).get_queue_attributes().queue_url(self.output(queue));
        let answer = request.attribute_names(QueueAttributeName::All).send().await.expect("attributes");
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
        count(QueueAttributeName::ApproximateNumberOfMessages)
            + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            + count(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
    }

    /// A carrier calls a webhook; the status of the answer.
    pub(crate) async fn deliver(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let api = self.told["api"].as_str().expect("an API");
        let url = format!("{}/_aws/execute-api/{api}/$default/{path}", self.endpoint);
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { method: "POST".into(), headers, body: body.to_vec(), ..get(&url) };
        match self.http.send(&request).await.expect("sendable") {
            Reply::Answered { status, .. } => status,
            Reply::NotConnected(_) | Reply::Broken(_) => 0,
        }
    }

    /// Has a function run, as the clock does.
    pub(crate) fn tick(&self, function: &str) {
        run(Command::new(&self.python)
            .arg(here("invoke.py"))
            .args([&format!("{STACK}-{function}"), "{}"])
            .env("AWS_ENDPOINT_URL", &self.endpoint));
    }

    /// The functions' processes.
    pub(crate) fn bootstraps(&self) -> Vec<Pid> {
        let ours = self.emulator.id();
        let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
        let bootstrap = |entry: std::fs::DirEntry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let program = std::fs::read_link(entry.path().join("exe")).ok()?;
            let name = program.file_name()?.to_string_lossy().into_owned();
            (name.starts_with("bootstrap") && parent(pid) == Some(ours)).then(|| Pid::from_raw(pid)).flatten()
        };
        processes.filter_map(bootstrap).collect()
    }

    /// Every action that was asked for: who, what, on which resource, whether it was allowed.
    pub(crate) fn observed(&self) -> Vec<(String, String, String, bool)> {
        let text = std::fs::read_to_string(self.dir.path().join("observed.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

fn parent(pid: i32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn get(url: &str) -> Request {
    Request {
        method: "GET".into(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(30),
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, cloud: &Cloud, patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + patience;
    while !holds().await {
        if Instant::now() >= end {
            let log = cloud.log();
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            let denied: Vec<_> = cloud.observed().into_iter().filter(|line| !line.3).collect();
            panic!("{what}: not in {patience:?}\ndenied: {denied:#?}\n{}", tail.join("\n"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
