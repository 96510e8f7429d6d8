//! HTTP Basic (RFC 7617) on our own address.

use super::same;
use crate::auth::text_of;
use crate::body::Template;
use crate::expr::Env;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The name and password that the sender must show.
#[derive(Debug)]
pub struct Basic {
    /// The user's name.
    pub username: Template,
    /// The password.
    pub password: Template,
}

impl Basic {
    pub(super) fn check<'e>(&'e self, env: &mut Env<'e>) -> Result<(), String> {
        let (username, password) = (
            text_of(&self.username, env).map_err(|error| error.message)?,
            text_of(&self.password, env).map_err(|error| error.message)?,
        );
        if password.is_empty() {
            return Err("the password is empty".into());
        }
        let given = env.head.header("authorization").ok_or("there is no `Authorization` header")?;
        let encoded =
            given.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).ok_or("the scheme is not Basic")?.1;
        let decoded = STANDARD.decode(encoded.trim()).map_err(|_| "the credential is no Base64")?;
        let wanted = format!("{username}:{password}");
        if same(&decoded, wanted.as_bytes()) { Ok(()) } else { Err("the credential is another one".into()) }
    }
}
