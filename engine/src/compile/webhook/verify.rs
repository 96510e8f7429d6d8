//! The verification of senders, lowered.

use super::super::auth::Known;
use super::super::exchange::{Purpose, exchange, secret_template};
use super::{Made, WEBHOOK};
use crate::carrier::plan::Exchange;
use crate::compile::File;
use crate::diagnostic::Diagnostic;
use crate::document::{Mode, PlanBuilder};
use crate::expr::{Binding, Expr, Lowered, Lowerer, Ty};
use crate::source::Span;
use crate::syntax::{self, Algorithm, Encoding, KeyEncoding, OneOrMany, Sp, Template};
use crate::verify::{Basic, Hash, Hmac, KeySet, Networks, Piece, Place, Rsa, SharedValue, Signed, Verify};

impl Made<'_, '_> {
    pub(super) fn verify(&mut self, lower: &mut Lowerer<'_>, verify: &syntax::Verify) -> Verify {
        match verify {
            syntax::Verify::Hmac(hmac) => Verify::Hmac(Box::new(self.hmac(lower, hmac))),
            syntax::Verify::Rsa(rsa) => Verify::Rsa(Box::new(self.rsa(lower, rsa))),
            syntax::Verify::Basic(basic) => Verify::Basic(Basic {
                username: secret_template(self.file, lower, &basic.username.0),
                password: secret_template(self.file, lower, &basic.password.0),
            }),
            syntax::Verify::Header(value) => Verify::Header(shared(self.file, lower, value)),
            syntax::Verify::Query(value) => Verify::Query(shared(self.file, lower, value)),
            syntax::Verify::Body(member) => {
                let values = member.value.0.iter().map(|value| secret_template(self.file, lower, &value.0)).collect();
                let value = SharedValue { name: member.path.value.clone(), values };
                match access(lower, member.path.span, &member.path.value) {
                    Some(access) => Verify::Body(value, access),
                    None => Verify::Header(value),
                }
            }
            syntax::Verify::Ip(networks) => Verify::Ip(self::networks(lower, networks)),
            syntax::Verify::Any(list) => Verify::Any(self.several(lower, list)),
            syntax::Verify::All(list) => Verify::All(self.several(lower, list)),
            syntax::Verify::None(why) => {
                if why.value.trim().len() < 8 {
                    let finding = Diagnostic::error(&WEBHOOK, why.span, "`none` must say why")
                        .help("say what the carrier offers, and what protects the address instead");
                    self.diagnostics.push(finding);
                }
                Verify::None(why.value.clone())
            }
        }
    }

    fn several(&mut self, lower: &mut Lowerer<'_>, list: &syntax::VerifyList) -> Vec<Verify> {
        if list.0.is_empty() {
            lower.found.push(Diagnostic::error(&WEBHOOK, list.1, "nothing says who may send"));
        }
        if list.0.iter().any(|kind| matches!(kind, syntax::Verify::None(_))) {
            let finding = Diagnostic::error(&WEBHOOK, list.1, "`none` among other checks would open the door to everybody");
            lower.found.push(finding.help("remove it"));
        }
        let kinds: Vec<Verify> = list.0.iter().map(|kind| self.verify(lower, kind)).collect();
        if kinds.iter().filter(|kind| kind.published().is_some()).count() > 1 {
            let finding = Diagnostic::error(&WEBHOOK, list.1, "a webhook has one published key set");
            lower.found.push(finding.help("keys of all of the carrier's sets may stand in one; or name the others by `key:`"));
        }
        kinds
    }

    fn hmac(&self, lower: &mut Lowerer<'_>, hmac: &syntax::Hmac) -> Hmac {
        let algorithm = hmac.algorithm.as_ref();
        if let Some(word) = algorithm.filter(|word| word.value == Algorithm::Md5) {
            lower.found.push(weak(word, ["sha1", "sha256", "sha512"]));
        }
        Hmac {
            algorithm: algorithm.map_or(Algorithm::Sha256, |word| word.value),
            keys: hmac.key.0.iter().map(|key| secret_template(self.file, lower, &key.0)).collect(),
            key_encoding: hmac.key_encoding.as_ref().map_or(KeyEncoding::Raw, |word| word.value),
            signed: signed(self.file, lower, &hmac.signed, &hmac.signature, hmac.timestamp.as_ref(), hmac.span),
        }
    }

