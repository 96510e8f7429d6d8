//! What is where in the model: the static types that expressions are checked against, read off the JSON Schemas.

use crate::schema;
use serde_json::Value;
use std::sync::LazyLock;

/// The static type of a part of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A text that is a decimal number.
    DecimalText,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A calendar day.
    Date,
    /// An instant, or a moment of an event (which may be local, or a day).
    DateTime,
    /// Anything.
    Any,
    /// One of these texts.
    Enum(Vec<String>),
    /// An object with members of any name and type.
    Map,
    /// A list.
    List(Box<Shape>),
    /// An object with these members and no others, in the model's order.
    Record(Vec<Field>),
}

/// A member of a [`Shape::Record`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, when it is there.
    pub shape: Shape,
    /// It is always there.
    pub required: bool,
}

impl Shape {
    /// The member of that name, when this is a record that has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The members, when this is a record.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match self {
            Self::Record(fields) => fields,
            _ => &[],
        }
    }

    /// What the items are, when this is a list.
    #[must_use]
    pub fn item(&self) -> Option<&Self> {
        match self {
            Self::List(item) => Some(item),
            _ => None,
        }
    }

    /// What it is in words, for messages.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Text | Self::Enum(_) => "a text",
            Self::DecimalText => "a decimal text",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Any => "anything",
            Self::Map | Self::Record(_) => "an object",
            Self::List(_) => "a list",
        }
    }
}

struct Model {
    order: Shape,
    action: Shape,
    event: Shape,
    update: Shape,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| Model {
    order: with_key(read(&schema::order())),
    action: read(&schema::action()),
    event: read(&schema::event()),
    update: read(&schema::update()),
});

/// The type of `order`, `shipment`, `parcel`, `item`, `party`, `action`, `event` or `update`; none for other names. `order`
/// has the computed member `key`.
#[must_use]
pub fn shape(name: &str) -> Option<&'static Shape> {
    let order = &MODEL.order;
    match name {
        "order" => Some(order),
        "shipment" => at(order, &["shipment"]),
        "parcel" => at(order, &["shipment", "parcels"])?.item(),
        "item" => at(order, &["shipment", "items"])?.item(),
        "party" => at(order, &["shipment", "recipient"]),
        "action" => Some(&MODEL.action),
        "event" => Some(&MODEL.event),
        "update" => Some(&MODEL.update),
        _ => None,
    }
}

fn at<'a>(shape: &'a Shape, path: &[&str]) -> Option<&'a Shape> {
    path.iter().try_fold(shape, |shape, name| Some(&shape.field(name)?.shape))
}

fn with_key(order: Shape) -> Shape {
    let Shape::Record(mut fields) = order else { return order };
    // Both have a default that is filled in before anything is evaluated.
    for field in &mut fields {
        field.required |= field.name == "account" || field.name == "operation";
    }
    fields.push(Field { name: "key".to_owned(), shape: Shape::Text, required: true });
    Shape::Record(fields)
}

/// Reads the type off a whole schema with its `$defs`.
fn read(schema: &Value) -> Shape {
    lower(schema, schema)
}

fn lower(node: &Value, root: &Value) -> Shape {
    if let Some(target) = node["$ref"].as_str() {
        return lower(root.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null), root);
    }
    if let Some(choices) = node["anyOf"].as_array() {
        let known = choices.iter().find(|choice| choice["type"] != "null");
        return known.map_or(Shape::Any, |choice| lower(choice, root));
    }
    if let Some(names) = node["enum"].as_array() {
        return Shape::Enum(names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    match type_of(node) {
        Some("string") => text(node),
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        Some("array") => Shape::List(Box::new(lower(&node["items"], root))),
        Some("object") => object(node, root),
        _ => Shape::Any,
    }
}

/// The type besides null.
fn type_of(node: &Value) -> Option<&str> {
    let one = node["type"].as_str();
    one.or_else(|| node["type"].as_array()?.iter().filter_map(Value::as_str).find(|name| *name != "null"))
}

fn text(node: &Value) -> Shape {
    match node["format"].as_str() {
        Some("decimal") => Shape::DecimalText,
        Some("date") => Shape::Date,
        Some("date-time" | "moment") => Shape::DateTime,
        _ => Shape::Text,
    }
}

fn object(node: &Value, root: &Value) -> Shape {
    let Some(properties) = node["properties"].as_object() else { return Shape::Map };
    let required = |name: &str| node["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
    let field =
        |(name, node): (&String, &Value)| Field { name: name.clone(), shape: lower(node, root), required: required(name) };
    Shape::Record(properties.iter().map(field).collect())
}
