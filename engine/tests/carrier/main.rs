//! Carrier files through the engine's public face: a file in, requests, answers and events out.

mod support;

mod accounts;
mod bodies;
mod cases;
mod checks;
mod chosen;
mod in_hand;
mod keyed;
mod lookups;
mod nested;
mod papers;
mod pending;
mod replies;
mod requests;
mod senders;
mod sign_in;
mod signatures;
mod steps;
mod tracking;
mod traps;
mod values;
mod vocabularies;
mod webhooks;
mod words;
