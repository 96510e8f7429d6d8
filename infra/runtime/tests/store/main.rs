//! The SQLite store through its public face, on a real disk.

mod batches;
mod busy;
mod journal;
mod opening;
mod poison;
mod processes;
mod queues;
mod retention;
mod support;
