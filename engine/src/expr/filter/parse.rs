//! `parse_json` and `parse_xml`: documents that stand as a text inside another document.

use super::{Example, FilterError, Kind, Spec, Yield};
use crate::document::xml_to_json;
use crate::value::Value;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// `x | parse_json`
pub(super) static PARSE_JSON: Spec = Spec {
    name: "parse_json",
    accepts: &[Kind::Text],
    yields: Yield::Any,
    page: "The value of a JSON text: for a document that a reply has as a text. A JSON document that is a whole reply is read \
           by paths.",
    examples: &[
        Example { expr: "'{\"no\": \"0042\"}' | parse_json | json", gives: r#""{\"no\":\"0042\"}""# },
        Example { expr: "'[1, 2]' | parse_json | length", gives: "2" },
    ],
    apply: |value, _| {
        value.as_str().and_then(parsed).ok_or_else(|| FilterError::new("`parse_json` was given a text that is no JSON"))
    },
    ..Spec::BASE
};

/// `x | parse_xml`
pub(super) static PARSE_XML: Spec = Spec {
    name: "parse_xml",
    accepts: &[Kind::Text],
    yields: Yield::Any,
    page: "The elements of an XML text: for a document that a reply has as a text (in CDATA, say). The root element is the one \
           member; names are local, an attribute is `['@name']`, repeated elements are a list. An XML document that is a \
           whole reply is read by paths.",
    examples: &[
        Example { expr: "'<r><no>0042</no></r>' | parse_xml | json", gives: r#""{\"r\":{\"no\":\"0042\"}}""# },
        Example {
            expr: "'<r><p id=\"1\"/><p id=\"2\"/></r>' | parse_xml | json",
            gives: r#""{\"r\":{\"p\":[{\"@id\":\"1\"},{\"@id\":\"2\"}]}}""#,
        },
    ],
    apply: |value, _| {
        let json = value.as_str().and_then(|text| parsed(&xml_to_json(text).ok()?));
        json.ok_or_else(|| FilterError::new("`parse_xml` was given a text that is no XML"))
    },
    ..Spec::BASE
};

/// The value of a JSON text; its numbers keep their digits.
fn parsed(text: &str) -> Option<Value<'static>> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    // What is nested too deeply for a tree is too deep here.
    serde_json::from_str::<IgnoredAny>(raw.get()).ok()?;
    Some(Value::decode(raw.get()).into_owned())
}
