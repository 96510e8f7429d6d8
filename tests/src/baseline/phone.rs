//! Telephone numbers of North America.

/// The number in E.164, as far as it is one: `+` and up to 15 digits.
pub(super) fn e164(written: &str) -> Option<String> {
    let written = written.trim();
    let written = written.strip_prefix("tel:").unwrap_or(written);
    let (marked, body) = written.strip_prefix('+').map_or((false, written), |body| (true, body));
    let mut number = String::with_capacity(16);
    number.push('+');
    for letter in body.chars() {
        match letter {
            '0'..='9' => number.push(letter),
            'x' | 'X' | 'e' | 'E' | '#' | ';' => break,
            '(' | ')' | '-' | '.' | '/' | ' ' => {}
            _ => return None,
        }
    }
    if !marked {
        if number.starts_with("+011") {
            number.replace_range(1..4, "");
        } else if number.len() <= 11 {
            number.insert(1, '1');
        }
    }
    ((8..=16).contains(&number.len()) && !number.starts_with("+0")).then_some(number)
}
