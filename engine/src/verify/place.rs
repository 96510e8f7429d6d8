//! Where a delivery has something: headers, a query parameter, or a calculated value.

use crate::auth::text_of;
use crate::body::Template;
use crate::expr::Env;

/// A place, and what stands before the thing itself.
#[derive(Debug)]
pub struct Place {
    /// The headers, any of which may have it.
    pub headers: Vec<String>,
    /// The query parameter.
    pub query: Option<String>,
    /// Calculated.
    pub value: Option<Template>,
    /// What stands before it.
    pub prefix: String,
}

impl Place {
    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        match (&self.query, self.headers.as_slice()) {
            (Some(name), _) => format!("the query parameter `{name}`"),
            (None, []) => "its place".to_owned(),
            (None, names) => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "),
        }
    }

    /// The same with the kind of place.
    pub(crate) fn thing(&self) -> String {
        match (&self.query, self.headers.first()) {
            (Some(name), _) => format!("query parameter `{name}`"),
            (None, Some(name)) => format!("header `{name}`"),
            (None, None) => "value at its place".to_owned(),
        }
    }

    /// The texts that stand there, prefixes and all.
    fn texts<'e>(&'e self, env: &mut Env<'e>) -> Vec<String> {
        let mut found: Vec<String> = self.headers.iter().filter_map(|name| env.head.header(name)).map(str::to_owned).collect();
        if let Some(query) = &self.query {
            found.extend(env.head.query.iter().filter(|(name, _)| name == query).map(|(_, value)| value.clone()));
        }
        if let Some(value) = &self.value {
            // What cannot be calculated is not there.
            found.extend(text_of(value, env));
        }
        found
    }

    /// Everything that stands there: a text may hold several, separated by commas or blanks.
    pub(crate) fn all<'e>(&'e self, env: &mut Env<'e>) -> Vec<String> {
        let texts = self.texts(env);
        // Where the prefix itself has a comma (`v1,`), only blanks separate.
        let apart = |letter: char| matches!(letter, ',' | ' ') && !self.prefix.contains(letter);
        let words = texts.iter().flat_map(|text| text.split(apart)).map(str::trim);
        words.filter_map(|word| word.strip_prefix(self.prefix.as_str())).map(str::to_owned).collect()
    }

    /// The first thing that stands there, whole where it has no prefix.
    pub(crate) fn first<'e>(&'e self, env: &mut Env<'e>) -> Option<String> {
        match self.prefix.is_empty() {
            true => self.texts(env).into_iter().next().map(|text| text.trim().to_owned()),
            false => self.all(env).into_iter().next(),
        }
    }
}
