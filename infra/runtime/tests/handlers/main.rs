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
mod rotation;
mod sessions;
mod shop;
mod silence;
mod sweep;
mod traces;
mod track;
mod webhooks;
