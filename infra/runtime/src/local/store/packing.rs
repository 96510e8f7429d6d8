//! Exchanges as they are kept: request, reply and trace in one piece, compressed when that pays.

use crate::port::{Exchange, ExchangeKind};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::cell::RefCell;

/// Shorter contents are kept as they are: compressing them costs more than it saves.
const WORTH_PACKING: usize = 4096;

/// An exchange without its request, reply and trace, and those in one piece.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) exchange: Exchange,
    pub(super) packed: bool,
    pub(super) content: Vec<u8>,
}

/// Takes the request, the reply and the trace out of an exchange.
pub(super) fn pack(mut exchange: Exchange) -> Packed {
    let (request, reply) = (std::mem::take(&mut exchange.request), std::mem::take(&mut exchange.reply));
    let mut content = Vec::with_capacity(8 + request.len() + reply.len() + exchange.trace.len());
    content.extend_from_slice(&length(&request));
    content.extend_from_slice(&length(&reply));
    content.extend_from_slice(request.as_bytes());
    content.extend_from_slice(reply.as_bytes());
    content.extend_from_slice(std::mem::take(&mut exchange.trace).as_bytes());
    match compress(&content) {
        Some(small) => Packed { exchange, packed: true, content: small },
        None => Packed { exchange, packed: false, content },
    }
}

/// The request, the reply and the trace of a content; none if it is damaged.
pub(super) fn unpack(packed: bool, content: Vec<u8>) -> Option<[String; 3]> {
    let content = if packed { decompress(&content)? } else { content };
    let length = |at: usize| usize::try_from(u32::from_le_bytes(content.get(at..at + 4)?.try_into().ok()?)).ok();
    let texts = std::str::from_utf8(content.get(8..)?).ok()?;
    let (request, rest) = texts.split_at_checked(length(0)?)?;
    let (reply, trace) = rest.split_at_checked(length(4)?)?;
    Some([request, reply, trace].map(str::to_owned))
}

/// Texts beyond 4 GiB do not occur: replies are bounded far below.
fn length(text: &str) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes()
}

thread_local! {
    /// Making a compressor costs more than most exchanges: each thread keeps one.
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// The same, smaller, behind its length; none when it is short or does not get smaller.
fn compress(content: &[u8]) -> Option<Vec<u8>> {
    if content.len() <= WORTH_PACKING {
        return None;
    }
    let mut small = Vec::with_capacity(content.len());
    small.extend_from_slice(&u32::try_from(content.len()).ok()?.to_le_bytes());
    let status = COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        compress.compress_vec(content, &mut small, FlushCompress::Finish)
    });
    matches!(status, Ok(Status::StreamEnd)).then_some(small)
}

fn decompress(small: &[u8]) -> Option<Vec<u8>> {
    let (length, stream) = small.split_at_checked(4)?;
    let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
    let mut content = Vec::with_capacity(length);
    match Decompress::new(false).decompress_vec(stream, &mut content, FlushDecompress::Finish) {
        Ok(Status::StreamEnd) => Some(content),
        _ => None,
    }
}

/// A kind as the number that is kept.
pub(super) fn kind_number(kind: ExchangeKind) -> i64 {
    match kind {
        ExchangeKind::Call => 0,
        ExchangeKind::Reconcile => 1,
        ExchangeKind::Track => 2,
        ExchangeKind::Delivery => 3,
        ExchangeKind::Shop => 4,
        ExchangeKind::Email => 5,
    }
}

/// The kind of a number.
pub(super) fn kind_of(number: i64) -> Option<ExchangeKind> {
    Some(match number {
        0 => ExchangeKind::Call,
        1 => ExchangeKind::Reconcile,
        2 => ExchangeKind::Track,
        3 => ExchangeKind::Delivery,
        4 => ExchangeKind::Shop,
        5 => ExchangeKind::Email,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(request: String, reply: String) -> Exchange {
        Exchange {
            id: "x1".into(),
            order_id: "SO-1".into(),
            at: 1,
            took: 2,
            kind: ExchangeKind::Call,
            party: "swiftpost".into(),
            request,
            reply,
            meaning: "accepted".into(),
            release: "d1".into(),
            trace: "t1".into(),
        }
    }

    #[test]
    fn what_is_packed_comes_back() {
        let noise: String = (0..4000u32).map(|n| char::from_u32(0x100 + n * 7919 % 20_000).unwrap_or('ä')).collect();
        for (request, reply) in [
            (String::new(), String::new()),
            ("POST /ü".into(), "{}".into()),
            ("a: b\n".repeat(900), noise.clone()),
            (noise, "x".into()),
        ] {
            let packed = pack(exchange(request.clone(), reply.clone()));
            assert_eq!(packed.exchange.request, "", "the texts are taken out");
            assert_eq!(unpack(packed.packed, packed.content), Some([request, reply, "t1".into()]));
        }
    }

    #[test]
    fn only_what_is_long_and_regular_is_compressed() {
        assert!(!pack(exchange("a".repeat(900), String::new())).packed);
        let long = pack(exchange("POST /v2/shipments\n".repeat(400), "{}".into()));
        assert!(long.packed && long.content.len() < 400, "{}", long.content.len());
    }

    #[test]
    fn damage_is_noticed() {
        let mut long = pack(exchange("POST /v2/shipments\n".repeat(200), "{}".into()));
        long.content.truncate(60);
        assert_eq!(unpack(true, long.content), None);
        assert_eq!(unpack(false, vec![9, 0, 0]), None);
        assert_eq!(unpack(false, vec![9, 0, 0, 0, 0, 0, 0, 0, b'x']), None);
    }

    #[test]
    fn kinds_have_numbers() {
        for number in 0..6 {
            assert_eq!(kind_of(number).map(kind_number), Some(number));
        }
        assert_eq!(kind_of(6), None);
    }
}
