//! Why a filter failed.

use crate::value::{NumberError, ValueError};
use std::{borrow::Cow, fmt};

/// A sentence that names filter, types and arguments, never the value: it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError(Cow<'static, str>);

impl FilterError {
    /// An error with this message.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for FilterError {}

impl From<NumberError> for FilterError {
    fn from(error: NumberError) -> Self {
        Self(Cow::Owned(error.to_string()))
    }
}

impl From<ValueError> for FilterError {
    fn from(error: ValueError) -> Self {
        Self(error.0)
    }
}
