//! The body of `POST /orders`: one order, an array, or one per line.

use serde_json::value::RawValue;

/// The orders of a body, each as its own text.
///
/// # Errors
/// In words that never repeat what the body says.
pub(crate) fn split(body: &[u8]) -> Result<Vec<&[u8]>, String> {
    let text = std::str::from_utf8(body).map_err(|error| format!("the body is not UTF-8 from byte {}", error.valid_up_to()))?;
    let trimmed = text.trim();
    match trimmed.as_bytes().first() {
        None => Err("the body is empty: expected an order, an array of orders, or an order per line".into()),
        Some(b'[') => array(trimmed),
        Some(_) => values(trimmed),
    }
}

fn array(text: &str) -> Result<Vec<&[u8]>, String> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(place)?;
    Ok(items.into_iter().map(|item| item.get().as_bytes()).collect())
}

fn values(text: &str) -> Result<Vec<&[u8]>, String> {
    let stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    stream.map(|item| item.map(|item| item.get().as_bytes()).map_err(place)).collect()
}

fn place(error: serde_json::Error) -> String {
    format!("the body is not JSON: line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_an_array_or_lines() {
        assert_eq!(split(b" {\"a\": 1} ").expect("one"), [b"{\"a\": 1}"]);
        assert_eq!(split(b"[{\"a\":1},\n{\"b\":2}]").expect("an array").len(), 2);
        assert_eq!(split(b"{\"a\":1}\n{\"b\":2}\n").expect("lines"), [b"{\"a\":1}", b"{\"b\":2}"]);
    }

    #[test]
    fn what_is_no_json_is_placed_and_not_repeated() {
        let words = split(b"{\"a\":1}\n{\"name\": Jane}").expect_err("no JSON");
        assert_eq!(words, "the body is not JSON: line 2, column 10");
        assert!(split(b"").is_err() && split(b"\xff").is_err());
    }
}
