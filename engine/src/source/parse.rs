//! YAML text to [`Node`]s.
