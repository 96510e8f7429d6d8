//! Requests that are signed: with what, over which bytes, and where the signature goes.

use crate::support::{NOW, carrier, file_of_request, header, order, refused_file};
use crossdock_engine::carrier::{AccountSettings, Next, Progress, Request, Token};
use serde_json::{Map, json};
use std::collections::BTreeMap;

#[track_caller]
fn sent_by(key: &str, auth: &str, request: &str) -> Request {
    let text = file_of_request(&format!("secrets: [key]\n{auth}"), request);
    let carrier = carrier(&text);
    let secrets = BTreeMap::from([("key".to_owned(), key.to_owned())]);
    let account = carrier.account(&AccountSettings { secrets, ..AccountSettings::default() }).unwrap();
    let token = Token { value: "t-1".into(), expires_at: None, session: Map::new(), one_session: false };
    let tokens = BTreeMap::from([("login".to_owned(), token)]);
    match carrier.next("create_shipment", &order(json!({})), &account, &tokens, &Progress::default(), NOW) {
        Ok(Next::Calls(mut calls)) => calls.remove(0).request,
        other => panic!("{other:?}\n{text}"),
    }
}

fn signature(words: &str) -> String {
    format!("auth: {{signature: {{{words}, send: {{header: X-S}}}}}}")
}

#[track_caller]
fn signs(key: &str, words: &str, wanted: &str) {
    assert_eq!(header(&sent_by(key, &signature(words), "path: /x"), "x-s"), Some(wanted), "{words}");
}

