//! The adapters of one machine: everything that `crossdock serve` needs, without any service beside it.

pub mod store;
