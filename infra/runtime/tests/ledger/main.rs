//! The ledger's tables: from an exchange's outcome to the entry's state, what a redrive does, and the cases between them.

mod case;
mod doubts;
mod later;
mod outcomes;
mod people;
