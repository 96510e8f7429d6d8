//! The six Lambdas: one binary, told by its handler's name. A shell around the handlers: it reads events, keeps time, and
//! tells Lambda what has not been done.

mod app;
mod batch;
mod clockwork;
mod metric;
mod program;
mod webhook;

use app::App;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use program::Program;
use serde_json::Value;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let filter = EnvFilter::try_from_env("CROSSDOCK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .init();
    metric::install();
    let program = Program::from_environment()?;
    let app = Arc::new(App::new(program)?);
    match program {
        Program::Webhook => {
            let handle = |event: LambdaEvent<webhook::Event>| webhook::answer(Arc::clone(&app), event);
            lambda_runtime::run(service_fn(handle)).await
        }
        Program::Dispatcher | Program::Translator | Program::Actor => {
            let handle = |event: LambdaEvent<batch::Event>| batch::work(Arc::clone(&app), event);
            lambda_runtime::run(service_fn(handle)).await
        }
        Program::Poller | Program::Notifier => {
            let handle = |event: LambdaEvent<Value>| clockwork::turn(Arc::clone(&app), event);
            lambda_runtime::run(service_fn(handle)).await
        }
    }
}
