//! The canonical model: what shops order, what carriers report, what follows from it. One noun, one file.
//!
//! Unknown fields are refused everywhere, except under `metadata` and `options` (typed by the carrier file). A null
//! counts as missing. Numbers and amounts keep the digits they came with.

#[macro_use]
mod text;

mod action;
mod address;
mod customs;
mod document;
mod event;
pub mod identity;
mod item;
mod location;
mod money;
mod moves;
mod nullable;
mod order;
mod parcel;
mod party;
mod reason;
pub mod rules;
mod shape;
mod shipment;
mod status;
mod time;
mod update;
mod window;

pub use action::{
    Action, Effect, EmailLogistics, NotifyShop, OrderResult, Problem, Refusal, ResultOutcome, ResultParcel, Silence, Warning,
};
pub use address::{Address, Country};
pub use customs::{ContentType, Customs};
pub use document::{Document, DocumentKind};
pub use event::Event;
pub use item::Item;
pub use location::Location;
pub use money::{Amount, Currency, Money};
pub use moves::{Move, moves};
pub use order::{DEFAULT_ACCOUNT, DEFAULT_OPERATION, Order, order_key};
pub use parcel::Parcel;
pub use party::Party;
pub use reason::{Cause, Reason};
pub use shape::{Field, Shape, shape};
pub use shipment::{LabelFormat, Payer, Shipment};
pub use status::Status;
pub use text::NotA;
pub use time::{Day, Moment, TimeIs, Timestamp};
pub use update::{Header, Parameter, RawBody, Update};
pub use window::Window;
