//! A sign-in by a request of the carrier's own kind.

use super::SignIn;

/// A login: all that it is is its request, and how the token is read and sent.
#[derive(Debug)]
pub struct Login {
    /// The request and the token.
    pub sign_in: SignIn,
}
