//! From YAML nodes to typed records, collecting every finding on the way.

use crate::diagnostic::Diagnostic;
use crate::source::{Entry, Kind, Literal, Node, Sources, Span};
use serde_json::{Map, Value, json};

crate::codes! {
    /// ## What
    /// A mapping has a key that the format does not know at this place.
    /// ## Why
    /// A mistyped key would otherwise be ignored, and what it asks for would silently not happen.
    /// ## Example
    /// ```yaml
    /// request: {metod: POST, path: /shipments}
    /// ```
    /// ## Mend
    /// Use one of the keys that the finding lists; the nearest one is suggested.
    UNKNOWN_KEY = "E101", "unknown-key";
    /// ## What
    /// A key that this mapping needs is not there.
    /// ## Why
    /// Nothing sensible can be assumed in its place.
    /// ## Example
    /// ```yaml
    /// idempotency: {header: Idempotency-Key}
    /// ```
    /// ## Mend
    /// Add the key that the finding names.
    MISSING_KEY = "E102", "missing-key";
    /// ## What
    /// A value has another shape than its key takes: a list where a mapping belongs, a mapping where a text belongs.
    /// ## Why
    /// The file would not mean what it seems to say. A common cause is an unquoted `[`, `{`, `: ` or ` #`.
    /// ## Example
    /// ```yaml
    /// secrets: {token}
    /// ```
    /// ## Mend
    /// Write the shape that the finding names; quote the text if it holds YAML's own signs.
    WRONG_SHAPE = "E103", "wrong-shape";
    /// ## What
    /// A value must be one of a few words, and is none of them.
    /// ## Why
    /// The words are closed so that every one of them has a known meaning.
    /// ## Example
    /// ```yaml
    /// outcome: acepted
    /// ```
    /// ## Mend
    /// Use one of the words that the finding lists.
    WRONG_WORD = "E104", "wrong-word";
}

/// Where findings are collected while a file is read.
pub struct Cx<'s> {
    /// All files of the run.
    pub sources: &'s Sources,
    /// The findings so far.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'s> Cx<'s> {
    /// A context without findings.
    #[must_use]
    pub fn new(sources: &'s Sources) -> Self {
        Self { sources, diagnostics: Vec::new() }
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds a finding about a value of the wrong shape.
    pub fn wrong_shape(&mut self, node: &Node, wanted: &str) {
        let mut finding = Diagnostic::error(&WRONG_SHAPE, node.span, format!("expected {wanted}, found {}", describe(node)));
        if matches!(&node.kind, Kind::Map(_) | Kind::List(_)) && wanted.contains("text") {
            finding = finding.help("quote the text if it holds `[`, `{`, `: ` or ` #`");
        }
        self.push(finding);
    }
}

/// The word for a node in messages.
pub(super) fn describe(node: &Node) -> &'static str {
    match &node.kind {
        Kind::List(_) => "a list",
        Kind::Map(_) => "a mapping",
        Kind::Scalar(scalar) => match scalar.literal() {
            Literal::Null => "nothing",
            Literal::Bool(_) => "a boolean",
            Literal::Int(_) => "an integer",
            Literal::Number(_) => "a number",
            Literal::Text(_) => "a text",
        },
    }
}

/// Something with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sp<T> {
    /// The thing.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A mapping from names to things, in the order written.
pub type Named<T> = Vec<(Sp<String>, T)>;

/// Reads itself from a node, and describes itself as a JSON Schema.
pub trait Decode: Sized {
    /// The value, or none after at least one finding.
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self>;
    /// The JSON Schema of what is accepted.
    fn schema() -> Value;
}

/// A member of a record: required, or with a value when it is missing.
pub trait Field: Sized {
    /// Whether the key must be there.
    const REQUIRED: bool;
    /// The value of a missing key; none when it is required.
    fn absent() -> Option<Self>;
    /// Reads the value.
    fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self>;
    /// The schema of the value.
    fn member_schema() -> Value;
}

impl<T: Decode> Field for T {
    const REQUIRED: bool = true;
    fn absent() -> Option<Self> {
        None
    }
    fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        T::decode(node, cx)
    }
    fn member_schema() -> Value {
        T::schema()
    }
}

impl<T: Decode> Field for Option<T> {
    const REQUIRED: bool = false;
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        Some(T::decode(node, cx))
    }
    fn member_schema() -> Value {
        T::schema()
    }
}

