//! `crossdock serve`.

use crate::exit::{Exit, Outcome, Problem};
use crate::serve::{self, Config};
use crate::terminal::{Paint, Terminal, print};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Run the whole system in one process: orders in over HTTP, carriers called, webhooks taken, the shop told.
///
/// Everything has a default: no account, no key and no service is needed to start. What is taken is durable; stop and start
/// as you like.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock serve
  crossdock serve --config crossdock.yaml --listen 127.0.0.1:9000
  curl -d @order.json http://127.0.0.1:8080/orders

`crossdock schema process` documents the configuration file. CROSSDOCK_TOKEN is the token that orders need,
CROSSDOCK_SLACK_URL the chat's incoming webhook.")]
pub(crate) struct Args {
    /// The configuration file; `crossdock.yaml` here, where there is one.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The data directory.
    #[arg(long, value_name = "DIR", env = "CROSSDOCK_DATA")]
    pub(crate) data: Option<PathBuf>,
}

/// Runs `serve`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    let mut config = Config::read(args.config.as_deref())?;
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if let Some(data) = &args.data {
        config.data.clone_from(data);
    }
    if let Some(dir) = dir {
        dir.clone_into(&mut config.mappings);
    }
    config.check()?;
    serve::start_logging(config.log_format, &config.log_level);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, terminal))
}

async fn serve(config: Config, terminal: &Terminal) -> Outcome {
    let data = config.data.display().to_string();
    let running = serve::start(config).await?;
    let release = running.process.desk.mappings.release();
    if release.carriers.is_empty() {
        let dir = running.process.config.mappings.display().to_string();
        terminal
            .say(&format!("{} no carrier file `<carrier>/carrier.yaml` in `{dir}` yet", terminal.err("note:", Paint::Yellow)));
    }
    print(&format!(
        "listening on http://{} with {} carriers; data in `{data}`; ctrl-c stops\n",
        running.address,
        release.carriers.len()
    ))?;
    serve::asked_to_stop().await;
    terminal.say("stopping: what is under way ends first; ctrl-c again stops at once");
    tokio::select! {
        () = running.stop() => Ok(Exit::Clean),
        () = serve::asked_to_stop() => Err(Problem::failure("stopped at once: what was under way goes on at the next start")),
    }
}