    fn rsa(&self, lower: &mut Lowerer<'_>, rsa: &syntax::Rsa) -> Rsa {
        let hash = match rsa.algorithm.as_ref().map(|word| word.value) {
            None | Some(Algorithm::Sha256) => Hash::Sha256,
            Some(Algorithm::Sha512) => Hash::Sha512,
            Some(_) => {
                lower.found.extend(rsa.algorithm.as_ref().map(|word| weak(word, ["sha256", "sha512"])));
                Hash::Sha256
            }
        };
        match (&rsa.keys, &rsa.key) {
            (Some(_), Some(_)) | (None, None) => {
                let finding =
                    Diagnostic::error(&WEBHOOK, rsa.span, "the public key is published, or is the account's: one of both");
                lower.found.push(finding.help("`keys: {server: api, path: /jwks}`, or `key: ${{ config.public_key }}`"));
            }
            (None, Some(keys)) => keys.0.iter().for_each(|key| literal_key(lower, key)),
            (Some(_), None) => {}
        }
        Rsa {
            hash,
            published: rsa.keys.as_ref().map(|request| self.published(lower, request)),
            own: rsa.key.iter().flat_map(|keys| &keys.0).map(|key| secret_template(self.file, lower, &key.0)).collect(),
            key_id: rsa.key_id.as_ref().map(|id| {
                let header = id.header.iter().map(|name| name.value.clone()).collect();
                place(self.file, lower, header, id.query.as_ref(), id.value.as_ref(), None, id.span)
            }),
            signed: signed(self.file, lower, &rsa.signed, &rsa.signature, rsa.timestamp.as_ref(), rsa.span),
        }
    }

    /// The request for a key set: without credential unless it names one, and it sees no delivery.
    fn published(&self, lower: &mut Lowerer<'_>, request: &syntax::Request) -> Exchange {
        if let Some(name) = request.auth.as_ref().filter(|name| name.value != "none") {
            let finding = Diagnostic::error(&WEBHOOK, name.span, "published keys are fetched without a credential");
            lower.found.push(finding.help("what only we could fetch is not published: give it to the account as `key:`"));
        }
        let mut own = super::delivery_scope(self);
        own.scope.restore(1);
        let bare: &[Known] = &[];
        let purpose = Purpose { reads: true, writes: None, idempotency: None, renews: false };
        let request = syntax::Request { auth: None, ..request.clone() };
        own.plans[1] = PlanBuilder::new(Mode::Reply);
        let (exchange, ()) = exchange(self.file, bare, &mut own, &request, None, &purpose, |_, _| ());
        lower.found.append(&mut own.found);
        lower.uses.append(&mut own.uses);
        exchange
    }
}

/// What is signed, in order: texts, and `$body`.
pub(in crate::compile) fn pieces(file: &File<'_>, lower: &mut Lowerer<'_>, signed: &[Template]) -> Vec<Piece> {
    let piece = |piece: &Template| match piece.0.as_scalar().map(|scalar| scalar.text.as_str()) {
        Some("$body") => Piece::Body,
        Some(path) if path.starts_with("$.") || path.starts_with("$[") => member(lower, &piece.0, path),
        _ => Piece::Text(secret_template(file, lower, &piece.0)),
    };
    signed.iter().map(piece).collect()
}

/// A member of the body, by a path of names and places: its bytes as they came.
fn member(lower: &mut Lowerer<'_>, node: &crate::source::Node, path: &str) -> Piece {
    access(lower, node.span, path).map_or(Piece::Body, Piece::Member)
}

/// The place of one member of a delivery.
fn access(lower: &mut Lowerer<'_>, span: Span, path: &str) -> Option<crate::document::Access> {
    let plain = crate::path::Path::parse(path).ok().filter(|path| path.rest.is_none() && !path.spreads());
    let Some(path) = plain.filter(|_| lower.scope.find("body").is_some()) else {
        let finding = Diagnostic::error(&WEBHOOK, span, format!("`{path}` is no member of a delivery"));
        lower.found.push(finding.help("`$.data` is a member of a delivery; in `signed`, `$body` is the whole body"));
        return None;
    };
    Some(lower.plans[1].access(crate::document::FrameId::ROOT, &path.steps))
}

