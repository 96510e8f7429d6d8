//! Fenced blocks of a page, by what stands after the fence.
//!
//! `yaml PATH`, `json PATH`, `xml PATH`: a file; with `append`, what is added to one. `yaml top|operation|json|xml|form|rules|
//! extract|event`: a fragment of a carrier file. `sh`: commands, each after `$ `, with what they print; `...` stands for any lines. `yaml
//! wrong`, and blocks of nothing or `text`, are not run.

/// Something to run.
pub(super) enum Block {
    /// A file.
    File { path: String, text: String, append: bool },
    /// A part of a carrier file.
    Fragment { kind: String, text: String, at: String },
    /// Commands and their output.
    Session { text: String, at: String },
}

/// The blocks of a page that are run.
pub(super) fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, String, usize)> = None;
    for (line, content) in text.lines().enumerate() {
        match (content.strip_prefix("```"), open.take()) {
            (Some(_), Some((info, text, line))) => found.extend(block(page, &info, text, line)),
            (Some(info), None) => open = Some((info.trim().to_owned(), String::new(), line + 1)),
            (None, Some((info, text, line))) => open = Some((info, text + content + "\n", line)),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a fence is not closed");
    found
}

fn block(page: &str, info: &str, text: String, line: usize) -> Option<Block> {
    let at = format!("{page}:{line}");
    let words: Vec<&str> = info.split(' ').collect();
    match words.as_slice() {
        [] | [""] | ["text"] | ["yaml", "wrong"] => None,
        ["sh"] => Some(Block::Session { text, at }),
        [_, path] if path.contains('/') => Some(Block::File { path: (*path).to_owned(), text, append: false }),
        [_, "append", path] => Some(Block::File { path: (*path).to_owned(), text, append: true }),
        ["yaml", kind] => Some(Block::Fragment { kind: (*kind).to_owned(), text, at }),
        _ => panic!("{at}: nobody knows what `{info}` is"),
    }
}
