//! The parts of an order that both mappings read, borrowed from its bytes.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A text; borrowed where the order has no escapes in it.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[derive(Debug, Deserialize)]
pub(super) struct Address<'a> {
    #[serde(borrow)]
    pub(super) lines: &'a RawValue,
    #[serde(borrow)]
    pub(super) door_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) city: Text<'a>,
    #[serde(borrow)]
    pub(super) state: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) postal_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) country: Text<'a>,
    #[serde(borrow)]
    pub(super) latitude: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) longitude: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Party<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) company: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) phone: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) address: Address<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Window<'a> {
    #[serde(borrow)]
    pub(super) from: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) to: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Money<'a> {
    #[serde(borrow)]
    pub(super) amount: Text<'a>,
    #[serde(borrow)]
    pub(super) currency: Text<'a>,
}

/// Whether there is a text, and not an empty one.
pub(super) fn some(text: Option<&Text<'_>>) -> bool {
    text.is_some_and(|text| !text.0.is_empty())
}
