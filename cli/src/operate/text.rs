//! Tables and times for people.

use crossdock_runtime::port::Queue;

/// Rows as columns, two spaces apart; numbers stand to the right.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    // The first row is the heading.
    let number = |at: usize| {
        let mut cells = rows.iter().skip(1).filter_map(|row| row.get(at)).peekable();
        cells.peek().is_some() && cells.all(|cell| !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit()))
    };
    let numbers: Vec<bool> = (0..count).map(number).collect();
    let mut text = String::new();
    for row in rows {
        let cell = |(at, cell): (usize, &String)| match numbers[at] {
            true => format!("{cell:>width$}", width = widths[at]),
            false => format!("{cell:<width$}", width = widths[at]),
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A row of a table.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// A moment, to the second.
pub(crate) fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// A span, roughly.
pub(crate) fn span(millis: i64) -> String {
    let seconds = millis / 1000;
    match seconds {
        ..=0 => "0 s".to_owned(),
        1..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A moment in the past, or a span before now: `2026-05-04T10:00:00Z`, `30m`, `2h`. Milliseconds since 1970.
pub(crate) fn since(text: &str) -> Result<i64, String> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let span = text.parse::<jiff::SignedDuration>().map_err(|_| "expected a time (`2026-05-04T10:00:00Z`) or a span (`2h`)")?;
    let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    Ok(super::now().saturating_sub(millis))
}

/// A queue by its name.
pub(crate) fn queue(text: &str) -> Result<Queue, String> {
    let found = Queue::ALL.into_iter().find(|queue| queue.name() == text);
    found.ok_or_else(|| format!("expected one of {}", Queue::ALL.map(Queue::name).join(", ")))
}

/// A name, or a dash where there is none.
pub(crate) fn or_dash(name: &str) -> &str {
    if name.is_empty() { "-" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let rows = [row(["queue", "ready"]), row(["orders", "7"]), row(["updates", "1200"])];
        assert_eq!(columns(&rows), "queue    ready\norders       7\nupdates   1200\n");
        assert_eq!(columns(&[]), "");
    }

    #[test]
    fn times_are_moments_or_spans_before_now() {
        assert_eq!(since("2026-05-04T10:00:00Z"), Ok(1_777_888_800_000));
        assert!(since("2h").is_ok_and(|at| (super::super::now() - at - 7_200_000).abs() < 5_000));
        assert!(since("yesterday").is_err());
        assert_eq!(time(1_777_888_800_123), "2026-05-04T10:00:00Z");
        assert_eq!([500, 61_000, 600_000, 7_300_000, 400_000_000].map(span), ["0 s", "61 s", "10 min", "2 h", "4 d"]);
    }
}
