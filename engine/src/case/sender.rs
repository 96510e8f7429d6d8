//! Deliveries as their senders make them: with the account's own secrets, and with a published test key where the
//! carrier alone has the key.

use crate::auth::text_of;
use crate::body::Template;
use crate::carrier::plan::Webhook;
use crate::carrier::{Account, Carrier, Delivery};
use crate::expr::Env;
use crate::syntax::Sender;
use crate::verify::{Hash, Hmac, KeySet, Networks, Place, Rsa, SharedValue, Signed, Verify};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rsa::{BoxedUint, PrivateKey};
use std::net::{IpAddr, Ipv4Addr};

/// The example key of RFC 7515, appendix A.2: published, so that nobody takes it for a secret.
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const EXPONENT: &str = "AQAB";
const PRIVATE_EXPONENT: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
const PRIMES: [&str; 2] = [
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
];

/// How the test key is called where a delivery names its key.
const KEY_ID: &str = "rfc7515-a2";

/// Nobody has this address (RFC 5737).
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 113));

/// The key set that RSA deliveries of this sender are verified by.
pub(super) fn key_set() -> Result<KeySet, String> {
    let set = serde_json::json!({"keys": [{"kty": "RSA", "kid": KEY_ID, "n": MODULUS, "e": EXPONENT}]});
    KeySet::parse(set.to_string().as_bytes())
}

/// What proves (or is meant to prove) who makes a delivery.
pub(super) struct Maker<'m> {
    pub(super) carrier: &'m Carrier,
    pub(super) webhook: &'m Webhook,
    pub(super) account: &'m Account,
    pub(super) sender: Sender,
    /// When it is sent, in seconds since 1970.
    pub(super) sent_at: i64,
}

