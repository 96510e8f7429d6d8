//! Carries out what the engine answers: HTTP exchanges, sign-ins, retries, limits.
//!
//! The engine says what to do next as plain data; this crate does it. Time goes through [`clock::Clock`], so that
//! waiting is tested without waiting. Modules stand in reading order.

pub mod clock;
pub mod drive;
pub mod http;
pub mod keys;
pub mod limits;
pub mod tokens;
