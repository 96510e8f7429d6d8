//! The stage: emulators, counterparts, queues, a published release, and processes of the functions.

use crate::common::{client_config, order};
use crate::counterparts::Counterparts;
use crate::emulators::Emulators;
use crate::functions::{Events, Function};
use crate::mappings;
use crossdock_aws::Reach;
use crossdock_aws::publish::Publisher;
use crossdock_runtime::local::DirectorySource;
use serde_json::json;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::sync::mpsc::unbounded_channel;

/// Everything but the functions' processes.
pub(crate) struct Stage {
    emulators: Emulators,
    pub(crate) counterparts: Counterparts,
    counterparts_at: String,
    dir: tempfile::TempDir,
    sqs: aws_sdk_sqs::Client,
    bootstrap: PathBuf,
    deliveries: Option<tokio::sync::mpsc::UnboundedReceiver<String>>,
}

/// A function with its processes, which end with this.
pub(crate) struct Running {
    pub(crate) function: Arc<Function>,
    pub(crate) processes: Vec<Child>,
}

impl Drop for Running {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Running {
    /// The most memory that any of its processes ever had resident, in MiB.
    pub(crate) fn peak_memory(&self) -> f64 {
        let of = |process: &Child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:").map(str::to_owned))?;
            line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()
        };
        self.processes.iter().filter_map(of).fold(0.0, f64::max) / 1024.0
    }
}

impl Stage {
    /// Sets it up: queues, buckets, a release.
    pub(crate) async fn set(bootstrap: PathBuf) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let emulators = Emulators::start(dir.path());
        let (sender, receiver) = unbounded_channel();
        let counterparts = Counterparts::new(sender);
        let counterparts_at = counterparts.serve().await;
        let reach = Reach::new(client_config(&emulators.queues, "test", "test"));
        let sqs = reach.sqs();
        for queue in ["orders", "updates", "actions"] {
            sqs.create_queue().queue_name(queue).send().await.expect("a queue");
        }
        for bucket in ["journal", "mappings"] {
            reach.s3().create_bucket().bucket(bucket).send().await.expect("a bucket");
        }
        let files = dir.path().join("carriers");
        mappings::write(&files, false);
        let publisher = Publisher::new(reach.s3(), "s3://mappings/live".parse().expect("a location"));
        publisher.publish(&DirectorySource::new(&files), 0).await.expect("a release");
        Self { emulators, counterparts, counterparts_at, dir, sqs, bootstrap, deliveries: Some(receiver) }
    }

    /// A queue's URL.
    fn url(&self, queue: &str) -> String {
        format!("{}/000000000000/{queue}", self.emulators.queues)
    }

    /// Starts processes of a function.
    pub(crate) async fn run(&mut self, handler: &str, processes: usize, batch: i32) -> Running {
        let queue = |name: &str| Events::Queue { client: self.sqs.clone(), url: self.url(name), batch };
        let events = match handler {
            "dispatcher" => queue("orders"),
            "translator" => queue("updates"),
            "actor" => queue("actions"),
            "webhook" => Events::Deliveries(tokio::sync::Mutex::new(self.deliveries.take().expect("one webhook function"))),
            other => panic!("no function is called {other}"),
        };
        self.start(handler, events, processes).await
    }

    /// Starts one process of the dispatcher, for one order.
    pub(crate) async fn run_once(&self, name: &str) -> Running {
        self.start("dispatcher", Events::Once(std::sync::Mutex::new(Some(order(name, "swiftpost").to_string()))), 1).await
    }

    async fn start(&self, handler: &str, events: Events, processes: usize) -> Running {
        let (function, api) = Function::serve(events).await;
        let processes = (0..processes).map(|n| self.spawn(handler, &api, n)).collect();
        Running { function, processes }
    }

    fn spawn(&self, handler: &str, api: &str, n: usize) -> Child {
        let stand_ins = json!({
            "swiftpost": {"api": format!("{}/swiftpost", self.counterparts_at)},
            "shop": {"api": format!("{}/shop", self.counterparts_at)},
        });
        let log = File::create(self.dir.path().join(format!("{handler}-{n}.log"))).expect("a log");
        let mut command = Command::new(&self.bootstrap);
        command
            .env_clear()
            .env("_HANDLER", handler)
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .env("AWS_LAMBDA_FUNCTION_NAME", handler)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "log")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "log")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", &self.emulators.queues)
            .env("AWS_ENDPOINT_URL_DYNAMODB", &self.emulators.table)
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("{}/secrets", self.counterparts_at))
            .env("CROSSDOCK_TABLE", "ledger")
            .env("CROSSDOCK_BUCKET", "journal")
            .env("CROSSDOCK_MAPPINGS", "s3://mappings/live")
            .env("CROSSDOCK_ENVIRONMENT", "sandbox")
            .env("CROSSDOCK_PUBLIC_URL", "https://api.example")
            .env("CROSSDOCK_STAND_INS", stand_ins.to_string())
            .env("CROSSDOCK_LOG", "info");
        for queue in ["orders", "updates", "actions"] {
            command.env(format!("CROSSDOCK_QUEUE_{}", queue.to_uppercase()), self.url(queue));
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        command.spawn().unwrap_or_else(|error| panic!("`{}`: {error}", self.bootstrap.display()))
    }

    /// Sends ten orders or fewer, as the shop does.
    pub(crate) async fn send(&self, names: &[String]) {
        let entry = |(at, name): (usize, &String)| {
            let entry = aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder().id(at.to_string());
            entry.message_group_id("swiftpost").message_body(order(name, "swiftpost").to_string()).build().expect("an entry")
        };
        let entries = names.iter().enumerate().map(entry).collect();
        self.sqs.send_message_batch().queue_url(self.url("orders")).set_entries(Some(entries)).send().await.expect("sent");
    }

    /// Nothing waits in the queue of orders any more.
    pub(crate) async fn clear(&self) {
        for queue in ["orders", "updates", "actions"] {
            self.sqs.purge_queue().queue_url(self.url(queue)).send().await.expect("a queue");
        }
    }

    /// The end of what a function has said, for whoever looks for a fault.
    pub(crate) fn said(&self, handler: &str) -> String {
        let log = std::fs::read_to_string(self.dir.path().join(format!("{handler}-0.log"))).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(5).collect();
        tail.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
