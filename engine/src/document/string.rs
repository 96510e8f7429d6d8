//! Strings of JSON, passed over.

use super::scan::{Scanned, Scanner};

impl Scanner<'_> {
    /// Goes over a string; says whether it has escapes.
    #[inline]
    pub(super) fn string(&mut self) -> Scanned<bool> {
        self.position += 1;
        let mut escaped = false;
        loop {
            self.plain();
            match self.byte() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fault("a control character inside a string"),
                None => return self.fault("the document ends inside a string"),
            }
        }
    }

    /// Goes to the next quote, backslash or control character, eight bytes at a time.
    #[inline]
    fn plain(&mut self) {
        let rest = &self.bytes[self.position..];
        let (words, _) = rest.as_chunks::<8>();
        for word in words {
            let stops = stops(u64::from_le_bytes(*word));
            if stops != 0 {
                self.position += (stops.trailing_zeros() / 8) as usize;
                return;
            }
            self.position += 8;
        }
        while self.byte().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.position += 1;
        }
    }

    fn escape(&mut self) -> Scanned<()> {
        self.position += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.position += 1,
            Some(b'u') => {
                let start = self.position - 1;
                let unit = self.unit()?;
                let paired = (0xD800..0xDC00).contains(&unit)
                    && self.bytes[self.position..].starts_with(b"\\u")
                    && self.bytes.get(self.position + 2..self.position + 4).is_some_and(is_low_surrogate);
                if paired {
                    self.position += 1;
                    self.unit()?;
                } else if (0xD800..0xE000).contains(&unit) {
                    self.half_pair = Some(start);
                }
            }
            _ => return self.fault("an escape that JSON does not have"),
        }
        Ok(())
    }

    /// Goes over `u` and its four digits.
    fn unit(&mut self) -> Scanned<u32> {
        self.position += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.byte().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.fault("a unicode escape without four hexadecimal digits");
            };
            unit = unit << 4 | digit;
            self.position += 1;
        }
        Ok(unit)
    }
}

/// Whether the digits of a unit begin like those of the second half of a pair.
fn is_low_surrogate(digits: &[u8]) -> bool {
    matches!(digits, [b'd' | b'D', b'c'..=b'f' | b'C'..=b'F'])
}

/// The high bit of each byte that is a quote, a backslash or a control character. Bytes above the first such may be
/// marked wrongly (a borrow runs upwards), the first one never.
#[inline]
fn stops(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let equals = |byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (equals(b'"') | equals(b'\\') | control) & HIGH
}
