//! Exchanges as members of a gzip file: each can be read alone by its place, and `zcat` reads them all, a line each.
//!
//! A member that is removed is replaced by empty ones of the same length, so that the places of the others still hold.

use crossdock_runtime::port::Exchange;
use flate2::read::{GzDecoder, GzEncoder};
use flate2::{Compression, Crc};
use std::io::Read;

/// Where a member is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) object: String,
    pub(super) from: u64,
    pub(super) length: u64,
}

/// The shortest empty member with an extra field.
const SHORTEST: usize = EMPTY.len() + HEADER.len() + 2 + 8;
/// The longest extra field.
const LONGEST: usize = u16::MAX as usize;
/// Magic, deflate, an extra field, no time, no hint, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff];
/// A deflate stream of nothing.
const EMPTY: [u8; 2] = [3, 0];

impl Place {
    /// As a text that an attribute holds.
    pub(super) fn text(&self) -> String {
        format!("{}#{}+{}", self.object, self.from, self.length)
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let (object, range) = text.rsplit_once('#')?;
        let (from, length) = range.split_once('+')?;
        Some(Self { object: object.to_owned(), from: from.parse().ok()?, length: length.parse().ok()? })
    }

    /// As HTTP asks for it.
    pub(super) fn range(&self) -> String {
        format!("bytes={}-{}", self.from, self.from + self.length.saturating_sub(1))
    }
}

/// An exchange as a member.
pub(super) fn member(exchange: &Exchange) -> Vec<u8> {
    let mut line = serde_json::to_vec(exchange).unwrap_or_default();
    line.push(b'\n');
    let mut member = Vec::with_capacity(line.len() / 2);
    // Reading from memory does not fail.
    let _ = GzEncoder::new(line.as_slice(), Compression::fast()).read_to_end(&mut member);
    member
}

/// The exchange of a member; none where it was removed, or is damaged.
pub(super) fn exchange(member: &[u8]) -> Option<Exchange> {
    let mut line = Vec::new();
    GzDecoder::new(member).read_to_end(&mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Empties a place. False if there is nothing of that length.
pub(super) fn empty(file: &mut [u8], place: &Place) -> bool {
    let (Ok(from), Ok(length)) = (usize::try_from(place.from), usize::try_from(place.length)) else { return false };
    let Some(space) = from.checked_add(length).and_then(|end| file.get_mut(from..end)) else { return false };
    if space.len() < SHORTEST {
        return false;
    }
    space.copy_from_slice(&nothing(length));
    true
}

/// Empty members of this length altogether, which is at least [`SHORTEST`].
fn nothing(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    let mut left = length;
    while left > 0 {
        let mut extra = (left - SHORTEST).min(LONGEST);
        let rest = left - SHORTEST - extra;
        if rest > 0 && rest < SHORTEST {
            extra -= SHORTEST;
        }
        bytes.extend_from_slice(&HEADER);
        bytes.extend_from_slice(&u16::try_from(extra).unwrap_or_default().to_le_bytes());
        bytes.resize(bytes.len() + extra, 0);
        bytes.extend_from_slice(&EMPTY);
        bytes.extend_from_slice(&Crc::new().sum().to_le_bytes());
        bytes.extend_from_slice(&0_u32.to_le_bytes());
        left -= SHORTEST + extra;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_runtime::port::ExchangeKind;
    use flate2::read::MultiGzDecoder;

    fn exchange_of(id: &str, request: String) -> Exchange {
        Exchange {
            id: id.into(),
            order_id: "SO-1".into(),
            at: 1,
            took: 2,
            kind: ExchangeKind::Call,
            party: "swiftpost".into(),
            request,
            reply: String::new(),
            meaning: "accepted".into(),
            release: "d1".into(),
            trace: String::new(),
        }
    }

    fn noise(length: usize) -> String {
        let mut state = 7_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap_or(0))
        };
        (0..length).map(next).collect()
    }

    fn lines(file: &[u8]) -> usize {
        let mut text = String::new();
        MultiGzDecoder::new(file).read_to_string(&mut text).expect("a gzip file");
        text.lines().count()
    }

    #[test]
    fn a_removed_member_leaves_the_places_of_the_others() {
        let mut file = Vec::new();
        let mut places = Vec::new();
        for (at, length) in [10, 100_000, 300, 66_000].into_iter().enumerate() {
            let member = member(&exchange_of(&format!("x{at}"), noise(length)));
            places.push(Place { object: "o".into(), from: file.len() as u64, length: member.len() as u64 });
            file.extend(member);
        }
        assert_eq!(lines(&file), 4);
        for (removed, left) in [(1, 3), (3, 2), (0, 1)] {
            assert!(empty(&mut file, &places[removed]));
            assert_eq!(lines(&file), left, "still a gzip file");
        }
        let at = |place: &Place| &file[place.from as usize..(place.from + place.length) as usize];
        assert_eq!(exchange(at(&places[2])).expect("the one that stayed").id, "x2");
        assert_eq!(exchange(at(&places[1])), None);
        assert!(!empty(&mut file, &Place { object: "o".into(), from: 1 << 40, length: 100 }));
    }

    #[test]
    fn every_length_can_be_emptied() {
        for length in (SHORTEST..200).chain(65_500..65_700).chain([131_000, 1_000_003]) {
            let mut file = vec![1; length];
            assert!(empty(&mut file, &Place { object: String::new(), from: 0, length: length as u64 }));
            assert_eq!(lines(&file), 0, "{length}");
        }
    }

    #[test]
    fn a_place_is_a_text() {
        let place = Place { object: "journal/2026/a#b.gz".into(), from: 3, length: 20 };
        assert_eq!(Place::read(&place.text()), Some(place.clone()));
        assert_eq!(place.range(), "bytes=3-22");
    }
}