impl<T: Decode> Field for Vec<T> {
    const REQUIRED: bool = false;
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
    fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_shape(node, "a list");
            return Some(Vec::new());
        };
        Some(items.iter().filter_map(|item| T::decode(item, cx)).collect())
    }
    fn member_schema() -> Value {
        json!({"type": "array", "items": T::schema()})
    }
}

impl<T: Decode> Field for Vec<(Sp<String>, T)> {
    const REQUIRED: bool = false;
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
    fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        Some(decode_entries(node, cx))
    }
    fn member_schema() -> Value {
        json!({"type": "object", "additionalProperties": T::schema()})
    }
}

/// Reads a mapping of names; a wrong shape is a finding and yields none.
pub fn decode_entries<T: Decode>(node: &Node, cx: &mut Cx<'_>) -> Named<T> {
    let Some(entries) = node.as_map() else {
        cx.wrong_shape(node, "a mapping");
        return Vec::new();
    };
    entries.iter().filter_map(|entry| Some((key_of(entry), T::decode(&entry.value, cx)?))).collect()
}

fn key_of(entry: &Entry) -> Sp<String> {
    Sp { value: entry.key.text.clone(), span: entry.key_span }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        T::decode(node, cx).map(Box::new)
    }
    fn schema() -> Value {
        T::schema()
    }
}

/// A record with a closed set of words, or variants named by their key.
pub trait Choice {
    /// The words or keys, for messages.
    const NAMES: &'static [&'static str];
}

/// Looks at the keys of a record: unknown ones are findings.
#[doc(hidden)]
pub fn check_keys(node: &Node, known: &[&str], cx: &mut Cx<'_>) -> bool {
    let Some(entries) = node.as_map() else {
        cx.wrong_shape(node, "a mapping");
        return false;
    };
    for entry in entries {
        let key = entry.key.text.as_str();
        // A merged anchor may be wider than the record that takes it in only where it is written; there it is checked.
        if !known.contains(&key) {
            cx.push(
                Diagnostic::error(&UNKNOWN_KEY, entry.key_span, format!("unknown key `{key}`")).among(key, known.iter().copied()),
            );
        }
    }
    true
}

/// Reads one member of a record; a missing required one is a finding.
#[doc(hidden)]
pub(crate) fn member<T: Field>(node: &Node, key: &str, cx: &mut Cx<'_>) -> Option<T> {
    if let Some(value) = node.get(key) {
        return T::read(value, cx).or_else(T::absent);
    }
    let absent = T::absent();
    if absent.is_none() {
        cx.push(
            Diagnostic::error(&MISSING_KEY, start_of(node), format!("`{key}` is missing")).help(format!("add `{key}:` here")),
        );
    }
    absent
}

/// The first token of a node: whole blocks make poor carets.
fn start_of(node: &Node) -> Span {
    match node.as_map().and_then(<[Entry]>::first) {
        Some(first) if !first.merged => first.key_span,
        _ => Span { end: node.span.end.min(node.span.start + 1), ..node.span },
    }
}

type Member<'a> = (&'a str, &'a [&'a str], bool, Value);

/// The lines of a doc comment as one text.
#[doc(hidden)]
#[must_use]
pub(crate) fn doc_text(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A schema with the words of a doc comment.
#[doc(hidden)]
#[must_use]
pub(super) fn described(mut schema: Value, words: &[&str]) -> Value {
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".into(), doc_text(words).into());
    }
    schema
}

