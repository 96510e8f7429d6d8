//! Strftime patterns, checked when they are read.

/// A strftime pattern: literals and the directives below.
///
/// `%Y %y %m %d %e %j %b %B %h %a %A` (day), `%H %k %I %l %M %S %f %.f %p %P` (clock), `%z %:z %Z` (offset), `%s` (Unix
/// seconds), `%F %T %R %D` (`%Y-%m-%d`, `%H:%M:%S`, `%H:%M`, `%m/%d/%y`), `%n %t %%`. A flag may stand after the percent
/// sign: `-` (no padding), `_` (spaces), `0` (zeros), `^` (upper case); `%3f` writes so many digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    pub(super) items: Vec<Item>,
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// White space: matches any, none too.
    Space,
    /// This character, in either case.
    Literal(char),
    /// What the letter stands for.
    Directive(char),
    /// `%.f`: a fraction with its point, or nothing.
    PointFraction,
}

const DIRECTIVES: &str = "YymdejbBhaAHkIlMSfpPzZs";

impl Pattern {
    /// Reads a pattern; an unknown directive is an error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        push_items(text, &mut items)?;
        Ok(Self { text: text.to_owned(), items })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has a time of day, or an instant.
    #[must_use]
    pub fn has_clock(&self) -> bool {
        self.has("HkIlMSfpPs") || self.items.contains(&Item::PointFraction)
    }

    /// Whether it says its offset, or is an instant anyway.
    #[must_use]
    pub fn has_offset(&self) -> bool {
        self.has("zZs")
    }

    fn has(&self, letters: &str) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Directive(letter) if letters.contains(*letter)))
    }

    /// Hours of 24 with `AM` or `PM`, and hours of 12 without, say nothing certain.
    pub(super) fn check_clock(&self) -> Result<(), String> {
        match (self.has("Hk"), self.has("Il"), self.has("pP")) {
            (true, _, true) => Err("`%H` counts to 24 and `%p` halves the day: use `%I` with `%p`, or `%H` alone".to_owned()),
            (_, true, false) => Err("`%I` counts to 12 and needs `%p`; `%H` counts to 24".to_owned()),
            (_, false, true) => Err("`%p` halves the day and needs `%I`".to_owned()),
            _ => Ok(()),
        }
    }

    /// A pattern to read by must name a whole day.
    pub(super) fn check_readable(&self) -> Result<(), String> {
        self.check_clock()?;
        if self.has("s") || (self.has("Y") && self.has("j")) {
            return Ok(());
        }
        for (letters, what) in [("Yy", "year: `%Y`"), ("mbBh", "month: `%m` or `%b`"), ("de", "day: `%d`")] {
            if !self.has(letters) {
                return Err(format!("the pattern has no {what}"));
            }
        }
        if self.has("MSf") && !self.has("HkIl") {
            return Err("the pattern has minutes or seconds without an hour: `%H`".to_owned());
        }
        Ok(())
    }
}

fn push_items(text: &str, items: &mut Vec<Item>) -> Result<(), String> {
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            '%' => push_directive(&mut rest, items)?,
            space if space.is_whitespace() => items.push(Item::Space),
            literal => items.push(Item::Literal(literal)),
        }
    }
    Ok(())
}

fn push_directive(rest: &mut std::str::Chars<'_>, items: &mut Vec<Item>) -> Result<(), String> {
    let written = rest.as_str();
    let unflagged = written.trim_start_matches(['-', '_', '0', '^']);
    let unsized_ = unflagged.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let pointed = unsized_.starts_with(".f") || written.starts_with('.') && after_point(written) == Some('f');
    let letters = match pointed {
        true => written.trim_start_matches(|letter| letter != 'f'),
        false => unsized_.strip_prefix(':').filter(|after| after.starts_with('z')).unwrap_or(unsized_),
    };
    let Some(letter) = letters.chars().next() else {
        return Err("the pattern ends in `%`; a percent sign itself is written `%%`".to_owned());
    };
    *rest = letters[letter.len_utf8()..].chars();
    match letter {
        'f' if pointed => items.push(Item::PointFraction),
        '%' => items.push(Item::Literal('%')),
        'n' | 't' => items.push(Item::Space),
        'F' => push_items("%Y-%m-%d", items)?,
        'T' => push_items("%H:%M:%S", items)?,
        'R' => push_items("%H:%M", items)?,
        'D' => push_items("%m/%d/%y", items)?,
        known if DIRECTIVES.contains(known) => items.push(Item::Directive(known)),
        unknown => return Err(format!("unknown directive `%{unknown}`")),
    }
    Ok(())
}

/// The letter after a point and a precision: the `f` of `.3f`.
fn after_point(written: &str) -> Option<char> {
    written[1..].trim_start_matches(|letter: char| letter.is_ascii_digit()).chars().next()
}
