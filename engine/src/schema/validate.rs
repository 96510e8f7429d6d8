//! Orders against their schema: all findings at once, in words that never repeat what the order says.

use crate::diagnostic::nearest;
use crate::model::{Order, Shape, shape};
use jsonschema::{ValidationError, Validator, error::TypeKind, error::ValidationErrorKind};
use serde_json::Value;

/// A part of an order that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaError {
    /// Where, as a JSON pointer; of a missing field, where it should be.
    pub path: String,
    /// What is expected there; never what was found.
    pub message: String,
}

impl std::fmt::Display for SchemaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "`{path}`: {}", self.message)
    }
}

/// The order's schema, compiled once.
#[derive(Debug)]
pub struct OrderValidator {
    schema: Validator,
    shape: &'static Shape,
}

impl Default for OrderValidator {
    fn default() -> Self {
        Self::new()
    }
}

impl OrderValidator {
    /// Compiles the schema.
    #[must_use]
    pub fn new() -> Self {
        let schema = jsonschema::options().should_validate_formats(true).build(&super::order());
        Self { schema: schema.expect("the order's own schema compiles"), shape: shape("order").expect("orders have a shape") }
    }

    /// Whether the order is as it must be; faster than collecting what is not.
    #[must_use]
    pub fn is_valid(&self, order: &Value) -> bool {
        self.schema.is_valid(order)
    }

    /// Everything that is not as it must be, in the order of the places.
    #[must_use]
    pub fn validate(&self, order: &Value) -> Vec<SchemaError> {
        let mut errors = Vec::new();
        for error in self.schema.iter_errors(order) {
            self.explain(&error, &mut errors);
        }
        errors.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
        errors.dedup();
        errors
    }

    /// The order, or everything that is not as it must be.
    pub fn read(&self, order: &Value) -> Result<Order, Vec<SchemaError>> {
        let errors = self.validate(order);
        if !errors.is_empty() {
            return Err(errors);
        }
        // Serde's own words may repeat a value, hence they are dropped.
        serde_json::from_value(order.clone())
            .map_err(|_| vec![SchemaError { path: String::new(), message: "expected an order".to_owned() }])
    }

    fn explain(&self, error: &ValidationError<'_>, into: &mut Vec<SchemaError>) {
        let path = error.instance_path().as_str();
        let mut tell = |path: String, message: String| into.push(SchemaError { path, message });
        match error.kind() {
            ValidationErrorKind::AnyOf { context } => {
                for error in meant(context) {
                    self.explain(error, into);
                }
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                tell(format!("{path}/{}", escape(name)), "required, but missing".to_owned());
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    tell(format!("{path}/{}", escape(name)), unknown(name, at(self.shape, path)));
                }
            }
            kind => tell(path.to_owned(), expectation(kind)),
        }
    }
}

/// The errors of the choice that was meant: the one besides null.
fn meant<'a>(context: &'a [Vec<ValidationError<'static>>]) -> &'a [ValidationError<'static>] {
    let is_null = |errors: &[ValidationError<'_>]| matches!(errors, [error] if matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(kind) } if kind.as_str() == "null"));
    context.iter().find(|errors| !is_null(errors)).map_or(&[], Vec::as_slice)
}

/// What a keyword expects, in words.
fn expectation(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => format!("expected {}", types(kind)),
        ValidationErrorKind::Enum { options } => format!("expected one of {}", quoted(options)),
        ValidationErrorKind::Pattern { pattern } => format!("expected {}", pattern_words(pattern)),
        ValidationErrorKind::Format { format } => format!("expected {}", format_words(format)),
        ValidationErrorKind::MinLength { .. } => "expected a text that is not empty".to_owned(),
        ValidationErrorKind::MinItems { limit } => format!("expected at least {limit} of them"),
        ValidationErrorKind::MaxItems { limit } => format!("expected at most {limit} of them"),
        ValidationErrorKind::Minimum { limit } => format!("expected at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("expected at most {limit}"),
        other => format!("does not satisfy `{}`", other.keyword()),
    }
}

fn types(kind: &TypeKind) -> String {
    let word = |name: &str| match name {
        "string" => "a text",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    };
    match kind {
        TypeKind::Single(one) => word(one.as_str()).to_owned(),
        TypeKind::Multiple(several) => several
            .iter()
            .map(|one| one.as_str().to_owned())
            .filter(|name| name != "null")
            .map(|name| word(&name))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn quoted(options: &Value) -> String {
    let names = options.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn pattern_words(pattern: &str) -> String {
    match pattern {
        "^[A-Z]{2}$" => "a country of two upper-case letters (ISO 3166-1 alpha-2), like `FR`".to_owned(),
        "^[A-Z]{3}$" => "a currency of three upper-case letters (ISO 4217), like `EUR`".to_owned(),
        other if other.starts_with("^-?[0-9]") => "a decimal text with a point, like `\"12.50\"`".to_owned(),
        other => format!("a text like `{other}`"),
    }
}

fn format_words(format: &str) -> &str {
    match format {
        "date" => "a date like `2026-03-31`",
        "date-time" => "a date and time with an offset, like `2026-03-31T14:00:00+02:00`",
        other => other,
    }
}

fn unknown(name: &str, place: Option<&Shape>) -> String {
    let fields = place.map_or(&[][..], Shape::fields);
    let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).filter(|name| *name != "key").collect();
    let meant = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let available: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("unknown field{meant} (available: {})", available.join(", "))
}

fn at<'a>(shape: &'a Shape, pointer: &str) -> Option<&'a Shape> {
    pointer.split('/').skip(1).try_fold(shape, |shape, name| match shape {
        Shape::List(item) => Some(&**item),
        record => Some(&record.field(name)?.shape),
    })
}

/// A name as a segment of a JSON pointer (RFC 6901).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
