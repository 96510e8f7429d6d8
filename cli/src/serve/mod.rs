//! The local process: the whole system on one machine, with the handlers that the Lambdas use.
//!
//! `config` says how it is set up, `ports` which adapters it has, `http` is its front door, `workers` take messages from the
//! queues, `keeper` does what comes round with the clock.

pub(crate) mod config;
mod http;
mod keeper;
mod log;
mod orders;
mod ports;
mod pressure;
mod retention;
mod workers;

pub(crate) use config::Config;
pub(crate) use log::start as start_logging;
pub(crate) use ports::Local;

use crate::exit::Problem;
use crossdock_runtime::handler::Desk;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use pressure::Pressure;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What all parts of the process share.
pub(crate) struct Process {
    pub(crate) desk: Desk<Local>,
    pub(crate) config: Config,
    pub(crate) pressure: Pressure,
    metrics: Option<PrometheusHandle>,
}

/// A process that is running.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it runs on.
    pub(crate) process: Arc<Process>,
    stop: watch::Sender<bool>,
    parts: Vec<JoinHandle<()>>,
}

/// Starts the process: when this returns, it takes orders and deliveries.
pub(crate) async fn start(config: Config) -> Result<Running, Problem> {
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        Problem::failure(format!("cannot listen on {}: {error}", config.listen)).help("`--listen` names another address")
    })?;
    let address = listener.local_addr()?;
    let config = config.reached_at(address);
    let desk = ports::desk(&config)?;
    let changed = desk.mappings.refresh().await.map_err(Problem::failure)?;
    debug_assert!(changed || !desk.mappings.release().id.is_empty());
    keeper::report(&desk.mappings.release());
    desk.set_up_gates();
    let metrics = PrometheusBuilder::new().install_recorder().ok();
    let process = Arc::new(Process { desk, config, pressure: Pressure::default(), metrics });
    let (stop, stopping) = watch::channel(false);
    let mut parts = workers::start(&process, &stopping);
    parts.extend(keeper::start(&process, &stopping));
    parts.push(http::start(&process, listener, stopping));
    Ok(Running { address, process, stop, parts })
}

impl Running {
    /// Takes nothing new, lets what is under way end, and returns when all is still; what has not ended by then goes on at
    /// the next start.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        let all = futures_util::future::join_all(self.parts);
        if tokio::time::timeout(self.process.config.stop, all).await.is_err() {
            tracing::warn!("stopped with orders under way: they go on at the next start");
        }
    }
}

/// Waits until the process is asked to stop, by ctrl-c or by the system.
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Sleeps, unless the process is asked to stop first. Whether it goes on.
async fn sleep(time: Duration, stopping: &mut watch::Receiver<bool>) -> bool {
    tokio::time::timeout(time, stopping.wait_for(|stop| *stop)).await.is_err()
}
