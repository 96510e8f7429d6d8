//! Signing in: each kind's credential, the requests for tokens, what is read of their replies, chains of them.

use crate::support::{NOW, carrier, file, file_of_request, header, order, refused_file, replied};
use crossdock_engine::carrier::{
    Account, AccountSettings, Carrier, Fault, FaultKind, Next, Outcome, Progress, Reply, Request, Token,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

type Tokens = BTreeMap<String, Token>;

/// An account whose secrets are `<name>-value` unless they are given.
fn account(carrier: &Carrier, given: &[(&str, &str)]) -> Account {
    let value = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let secret = |name: &String| (name.clone(), value(name).unwrap_or_else(|| format!("{name}-value")));
    let secrets = carrier.secrets().iter().map(secret).collect();
    carrier.account(&AccountSettings { account: "default".into(), secrets, ..AccountSettings::default() }).unwrap()
}

fn next(carrier: &Carrier, account: &Account, tokens: &Tokens, now: i64) -> Result<Next, Fault> {
    carrier.next("create_shipment", &order(json!({})), account, tokens, &Progress::default(), now)
}

#[track_caller]
fn sent(text: &str, secrets: &[(&str, &str)], now: i64) -> Request {
    sent_with(text, secrets, &Tokens::new(), now)
}

#[track_caller]
fn sent_with(text: &str, secrets: &[(&str, &str)], tokens: &Tokens, now: i64) -> Request {
    let carrier = carrier(text);
    match next(&carrier, &account(&carrier, secrets), tokens, now) {
        Ok(Next::Calls(mut calls)) => calls.remove(0).request,
        other => panic!("{other:?}"),
    }
}

/// The sign-in that comes next, and its request.
#[track_caller]
fn due(text: &str, tokens: &Tokens) -> (String, Request) {
    let carrier = carrier(text);
    match next(&carrier, &account(&carrier, &[]), tokens, NOW) {
        Ok(Next::SignIn { auth, request }) => (auth, *request),
        other => panic!("{other:?}"),
    }
}

fn token(value: &str) -> Token {
    Token { value: value.into(), expires_at: Some(NOW + 60), session: Map::new(), one_session: false }
}

fn tokens(named: &[(&str, &str)]) -> Tokens {
    named.iter().map(|(name, value)| ((*name).to_owned(), token(value))).collect()
}

#[track_caller]
fn read(text: &str, auth: &str, reply: &Reply) -> Result<Token, Outcome> {
    let carrier = carrier(text);
    carrier.read_token(auth, &account(&carrier, &[]), reply, NOW).map_err(|answer| answer.outcome)
}

fn body(request: &Request) -> &str {
    std::str::from_utf8(&request.body).unwrap()
}

#[test]
fn sets_of_headers_and_parameters() {
    let headers =
        "secrets: [a, b]\nauth: {header: [{name: X-A, value: '${{ secret.a }}'}, {name: X-B, value: 'b ${{ secret.b }}'}]}";
    let request = sent(&file_of_request(headers, "path: /x"), &[], NOW);
    assert_eq!((header(&request, "x-a"), header(&request, "x-b")), (Some("a-value"), Some("b b-value")));
    let query = "secrets: [a, b]\nauth: {query: [{name: a, value: '${{ secret.a }}'}, {name: b, value: '${{ secret.b }}'}]}";
    let request = sent(&file_of_request(query, "path: /x\nquery: {q: 1}"), &[], NOW);
    assert!(request.url.ends_with("/x?q=1&a=a-value&b=b-value"), "{}", request.url);
}

#[test]
fn credentials_of_the_body_stand_first_in_it() {
    let auth = "secrets: [key]\nauth: {body: {Apikey: '${{ secret.key }}', Version: 2}}";
    let json = sent(&file_of_request(auth, "path: /x\njson: {a: 1}"), &[], NOW);
    assert_eq!(body(&json), r#"{"Apikey":"key-value","Version":2,"a":1}"#);
    assert!(json.masked.contains(&"key-value".to_owned()));
    let form = sent(&file_of_request(auth, "path: /x\nform: {a: b c}"), &[], NOW);
    assert_eq!(body(&form), "Apikey=key-value&Version=2&a=b+c");
    let xml = sent(&file_of_request(auth, "path: /x\nxml: {root: {a: 1}}"), &[], NOW);
    assert!(body(&xml).contains("<root><Apikey>key-value</Apikey><Version>2</Version><a>1</a></root>"), "{}", body(&xml));
    let soap =
        sent(&file_of_request(auth, "path: /x\nsoap: {body: {Book: {$ns: {'': 'urn:swiftpost'}, '@v': 1, a: 1}}}"), &[], NOW);
    assert!(
        body(&soap)
            .contains("<Book xmlns=\"urn:swiftpost\" v=\"1\"><Apikey>key-value</Apikey><Version>2</Version><a>1</a></Book>"),
        "{}",
        body(&soap)
    );
    for other in ["path: /x", "path: /x\ntext: abc", "path: /x\njson: [1]", "path: /x\nxml: {a: 1, b: 2}"] {
        refused_file(&file_of_request(auth, other), "this body cannot take the credentials");
    }
    assert!(
        sent(&file_of_request(auth, "path: /x\nauth: none\njson: {k: {$secret: key}}"), &[], NOW)
            .body
            .ends_with(b"\"key-value\"}")
    );
}

/// Checked with the example that jwt.io shows first.
#[test]
fn a_token_of_our_own_is_signed_as_others_sign_it() {
    let auth = "secrets: [key]\nauth: {jwt: {key: '${{ secret.key }}', claims: {sub: '1234567890', name: John Doe, iat: 1516239022, exp: 1}}}";
    let without_exp = auth.replace(", exp: 1", "");
    let request = sent(&file_of_request(&without_exp, "path: /x"), &[("key", "your-256-bit-secret")], NOW);
    assert_eq!(
        header(&request, "authorization"),
        Some(
            "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
        )
    );
}

/// The key is that of RFC 7515, appendix A.1; the token was made by another implementation.
#[test]
fn a_token_has_its_header_its_claims_and_its_time() {
    let auth = r#"
secrets: [developer, key_id, key]
auth:
  jwt:
    key: ${{ secret.key }}
    key_encoding: base64url
    header: {dd-ver: DD-JWT-V1}
    claims: {aud: doordash, iss: "${{ secret.developer }}", kid: "${{ secret.key_id }}"}
    lifetime: 5m
"#;
    let secrets = [
        ("developer", "dev-1"),
        ("key_id", "key-1"),
        ("key", "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
    ];
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImRkLXZlciI6IkRELUpXVC1WMSJ9.eyJhdWQiOiJkb29yZGFzaCIsImlzcyI6ImRldi0xIiwia2lkIjoia2V5LTEiLCJpYXQiOjE3NzUwNDQ4MDAsImV4cCI6MTc3NTA0NTEwMH0.JIBz-BwbCNBEBdwEoCDOoyjs4Es4jRlrx59GRm0xFtE";
    let request = sent(&file_of_request(auth, "path: /x"), &secrets, NOW);
    assert_eq!(header(&request, "authorization"), Some(format!("Bearer {token}").as_str()));
    assert!(request.masked.contains(&token.to_owned()));
    let elsewhere = auth.replace("lifetime: 5m", "lifetime: 5m\n    send: {header: X-Token, value: 'JWT ${{ token }}'}");
    assert_eq!(
        header(&sent(&file_of_request(&elsewhere, "path: /x"), &secrets, NOW), "x-token"),
        Some(format!("JWT {token}").as_str())
    );
    let by_hand =
        auth.replace("kid: ", "iat: '${{ timestamp }}', exp: '${{ timestamp + 300 }}', kid: ").replace("    lifetime: 5m\n", "");
    assert_eq!(sent(&file_of_request(&by_hand, "path: /x"), &secrets, NOW).headers.len(), 1);
    let later = sent(&file_of_request(auth, "path: /x"), &secrets, NOW + 1);
    assert_ne!(header(&later, "authorization"), header(&request, "authorization"));
}

#[test]
fn a_key_that_cannot_be_one_is_the_accounts_fault() {
    let auth = "secrets: [key]\nauth: {jwt: {key: '${{ secret.key }}', key_encoding: KIND, claims: {a: b}, lifetime: 1m}}";
    for (kind, secret, wanted) in [
        ("hex", "zz", "not hexadecimal"),
        ("base64", "a*b", "no Base64"),
        ("base64url", "a+b", "no Base64 for URLs"),
        ("raw", "", "the key is empty"),
    ] {
        let carrier = carrier(&file_of_request(&auth.replace("KIND", kind), "path: /x"));
        let fault = next(&carrier, &account(&carrier, &[("key", secret)]), &Tokens::new(), NOW).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Misconfigured);
        assert!(fault.to_string().contains(wanted) && (secret.is_empty() || !fault.to_string().contains(secret)), "{fault}");
    }
}

fn grant(rest: &str) -> String {
    file_of_request(
        &format!("secrets: [id, secret, user, password, refresh]\nauth:\n  oauth2:\n{rest}"),
        "path: /x\nheaders: {X: '${{ secret.id }}${{ secret.secret }}${{ secret.user }}${{ secret.password }}${{ secret.refresh }}'}",
    )
}

#[test]
fn a_users_password_is_a_grant() {
    let password = grant(
        "    {grant: password, request: {path: /token}, client: {id: '${{ secret.id }}', secret: '${{ secret.secret }}'},
     username: '${{ secret.user }}', password: '${{ secret.password }}', scope: 'a b'}",
    );
    let (_, request) = due(&password, &Tokens::new());
    assert_eq!(body(&request), "grant_type=password&username=user-value&password=password-value&scope=a+b");
    assert_eq!(header(&request, "authorization"), Some("Basic aWQtdmFsdWU6c2VjcmV0LXZhbHVl"));
    assert!(request.masked.contains(&"password-value".to_owned()));
    let anonymous = grant(
        "    {grant: password, request: {path: /token}, username: '${{ secret.user }}', password: '${{ secret.password }}'}",
    );
    assert_eq!(
        due(&anonymous, &Tokens::new()).1.headers,
        [("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())]
    );
    refused_file(
        &grant("    {grant: password, request: {path: /token}, username: '${{ secret.user }}'}"),
        "the grant `password` needs `password`",
    );
}

#[test]
fn a_refresh_token_is_a_grant_and_fields_have_other_names() {
    let refresh = grant(
        "    {grant: refresh_token, request: {path: /token, form: {app: 7}}, client: {send: body, id: '${{ secret.id }}', secret: '${{ secret.secret }}'},
     refresh_token: '${{ secret.refresh }}', fields: {grant_type: type, client_id: key, client_secret: pass, refresh_token: renew}}",
    );
    assert_eq!(
        body(&due(&refresh, &Tokens::new()).1),
        "app=7&type=refresh_token&key=id-value&pass=secret-value&renew=refresh-value"
    );
    let json = refresh.replace("form: {app: 7}", "json: {app: 7}");
    let (_, request) = due(&json, &Tokens::new());
    assert_eq!(
        body(&request),
        r#"{"app":7,"type":"refresh_token","key":"id-value","pass":"secret-value","renew":"refresh-value"}"#
    );
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    refused_file(&refresh.replace("renew}", "renew, scope: s}"), "this grant sends no `scope` that could be renamed");
    refused_file(&refresh.replace("form: {app: 7}", "text: abc"), "cannot take the fields of the grant");
}

const LOGIN: &str = "
secrets: [user, password]
replies:
  login:
    - {when: {if: body.error}, outcome: rejected, message: $.error}
    - {when: {status: 2xx}, outcome: accepted}
    - $http
auth:
  login:
    request: {path: /login, json: {user: '${{ secret.user }}', password: {$secret: password}}}
    responses: login
    token: $.token
    session: {customer: $.customer.id, both: '${{ body.a }}/${{ token | upper }}'}
";

#[test]
fn a_login_is_any_request_and_its_token_goes_anywhere() {
    let plain = file_of_request(LOGIN, "path: /x");
    let (auth, request) = due(&plain, &Tokens::new());
    assert_eq!(
        (auth.as_str(), request.method.as_str(), body(&request)),
        ("auth", "POST", r#"{"user":"user-value","password":"password-value"}"#)
    );
    let signed = sent_with(&plain, &[], &tokens(&[("auth", "t-1")]), NOW);
    assert_eq!((header(&signed, "authorization"), signed.tokens.as_slice()), (Some("Bearer t-1"), &["auth".to_owned()][..]));
    let sends = |send: &str, request: &str| {
        let mut known = tokens(&[("auth", "t-1")]);
        known.get_mut("auth").unwrap().session = json!({"customer": 77}).as_object().unwrap().clone();
        sent_with(&file_of_request(&format!("{LOGIN}    send: {send}\n"), request), &[], &known, NOW)
    };
    assert_eq!(header(&sends("{header: Authorization}", "path: /x"), "authorization"), Some("t-1"));
    let several = sends("[{header: X-T, value: 'T ${{ token }}'}, {header: X-C, value: '${{ session.customer }}'}]", "path: /x");
    assert_eq!(
        (header(&several, "x-t"), header(&several, "x-c"), header(&several, "authorization")),
        (Some("T t-1"), Some("77"), None)
    );
    assert!(sends("{query: sid}", "path: /x").url.ends_with("/x?sid=t-1"));
    let placed = sends("body", "path: /x/${{ session.customer }}\njson: {auth: {$secret: token}, c: '${{ session.customer }}'}");
    assert_eq!((body(&placed), placed.headers.len()), (r#"{"auth":"t-1","c":77}"#, 1));
    assert!(placed.url.ends_with("/x/77") && placed.masked.contains(&"t-1".to_owned()));
}

#[test]
fn the_token_and_its_session_are_read() {
    let plain = file_of_request(LOGIN, "path: /x");
    let found = read(&plain, "auth", &replied(200, r#"{"token": "abc", "customer": {"id": 77}, "a": "x"}"#)).unwrap();
    assert_eq!((found.value.as_str(), found.expires_at, found.one_session), ("abc", None, false));
    assert_eq!(Value::Object(found.session), json!({"customer": 77, "both": "x/ABC"}));
    for (status, reply, outcome) in [
        (200, r#"{"error": "wrong password"}"#, Outcome::Misconfigured),
        (400, "{}", Outcome::Misconfigured),
        (401, "{}", Outcome::Misconfigured),
        (404, "{}", Outcome::Misconfigured),
        (403, "{}", Outcome::Misconfigured),
        (429, "{}", Outcome::Throttled),
        (500, "{}", Outcome::Transient),
        (200, "{}", Outcome::Unexpected),
        (200, r#"{"token": ""}"#, Outcome::Unexpected),
        (302, "", Outcome::Unexpected),
    ] {
        assert_eq!(read(&plain, "auth", &replied(status, reply)), Err(outcome), "{status} {reply}");
    }
    assert_eq!(read(&plain, "auth", &Reply::NotConnected("x".into())), Err(Outcome::NotWritten));
    assert_eq!(read(&plain, "auth", &Reply::Broken("x".into())), Err(Outcome::Transient));
}

#[test]
fn a_token_stands_in_a_header_in_xml_or_in_one_of_several_places() {
    let with =
        |token: &str| file_of_request(&LOGIN.replace("    token: $.token\n", &format!("    token: {token}\n")), "path: /x");
    let headers = vec![("X-Token".to_owned(), "h-1".to_owned())];
    let reply = Reply::Answered { status: 204, headers, body: Vec::new() };
    assert_eq!(read(&with("{header: x-token}"), "auth", &reply).unwrap().value, "h-1");
    let xml = |body: &str| Reply::Answered {
        status: 200,
        headers: vec![("Content-Type".into(), "text/xml".into())],
        body: body.into(),
    };
    let envelope = xml(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><LoginResponse><SessionId a='1'> x&amp;1 </SessionId></LoginResponse></s:Body></s:Envelope>",
    );
    assert_eq!(read(&with("$.Envelope.Body.LoginResponse.SessionId"), "auth", &envelope).unwrap().value, "x&1");
    assert_eq!(read(&with("[{header: x-token}, $.alt]"), "auth", &replied(200, r#"{"alt": "a-1"}"#)).unwrap().value, "a-1");
    let text =
        Reply::Answered { status: 200, headers: vec![("Content-Type".into(), "text/plain".into())], body: b"plain-1".to_vec() };
    assert_eq!(read(&with("$text"), "auth", &text).unwrap().value, "plain-1");
}

#[test]
fn a_token_lives_as_long_as_somebody_says() {
    let lapses = |words: &str, reply: &str| {
        read(&file_of_request(&format!("{LOGIN}    {words}\n"), "path: /x"), "auth", &replied(200, reply))
            .map(|token| token.expires_at)
    };
    assert_eq!(lapses("expires_in: 23h", r#"{"token": "t"}"#), Ok(Some(NOW + 82_800)));
    assert_eq!(lapses("expires_in: $.s", r#"{"token": "t", "s": "120"}"#), Ok(Some(NOW + 120)));
    assert_eq!(lapses("expires_in: $.s", r#"{"token": "t", "s": 3599.5}"#), Ok(Some(NOW + 3599)));
    assert_eq!(lapses("expires_in: $.s", r#"{"token": "t"}"#), Ok(None));
    assert_eq!(lapses("expires_in: {from: $.s, default: 60}", r#"{"token": "t"}"#), Ok(Some(NOW + 60)));
    assert_eq!(lapses("expires_in: '${{ body.ms / 1000 }}'", r#"{"token": "t", "ms": 120000}"#), Ok(Some(NOW + 120)));
    assert_eq!(lapses("expires_in: $.s", r#"{"token": "t", "s": "soon"}"#), Err(Outcome::Unexpected));
    let at = "2026-04-01T13:00:00Z";
    assert_eq!(lapses("expires_at: $.at", &format!(r#"{{"token": "t", "at": "{at}"}}"#)), Ok(Some(NOW + 3600)));
    assert_eq!(
        lapses("expires_at: {from: $.at, format: rfc3339}", &format!(r#"{{"token": "t", "at": "{at}"}}"#)),
        Ok(Some(NOW + 3600))
    );
    assert_eq!(lapses("expires_at: $.at", &format!(r#"{{"token": "t", "at": {}}}"#, NOW + 5)), Ok(Some(NOW + 5)));
    assert_eq!(lapses("expires_at: $.at", &format!(r#"{{"token": "t", "at": {}}}"#, (NOW + 5) * 1000)), Ok(Some(NOW + 5)));
    let paris = "expires_at: {from: $.at, format: '%d/%m/%Y %H:%M', zone: Europe/Paris}";
    assert_eq!(lapses(paris, r#"{"token": "t", "at": "01/04/2026 15:00"}"#), Ok(Some(NOW + 3600)));
    // The payload is {"exp": 1775045100, "depot": "0530"}.
    let jwt = r#"{"token": "eyJhbGciOiJub25lIn0.eyJleHAiOiAxNzc1MDQ1MTAwLCAiZGVwb3QiOiAiMDUzMCJ9.x"}"#;
    assert_eq!(lapses("jwt_exp: true", jwt), Ok(Some(NOW + 300)));
    assert_eq!(lapses("jwt_exp: true", r#"{"token": "opaque"}"#), Err(Outcome::Unexpected));
    let two = format!("{LOGIN}    expires_in: 1h\n    jwt_exp: true\n");
    refused_file(&file_of_request(&two, "path: /x"), "a token has one lifetime");
    refused_file(
        &file_of_request(
            &format!("{LOGIN}    expires_at: {{from: $.at, format: '%H:%M %d.%m.%Y', zone: unknown}}\n"),
            "path: /x",
        ),
        "its zone must be known",
    );
}

#[test]
fn claims_of_a_token_can_be_read() {
    let text = LOGIN.replace("customer: $.customer.id", "depot: '${{ (token | jwt_claims).depot }}'");
    let jwt = r#"{"token": "eyJhbGciOiJub25lIn0.eyJleHAiOiAxNzc1MDQ1MTAwLCAiZGVwb3QiOiAiMDUzMCJ9.x", "a": "b"}"#;
    let found = read(&file_of_request(&text, "path: /x/${{ session.depot }}"), "auth", &replied(200, jwt)).unwrap();
    assert_eq!(found.session["depot"], "0530");
}

const CHAIN: &str = "
secrets: [user, password, id]
servers: {production: {api: 'https://api.swiftpost.example', pay: 'https://pay.swiftpost.example'}}
auths:
  first: {login: {request: {path: /login, json: {u: {$secret: user}, p: {$secret: password}}}, token: $.t, session: {customer: $.c}}}
  second: {login: {request: {server: pay, path: '/pay/${{ session.customer }}', auth: first, headers: {X-Id: '${{ secret.id }}'}, json: {first: {$secret: token}}}, token: $.t, send: {header: X-Pay}, one_session: true}}
  key: {header: {name: X-Key, value: '${{ secret.id }}'}}
";

#[test]
fn a_sign_in_may_need_another_one_first() {
    let text = file_of_request(CHAIN, "path: /x\nauth: second");
    assert_eq!(due(&text, &Tokens::new()).0, "first");
    let mut known = tokens(&[("first", "f-1")]);
    known.get_mut("first").unwrap().session = json!({"customer": "0077"}).as_object().unwrap().clone();
    let (auth, request) = due(&text, &known);
    assert_eq!((auth.as_str(), request.url.as_str()), ("second", "https://pay.swiftpost.example/pay/0077"));
    assert_eq!((header(&request, "authorization"), header(&request, "x-id")), (Some("Bearer f-1"), Some("id-value")));
    assert_eq!((body(&request), request.tokens.as_slice()), (r#"{"first":"f-1"}"#, &["first".to_owned()][..]));
    known.extend(tokens(&[("second", "s-1")]));
    let signed = sent_with(&text, &[], &known, NOW);
    assert_eq!((header(&signed, "x-pay"), header(&signed, "authorization")), (Some("s-1"), None));
    assert_eq!(signed.tokens, ["second"]);
    // With the second at hand, the first is not needed.
    assert_eq!(header(&sent_with(&text, &[], &tokens(&[("second", "s-1")]), NOW), "x-pay"), Some("s-1"));
    // A token of the chain that the carrier refuses can be renewed; a password cannot.
    assert_eq!(read(&text, "second", &replied(401, "")), Err(Outcome::Reauthenticate));
    assert_eq!(read(&text, "first", &replied(401, "")), Err(Outcome::Misconfigured));
    assert!(read(&text, "second", &replied(200, r#"{"t": "x"}"#)).unwrap().one_session);
}

#[test]
fn chains_have_an_end_and_every_link_of_them_exists() {
    let circle = CHAIN.replace("{request: {path: /login,", "{request: {path: /login, auth: second,");
    refused_file(&file_of_request(&circle, "path: /x\nauth: second"), "waits for itself");
    let gone = CHAIN.replace("auth: first,", "auth: frist,");
    refused_file(&file_of_request(&gone, "path: /x\nauth: second"), "there is no auth `frist`");
}

#[test]
fn each_step_has_its_own_sign_in_and_server() {
    let text = file(&format!(
        "{CHAIN}operations:
  create_shipment:
    steps:
      book: {{request: {{path: /book, auth: first, json: {{c: '${{{{ session.customer }}}}'}}}}, extract: {{carrier_ref: $.id}}}}
      pay: {{request: {{server: pay, path: '/${{{{ steps.book.carrier_ref }}}}', auth: second, json: {{a: 1}}}}}}
      tell: {{request: {{path: /tell, auth: key, json: {{a: 1}}}}}}
      free: {{request: {{path: /free, auth: none, json: {{a: '${{{{ shipment.reference }}}}'}}}}}}
"
    ));
    let carrier = carrier(&text);
    let account = account(&carrier, &[]);
    let mut known = tokens(&[("first", "f-1"), ("second", "s-1")]);
    known.get_mut("first").unwrap().session = json!({"customer": "0077"}).as_object().unwrap().clone();
    let mut progress = Progress::default();
    let mut seen = Vec::new();
    while let Next::Calls(calls) = carrier.next("create_shipment", &order(json!({})), &account, &known, &progress, NOW).unwrap() {
        let call = &calls[0];
        let credential = |name: &str| header(&call.request, name).unwrap_or("-").to_owned();
        seen.push(format!(
            "{} {} {} {}",
            call.request.url,
            credential("authorization"),
            credential("x-pay"),
            credential("x-key")
        ));
        let answer = carrier.interpret(
            "create_shipment",
            &order(json!({})),
            &account,
            &progress,
            &call.id,
            &replied(200, r#"{"id": "9"}"#),
        );
        progress.record(call.id.clone(), answer);
    }
    assert_eq!(
        seen,
        [
            "https://api.swiftpost.example/book Bearer f-1 - -",
            "https://pay.swiftpost.example/9 - s-1 -",
            "https://api.swiftpost.example/tell - - id-value",
            "https://api.swiftpost.example/free - - -",
        ]
    );
}

#[test]
fn what_would_show_or_lose_a_token_is_refused() {
    let refuse = |request: &str, wanted: &str| refused_file(&file_of_request(LOGIN, request), wanted);
    refuse("path: /x/${{ token }}", "the token could be seen here");
    refuse("path: /x\nquery: {t: '${{ token }}'}", "the token could be seen here");
    refuse("path: /x\njson: {t: '${{ token }}'}", "the token could be seen here");
    refuse("path: /x\njson: {t: '${{ session.custmer }}'}", "there is no `custmer` here");
    refuse("path: /x\nauth: none\njson: {t: {$secret: token}}", "there is no secret `token`");
    let placed = format!("{LOGIN}    send: body\n");
    refused_file(&file_of_request(&placed, "path: /x\njson: {a: 1}"), "the token has no place in this request");
    refused_file(&file_of_request(&LOGIN.replace("    token: $.token\n", ""), "path: /x"), "`token` is missing");
    refused_file(
        &file_of_request(&LOGIN.replace("path: /login", "path: '/login/${{ secret.user }}'"), "path: /x"),
        "could be seen here",
    );
    refused_file(
        &file_of_request(&LOGIN.replace("'${{ secret.user }}'", "'${{ shipment.reference }}'"), "path: /x"),
        "`shipment` is not in scope",
    );
    let field = format!("{LOGIN}    send: {{field: t}}\n");
    refused_file(&file_of_request(&field, "path: /x"), "a token is no field of its own");
    let nowhere = format!("{LOGIN}    send: {{value: '${{{{ token }}}}'}}\n");
    refused_file(&file_of_request(&nowhere, "path: /x"), "one place is a `header`, a `query` or a `field`");
}

#[test]
fn a_login_may_carry_another_sign_ins_credential_along() {
    let text = file_of_request(
        "secrets: [key]
auths:
  app:
    oauth2: {grant: client_credentials, request: {path: /token}, client: {id: app, secret: '${{ secret.key }}'}}
  payment:
    login: {request: {auth: app, method: POST, path: /pay}, token: $.token, auth: app, send: {header: X-Payment}}
",
        "auth: payment\npath: /x",
    );
    let carrier = carrier(&text);
    let account = account(&carrier, &[]);
    let token = |value: &str| Token { value: value.into(), expires_at: None, session: Map::new(), one_session: false };
    let mut tokens = BTreeMap::new();
    let mut next = |with: Option<(&str, &str)>| {
        tokens.extend(with.map(|(name, value)| (name.to_owned(), token(value))));
        carrier.next("create_shipment", &order(json!({})), &account, &tokens, &Progress::default(), NOW).unwrap()
    };
    assert!(matches!(next(None), Next::SignIn { auth, .. } if auth == "app"));
    let Next::SignIn { auth, request } = next(Some(("app", "a-1"))) else { panic!() };
    assert_eq!((auth.as_str(), header(&request, "authorization")), ("payment", Some("Bearer a-1")));
    let Next::Calls(calls) = next(Some(("payment", "p-1"))) else { panic!() };
    let sent = &calls[0].request;
    assert_eq!((header(sent, "authorization"), header(sent, "x-payment")), (Some("Bearer a-1"), Some("p-1")));
    assert_eq!(sent.tokens, ["app", "payment"]);
    refused_file(&text.replace("token: $.token, auth: app,", "token: $.token, auth: payment,"), "waits for itself");
    refused_file(&text.replace("token: $.token, auth: app,", "token: $.token, auth: ap,"), "there is no auth `ap`");
}
