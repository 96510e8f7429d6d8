//! An item as a row of the table: attributes of one letter, since their names are paid for with every write.

use super::place;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use crossdock_runtime::port::{Item, Put};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::collections::HashMap;
use std::io::Read;

/// The partition.
pub(super) const PARTITION: &str = "pk";
/// The key.
pub(super) const KEY: &str = "sk";
/// The version.
pub(super) const VERSION: &str = "v";
/// The body.
pub(super) const BODY: &str = "b";
/// The body is compressed.
pub(super) const PACKED: &str = "z";
/// The object that holds a body too large for the table.
pub(super) const OVERFLOW: &str = "o";
/// When it is due, in milliseconds since 1970.
pub(super) const DUE: &str = "d";
/// The partition of the index of what is due.
pub(super) const GROUP: &str = "g";
/// Who wrote it: tells our own write from another's when an answer was lost.
pub(super) const WRITER: &str = "w";
/// When it expires, in seconds since 1970.
pub(super) const EXPIRES: &str = "t";

/// The index of what is due, by [`GROUP`] and [`DUE`].
pub(super) const DUE_INDEX: &str = "due";

/// Shorter bodies are kept as they are: they cost one unit either way.
const WORTH_PACKING: usize = 900;

/// Larger ones go to the bucket: an item holds 400 KB.
const LARGEST: usize = 300_000;

pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A body as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) bytes: Vec<u8>,
    pub(super) packed: bool,
    /// The object that holds it instead of the row.
    pub(super) object: Option<String>,
}

impl Packed {
    pub(super) fn of(body: &[u8]) -> Self {
        if body.len() > WORTH_PACKING {
            let mut small = Vec::with_capacity(body.len() / 2);
            let read = DeflateEncoder::new(body, Compression::fast()).read_to_end(&mut small);
            if read.is_ok() && small.len() < body.len() {
                return Self { bytes: small, packed: true, object: None };
            }
        }
        Self { bytes: body.to_vec(), packed: false, object: None }
    }

    /// Whether it does not fit into a row.
    pub(super) fn is_large(&self) -> bool {
        self.bytes.len() > LARGEST
    }

    /// The body as it was; none if it is damaged.
    pub(super) fn body(self) -> Option<Vec<u8>> {
        if !self.packed {
            return Some(self.bytes);
        }
        let mut body = Vec::with_capacity(self.bytes.len() * 4);
        DeflateDecoder::new(self.bytes.as_slice()).read_to_end(&mut body).ok()?;
        Some(body)
    }
}

/// A row that was read.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) version: u64,
    pub(super) due: Option<i64>,
    pub(super) body: Packed,
}

impl Row {
    /// Reads a row; none where it has expired, whether the table has removed it yet or not.
    pub(super) fn read(mut attributes: Attributes, now: i64) -> Result<Option<Self>, String> {
        let expires = number(&attributes, EXPIRES);
        if expires.is_some_and(|expires| expires.saturating_mul(1000) <= now) {
            return Ok(None);
        }
        let key = text(&attributes, KEY).ok_or("a row of the table has no key")?;
        let version = number(&attributes, VERSION).ok_or_else(|| format!("`{key}` has no version"))?;
        let object = text(&attributes, OVERFLOW);
        let bytes = match attributes.remove(BODY) {
            Some(AttributeValue::B(blob)) => blob.into_inner(),
            _ => Vec::new(),
        };
        let packed = attributes.contains_key(PACKED);
        let body = Packed { bytes, packed, object };
        Ok(Some(Self { key, version: version.unsigned_abs(), due: number(&attributes, DUE), body }))
    }

    /// The item, whose body is at hand.
    pub(super) fn item(self) -> Result<Item, String> {
        let damaged = format!("`{}` is damaged", self.key);
        let body = self.body.body().ok_or(damaged)?;
        Ok(Item { key: self.key, version: self.version, body, due: self.due })
    }
}

/// The primary key of an item.
pub(super) fn primary(key: &str) -> Attributes {
    HashMap::from([
        (PARTITION.to_owned(), AttributeValue::S(place::partition(key))),
        (KEY.to_owned(), AttributeValue::S(key.to_owned())),
    ])
}

/// What a write sets and what it removes.
pub(super) struct Change {
    pub(super) expression: String,
    pub(super) values: Attributes,
}

/// The change that writes a body.
pub(super) fn change(put: &Put, body: &Packed, writer: &str, expires: Option<i64>) -> Change {
    let bytes = if body.object.is_some() { None } else { Some(AttributeValue::B(Blob::new(body.bytes.clone()))) };
    let n = |number: i64| AttributeValue::N(number.to_string());
    let attributes = [
        (BODY, bytes),
        (PACKED, body.packed.then(|| n(1))),
        (OVERFLOW, body.object.clone().map(AttributeValue::S)),
        (DUE, put.due.map(n)),
        (GROUP, put.due.map(|_| AttributeValue::S(place::due_partition(&put.key)))),
        (WRITER, Some(AttributeValue::S(writer.to_owned()))),
        (EXPIRES, expires.map(|at| n(at.div_euclid(1000)))),
    ];
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    let mut values = HashMap::from([(":one".to_owned(), n(1))]);
    for (name, value) in attributes {
        match value {
            Some(value) => {
                set.push(format!("{name} = :{name}"));
                values.insert(format!(":{name}"), value);
            }
            None => remove.push(name),
        }
    }
    let expression = format!("SET {} REMOVE {} ADD {VERSION} :one", set.join(", "), remove.join(", "));
    Change { expression, values }
}

pub(super) fn text(attributes: &Attributes, name: &str) -> Option<String> {
    attributes.get(name).and_then(|value| value.as_s().ok()).cloned()
}

pub(super) fn number(attributes: &Attributes, name: &str) -> Option<i64> {
    attributes.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_runtime::port::Expect;

    fn row(put: &Put, expires: Option<i64>) -> Attributes {
        let change = change(put, &Packed::of(put.body.as_deref().expect("a body")), "w1", expires);
        let mut row = primary(&put.key);
        row.extend(change.values.into_iter().map(|(name, value)| (name[1..].to_owned(), value)));
        row.insert(VERSION.into(), AttributeValue::N("3".into()));
        row
    }

    #[test]
    fn an_item_comes_back_as_it_was() {
        for body in [b"{}".to_vec(), b"{\"order_id\": \"SO-1\"}".repeat(500)] {
            let put = Put::new("entry/SO-1:create:-", Expect::Absent, body.clone()).due(Some(77));
            let item = Row::read(row(&put, None), 0).expect("a row").expect("not expired").item().expect("an item");
            assert_eq!(item, Item { key: put.key, version: 3, body, due: Some(77) });
        }
    }

    #[test]
    fn what_has_expired_is_not_there_although_the_table_still_has_it() {
        let put = Put::new("event/a/b/c/d", Expect::Absent, b"{}".to_vec());
        assert!(Row::read(row(&put, Some(10_000)), 9_999).expect("a row").is_some());
        assert!(Row::read(row(&put, Some(10_000)), 10_000).expect("a row").is_none());
    }

    #[test]
    fn what_is_not_due_leaves_the_index() {
        let put = Put::new("entry/SO-1:create:-", Expect::Version(2), b"{}".to_vec());
        let change = change(&put, &Packed::of(b"{}"), "w1", None);
        let (_, removed) = change.expression.split_once("REMOVE").expect("removals");
        assert!(removed.contains(" d,") && removed.contains(" g,"), "{}", change.expression);
        assert!(!change.expression.contains("SET d"));
    }
}
