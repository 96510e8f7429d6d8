//! Who sends deliveries, beyond a shared key: the carrier's own key, its addresses, several ways together; first calls.

use crate::support::{NOW, carrier, file, indented, refused_file};
use crossdock_engine::carrier::{Account, AccountSettings, Carrier, Delivery, Greeting, KeySet, Reply};
use serde_json::json;

const EVENT: &str = "    event: {id: $.id, tracking_number: $.no, status: {code: $.code, vocabulary: v}}
vocabularies: {v: {codes: {a: picked_up}, unknown: park}}
";

/// The example of RFC 7515, appendix A.2: its public key, what is signed, and the signature.
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const SIGNED: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const PEM: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
";

fn hook(head: &str, keys: &str) -> String {
    file(&format!("{head}\nwebhooks:\n  tracking:\n{}{EVENT}", indented(keys, 4)))
}

fn account(carrier: &Carrier, secret: &str) -> Account {
    let secrets = carrier.secrets().iter().map(|name| (name.clone(), secret.to_owned())).collect();
    carrier.account(&AccountSettings { secrets, ..AccountSettings::default() }).unwrap()
}

fn delivery(headers: &[(&str, &str)], body: &str) -> Delivery {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Delivery { method: "POST".into(), headers, body: body.into(), ..Delivery::default() }
}

/// `Ok` with the word that says so, or the reason.
fn verified(text: &str, secret: &str, delivery: &Delivery, keys: Option<&KeySet>) -> Result<&'static str, String> {
    let carrier = carrier(text);
    let found = carrier.verify_with("tracking", delivery, &account(&carrier, secret), NOW, keys);
    found.map(|verified| verified.by).map_err(|refusal| refusal.reason)
}

#[track_caller]
fn refuses(found: Result<&'static str, String>, wanted: &str) {
    let reason = found.expect_err("a refusal");
    assert!(reason.contains(wanted), "{reason}");
}

fn set(kid: &str) -> KeySet {
    let set = json!({"keys": [{"kty": "EC", "kid": "e"}, {"kty": "RSA", "kid": kid, "use": "sig", "n": MODULUS, "e": "AQAB"}]});
    KeySet::parse(set.to_string().as_bytes()).unwrap()
}

const PUBLISHED: &str = "verify:
  rsa:
    keys: {path: /jwks}
    key_id: {header: x-key-id}
    signature: {header: x-signature, encoding: base64url}";

#[test]
fn a_carriers_own_key_is_one_of_a_published_set() {
    let text = hook("", PUBLISHED);
    let sent = |key: &str, signature: &str, body: &str| delivery(&[("X-Key-Id", key), ("X-Signature", signature)], body);
    let genuine = sent("k-1", SIGNATURE, SIGNED);
    assert_eq!(verified(&text, "", &genuine, Some(&set("k-1"))), Ok("rsa"));
    refuses(verified(&text, "", &sent("k-1", SIGNATURE, &format!("{SIGNED} ")), Some(&set("k-1"))), "does not match");
    let other = SIGNATURE.replace("cC4h", "cC4i");
    refuses(verified(&text, "", &sent("k-1", &other, SIGNED), Some(&set("k-1"))), "does not match");
    refuses(verified(&text, "", &sent("k-1", "AAAA", SIGNED), Some(&set("k-1"))), "does not match");
    refuses(verified(&text, "", &sent("k-2", SIGNATURE, SIGNED), Some(&set("k-1"))), "not in the key set");
    refuses(verified(&text, "", &genuine, None), "not at hand");
    refuses(verified(&text, "", &delivery(&[("X-Signature", SIGNATURE)], SIGNED), Some(&set("k-1"))), "no key id in `x-key-id`");
    refuses(verified(&text, "", &delivery(&[("X-Key-Id", "k-1")], SIGNED), Some(&set("k-1"))), "no signature in `x-signature`");
    let carrier = carrier(&text);
    let refusal = |keys: Option<&KeySet>, key: &str| {
        carrier.verify_with("tracking", &sent(key, SIGNATURE, SIGNED), &account(&carrier, ""), NOW, keys).unwrap_err().unknown_key
    };
    assert!(refusal(None, "k-1") && refusal(Some(&set("k-1")), "k-2"));
    assert!(carrier.verify("tracking", &genuine, &account(&carrier, ""), NOW).is_err());
}

