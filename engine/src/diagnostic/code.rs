//! The registry of codes. A code's documentation stands beside the rule that raises it.

/// A stable finding code with its manual page.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The code, such as `E101`.
    pub id: &'static str,
    /// A short name, such as `unknown-key`.
    pub name: &'static str,
    /// The page: what, why, example, in Markdown.
    pub page: &'static [&'static str],
}

/// Declares codes together with their pages: the doc comment is what `crossdock explain` prints.
#[macro_export]
#[doc(hidden)]
macro_rules! codes {
    ($($(#[doc = $page:literal])+ $name:ident = $id:literal, $slug:literal;)+) => {
        $($(#[doc = $page])+
        pub static $name: $crate::diagnostic::Code = $crate::diagnostic::Code { id: $id, name: $slug, page: &[$($page),+] };)+
        /// The codes declared in this module.
        pub static CODES: &[&$crate::diagnostic::Code] = &[$(&$name),+];
    };
}

/// All codes, in the order of their ids.
#[must_use]
pub fn codes() -> Vec<&'static Code> {
    let mut all: Vec<&'static Code> = Vec::new();
    all.sort_by_key(|code| code.id);
    all
}
