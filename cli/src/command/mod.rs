//! One file per command: its arguments, its help, its run. `send` has a folder of its own.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod dlq;
pub(crate) mod docs;
pub(crate) mod enqueue;
pub(crate) mod explain;
pub(crate) mod forget;
pub(crate) mod new;
pub(crate) mod pause;
pub(crate) mod publish;
pub(crate) mod quarantine;
pub(crate) mod releases;
pub(crate) mod render;
pub(crate) mod resolve;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod trace;
pub(crate) mod translate;
pub(crate) mod validate;