#[test]
fn the_key_set_is_a_request_and_its_reply() {
    let carrier = carrier(&hook("", PUBLISHED));
    let account = account(&carrier, "");
    let request = carrier.key_request("tracking", &account).unwrap().unwrap();
    assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", "https://api.swiftpost.example/v2/jwks"));
    let reply = |status, body: &str| Reply::Answered { status, headers: vec![], body: body.into() };
    let keys = carrier
        .read_keys(&reply(200, &json!({"keys": [{"kty": "RSA", "kid": "k-1", "n": MODULUS, "e": "AQAB"}]}).to_string()))
        .unwrap();
    let genuine = delivery(&[("x-key-id", "k-1"), ("x-signature", SIGNATURE)], SIGNED);
    assert!(carrier.verify_with("tracking", &genuine, &account, NOW, Some(&keys)).is_ok());
    assert!(carrier.read_keys(&reply(500, "")).unwrap_err().contains("HTTP 500"));
    assert!(carrier.read_keys(&reply(200, "<html>")).is_err());
    let shared =
        crate::support::carrier(&hook("secrets: [key]", "verify: {hmac: {key: '${{ secret.key }}', signature: {header: S}}}"));
    assert!(shared.key_request("tracking", &self::account(&shared, "k")).unwrap().is_none());
}