impl Maker<'_> {
    /// Makes the delivery one of this sender's.
    pub(super) fn make(&self, delivery: &mut Delivery) -> Result<(), String> {
        self.prove(&self.webhook.verify, delivery)?;
        if self.sender == Sender::Tampered {
            delivery.body.push(b' ');
        }
        Ok(())
    }

    fn prove(&self, verify: &Verify, delivery: &mut Delivery) -> Result<(), String> {
        match verify {
            Verify::Hmac(hmac) => self.hmac(hmac, delivery)?,
            Verify::Rsa(rsa) => self.rsa(rsa, delivery)?,
            Verify::Basic(basic) => {
                let (username, password) = (self.text(&basic.username, delivery)?, self.text(&basic.password, delivery)?);
                let encoded = STANDARD.encode(format!("{username}:{}", self.spoilt(password)));
                delivery.headers.push(("Authorization".into(), format!("Basic {encoded}")));
            }
            Verify::Header(value) => {
                let text = self.shared(value, delivery)?;
                delivery.headers.push((value.name.clone(), text));
            }
            Verify::Query(value) => {
                let text = self.shared(value, delivery)?;
                delivery.query.push((value.name.clone(), text));
            }
            Verify::Body(value, access) => {
                let given = self.with(delivery, access, |access, env| env.member(access));
                if given.is_none() {
                    return Err(format!("`{}` stands in the body: it must be given", value.name));
                }
                if self.sender == Sender::Forged {
                    return Err("what stands in the body is forged by the case itself: another `json`, without `sender`".into());
                }
            }
            Verify::Ip(networks) => delivery.source = delivery.source.or_else(|| self.address(networks)),
            Verify::Any(kinds) => kinds.first().map_or(Ok(()), |kind| self.prove(kind, delivery))?,
            Verify::All(kinds) => kinds.iter().try_for_each(|kind| self.prove(kind, delivery))?,
            Verify::None(_) => {}
        }
        Ok(())
    }

    fn hmac(&self, hmac: &Hmac, delivery: &mut Delivery) -> Result<(), String> {
        self.date(&hmac.signed, delivery)?;
        let keys = self.with(delivery, hmac, Hmac::usable_keys)?;
        let message = self.with(delivery, &hmac.signed, Signed::message)?;
        let key = keys.into_iter().next().ok_or("there is no key")?;
        self.sign(&hmac.signed, crate::digest::keyed(hmac.algorithm, &key, &message), delivery)
    }

    fn rsa(&self, rsa: &Rsa, delivery: &mut Delivery) -> Result<(), String> {
        self.date(&rsa.signed, delivery)?;
        if let Some(place) = &rsa.key_id {
            put(place, KEY_ID.into(), delivery)?;
        }
        let message = self.with(delivery, &rsa.signed, Signed::message)?;
        let key = private_key().ok_or("the test key cannot be read")?;
        let signature = match rsa.hash {
            Hash::Sha256 => SigningKey::<sha2::Sha256>::new(key).sign(&message).to_vec(),
            Hash::Sha512 => SigningKey::<sha2::Sha512>::new(key).sign(&message).to_vec(),
        };
        self.sign(&rsa.signed, signature, delivery)
    }

    /// Says when it is sent, unless the case says so.
    fn date(&self, signed: &Signed, delivery: &mut Delivery) -> Result<(), String> {
        let Some((place, tolerance)) = &signed.timestamp else { return Ok(()) };
        let given = place.headers.iter().any(|name| delivery.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)));
        if given {
            return Ok(());
        }
        let late = if self.sender == Sender::Stale { i64::try_from(*tolerance).unwrap_or(0) + 1 } else { 0 };
        put(place, (self.sent_at - late).to_string(), delivery)
    }

    fn sign(&self, signed: &Signed, mut signature: Vec<u8>, delivery: &mut Delivery) -> Result<(), String> {
        if let (Sender::Forged, Some(last)) = (self.sender, signature.last_mut()) {
            *last ^= 1;
        }
        put(&signed.signature, crate::digest::encode(signed.encoding, &signature), delivery)
    }

    fn shared(&self, value: &SharedValue, delivery: &Delivery) -> Result<String, String> {
        let first = value.values.first().ok_or("there is no value")?;
        self.text(first, delivery).map(|text| self.spoilt(text))
    }

    fn address(&self, networks: &Networks) -> Option<IpAddr> {
        match self.sender {
            Sender::Forged => Some(NOBODY),
            _ => networks.allowed.first().and_then(|network| network.hosts().next()),
        }
    }

    fn spoilt(&self, mut text: String) -> String {
        if self.sender == Sender::Forged {
            text.push('x');
        }
        text
    }

    fn text(&self, template: &Template, delivery: &Delivery) -> Result<String, String> {
        self.with(delivery, template, |template, env| text_of(template, env).map_err(|error| error.message))
    }

    /// Runs with the delivery as it is so far.
    fn with<X, T>(&self, delivery: &Delivery, what: &X, run: impl for<'e> FnOnce(&'e X, &mut Env<'e>) -> T) -> T {
        self.carrier.with_delivery(self.webhook, self.account, delivery, what, run)
    }
}

fn put(place: &Place, text: String, delivery: &mut Delivery) -> Result<(), String> {
    let text = format!("{}{text}", place.prefix);
    match (place.headers.first(), &place.query) {
        (Some(name), _) => match delivery.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            // A header that holds several things, such as the time and the signature.
            Some((_, value)) => *value = format!("{value},{text}"),
            None => delivery.headers.push((name.clone(), text)),
        },
        (None, Some(name)) => delivery.query.push((name.clone(), text)),
        (None, None) => {
            return Err("what is calculated from the delivery must be given: only headers and parameters are added".into());
        }
    }
    Ok(())
}

fn private_key() -> Option<PrivateKey> {
    let number = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        BoxedUint::from_be_slice(&bytes, u32::try_from(bytes.len()).ok()? * 8).ok()
    };
    let primes = vec![number(PRIMES[0])?, number(PRIMES[1])?];
    PrivateKey::from_components(number(MODULUS)?, number(EXPONENT)?, number(PRIVATE_EXPONENT)?, primes).ok()
}
