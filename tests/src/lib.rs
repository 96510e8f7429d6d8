//! What the end-to-end tests and benches share: generated orders and deliveries, mappings written by hand, recordings, the
//! samples of the shipped carriers.

pub mod baseline;
pub mod compare;
pub mod deliveries;
pub mod orders;
pub mod random;
pub mod samples;
