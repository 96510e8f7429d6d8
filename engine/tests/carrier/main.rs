//! Carrier files through the engine's public face: a file in, requests, answers and events out.

mod support;

mod requests;
mod traps;
mod values;
