//! The registry of codes. A code's documentation stands beside the rule that raises it.

/// A stable finding code with its manual page.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The code, such as `E101`.
    pub id: &'static str,
    /// A short name, such as `unknown-key`.
    pub name: &'static str,
    /// The page: what, why, example, mend, in Markdown; a line each, as written in the doc comment.
    pub page: &'static [&'static str],
}

impl Code {
    /// The page as Markdown, under a heading of its own.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("# {} {}\n\n", self.id, self.name);
        for line in self.page {
            text.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
            text.push('\n');
        }
        text
    }

    /// What the code means, in a line: the paragraph under `## What`.
    #[must_use]
    pub fn summary(&self) -> String {
        let lines = self.page.iter().map(|line| line.trim());
        let paragraph = lines.skip_while(|line| *line != "## What").skip(1).take_while(|line| !line.is_empty());
        paragraph.collect::<Vec<_>>().join(" ")
    }
}

/// Declares codes together with their pages: the doc comment is what `crossdock explain` prints.
#[macro_export]
#[doc(hidden)]
macro_rules! codes {
    ($($(#[doc = $page:literal])+ $name:ident = $id:literal, $slug:literal;)+) => {
        $($(#[doc = $page])+
        #[allow(unreachable_pub, reason = "modules re-export what others raise")]
        pub static $name: $crate::diagnostic::Code = $crate::diagnostic::Code { id: $id, name: $slug, page: &[$($page),+] };)+
        /// The codes declared in this module.
        #[allow(unreachable_pub, reason = "the registry names the modules that are not public themselves")]
        pub static CODES: &[&$crate::diagnostic::Code] = &[$(&$name),+];
    };
}

/// Every module's codes: a module that declares some is named here.
fn lists() -> Vec<&'static [&'static Code]> {
    let one_by_one = [crate::source::code::CODES, crate::syntax::CODES, crate::expr::CODES, crate::compile::CODES];
    one_by_one.into_iter().chain(crate::check::CODES.iter().copied()).collect()
}

/// All codes, in the order of their ids.
#[must_use]
pub fn codes() -> Vec<&'static Code> {
    let mut all: Vec<&'static Code> = lists().concat();
    all.sort_by_key(|code| code.id);
    all
}

/// The code of an id, in any case, or of a name.
#[must_use]
pub fn find(id_or_name: &str) -> Option<&'static Code> {
    codes().into_iter().find(|code| code.id.eq_ignore_ascii_case(id_or_name) || code.name == id_or_name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{codes, find, lists};

    #[test]
    fn every_code_is_unique_and_in_order() {
        let mut seen = HashSet::new();
        for list in lists() {
            assert!(list.is_sorted_by_key(|code| code.id), "codes of one module stand in the order of their ids");
            for code in list {
                assert!(seen.insert(code.id) & seen.insert(code.name), "{} {} is taken", code.id, code.name);
            }
        }
    }

    #[test]
    fn every_code_has_its_page() {
        for code in codes() {
            let page = code.markdown();
            for heading in ["## What\n", "## Why\n", "## Example\n", "## Mend\n"] {
                assert!(page.contains(&format!("\n{heading}")), "{} lacks `{}`", code.id, heading.trim());
            }
            assert!(!code.summary().is_empty(), "{} says nothing under `## What`", code.id);
        }
    }

    #[test]
    fn a_code_is_found_by_id_and_by_name() {
        assert_eq!(find("e002").map(|code| code.name), Some("duplicate-key"));
        assert_eq!(find("duplicate-key").map(|code| code.id), Some("E002"));
        assert_eq!(find("E9999"), None);
    }
}
