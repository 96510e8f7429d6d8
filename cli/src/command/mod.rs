//! One file per command: its arguments, its help, its run. `send` has a folder of its own.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod explain;
pub(crate) mod new;
pub(crate) mod render;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod test;
pub(crate) mod translate;
pub(crate) mod validate;
