//! What the reader does, seen from outside.
mod located;
