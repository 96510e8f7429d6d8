//! Walks over what is written.

use crate::source::{Entry, Node};

/// Visits every node with the keys that lead to it; items of lists add nothing.
pub(crate) fn visit<'n>(node: &'n Node, see: &mut impl FnMut(&'n Node, &[&'n str])) {
    descend(node, &mut Vec::new(), see);
}

fn descend<'n>(node: &'n Node, path: &mut Vec<&'n str>, see: &mut impl FnMut(&'n Node, &[&'n str])) {
    see(node, path);
    for item in node.as_list().unwrap_or(&[]) {
        descend(item, path, see);
    }
    for entry in node.as_map().unwrap_or(&[]) {
        path.push(&entry.key.text);
        descend(&entry.value, path, see);
        path.pop();
    }
}

/// What is another thing for each order.
const ORDERS: [&str; 4] = ["order.", "shipment.", "action.", "options."];

/// Whether something of the order is read.
pub(super) fn reads_order(node: &Node) -> bool {
    ORDERS.iter().any(|words| mentions(node, words))
}

/// Whether some scalar at or below a node holds the words.
pub(super) fn mentions(node: &Node, words: &str) -> bool {
    let mut found = false;
    visit(node, &mut |node, _| found |= node.as_scalar().is_some_and(|scalar| scalar.text.contains(words)));
    found
}

/// A name in a text as a whole word.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    word_at(text, word).is_some()
}

/// Where a name stands in a text as a whole word.
pub(super) fn word_at(text: &str, word: &str) -> Option<usize> {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        !text[..*at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// The entries of the mapping under a key of the file.
pub(super) fn section<'n>(node: &'n Node, key: &str) -> &'n [Entry] {
    node.get(key).and_then(Node::as_map).unwrap_or(&[])
}
