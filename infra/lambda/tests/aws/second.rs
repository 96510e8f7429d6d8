//! What the first emulator does not know: SQS moves dead letters back, and alarms follow the queues' own numbers.

use crate::cloud::{here, run};
use crate::common::client_config;
use crate::{policies, python};
use crossdock_aws::{Crashed, Names, Reach};
use crossdock_runtime::port::Queue;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);

struct Emulator {
    process: Child,
    endpoint: String,
    python: PathBuf,
    _dir: tempfile::TempDir,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(i32::try_from(self.process.id()).unwrap_or(0)) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.process.wait();
    }
}

impl Emulator {
    fn start() -> Self {
        let python = python::environment("redrive");
        let dir = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let process = Command::new(&python)
            .args(["-m", "localstack.runtime.main"])
            .env("GATEWAY_LISTEN", format!("127.0.0.1:{port}"))
            .env("LOCALSTACK_VOLUME_DIR", dir.path())
            .env("FILESYSTEM_ROOT", dir.path())
            .envs([("SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL", "5"), ("DISABLE_EVENTS", "1"), ("SKIP_SSL_CERT_DOWNLOAD", "1")])
            .envs([("OVERRIDE_IN_DOCKER", "0"), ("DNS_ADDRESS", "0"), ("SERVICES", "sqs,sns,cloudwatch")])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the emulator starts");
        Self { process, endpoint: format!("http://127.0.0.1:{port}"), python, _dir: dir }
    }

    /// The queues, with the alarm of the template as it stands there, but that it looks every ten seconds.
    async fn set_up(&self, alarm: &Value) -> Value {
        let until = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(self.endpoint.trim_start_matches("http://")).is_err() {
            assert!(Instant::now() < until, "the second emulator does not answer");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let told =
            run(Command::new(&self.python).arg(here("second.py")).arg(alarm.to_string()).env("AWS_ENDPOINT_URL", &self.endpoint));
        serde_json::from_str(&told).expect("JSON")
    }
}

/// The properties of the template's alarm on dead letters of orders that do not name its parts.
fn alarm() -> Value {
    let mut alarm = policies::looked_at()["dead_alarm"].clone();
    alarm["Period"] = 10.into();
    alarm
}

#[tokio::test(flavor = "multi_thread")]
async fn what_crashed_raises_the_alarm_and_is_moved_back_by_sqs_itself() {
    let emulator = Emulator::start();
    let told = emulator.set_up(&alarm()).await;
    let url = |name: &str| told[name].as_str().expect("a queue").to_owned();
    let reach = Reach::new(client_config(&emulator.endpoint, "test", "test"));
    let sqs = reach.sqs();
    sqs.send_message().queue_url(url("orders")).message_body("{}").send().await.expect("sent");
    let names = Names::read(|name| match name {
        "TABLE" | "BUCKET" => Some("none".into()),
        "MAPPINGS" => Some("s3://none".into()),
        "DEAD_ORDERS" => Some(url("dead")),
        _ => None,
    });
    let crashed = Crashed::new(&reach, &names.expect("names"));
    let until = Instant::now() + PATIENCE;
    while crashed.counts().await.expect("counts")[&Queue::Orders] == 0 {
        assert!(Instant::now() < until, "the message does not die");
        // Received and never deleted: its function crashes.
        sqs.receive_message().queue_url(url("orders")).send().await.expect("received");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut heard = Vec::new();
    while heard.is_empty() {
        assert!(Instant::now() < until, "no alarm");
        let answer = sqs.receive_message().queue_url(url("listener")).wait_time_seconds(1).send().await.expect("received");
        heard.extend(answer.messages.unwrap_or_default().into_iter().filter_map(|message| message.body));
    }
    assert!(heard[0].contains("orders-dead-letters") && heard[0].contains("ALARM"), "{heard:?}");
    let moving = crashed.redrive(Some(Queue::Updates)).await.expect("none of these");
    assert!(moving.is_empty());
    let moving = crashed.redrive(None).await.expect("moving");
    assert_eq!(moving.iter().map(|one| (one.queue, one.count)).collect::<Vec<_>>(), [(Queue::Orders, 1)]);
    while crashed.counts().await.expect("counts")[&Queue::Orders] > 0 {
        assert!(Instant::now() < until, "it is not moved back");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
