//! What is known of an expression's type when a file is checked.

use crate::expr::filter::Kind;
use crate::model::Shape;
use std::sync::Arc;

/// A static type. Whether null can come instead is kept apart, see [`super::Lowered`].
#[derive(Debug, Clone, PartialEq)]
pub enum Ty {
    /// Not known.
    Any,
    /// Always null.
    Null,
    /// A boolean.
    Bool,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A text out of a closed set.
    Word(Arc<[String]>),
    /// A calendar day.
    Date,
    /// A day and time.
    DateTime,
    /// Bytes.
    Bytes,
    /// A list.
    List(Arc<Ty>),
    /// Something of an XML document: a text, an element, or elements.
    Xml,
    /// A record or free map of the canonical model.
    Model(&'static Shape),
    /// A record whose members the file declares: config, options, columns of a lookup.
    Fields(Arc<[(String, Ty)]>),
}

impl Ty {
    /// The type that a shape of the model has.
    #[must_use]
    pub fn of(shape: &'static Shape) -> Self {
        match shape {
            Shape::Text | Shape::DecimalText => Self::Text,
            Shape::Integer => Self::Integer,
            Shape::Number => Self::Number,
            Shape::Boolean => Self::Bool,
            Shape::Date => Self::Date,
            Shape::DateTime => Self::DateTime,
            Shape::Any => Self::Any,
            Shape::Enum(words) => Self::Word(words.clone().into()),
            Shape::List(item) => Self::List(Arc::new(Self::of(item))),
            Shape::Map | Shape::Record(_) => Self::Model(shape),
        }
    }

    /// The type of a value of a filter's kind.
    #[must_use]
    pub fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Any | Kind::Object => Self::Any,
            Kind::Bool => Self::Bool,
            Kind::Integer => Self::Integer,
            Kind::Number => Self::Number,
            Kind::Text => Self::Text,
            Kind::Date => Self::Date,
            Kind::DateTime => Self::DateTime,
            Kind::Bytes => Self::Bytes,
            Kind::List => Self::List(Arc::new(Self::Any)),
        }
    }

    /// Its words in messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Text | Self::Word(_) => "a text",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Bytes => "bytes",
            Self::List(_) => "a list",
            Self::Xml => "a text (XML has only texts)",
            Self::Model(_) | Self::Fields(_) => "an object",
        }
    }

    /// Whether a value of this type may be of that kind. Dates of the canonical model travel as text.
    #[must_use]
    pub fn may_be(&self, kind: Kind) -> bool {
        match self {
            Self::Any | Self::Null | Self::Xml => true,
            Self::Bool => matches!(kind, Kind::Any | Kind::Bool),
            Self::Integer => matches!(kind, Kind::Any | Kind::Integer | Kind::Number),
            Self::Number => matches!(kind, Kind::Any | Kind::Integer | Kind::Number),
            Self::Text | Self::Word(_) => matches!(kind, Kind::Any | Kind::Text),
            Self::Date => matches!(kind, Kind::Any | Kind::Date | Kind::Text),
            Self::DateTime => matches!(kind, Kind::Any | Kind::DateTime | Kind::Text),
            Self::Bytes => matches!(kind, Kind::Any | Kind::Bytes),
            Self::List(_) => matches!(kind, Kind::Any | Kind::List),
            Self::Model(_) | Self::Fields(_) => matches!(kind, Kind::Any | Kind::Object),
        }
    }

    /// Whether values of the two types can ever be equal.
    #[must_use]
    pub fn comparable(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::Xml, other) | (other, Self::Xml) => !matches!(other, Self::Bool | Self::Integer | Self::Number),
            (Self::Word(left), Self::Word(right)) => left.iter().any(|word| right.contains(word)),
            _ => self.family() == other.family(),
        }
    }

    fn family(&self) -> u8 {
        match self {
            Self::Any | Self::Null => 0,
            Self::Bool => 1,
            Self::Integer | Self::Number => 2,
            Self::Text | Self::Word(_) | Self::Date | Self::DateTime => 3,
            Self::Bytes => 4,
            Self::List(_) => 5,
            Self::Model(_) | Self::Fields(_) => 6,
            Self::Xml => 7,
        }
    }

    /// The type of either of two values.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, ty) | (ty, Self::Null) => ty,
            (left, right) if left == right => left,
            (Self::Integer | Self::Number, Self::Integer | Self::Number) => Self::Number,
            (left, right) if left.family() == 3 && right.family() == 3 => Self::Text,
            _ => Self::Any,
        }
    }
}
