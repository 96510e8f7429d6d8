//! The handlers through their public face: over a store of memory, a scripted network and a clock that stands still.

#[path = "../support/mod.rs"]
mod support;

mod breakers;
mod cancels;
mod doubt;
mod events;
mod forget;
mod later;
mod mail;
mod notices;
mod orders;
mod redrive;
mod sessions;
mod rotation;
mod shop;
mod silence;
mod sweep;
mod track;
mod webhooks;
