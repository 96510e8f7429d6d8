//! The grammar of JSON over bytes: what lies where, and what to pass over. It decodes nothing.
//!
//! Own rather than serde_json's, because one pass must both keep a value's text and look inside it, and must see what
//! stands there before it decides how to read it (one or many); the tests hold the two against each other.

/// How deep a document may nest, as serde_json has it: what was read can be parsed.
const MAX_DEPTH: u32 = 127;

/// A fault of the grammar and the byte at which it shows.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: std::borrow::Cow<'static, str>,
}

pub(super) type Scanned<T> = Result<T, Fault>;

/// Reads forward through a text.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    pub(super) position: usize,
    depth: u32,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), position: 0, depth: 0 }
    }

    pub(super) fn fault<T>(&self, message: &'static str) -> Scanned<T> {
        Err(Fault { at: self.position, message: message.into() })
    }

    /// The next byte that is not white space, where the text has one.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.position) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.position += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Goes over a bracket that opens.
    pub(super) fn open(&mut self) -> Scanned<()> {
        if self.depth == MAX_DEPTH {
            return self.fault("nested too deeply");
        }
        self.depth += 1;
        self.position += 1;
        Ok(())
    }

    /// Goes over a bracket that closes.
    pub(super) fn close(&mut self) {
        self.depth -= 1;
        self.position += 1;
    }

    /// Before an item: whether there is one, or `end` closes the list or object. Goes over the comma and the closing bracket.
    #[inline]
    pub(super) fn item(&mut self, end: u8, first: bool) -> Scanned<bool> {
        match self.peek() {
            Some(byte) if byte == end => {
                self.close();
                Ok(false)
            }
            Some(b',') if !first => {
                self.position += 1;
                match self.peek() {
                    Some(byte) if byte == end => self.fault("a comma before the closing bracket"),
                    _ => Ok(true),
                }
            }
            Some(_) if first => Ok(true),
            Some(_) => self.fault("expected a comma or the closing bracket"),
            None => self.fault("the document ends inside a list or an object"),
        }
    }

    /// A member's name, between its quotes and still escaped, and whether it has escapes; then goes over the colon.
    #[inline]
    pub(super) fn key(&mut self) -> Scanned<(&'a [u8], bool)> {
        if self.peek() != Some(b'"') {
            return self.fault("expected a member's name in double quotes");
        }
        let start = self.position + 1;
        let escaped = self.string()?;
        let name = &self.bytes[start..self.position - 1];
        if self.peek() != Some(b':') {
            return self.fault("expected a colon");
        }
        self.position += 1;
        Ok((name, escaped))
    }

    /// Goes over a value of any kind.
    pub(super) fn skip(&mut self) -> Scanned<()> {
        match self.peek() {
            Some(b'{' | b'[') => self.skip_nested(),
            _ => self.scalar(),
        }
    }

    /// Goes over a list or object without recursion: bit n of `objects` says what bracket n is.
    fn skip_nested(&mut self) -> Scanned<()> {
        let floor = self.depth;
        let mut objects = 0u128;
        let mut first = true;
        loop {
            if first {
                let object = self.peek() == Some(b'{');
                self.open()?;
                objects = objects << 1 | u128::from(object);
            }
            let object = objects & 1 == 1;
            if !self.item(if object { b'}' } else { b']' }, first)? {
                objects >>= 1;
                first = false;
                if self.depth == floor {
                    return Ok(());
                }
                continue;
            }
            if object {
                self.key()?;
            }
            first = matches!(self.peek(), Some(b'{' | b'['));
            if !first {
                self.scalar()?;
            }
        }
    }

    /// Goes over a string, number, boolean or null.
    #[inline]
    pub(super) fn scalar(&mut self) -> Scanned<()> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(_) => self.fault("expected a value"),
            None => self.fault("expected a value, found the end of the document"),
        }
    }

    fn word(&mut self, word: &'static [u8]) -> Scanned<()> {
        if !self.bytes[self.position..].starts_with(word) {
            return self.fault("expected a value");
        }
        self.position += word.len();
        Ok(())
    }

    fn number(&mut self) -> Scanned<()> {
        if self.byte() == Some(b'-') {
            self.position += 1;
        }
        if self.byte() == Some(b'0') {
            self.position += 1;
            if matches!(self.byte(), Some(b'0'..=b'9')) {
                return self.fault("a number with leading zeros");
            }
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.position += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Scanned<()> {
        let start = self.position;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.position += 1;
        }
        if self.position == start { self.fault("expected a digit") } else { Ok(()) }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Goes over a string; says whether it has escapes.
    #[inline]
    fn string(&mut self) -> Scanned<bool> {
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
                self.position += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return self.fault("a unicode escape without four hexadecimal digits");
                    }
                    self.position += 1;
                }
            }
            _ => return self.fault("an escape that JSON does not have"),
        }
        Ok(())
    }
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