/// The JSON Schema of a record. Its own words stay in `$comment` where a member's words stand in `description`.
#[doc(hidden)]
#[must_use]
pub fn record_schema(name: &str, doc: &[&str], members: Vec<Member<'_>>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, words, needed, schema) in members {
        properties.insert(key.to_owned(), described(schema, words));
        if needed {
            required.push(Value::from(key));
        }
    }
    let text = doc_text(doc);
    let mut schema = json!({
        "title": name,
        "$comment": text,
        "type": "object",
        "description": text,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

macro_rules! key_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

macro_rules! record {
    ($(#[doc = $doc:literal])+ pub struct $name:ident { $($(#[doc = $words:literal])+ $field:ident $(as $key:literal)? : $ty:ty,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[doc = $words])+ pub $field: $ty,)+
            /// Where the record stands.
            pub span: crate::source::Span,
        }

        impl $name {
            /// The keys of the record.
            pub const KEYS: &'static [&'static str] = &[$(key_name!($field $($key)?)),+];
        }

        impl crate::syntax::Decode for $name {
            fn decode(node: &crate::source::Node, cx: &mut crate::syntax::Cx<'_>) -> Option<Self> {
                if !crate::syntax::decode::check_keys(node, Self::KEYS, cx) {
                    return None;
                }
                $(let $field: Option<$ty> = crate::syntax::decode::member(node, key_name!($field $($key)?), cx);)+
                Some(Self { $($field: $field?,)+ span: node.span })
            }
            fn schema() -> serde_json::Value {
                crate::syntax::record_schema(stringify!($name), &[$($doc),+], vec![
                    $((key_name!($field $($key)?), &[$($words),+][..], <$ty as crate::syntax::Field>::REQUIRED, <$ty as crate::syntax::Field>::member_schema()),)+
                ])
            }
        }
    };
}

macro_rules! words {
    ($(#[doc = $doc:literal])+ pub enum $name:ident { $($(#[doc = $words:literal])+ $variant:ident = $word:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[doc = $words])+ $variant,)+ }

        impl crate::syntax::Choice for $name {
            const NAMES: &'static [&'static str] = &[$($word),+];
        }

        impl $name {
            /// The variant that a word names.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
            /// The word as written in files.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl crate::syntax::Decode for crate::syntax::Sp<$name> {
            fn decode(node: &crate::source::Node, cx: &mut crate::syntax::Cx<'_>) -> Option<Self> {
                let Some(scalar) = node.as_scalar() else {
                    cx.wrong_shape(node, "a word");
                    return None;
                };
                if let Some(value) = $name::from_word(&scalar.text) {
                    return Some(Self { value, span: node.span });
                }
                cx.push(crate::diagnostic::Diagnostic::error(&crate::syntax::WRONG_WORD, node.span, format!("`{}` is not a word for this", scalar.text))
                    .among(&scalar.text, <$name as crate::syntax::Choice>::NAMES.iter().copied()));
                None
            }
            fn schema() -> serde_json::Value {
                serde_json::json!({
                    "type": "string",
                    "enum": [$($word),+],
                    "enumDescriptions": [$((crate::syntax::decode::doc_text(&[$($words),+]))),+]
                })
            }
        }
    };
}

macro_rules! choice {
    ($(#[doc = $doc:literal])+ pub enum $name:ident { $($(#[doc = $words:literal])+ $variant:ident($ty:ty) = $key:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub enum $name { $($(#[doc = $words])+ $variant($ty),)+ }

        impl crate::syntax::Choice for $name {
            const NAMES: &'static [&'static str] = &[$($key),+];
        }

        impl crate::syntax::Decode for $name {
            fn decode(node: &crate::source::Node, cx: &mut crate::syntax::Cx<'_>) -> Option<Self> {
                if !crate::syntax::decode::check_keys(node, <Self as crate::syntax::Choice>::NAMES, cx) {
                    return None;
                }
                let entries = node.as_map()?;
                if entries.len() != 1 {
                    cx.wrong_shape(node, &format!("exactly one of {}", <Self as crate::syntax::Choice>::NAMES.join(", ")));
                    return None;
                }
                match entries[0].key.text.as_str() {
                    $($key => Some(Self::$variant(<$ty as crate::syntax::Decode>::decode(&entries[0].value, cx)?)),)+
                    _ => None,
                }
            }
            fn schema() -> serde_json::Value {
                serde_json::json!({
                    "title": (stringify!($name)),
                    "$comment": (crate::syntax::decode::doc_text(&[$($doc),+])),
                    "type": "object", "description": (crate::syntax::decode::doc_text(&[$($doc),+])),
                    "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
                    "properties": {$($key: (crate::syntax::decode::described(<$ty as crate::syntax::Decode>::schema(), &[$($words),+]))),+}
                })
            }
        }
    };
}

/// A mapping of names as a value of its own.
#[derive(Debug, Clone)]
pub struct Entries<T>(pub Named<T>);

impl<T: Decode> Decode for Entries<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        node.as_map().is_some().then(|| Self(decode_entries(node, cx))).or_else(|| {
            cx.wrong_shape(node, "a mapping");
            None
        })
    }
    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": T::schema()})
    }
}

/// One thing or a list of them.
#[derive(Debug, Clone)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Decode> Decode for OneOrMany<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.as_list() {
            Some(items) => Some(Self(items.iter().filter_map(|item| T::decode(item, cx)).collect())),
            None => Some(Self(vec![T::decode(node, cx)?])),
        }
    }
    fn schema() -> Value {
        json!({"anyOf": [T::schema(), {"type": "array", "items": T::schema()}]})
    }
}
