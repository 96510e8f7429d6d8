//! Expressions: parsed with minijinja's parser, lowered to one compiled form, evaluated against slots.

pub mod filter;
