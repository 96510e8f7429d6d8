//! Carries out what the engine answers: HTTP exchanges, sign-ins, retries, limits.
//!
//! The engine says what to do next as plain data; this crate does it. Time goes through [`clock::Clock`], so that
//! waiting is tested without waiting. In reading order: what an order may become (`ledger`), what the outside must offer
//! (`port`), what is done (`handler`), and the adapters of one machine (`local`).

pub mod chat;
pub mod clock;
pub mod drive;
pub mod faults;
pub mod handler;
pub mod http;
pub mod key_sets;
pub mod ledger;
pub mod limits;
pub mod local;
pub mod mappings;
pub mod port;
pub mod tokens;
pub mod trace;
