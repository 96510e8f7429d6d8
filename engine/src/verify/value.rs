//! A shared value in a header or query parameter.

use super::same;
use crate::auth::text_of;
use crate::body::Template;
use crate::expr::Env;

/// Where the value stands, and what it may be.
#[derive(Debug)]
pub struct SharedValue {
    /// The header's or parameter's name.
    pub name: String,
    /// The values, any of which will do.
    pub values: Vec<Template>,
}

impl SharedValue {
    pub(crate) fn check<'e>(&'e self, given: Option<&str>, env: &mut Env<'e>, what: &str) -> Result<(), String> {
        let given = given.ok_or_else(|| format!("there is no {what} `{}`", self.name))?;
        let (mut found, mut missing) = (false, None);
        for value in &self.values {
            match text_of(value, env) {
                Ok(wanted) => found |= !wanted.is_empty() && same(given.as_bytes(), wanted.as_bytes()),
                Err(error) => missing = Some(error.message),
            }
        }
        if let (false, Some(words)) = (found, missing) {
            return Err(words);
        }
        if found { Ok(()) } else { Err(format!("the {what} `{}` has another value", self.name)) }
    }
}
