//! The page as a script: blocks of commands, what they print, and steps of the test that readers do not see.

/// A step of the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A block of commands.
    Run(String),
    /// What the last line of the last block prints: `…` stands for anything, on a line of its own for any lines.
    Shows(String),
    /// Something that the world does meanwhile.
    Hidden(String),
}

/// The steps of a page, each with its line.
pub(crate) fn steps(page: &str) -> Vec<(usize, Step)> {
    let mut steps = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(words) = line.strip_prefix("<!-- test: ").and_then(|rest| rest.strip_suffix(" -->")) {
            steps.push((at + 1, Step::Hidden(words.to_owned())));
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        match language {
            "sh" => steps.push((at + 1, Step::Run(block))),
            "text" => steps.push((at + 1, Step::Shows(block))),
            other => panic!("line {}: a block in `{other}` is not tested", at + 1),
        }
    }
    steps
}

/// Whether a text is what a block shows.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<&str> = pattern.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let text: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines_fit(&pattern, &text)
}

fn lines_fit(pattern: &[&str], text: &[&str]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((&"…", rest)) => (0..=text.len()).any(|skipped| lines_fit(rest, &text[skipped..])),
        Some((line, rest)) => text.split_first().is_some_and(|(first, others)| line_fits(line, first) && lines_fit(rest, others)),
    }
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let parts: Vec<&str> = pattern.split('…').collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    if parts.len() == 1 {
        return pattern == line;
    }
    let Some(mut rest) = line.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    for part in &parts[1..parts.len() - 1] {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    assert!(fits("a … c\n…\nz", "a b c\nx\ny\nz\n"));
    assert!(fits("…\nz", "z"));
    assert!(!fits("a …", "b c"));
    assert!(!fits("a", "a\nb"));
}
