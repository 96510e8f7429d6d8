//! Files and commands of a page, in a folder of its own.

use super::crossdock;
use std::path::Path;

/// Writes a file of the page.
pub(super) fn write(dir: &Path, path: &str, text: &str, append: bool) {
    let file = dir.join(path);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
    let before = if append { std::fs::read_to_string(&file).expect("a file to append to") } else { String::new() };
    std::fs::write(file, before + text).expect("written");
}

/// Runs the commands of a block: how many there were, and those that print something else.
pub(super) fn run(dir: &Path, text: &str, at: &str) -> (usize, Vec<String>) {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
            (None, Some((_, shown))) => shown.push(line.to_owned()),
            (None, None) => panic!("{at}: a session begins with a command"),
        }
    }
    let mut wrong = Vec::new();
    for (command, shown) in &commands {
        let found = output(dir, command, at);
        let (shown, found) = (trimmed(shown), trimmed(&found));
        if !same(&shown, &found) {
            wrong.push(format!("{at}: `{command}` prints\n{}\nnot\n{}", found.join("\n"), shown.join("\n")));
        }
    }
    (commands.len(), wrong)
}

/// What a command prints; another exit code than 0 is a last line of its own.
fn output(dir: &Path, command: &str, at: &str) -> Vec<String> {
    let words = words(command);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(("crossdock", args)) = words.split_first().map(|(first, rest)| (*first, rest)) else {
        panic!("{at}: `{command}` is no command of ours");
    };
    let (code, text) = crossdock(dir, args);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if code != 0 {
        lines.push(format!("exit code {code}"));
    }
    lines
}

/// Words by blanks; quotes keep blanks.
fn words(command: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in command.chars() {
        match (letter, quote) {
            (' ', None) => found.push(std::mem::take(&mut word)),
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (letter, _) => word.push(letter),
        }
    }
    found.push(word);
    found.retain(|word| !word.is_empty());
    found
}

fn trimmed(lines: &[String]) -> Vec<String> {
    let lines: Vec<String> = lines.iter().map(|line| line.trim_end().to_owned()).collect();
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
    lines[..end].to_vec()
}

/// Line by line; `...` stands for any number of lines.
fn same(shown: &[String], found: &[String]) -> bool {
    match shown.split_first() {
        None => found.is_empty(),
        Some((first, rest)) if first.trim() == "..." => (0..=found.len()).any(|skipped| same(rest, &found[skipped..])),
        Some((first, rest)) => found.split_first().is_some_and(|(own, others)| own == first && same(rest, others)),
    }
}
