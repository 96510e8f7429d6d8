//! Dates: how replies write them and how bodies want them.

use jiff::Zoned;

/// An instant with its offset, in UTC as `Z`: `2024-02-29T10:00:00+01:00`.
#[must_use]
pub fn rfc3339(instant: &Zoned) -> String {
    let offset = instant.offset();
    match offset.is_zero() {
        true => instant.timestamp().to_string(),
        false => instant.timestamp().display_with_offset(offset).to_string(),
    }
}
