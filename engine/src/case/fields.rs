//! Queries, forms and multipart bodies against what is expected of them: named fields.

use super::Run;
use super::compare::Comparison;
use super::xml;
use crate::carrier::Request;
use crate::source::{Entry, Kind, Node};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};

impl Run<'_> {
    /// Compares named fields. A structure inside a field is expected as `{xml: text}` or `{json: value}`, and compared as
    /// such: `form: {XML: {xml: <a/>}}`.
    pub(super) fn fields(&self, name: &str, expected: &Node, mut found: Json, into: &mut Comparison) {
        into.inside(name, |into| {
            let rest = self.lifted(expected, &mut found, into);
            into.matcher(&rest, Some(&found), true);
        });
    }

    /// The expectation without the structures inside fields, which are compared here.
    fn lifted(&self, expected: &Node, found: &mut Json, into: &mut Comparison) -> Node {
        let Kind::Map(entries) = &expected.kind else { return expected.clone() };
        let mut kept: Vec<Entry> = Vec::new();
        for entry in entries.iter() {
            let key = entry.key.text.as_str();
            if matches!(key, "equals" | "includes") && entry.value.as_map().is_some() {
                kept.push(Entry { value: self.lifted(&entry.value, found, into), ..entry.clone() });
                continue;
            }
            let inside = entry.value.as_map().filter(|inner| inner.len() == 1).map(|inner| &inner[0]);
            match (inside.map(|inner| (inner.key.text.as_str(), &inner.value)), found.get(key).and_then(Json::as_str)) {
                (Some(("xml", node)), Some(text)) => into.inside(key, |into| xml::matcher(self.sources, node, text, into)),
                (Some(("json", node)), Some(text)) => match serde_json::from_str::<Json>(text) {
                    Ok(value) => into.inside(key, |into| into.matcher(node, Some(&value), false)),
                    Err(_) => into.inside(key, |into| into.unlike(node, text, "the field is no JSON")),
                },
                _ => {
                    kept.push(entry.clone());
                    continue;
                }
            }
            if let Some(members) = found.as_object_mut() {
                members.shift_remove(key);
            }
        }
        Node { kind: Kind::Map(kept.into()), span: expected.span }
    }
}

/// Parameters as an object; a repeated one is a list.
pub(super) fn pairs(text: &str, blank: char) -> Json {
    let mut found = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text: &str| {
            let text = text.replace(blank, " ");
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        add(&mut found, decode(name), Json::from(decode(value)));
    }
    found.into()
}

/// The parts of a multipart body: a field is its text, one that is more is `{file, media, text}`, or `base64` for `text`
/// where the bytes are none. None when the body is not of that kind.
pub(super) fn parts(request: &Request) -> Option<Json> {
    let media = &request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?.1;
    let boundary = media.split_once("boundary=")?.1.trim_matches('"');
    let opening = format!("--{boundary}\r\n");
    let between = format!("\r\n--{boundary}");
    let mut rest = request.body.strip_prefix(opening.as_bytes())?;
    let mut found = Map::new();
    loop {
        let end = find(rest, between.as_bytes())?;
        let (name, value) = part(&rest[..end])?;
        add(&mut found, name, value);
        rest = &rest[end + between.len()..];
        match rest.strip_prefix(b"\r\n") {
            Some(next) => rest = next,
            None => return rest.starts_with(b"--").then(|| found.into()),
        }
    }
}

fn part(bytes: &[u8]) -> Option<(String, Json)> {
    let at = find(bytes, b"\r\n\r\n")?;
    let (head, data) = (std::str::from_utf8(&bytes[..at]).ok()?, &bytes[at + 4..]);
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let disposition = header("content-disposition")?;
    let parameter = |name: &str| Some(disposition.split_once(&format!("; {name}=\""))?.1.split_once('"')?.0);
    let (file, media) = (parameter("filename"), header("content-type"));
    let name = parameter("name")?.to_owned();
    let text = std::str::from_utf8(data).ok();
    if let (None, None, Some(text)) = (file, media, text) {
        return Some((name, text.into()));
    }
    let mut value = json!({});
    let content = text.map_or_else(|| ("base64", STANDARD.encode(data)), |text| ("text", text.to_owned()));
    value[content.0] = content.1.into();
    for (key, given) in [("file", file), ("media", media)] {
        given.into_iter().for_each(|given| value[key] = given.into());
    }
    Some((name, value))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn add(found: &mut Map<String, Json>, name: String, value: Json) {
    match found.get_mut(&name) {
        Some(Json::Array(values)) => values.push(value),
        Some(single) => *single = Json::Array(vec![single.take(), value]),
        None => {
            found.insert(name, value);
        }
    }
}