fn signed(
    file: &File<'_>,
    lower: &mut Lowerer<'_>,
    written: &[Template],
    signature: &syntax::SignaturePlace,
    timestamp: Option<&syntax::Timestamp>,
    span: Span,
) -> Signed {
    let written_time = timestamp;
    let timestamp = timestamp.map(|time| {
        let header = time.header.iter().map(|name| name.value.clone()).collect();
        let place = place(file, lower, header, time.query.as_ref(), time.value.as_ref(), time.prefix.as_ref(), time.span);
        (place, time.tolerance.seconds)
    });
    let depth = lower.scope.depth();
    if timestamp.is_some() {
        lower.scope.bind("timestamp", Binding::Value(Lowered::sure(Expr::Given, Ty::Text)));
    }
    let mut pieces = pieces(file, lower, written);
    lower.scope.restore(depth);
    if let Some(time) = written_time.filter(|time| !signs_time(time, written)) {
        let finding =
            Diagnostic::warning(&WEBHOOK, time.span, "the time is not part of what is signed: anybody could write another");
        lower.found.push(finding.help("add `${{ timestamp }}` to `signed`, as the carrier's manual says"));
    }
    if pieces.is_empty() {
        pieces.push(Piece::Body);
    }
    // A signature that stands in the body cannot cover all of it.
    let about_body = |template: &Template| {
        template.0.as_scalar().is_some_and(|scalar| scalar.text.contains("body") || scalar.text.starts_with('$'))
    };
    let covered =
        pieces.iter().any(|piece| matches!(piece, Piece::Body)) || (signature.value.is_some() && written.iter().any(about_body));
    if !covered {
        let finding = Diagnostic::error(&WEBHOOK, span, "the signature does not cover the body").help("add `$body` to `signed`");
        lower.found.push(finding);
    }
    let headers = signature.header.iter().flat_map(|names| &names.0).map(|name| name.value.clone()).collect();
    let (query, value, prefix) = (signature.query.as_ref(), signature.value.as_ref(), signature.prefix.as_ref());
    Signed {
        pieces,
        signature: place(file, lower, headers, query, value, prefix, signature.span),
        encoding: signature.encoding.as_ref().map_or(Encoding::Hex, |word| word.value),
        timestamp,
    }
}

/// Whether one of the pieces holds the time: by its name, or by where it stands.
fn signs_time(time: &syntax::Timestamp, written: &[Template]) -> bool {
    let names = [time.header.as_ref(), time.query.as_ref()].into_iter().flatten().map(|name| name.value.to_lowercase());
    let names: Vec<String> = names.chain(["timestamp".to_owned()]).collect();
    let value = time.value.as_ref().and_then(|value| value.0.as_scalar()).map(|scalar| scalar.text.trim());
    written.iter().filter_map(|piece| piece.0.as_scalar()).map(|scalar| &scalar.text).any(|text| {
        let lower = text.to_lowercase();
        names.iter().any(|name| lower.contains(name)) || value.is_some_and(|value| text.contains(value))
    })
}

fn place(
    file: &File<'_>,
    lower: &mut Lowerer<'_>,
    headers: Vec<String>,
    query: Option<&Sp<String>>,
    value: Option<&Template>,
    prefix: Option<&Sp<String>>,
    span: Span,
) -> Place {
    let given = [!headers.is_empty(), query.is_some(), value.is_some()];
    if given.iter().filter(|given| **given).count() != 1 {
        let finding = Diagnostic::error(&WEBHOOK, span, "one place is a `header`, a `query` or a `value`");
        lower.found.push(finding.help("for example `header: x-signature`"));
    }
    Place {
        headers,
        query: query.map(|name| name.value.clone()),
        value: value.map(|value| secret_template(file, lower, &value.0)),
        prefix: prefix.map(|prefix| prefix.value.clone()).unwrap_or_default(),
    }
}

pub(super) fn shared(file: &File<'_>, lower: &mut Lowerer<'_>, value: &syntax::ValueCheck) -> SharedValue {
    let values = value.value.0.iter().map(|template| secret_template(file, lower, &template.0)).collect();
    SharedValue { name: value.name.value.clone(), values }
}

fn networks(lower: &mut Lowerer<'_>, written: &OneOrMany<Sp<String>>) -> Networks {
    let mut allowed = Vec::new();
    for text in &written.0 {
        match Networks::parse(&text.value) {
            Ok(network) if network.prefix_len() == 0 => {
                lower.found.push(Diagnostic::error(&WEBHOOK, text.span, "this network is everybody"));
            }
            Ok(network) => allowed.push(network),
            Err(words) => {
                let finding = Diagnostic::error(&WEBHOOK, text.span, words);
                lower.found.push(finding.help("for example `91.216.25.0/24`, `192.0.2.7` or `2001:db8::/32`"));
            }
        }
    }
    Networks { allowed }
}

/// A key that stands in the file itself can be looked at now.
fn literal_key(lower: &mut Lowerer<'_>, key: &Template) {
    let Some(text) = key.0.as_scalar().map(|scalar| scalar.text.as_str()).filter(|text| !text.contains("${{")) else { return };
    if let Err(words) = KeySet::parse(text.as_bytes()) {
        lower.found.push(Diagnostic::error(&WEBHOOK, key.0.span, words).help("a public key is PEM, a JWK, or a JWK set"));
    }
}

fn weak<const N: usize>(word: &Sp<Algorithm>, known: [&str; N]) -> Diagnostic {
    let words = format!("`{}` proves nothing here", word.value.word());
    Diagnostic::error(&WEBHOOK, word.span, words).among("", known)
}
