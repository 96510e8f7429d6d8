//! Values within a longer text.

use super::{Value, ValueError};
use std::borrow::Cow;

impl Value<'_> {
    /// The value's part of a mixed text such as `Box ${{ n }}`: texts as they are, numbers in plain form. Anything else
    /// is an error: nobody means `true` or `null` there.
    pub fn to_text(&self) -> Result<Cow<'_, str>, ValueError> {
        match self {
            Self::Text(text) => Ok(Cow::Borrowed(text)),
            Self::Number(number) => number.plain().map_err(|error| ValueError(Cow::Owned(error.to_string()))),
            _ => Err(ValueError(Cow::Owned(format!("{} cannot be part of a text", self.type_name())))),
        }
    }
}
