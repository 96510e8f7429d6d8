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
    pub(super) bytes: &'a [u8],
    pub(super) position: usize,
    /// Where the last half of a surrogate pair without its other half was seen: grammatical, but no text.
    pub(super) half_pair: Option<usize>,
    depth: u32,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), position: 0, half_pair: None, depth: 0 }
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
    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }
}
