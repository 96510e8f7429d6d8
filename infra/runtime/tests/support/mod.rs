//! A desk over adapters of memory: a correct store, a scripted network, a clock that stands still, mail and notices on record.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test binary uses a part of it")]

mod files;
mod record;
pub mod shapes;
mod store;
mod wire;
mod world;

pub use files::MemoryFiles;
pub use record::{RecordedMailer, RecordedNotifier};
pub use store::MemoryStore;
pub use wire::{Held, ScriptedWire, json_reply, status};
pub use world::{Memory, World};