/// RFC 4231 (test case 2), RFC 2202 (test case 2 for SHA-1) and RFC 7515 (appendix A.1).
#[test]
fn keyed_signatures_are_those_of_the_standards() {
    let keyed = |rest: &str| format!("key: '${{{{ secret.key }}}}', signed: ['what do ya ', 'want for nothing?'], {rest}");
    signs("Jefe", &keyed("hmac: sha256"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    signs("Jefe", &keyed("hmac: sha1"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    signs("Jefe", &keyed("hmac: sha1, encoding: base64"), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    signs(
        "4a656665",
        &keyed("hmac: sha256, key_encoding: hex"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    signs(
        "SmVmZQ==",
        &keyed("hmac: sha256, key_encoding: base64"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    signs(
        "Jefe",
        &keyed("hmac: sha512"),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    );
    signs(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "hmac: sha256, key: '${{ secret.key }}', key_encoding: base64url, encoding: base64url, signed: [eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ]",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    );
}

/// The digests of `abc` in FIPS 180 and RFC 1321.
#[test]
fn plain_hashes_are_those_of_the_standards() {
    let hashed = |rest: &str| format!("signed: [a, '${{{{ secret.key }}}}', c], {rest}");
    signs("b", &hashed("hash: md5"), "900150983cd24fb0d6963f7d28e17f72");
    signs("b", &hashed("hash: sha1"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    signs("b", &hashed("hash: sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    signs(
        "b",
        &hashed("hash: sha512"),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
}

const SCHEME: &str = r#"
auth:
  signature:
    hmac: sha256
    key: ${{ secret.key }}
    signed: ["${{ timestamp_ms }}", "\r\n", "${{ request.method }}", "\r\n", "${{ request.path }}", "\r\n\r\n", $body]
    send: [{header: Authorization, value: "hmac pk:${{ timestamp_ms }}:${{ signature }}"}, {header: X-Time, value: "${{ timestamp_ms }}"}]
"#;

/// The expected text was made by another implementation from the bytes that are sent.
#[test]
fn the_signature_covers_the_exact_bytes() {
    let request = sent_by(
        "key-value",
        SCHEME,
        "method: POST\npath: /v3/quotations\nquery: {a: 1}\njson: {data: {serviceType: MOTORCYCLE}}",
    );
    assert_eq!(request.body, br#"{"data":{"serviceType":"MOTORCYCLE"}}"#);
    assert_eq!(
        header(&request, "authorization"),
        Some("hmac pk:1775044800000:ce2c609cf62df28b9351fc56bfe71a5b386c6a2100e7c921c120d1517aac578e")
    );
    assert_eq!(header(&request, "x-time"), Some("1775044800000"));
    assert!(request.masked.contains(&"ce2c609cf62df28b9351fc56bfe71a5b386c6a2100e7c921c120d1517aac578e".to_owned()));
    let other = sent_by("key-value", SCHEME, "method: POST\npath: /v3/quotations\njson: {data: {serviceType: MOTORCYCLE, a: 1}}");
    assert_ne!(header(&other, "authorization"), header(&request, "authorization"));
}

#[test]
fn every_part_of_the_request_can_be_signed() {
    let parts = |words: &str, request: &str| {
        let auth = format!(
            "auth: {{signature: {{hash: sha256, signed: ['${{{{ secret.key }}}}'], send: {{header: X-S, value: \"{words}\"}}}}}}"
        );
        header(&sent_by("k", &auth, request), "x-s").unwrap().to_owned()
    };
    let request = "method: PUT\npath: /a b/${{ shipment.reference }}\nquery: {q: 'x y', r: [1, 2]}\nheaders: {X-Day: monday}\nform: {one: 'ä b', two: 2}";
    let path = "/a b/R-1";
    assert_eq!(parts("${{ request.method }}", request), "PUT");
    assert_eq!(parts("${{ request.path }}", request), path);
    assert_eq!(parts("${{ request.query }}", request), "q=x%20y&r=1&r=2");
    assert_eq!(parts("${{ request.url }}", request), format!("https://api.swiftpost.example/v2{path}?q=x%20y&r=1&r=2"));
    assert_eq!(parts("${{ request.headers['x-day'] }}", request), "monday");
    assert_eq!(parts("${{ request.fields.one }}/${{ request.fields.two }}", request), "ä b/2");
    assert_eq!(parts("${{ request.body | sha256 }}", request), sha256("one=%C3%A4+b&two=2"));
    assert_eq!(parts("${{ request.fields.a.b }}", "path: /x\njson: {a: {b: c}}"), "c");
    assert_eq!(parts("${{ now | datetime('%Y%m%d%H%M%S') }} ${{ timestamp }}", request), "20260401120000 1775044800");
    assert_eq!(parts("${{ request.body | md5 }}", "path: /x\ntext: abc"), "900150983cd24fb0d6963f7d28e17f72");
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(text))
}

/// The digest was made by another implementation: MD5 over document and key, in Base64.
#[test]
fn a_signature_is_a_field_beside_the_document_that_it_covers() {
    let auth = "auth: {signature: {hash: md5, encoding: base64, signed: ['${{ request.fields.doc }}', '${{ secret.key }}'], send: {field: digest}}}";
    let form = sent_by("key-value", auth, "path: /x\nform: {doc: '<a><b>1</b></a>'}");
    assert_eq!(
        String::from_utf8(form.body).unwrap(),
        "doc=%3Ca%3E%3Cb%3E1%3C%2Fb%3E%3C%2Fa%3E&digest=4TM2WL%2F283sMBzjkJYvnJg%3D%3D"
    );
    let json = sent_by("key-value", auth, "path: /x\njson: {doc: '<a><b>1</b></a>'}");
    assert_eq!(String::from_utf8(json.body).unwrap(), r#"{"doc":"<a><b>1</b></a>","digest":"4TM2WL/283sMBzjkJYvnJg=="}"#);
    let query = auth.replace("{field: digest}", "{query: sign}");
    assert!(
        sent_by("key-value", &query, "path: /x\njson: {doc: '<a><b>1</b></a>'}")
            .url
            .ends_with("?sign=4TM2WL/283sMBzjkJYvnJg%3D%3D")
    );
    for other in ["path: /x", "path: /x\ntext: abc", "path: /x\nxml: {a: 1}"] {
        refused_file(
            &file_of_request(&format!("secrets: [key]\n{auth}"), other),
            "this body cannot take the signature as a field",
        );
    }
}

#[test]
fn a_hash_of_secrets_stands_in_the_body_itself() {
    let request = sent_by(
        "b",
        "",
        "path: /x\njson: {sign: {$secret: \"${{ ('a' ~ secret.key ~ 'c') | md5 | upper }}\"}, ref: '${{ shipment.reference }}'}",
    );
    assert_eq!(String::from_utf8(request.body).unwrap(), r#"{"sign":"900150983CD24FB0D6963F7D28E17F72","ref":"R-1"}"#);
    let plain = "secrets: [key]";
    refused_file(&file_of_request(plain, "path: /x\njson: {sign: '${{ secret.key | md5 }}'}"), "could be seen here");
}

/// The time at which a request is made is at hand in the request itself, but not where its reply is read.
#[test]
fn a_body_may_say_when_it_was_made() {
    let request = sent_by(
        "p",
        "",
        "path: /x\njson: {created: \"${{ now | datetime('rfc3339') }}\", digest: {$secret: \"${{ ('n' ~ timestamp ~ secret.key) | sha1('base64') }}\"}}",
    );
    let digest = {
        use base64::Engine as _;
        use sha1::Digest as _;
        base64::engine::general_purpose::STANDARD.encode(sha1::Sha1::digest(format!("n{NOW}p")))
    };
    let wanted = format!(r#"{{"created":"2026-04-01T12:00:00Z","digest":"{digest}"}}"#);
    assert_eq!(String::from_utf8(request.body).unwrap(), wanted);
    let reply = file_of_request("", "path: /x\njson: {a: 1}")
        + "    responses: [{when: {if: timestamp > 1}, outcome: accepted}, $http]\n";
    refused_file(&reply, "`timestamp` is not in scope");
}

#[test]
fn a_signature_goes_with_another_sign_in() {
    let auths = "
auths:
  signed: {signature: {hash: sha256, signed: ['${{ token }}', '${{ secret.key }}'], send: {header: X-S, value: '${{ signature }} ${{ token }}'}, auth: login}}
  login: {login: {request: {path: /login, json: {k: {$secret: key}}}, token: $.t}}
";
    let request = sent_by("k", auths, "path: /x\nauth: signed");
    assert_eq!(header(&request, "authorization"), Some("Bearer t-1"));
    assert_eq!(header(&request, "x-s"), Some(format!("{} t-1", sha256("t-1k")).as_str()));
    assert_eq!(request.tokens, ["login"]);
}

#[test]
fn what_cannot_be_a_signature_is_refused() {
    let refuse = |words: &str, wanted: &str| {
        refused_file(&file_of_request(&format!("secrets: [key]\nauth: {{signature: {{{words}}}}}"), "path: /x"), wanted);
    };
    refuse("hmac: sha256, signed: [$body], send: {header: S}", "`hmac` needs a `key`");
    refuse("hash: sha256, key: '${{ secret.key }}', signed: [$body], send: {header: S}", "a plain hash has no key");
    refuse("key: '${{ secret.key }}', signed: [$body], send: {header: S}", "made by `hmac` or by `hash`");
    refuse("hash: sha257, signed: ['${{ secret.key }}'], send: {header: S}", "`sha257` is not a word");
    refuse("hash: sha256, send: {header: S, value: '${{ secret.key }}'}", "does not say what is signed");
    refuse("hash: sha256, signed: ['${{ secret.key }}${{ request.pfad }}'], send: {header: S}", "there is no `pfad` here");
    refuse(
        "hash: sha256, signed: ['${{ secret.key }}${{ shipment.reference }}'], send: {header: S}",
        "`shipment` is not in scope",
    );
    refuse("hash: sha256, signed: ['${{ secret.key }}${{ signature }}'], send: {header: S}", "`signature` is not in scope");
    refuse(
        "hash: sha256, signed: ['${{ secret.key }}'], send: {header: S, query: Q}",
        "one place is a `header`, a `query` or a `field`",
    );
    refuse("hash: sha256, signed: ['${{ secret.key }}'], send: {header: S}, auth: other", "there is no auth `other`");
}

#[test]
fn all_fields_may_be_signed_in_their_order_and_the_whole_target() {
    let sorted =
        "hash: md5, signed: [\"${{ request.fields | pairs | sort('name') | map('value') | join('&') }}&${{ secret.key }}\"]";
    let by_hand = "hash: md5, signed: ['1&x y&2&${{ secret.key }}']";
    let form = "path: /x\nform: {b: x y, c: 2, a: 1}";
    let value = |words: &str| header(&sent_by("k", &signature(words), form), "x-s").map(str::to_owned);
    assert_eq!(value(sorted), value(by_hand));
    let json = "path: /x\njson: {b: x y, c: 2, a: 1}";
    assert_eq!(header(&sent_by("k", &signature(sorted), json), "x-s"), value(by_hand).as_deref());
    let target = "auth: {signature: {hash: md5, signed: ['${{ secret.key }}'], send: [{header: X-S}, {header: X-T, value: '${{ request.target }} ${{ request.path }}'}]}}";
    let sent = sent_by("k", target, "path: /a b/${{ shipment.reference }}\nquery: {q: x y}");
    assert_eq!(header(&sent, "x-t"), Some("/v2/a b/R-1?q=x%20y /a b/R-1"));
}