#[test]
fn key_sets_have_many_forms_and_are_never_weak() {
    let genuine = delivery(&[("x-key-id", "k-1"), ("x-signature", SIGNATURE)], SIGNED);
    let text = hook("", PUBLISHED);
    let object = json!({"k-0": "about", "k-1": PEM}).to_string();
    let one = json!({"kty": "RSA", "n": MODULUS, "e": "AQAB"}).to_string();
    let list = json!([{"kty": "RSA", "kid": "k-1", "n": MODULUS, "e": "AQAB"}]).to_string();
    let bare: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
    let twice = format!("{PEM}{PEM}");
    for document in [PEM, &twice, &PEM.replace('\n', "\\n"), &bare, &object, &one, &list] {
        let keys = KeySet::parse(document.as_bytes()).unwrap_or_else(|words| panic!("{words}: {document}"));
        assert_eq!(verified(&text, "", &genuine, Some(&keys)), Ok("rsa"), "{document}");
    }
    let short = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL8eJ5AKoIsjURpcEoGubZMxLD7+kT+TLr7UkvEtFrRhDDKMtuIIq19FrL4pUIMymPMSLBn3hJLe30Dw48GQM4UCAwEAAQ==";
    let private = PEM.replace("PUBLIC", "PRIVATE");
    let certificate = PEM.replace("PUBLIC KEY", "CERTIFICATE");
    for (document, wanted) in [
        ("", "the key is empty"),
        ("{}", "no RSA key"),
        (r#"{"keys": [{"kty": "EC"}]}"#, "no RSA key"),
        (r#"{"keys": [{"kty": "RSA", "n": "AQAB"}]}"#, "no `n` or no `e`"),
        (r#"{"keys": "#, "no JSON"),
        ("not a key", "neither PEM nor a JWK"),
        (short, "RSA key"),
        (&private, "no public key"),
        (&certificate, "a certificate is no key"),
    ] {
        let words = KeySet::parse(document.as_bytes()).unwrap_err();
        assert!(words.contains(wanted), "{document}: {words}");
    }
    // An odd number of 1024 bits.
    let weak = json!({"kty": "RSA", "n": "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nE", "e": "AQAB"});
    assert!(KeySet::parse(weak.to_string().as_bytes()).unwrap_err().contains("2048 bits"));
}

#[test]
fn a_public_key_may_be_the_accounts() {
    let own = "verify: {rsa: {key: '${{ secret.key }}', signature: {header: S, encoding: base64url}}}";
    let text = hook("secrets: [key]", own);
    let genuine = delivery(&[("s", SIGNATURE)], SIGNED);
    assert_eq!(verified(&text, PEM, &genuine, None), Ok("rsa"));
    refuses(verified(&text, "", &genuine, None), "the key is empty");
    refuses(verified(&text, "no key!", &genuine, None), "neither PEM nor a JWK");
    let in_file = format!("verify:\n  rsa:\n    key: |\n{}    signature: {{header: S, encoding: base64url}}", indented(PEM, 6));
    assert_eq!(verified(&hook("", &in_file), "", &genuine, None), Ok("rsa"));
    refused_file(&hook("", &in_file.replace("MIIBIjANBg", "")), "no public RSA key");
    refused_file(&hook("", "verify: {rsa: {signature: {header: S}}}"), "one of both");
    refused_file(&hook("", &PUBLISHED.replace("{path: /jwks}", "{path: /jwks, auth: key}")), "without a credential");
    refused_file(&hook("", &PUBLISHED.replace("    key_id", "    algorithm: sha1\n    key_id")), "`sha1` proves nothing here");
}

#[test]
fn an_address_is_in_a_network_or_is_not() {
    let text = hook("", "verify: {ip: [91.216.25.0/24, '2001:db8::/32', 192.0.2.7]}");
    let from = |address: &str| {
        let delivery =
            Delivery { source: Some(address.parse().unwrap()), ..delivery(&[("X-Forwarded-For", "91.216.25.1")], "{}") };
        verified(&text, "", &delivery, None)
    };
    for allowed in ["91.216.25.0", "91.216.25.255", "::ffff:91.216.25.9", "2001:db8:1::1", "192.0.2.7"] {
        assert_eq!(from(allowed), Ok("ip"), "{allowed}");
    }
    for other in ["91.216.26.0", "91.216.24.255", "192.0.2.8", "2001:db9::1", "::1"] {
        refuses(from(other), "not among those allowed");
    }
    refuses(verified(&text, "", &delivery(&[("X-Forwarded-For", "91.216.25.1")], "{}"), None), "is not known");
    refused_file(&hook("", "verify: {ip: 91.216.25.1/24}"), "the network is `91.216.25.0/24`");
    refused_file(&hook("", "verify: {ip: hooks.swiftpost.example}"), "neither an address nor a network");
    refused_file(&hook("", "verify: {ip: 0.0.0.0/0}"), "this network is everybody");
}

#[test]
fn ways_are_joined_by_any_and_all() {
    let any = hook(
        "secrets: [key]",
        "verify: {any: [{header: {name: new, value: '${{ secret.key }}'}}, {query: {name: old, value: '${{ secret.key }}'}}]}",
    );
    assert_eq!(verified(&any, "k", &delivery(&[("new", "k")], "{}"), None), Ok("header"));
    let old = Delivery { query: vec![("old".into(), "k".into())], ..delivery(&[("new", "x")], "{}") };
    assert_eq!(verified(&any, "k", &old, None), Ok("query"));
    refuses(verified(&any, "k", &delivery(&[], "{}"), None), "there is no header `new`; there is no query parameter `old`");
    let all = hook("secrets: [key]", "verify: {all: [{ip: 192.0.2.7}, {header: {name: h, value: '${{ secret.key }}'}}]}");
    let from = |address: &str, value: &str| {
        let delivery = Delivery { source: Some(address.parse().unwrap()), ..delivery(&[("h", value)], "{}") };
        verified(&all, "k", &delivery, None)
    };
    assert_eq!(from("192.0.2.7", "k"), Ok("all"));
    refuses(from("192.0.2.8", "k"), "address");
    refuses(from("192.0.2.7", "x"), "another value");
    let two =
        "verify: {any: [{rsa: {keys: {path: /a}, signature: {header: s}}}, {rsa: {keys: {path: /b}, signature: {header: s}}}]}";
    refused_file(&hook("", two), "one published key set");
    refused_file(&hook("", "verify: {any: []}"), "nothing says who may send");
    refused_file(&hook("", "verify: {any: [{none: the carrier signs nothing}, {ip: 192.0.2.7}]}"), "would open the door");
}

fn mac(key: &str, message: &str) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[test]
fn time_and_signature_may_share_a_header_or_stand_elsewhere() {
    let shared = hook(
        "secrets: [key]",
        "verify: {hmac: {key: '${{ secret.key }}', signed: ['${{ timestamp }}', '.', $body], signature: {header: sig, prefix: v1=}, timestamp: {header: sig, prefix: t=, tolerance: 5m}}}",
    );
    let header = |time: i64| format!("t={time},v0=00,v1={}", mac("k", &format!("{time}.{{}}")));
    assert_eq!(verified(&shared, "k", &delivery(&[("sig", &header(NOW - 10))], "{}"), None), Ok("hmac"));
    refuses(verified(&shared, "k", &delivery(&[("sig", &header(NOW - 301))], "{}"), None), "more than 300 s");
    refuses(
        verified(&shared, "k", &delivery(&[("sig", &format!("v1={}", mac("k", "{}")))], "{}"), None),
        "there is no header `sig`",
    );
    let commas = hook("secrets: [key]", "verify: {hmac: {key: '${{ secret.key }}', signature: {header: sig, prefix: 'v1,'}}}");
    let listed = format!("v1,{} v1,{}", "0".repeat(64), mac("k", "{}"));
    assert_eq!(verified(&commas, "k", &delivery(&[("sig", &listed)], "{}"), None), Ok("hmac"));
    refuses(verified(&commas, "k", &delivery(&[("sig", &mac("k", "{}"))], "{}"), None), "no signature");
    let query = hook("secrets: [key]", "verify: {hmac: {key: '${{ secret.key }}', signature: {query: sig}}}");
    let asked = |signature: &str| Delivery { query: vec![("sig".into(), signature.into())], ..delivery(&[], "{}") };
    assert_eq!(verified(&query, "k", &asked(&mac("k", "{}")), None), Ok("hmac"));
    refuses(verified(&query, "k", &asked(&mac("x", "{}")), None), "does not match");
    let inside = hook(
        "secrets: [key]",
        "verify: {hmac: {key: '${{ secret.key }}', signed: ['${{ body.data.no }}|${{ body.at }}'], signature: {value: '${{ body.sig }}'}, timestamp: {value: '${{ body.at }}', tolerance: 1m}}}",
    );
    let body = |signature: &str| json!({"data": {"no": "A-1"}, "at": NOW, "sig": signature}).to_string();
    assert_eq!(verified(&inside, "k", &delivery(&[], &body(&mac("k", &format!("A-1|{NOW}")))), None), Ok("hmac"));
    refuses(verified(&inside, "k", &delivery(&[], &body(&mac("k", "A-1|0"))), None), "does not match");
    refuses(verified(&inside, "k", &delivery(&[], "{}"), None), "no value");
    let none = "verify: {hmac: {key: '${{ secret.key }}', signature: {prefix: a}}}";
    refused_file(&hook("secrets: [key]", none), "one place is a `header`, a `query` or a `value`");
    let md5 = "verify: {hmac: {algorithm: md5, key: '${{ secret.key }}', signature: {header: s}}}";
    refused_file(&hook("secrets: [key]", md5), "`md5` proves nothing here");
}

/// NFKD makes one character of what can be written in two ways.
#[test]
fn keys_are_read_as_the_carrier_reads_them() {
    let with = |encoding: &str| {
        hook(
            "secrets: [key]",
            &format!("verify: {{hmac: {{key: '${{{{ secret.key }}}}', key_encoding: {encoding}, signature: {{header: s}}}}}}"),
        )
    };
    let signed = delivery(&[("s", &mac("k1", "{}"))], "{}");
    for (encoding, secret) in [("raw", "k1"), ("hex", "6b31"), ("base64", "azE="), ("base64url", "azE")] {
        assert_eq!(verified(&with(encoding), secret, &signed, None), Ok("hmac"), "{encoding}");
        refuses(verified(&with(encoding), "zz!", &signed, None), if encoding == "raw" { "match" } else { "the key is n" });
    }
    let decomposed = delivery(&[("s", &mac("u\u{308}", "{}"))], "{}");
    assert_eq!(verified(&with("nfkd"), "\u{fc}", &decomposed, None), Ok("hmac"));
}

#[test]
fn first_calls_have_many_forms() {
    let text = hook(
        "secrets: [key]",
        "verify: {none: the carrier signs nothing}
handshake:
  get: {echo: hub.challenge, token: {name: hub.verify_token, value: '${{ secret.key }}'}}
  post: {echo: plain, json: {plain: '${{ challenge }}', proof: \"${{ challenge | hmac(secret.key) }}\"}}",
    );
    let carrier = carrier(&text);
    let account = account(&carrier, "k");
    let get = |query: &[(&str, &str)]| {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        carrier.handshake("tracking", &Delivery { method: "GET".into(), query, ..Delivery::default() }, &account)
    };
    let plain = |body: &str| Greeting {
        status: 200,
        headers: vec![("Content-Type".into(), "text/plain; charset=utf-8".into())],
        body: body.into(),
    };
    assert_eq!(get(&[("hub.challenge", "c"), ("hub.verify_token", "k")]), Some(plain("c")));
    assert_eq!(get(&[("hub.challenge", "c"), ("hub.verify_token", "x")]), None);
    assert_eq!(get(&[("hub.challenge", "c")]), None);
    let answer = carrier.handshake("tracking", &delivery(&[], r#"{"plain": "p"}"#), &account).unwrap();
    assert_eq!(String::from_utf8(answer.body).unwrap(), json!({"plain": "p", "proof": mac("k", "p")}).to_string());
    assert_eq!(carrier.handshake("tracking", &delivery(&[], r#"{"no": "A"}"#), &account), None);
    let by_header =
        hook("", "verify: {none: the carrier signs nothing}\nhandshake: {post: {echo_header: X-Hook-Secret, status: 204}}");
    let carrier = crate::support::carrier(&by_header);
    let account = self::account(&carrier, "");
    let greeted = carrier.handshake("tracking", &delivery(&[("x-hook-secret", "s-1")], ""), &account).unwrap();
    assert_eq!((greeted.status, greeted.headers), (204, vec![("X-Hook-Secret".to_owned(), "s-1".to_owned())]));
    assert_eq!(carrier.handshake("tracking", &delivery(&[], r#"{"no": "A"}"#), &account), None);
    let greedy = "verify: {none: the carrier signs nothing}\nhandshake: {post: {status: 200}}";
    refused_file(&hook("", greedy), "every delivery would be taken for a first call");
}
