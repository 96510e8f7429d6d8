//! The table: a line per carrier, what differs below.

use super::Line;
use std::fmt::Write as _;

/// A line per carrier with how many exchanges are equal, then why others are not.
#[must_use]
pub fn table(lines: &[Line]) -> String {
    let mut text = format!(
        "{:<14} {:>10} {:>9} {:>6} {:>9} {:>12} {:>8} {:>8}  why\n",
        "carrier", "recordings", "exchanges", "equal", "differing", "read equal", "excused", "left out"
    );
    let mut carriers: Vec<&str> = lines.iter().map(|line| line.carrier.as_str()).collect();
    carriers.dedup();
    for carrier in &carriers {
        let own: Vec<&Line> = lines.iter().filter(|line| line.carrier == *carrier).collect();
        row(&mut text, carrier, &own);
    }
    if carriers.len() > 1 {
        row(&mut text, "all", &lines.iter().collect::<Vec<_>>());
    }
    for line in lines {
        details(&mut text, line);
    }
    text
}

fn row(text: &mut String, name: &str, lines: &[&Line]) {
    let compared = || lines.iter().filter(|line| line.left_out.is_none());
    let exchanges: usize = compared().map(|line| line.exchanges).sum();
    let differing: usize = compared().map(|line| line.differing).sum();
    let read = compared().filter(|line| !line.read_differs).count();
    let excused: usize = lines.iter().map(|line| line.excused.len()).sum();
    let left_out = lines.iter().filter(|line| line.left_out.is_some()).count();
    let why: usize = lines.iter().map(|line| line.why.len()).sum();
    let read = format!("{read}/{}", compared().count());
    let _ = writeln!(
        text,
        "{name:<14} {:>10} {exchanges:>9} {:>6} {differing:>9} {read:>12} {excused:>8} {left_out:>8}  {}",
        lines.len(),
        exchanges - differing,
        if why == 0 { String::new() } else { format!("{why} below") },
    );
}

fn details(text: &mut String, line: &Line) {
    if line.same() && line.excused.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}: {}", line.carrier, line.name);
    let left_out = line.left_out.iter().map(|why| format!("left out: {why}"));
    let excused = line.excused.iter().map(|why| format!("excused: {why}"));
    left_out.chain(line.why.iter().cloned()).chain(excused).for_each(|why| _ = writeln!(text, "    {why}"));
}
