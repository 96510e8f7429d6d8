//! From a file's `request:` to the exact URL, headers and body; sign-ins.

use crate::support::{
    NOW, account, account_with, carrier, file, file_of_request, header, indented, next, order, refused_file, replied, request,
    tokens, try_request,
};
use crossdock_engine::carrier::{AccountSettings, FaultKind, Next, Outcome, Progress, Repeatable, Reply, Request, Token};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BASE: &str = "https://api.swiftpost.example/v2";

#[track_caller]
fn sent(request_yaml: &str, patch: Value) -> Request {
    request(&file_of_request("", request_yaml), &order(patch))
}

#[track_caller]
fn check_url(request_yaml: &str, patch: Value, below_base: &str) {
    assert_eq!(sent(request_yaml, patch).url, format!("{BASE}{below_base}"));
}

#[track_caller]
fn check_headers(sections: &str, request_yaml: &str, expected: &[(&str, &str)]) {
    let sent = request(&file_of_request(sections, request_yaml), &order(json!({})));
    let found: Vec<(&str, &str)> = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_expression_of_a_path_is_one_segment() {
    check_url("path: /", json!({}), "/");
    check_url(
        "path: /a/${{ shipment.reference }}/b",
        json!({"shipment": {"reference": "x/y z?#%é"}}),
        "/a/x%2Fy%20z%3F%23%25%C3%A9/b",
    );
    check_url(
        "path: /a/${{ shipment.reference }}",
        json!({"shipment": {"reference": "-._~!$&'()*+,;=:@"}}),
        "/a/-._~!$&'()*+,;=:@",
    );
    check_url("path: '/p/${{ shipment.parcels | map(\"weight\") | join(\",\") }}.json'", json!({}), "/p/1250.json");
}

#[test]
fn query_lists_repeat_and_nulls_fall_out() {
    check_url(
        "path: /a\nquery: {x: '${{ shipment.recipient.company }}', ids: '${{ shipment.parcels | map(\"reference\") }}', fixed: [1, b c], n: 1.5, t: true, amp: 'a&b=c+d'}",
        json!({}),
        "/a?ids=R-1%2F1&fixed=1&fixed=b%20c&n=1.5&t=true&amp=a%26b%3Dc%2Bd".replace("%2F", "/").as_str(),
    );
    refused_file(&file_of_request("", "path: /a?x=1"), "query parameters stand in `query`");
}

#[test]
fn methods_and_media_follow_the_body() {
    let cases = [
        ("path: /x", "GET", None),
        ("path: /x\njson: {a: 1}", "POST", Some("application/json")),
        ("path: /x\nxml: {a: 1}", "POST", Some("application/xml")),
        ("path: /x\nform: {a: 1}", "POST", Some("application/x-www-form-urlencoded")),
        ("path: /x\nmethod: PUT\ntext: hello", "PUT", Some("text/plain; charset=utf-8")),
        ("path: /x\nmethod: DELETE", "DELETE", None),
        ("path: /x\njson: {a: 1}\ncontent_type: application/vnd.swiftpost+json", "POST", Some("application/vnd.swiftpost+json")),
        ("path: /x\njson: {a: 1}\nheaders: {content-type: application/vnd.x+json}", "POST", Some("application/vnd.x+json")),
    ];
    for (yaml, method, media) in cases {
        let sent = sent(yaml, json!({}));
        assert_eq!((sent.method.as_str(), header(&sent, "content-type")), (method, media), "{yaml}");
        assert!(sent.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type")).count() <= 1);
    }
    refused_file(&file_of_request("", "path: /x\nmethod: GET\njson: {a: 1}"), "a GET has no body");
    refused_file(&file_of_request("", "path: /x\njson: {a: 1}\nform: {a: 1}"), "a request has one body");
}

#[test]
fn headers_of_the_request_win_over_defaults() {
    check_headers(
        "defaults: {headers: {Accept: application/json, X-A: a, X-Gone: '${{ order.account | replace(\"default\", \"\") }}'}, query: {v: 2}}",
        "path: /x\nheaders: {accept: text/plain, X-Null: '${{ shipment.recipient.company }}', X-N: 5}",
        &[("accept", "text/plain"), ("X-A", "a"), ("X-Gone", ""), ("X-N", "5")],
    );
}

#[test]
fn xml_is_structure() {
    let yaml = "
path: /x
xml:
  $ns: {'': urn:a, b: urn:b}
  order:
    '@id': ${{ shipment.reference }}
    b:party: {'@kind': to, $text: '${{ shipment.recipient.name }}'}
    parcel:
      $for: p in shipment.parcels
      $do: {weight: '${{ p.weight }}'}
    empty: {}
    also: ''
    list: [1, 2]";
    let sent = sent(yaml, json!({"shipment": {"parcels": [{"weight": 1}, {"weight": 2}]}}));
    assert_eq!(
        String::from_utf8(sent.body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><order xmlns=\"urn:a\" xmlns:b=\"urn:b\" id=\"R-1\"><b:party kind=\"to\">Ines Ruiz</b:party>\
         <parcel><weight>1</weight></parcel><parcel><weight>2</weight></parcel><empty/><also/><list>1</list><list>2</list></order>"
    );
}

#[test]
fn servers_are_named_and_chosen_by_environment() {
    let text = file_of_request(
        "config: {old: {type: boolean, default: false}}
servers:
  production: {api: 'https://api.swiftpost.example/v2/', id: 'https://id.swiftpost.example'}
  sandbox: {api: 'https://sbx.swiftpost.example', id: 'https://id.swiftpost.example'}",
        "{server: {$match: config.old, true: id, $else: api}, path: /x}",
    );
    let carrier = carrier(&text);
    let url = |environment: Option<&str>, config: Value, servers: &[(&str, &str)]| {
        let settings = AccountSettings {
            environment: environment.map(str::to_owned),
            config: config.as_object().cloned().unwrap(),
            servers: servers.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect(),
            ..AccountSettings::default()
        };
        let account = carrier.account(&settings)?;
        match next(&carrier, &account, &order(json!({})), &Progress::default()).unwrap() {
            Next::Calls(calls) => Ok::<String, Vec<String>>(calls[0].request.url.clone()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(url(None, json!({}), &[]).unwrap(), "https://api.swiftpost.example/v2/x");
    assert_eq!(url(Some("sandbox"), json!({}), &[]).unwrap(), "https://sbx.swiftpost.example/x");
    assert_eq!(url(None, json!({"old": true}), &[]).unwrap(), "https://id.swiftpost.example/x");
    assert_eq!(url(None, json!({}), &[("api", "http://127.0.0.1:9/base/")]).unwrap(), "http://127.0.0.1:9/base/x");
    assert!(url(Some("prod"), json!({}), &[]).unwrap_err()[0].contains("there is no environment `prod`"));
    assert!(url(None, json!({}), &[("apo", "http://x")]).unwrap_err()[0].contains("did you mean `api`?"));
    refused_file(
        &file_of_request("servers: {production: {api: 'https://${{ config.host }}'}}", "path: /x"),
        "a server cannot be calculated",
    );
    refused_file(&file_of_request("servers: {production: {api: 'http://a.example'}}", "path: /x"), "a server is `https://`");
    refused_file(&file_of_request("", "{server: apo, path: /x}"), "there is no server `apo`");
    refused_file(&file_of_request("", "{server: '${{ shipment.reference }}', path: /x}"), "a server is named");
}

#[test]
fn a_conditional_write_says_whether_it_may_be_repeated() {
    let repeatable = |operation: &str, request: &str| {
        let text = file(&format!("operations:\n  create_shipment:\n{}    request: {request}\n", indented(operation, 4)));
        crate::support::request(&text, &order(json!({}))).repeatable
    };
    assert_eq!(repeatable("", "{path: /x}"), Repeatable::Reads);
    assert_eq!(repeatable("", "{path: /x, json: {}}"), Repeatable::Never);
    assert_eq!(repeatable("writes: false", "{path: /x, json: {}}"), Repeatable::Reads);
    assert_eq!(repeatable("writes: true", "{path: /x}"), Repeatable::Never);
    let within = Repeatable::Within(std::time::Duration::from_secs(86_400));
    assert_eq!(repeatable("idempotency: {header: Idempotency-Key, window: 24h}", "{path: /x, json: {}}"), within);
}

#[test]
fn the_idempotency_key_is_the_orders_own() {
    let text = file(
        "operations:\n  create_shipment:\n    idempotency: {header: Idempotency-Key, window: 24h}\n    request: {path: /x, json: {key: '${{ order.key }}'}}\n",
    );
    let first = request(&text, &order(json!({})));
    assert_eq!(header(&first, "idempotency-key"), crate::support::json_body(&first)["key"].as_str());
    let again = request(&text, &order(json!({"shipment": {"recipient": {"name": "X"}}})));
    assert_eq!(header(&again, "idempotency-key"), header(&first, "idempotency-key"));
    for other in [json!({"order_id": "O-2"}), json!({"operation_id": "O-1-b"}), json!({"operation": "cancel_shipment"})] {
        assert_ne!(header(&request(&text, &order(other)), "idempotency-key"), header(&first, "idempotency-key"));
    }
    let hashed = text.replace("window: 24h", "value: \"${{ order.key | sha256 }}\", window: 24h");
    assert_eq!(header(&request(&hashed, &order(json!({}))), "idempotency-key").map(str::len), Some(64));
}

#[test]
fn an_order_that_does_not_meet_a_condition_is_refused() {
    let text = file(
        "operations:
  create_shipment:
    requires:
      - {that: 'shipment.parcels | length <= 2', message: 'SwiftPost takes 2 parcels, not ${{ shipment.parcels | length }}'}
      - {that: shipment.recipient.phone, message: SwiftPost needs a phone number}
    request: {path: /x}
",
    );
    let carrier = carrier(&text);
    let asked = |patch: Value| next(&carrier, &account(&carrier), &order(patch), &Progress::default());
    assert!(asked(json!({"shipment": {"recipient": {"phone": "1"}}})).is_ok());
    let fault = asked(json!({"shipment": {"parcels": [{"weight": 1}, {"weight": 1}, {"weight": 1}]}})).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    assert_eq!(fault.messages, ["SwiftPost takes 2 parcels, not 3", "SwiftPost needs a phone number"]);
}

#[test]
fn fixed_credentials() {
    let secrets = "secrets: [user, key]\n";
    let auth =
        |auth: &str| request(&file_of_request(&format!("{secrets}auth: {auth}"), "path: /x\nquery: {a: 1}"), &order(json!({})));
    let both = "'${{ secret.user }}'";
    let basic = auth(&format!("{{basic: {{username: {both}, password: '${{{{ secret.key }}}}'}}}}"));
    assert_eq!(header(&basic, "authorization"), Some("Basic dXNlci12YWx1ZTprZXktdmFsdWU="));
    let alone = auth("{basic: {username: '${{ secret.user }}${{ secret.key }}'}}");
    assert_eq!(header(&alone, "authorization"), Some("Basic dXNlci12YWx1ZWtleS12YWx1ZTo="));
    let bearer = auth("{bearer: {token: '${{ secret.user }}.${{ secret.key }}'}}");
    assert_eq!(header(&bearer, "authorization"), Some("Bearer user-value.key-value"));
    let named = auth("{header: {name: X-Key, value: '${{ secret.user }}:${{ secret.key }}'}}");
    assert_eq!(header(&named, "x-key"), Some("user-value:key-value"));
    let query = auth("{query: {name: key, value: '${{ secret.user }}/${{ secret.key }}&'}}");
    assert_eq!(query.url, format!("{BASE}/x?a=1&key=user-value/key-value%26"));
    for sent in [basic, bearer, named, query] {
        assert!(sent.masked.iter().any(|text| text.contains("key-value")), "{:?}", sent.masked);
    }
    let none = request(&file_of_request("auth: {none: }", "path: /x"), &order(json!({})));
    assert_eq!(none.headers, []);
    refused_file(&file_of_request("secrets: [key]", "path: /x/${{ secret.key }}"), "could be seen here");
    refused_file(&file_of_request("secrets: [key]", "path: /x\nquery: {k: '${{ secret.key }}'}"), "could be seen here");
}

#[test]
fn a_missing_secret_is_the_accounts_fault() {
    let carrier = carrier(&file_of_request("secrets: [key]\nauth: {bearer: {token: '${{ secret.key }}'}}", "path: /x"));
    let account = carrier.account(&AccountSettings::default()).unwrap();
    let fault = next(&carrier, &account, &order(json!({})), &Progress::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert!(fault.to_string().contains("key"), "{fault}");
}

#[test]
fn one_of_several_sign_ins_is_named() {
    let auths = "secrets: [a, b]\nauths: {first: {bearer: {token: '${{ secret.a }}'}}, second: {header: {name: X-B, value: '${{ secret.b }}'}}}";
    let sent = |auth: &str| request(&file_of_request(auths, &format!("path: /x\n{auth}")), &order(json!({})));
    assert_eq!(header(&sent(""), "authorization"), Some("Bearer a-value"));
    let second = sent("auth: second");
    assert_eq!((header(&second, "authorization"), header(&second, "x-b")), (None, Some("b-value")));
    assert_eq!(sent("auth: none").headers, []);
    refused_file(&file_of_request(auths, "path: /x\nauth: third"), "there is no auth `third`");
}

fn oauth2(client: &str) -> String {
    file_of_request(
        &format!(
            "secrets: [client_id, client_secret]
servers: {{production: {{api: 'https://api.swiftpost.example/v2', id: 'https://id.swiftpost.example'}}}}
auth:
  oauth2:
    grant: client_credentials
    request: {{server: id, path: /oauth/token}}
    client: {{{client}id: '${{{{ secret.client_id }}}}', secret: '${{{{ secret.client_secret }}}}'}}
    scope: ship track
    token: $.access_token
    expires_in: {{from: $.expires_in, default: 3600}}"
        ),
        "path: /x",
    )
}

/// What comes next with these tokens.
fn with_tokens(text: &str, tokens: &BTreeMap<String, Token>) -> Next {
    let carrier = carrier(text);
    carrier.next("create_shipment", &order(json!({})), &account(&carrier), tokens, &Progress::default(), NOW).unwrap()
}

#[track_caller]
fn sign_in(text: &str, tokens: &BTreeMap<String, Token>) -> Request {
    match with_tokens(text, tokens) {
        Next::SignIn { auth, request } if auth == "auth" => *request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_fetched_when_there_is_none_or_it_has_lapsed() {
    let basic = sign_in(&oauth2(""), &BTreeMap::new());
    assert_eq!((basic.method.as_str(), basic.url.as_str()), ("POST", "https://id.swiftpost.example/oauth/token"));
    assert_eq!(header(&basic, "authorization"), Some("Basic Y2xpZW50X2lkLXZhbHVlOmNsaWVudF9zZWNyZXQtdmFsdWU="));
    assert_eq!(header(&basic, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(basic.body, b"grant_type=client_credentials&scope=ship+track");
    assert_eq!(basic.repeatable, Repeatable::Reads);
    let body = sign_in(&oauth2("send: body, "), &BTreeMap::new());
    assert_eq!(
        body.body,
        b"grant_type=client_credentials&client_id=client_id-value&client_secret=client_secret-value&scope=ship+track"
    );
    assert_eq!(header(&body, "authorization"), None);
    assert!(body.masked.contains(&"client_secret-value".to_owned()));
    let token = |expires_at| {
        BTreeMap::from([(
            "auth".to_owned(),
            Token { value: "t".into(), expires_at, session: serde_json::Map::new(), one_session: false },
        )])
    };
    sign_in(&oauth2(""), &token(Some(NOW - 1)));
    sign_in(&oauth2(""), &token(Some(NOW)));
    for valid in [token(Some(NOW + 1)), token(None), tokens()] {
        match with_tokens(&oauth2(""), &valid) {
            Next::Calls(calls) => {
                let sent = &calls[0].request;
                assert_eq!(header(sent, "authorization"), Some(format!("Bearer {}", valid["auth"].value).as_str()));
                assert!(sent.masked.contains(&valid["auth"].value));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tokens_are_read_with_their_lifetime() {
    let carrier = carrier(&oauth2(""));
    let read = |reply: Reply| carrier.read_token("auth", &account(&carrier), &reply, NOW);
    let token = read(replied(200, r#"{"access_token": "abc", "expires_in": "120"}"#)).unwrap();
    assert_eq!((token.value.as_str(), token.expires_at), ("abc", Some(NOW + 120)));
    assert_eq!(read(replied(200, r#"{"access_token": "abc"}"#)).unwrap().expires_at, Some(NOW + 3600));
    let outcome = |reply: Reply| read(reply).unwrap_err().outcome;
    assert_eq!(outcome(replied(401, "{}")), Outcome::Misconfigured);
    assert_eq!(outcome(replied(503, "")), Outcome::Throttled);
    assert_eq!(outcome(replied(500, "")), Outcome::Transient);
    assert_eq!(outcome(replied(200, "{}")), Outcome::Unexpected);
    assert_eq!(outcome(replied(200, r#"{"access_token": ""}"#)), Outcome::Unexpected);
    assert_eq!(outcome(replied(200, "<html>")), Outcome::Unexpected);
    assert_eq!(outcome(Reply::NotConnected("refused".into())), Outcome::NotWritten);
}

#[test]
fn a_refused_token_is_renewed_and_a_refused_key_is_not() {
    let outcome = |text: &str, status| crate::support::answer(text, &replied(status, "")).outcome;
    assert_eq!(outcome(&oauth2(""), 401), Outcome::Reauthenticate);
    assert_eq!(outcome(&oauth2(""), 403), Outcome::Misconfigured);
    let key = file_of_request("secrets: [key]\nauth: {bearer: {token: '${{ secret.key }}'}}", "path: /x");
    assert_eq!(outcome(&key, 401), Outcome::Misconfigured);
}

fn linked(request: &str) -> String {
    file(&format!(
        "secrets: [key]
auth: {{bearer: {{token: '${{{{ secret.key }}}}'}}}}
defaults: {{headers: {{X-Default: d}}}}
links: [labels.swiftpost.example]
operations:
  create_shipment:
    request: {request}
"
    ))
}

#[test]
fn links_are_followed_byte_for_byte_to_named_hosts() {
    let follow = |request: &str, url: &str| {
        try_request(&carrier(&linked(request)), &order(json!({"shipment": {"metadata": {"url": url}}})))
    };
    let plain = "{link: shipment.metadata.url}";
    let url = "https://labels.swiftpost.example/a%2Fb/ü?x=1&y=%20+#z";
    let sent = follow(plain, url).unwrap();
    assert_eq!((sent.url.as_str(), sent.headers.as_slice()), (url, &[][..]));
    let signed = follow("{link: shipment.metadata.url, auth: auth, headers: {Accept: application/pdf}}", url).unwrap();
    assert_eq!(header(&signed, "authorization"), Some("Bearer key-value"));
    assert_eq!((header(&signed, "accept"), header(&signed, "x-default")), (Some("application/pdf"), None));
    assert!(follow(plain, "https://LABELS.swiftpost.example:443/x").is_ok());
    for (url, wanted) in [
        ("http://labels.swiftpost.example/x", "must be https"),
        ("https://labels.swiftpost.example.evil.example/x", "does not name"),
        ("https://evil.example/labels.swiftpost.example", "does not name"),
        ("https://labels.swiftpost.example@evil.example/", "no URL has"),
        ("https://labels.swiftpost.example:8443/", "does not name"),
        ("https://evil.example\\@labels.swiftpost.example/", "does not name"),
        ("https://labels.swiftpost.example/a b", "no URL has"),
        ("https://labels.swiftpost.example/\r\nX: 1", "no URL has"),
        ("//labels.swiftpost.example/", "must be https"),
        ("", "must be https"),
    ] {
        let fault = follow(plain, url).unwrap_err();
        assert!(fault.contains(wanted), "{url}: {fault}");
    }
    assert!(follow(plain, "https://evil.example/").unwrap_err().find("evil").is_none());
    for beside in ["query: {a: 1}", "server: api"] {
        refused_file(&linked(&format!("{{link: shipment.metadata.url, {beside}}}")), "followed byte for byte");
    }
}

#[test]
fn account_settings_reach_the_request() {
    let text = file_of_request("config: {no: {type: string, example: '1'}}", "path: /a/${{ config.no }}");
    let carrier = carrier(&text);
    let found =
        next(&carrier, &account_with(&carrier, json!({"no": "00123450"})), &order(json!({})), &Progress::default()).unwrap();
    assert!(matches!(found, Next::Calls(calls) if calls[0].request.url == format!("{BASE}/a/00123450")));
}

#[test]
fn a_condition_may_be_asked_of_each_parcel() {
    let text = file(
        "operations:
  create_shipment:
    requires:
      - {for_each: p in shipment.parcels, that: p.weight <= 30000, message: \"parcel ${{ loop.index }} (${{ p.reference }}) is too heavy\"}
      - {that: shipment.reference, message: no reference}
    request: {method: POST, path: /x}
",
    );
    let parcels = |weights: &[u32]| {
        let all: Vec<Value> =
            weights.iter().enumerate().map(|(at, weight)| json!({"reference": format!("P{at}"), "weight": weight})).collect();
        order(json!({"shipment": {"parcels": all}}))
    };
    request(&text, &parcels(&[1, 30000]));
    let refused = try_request(&carrier(&text), &parcels(&[31000, 5, 30001])).unwrap_err();
    assert!(
        refused.contains("parcel 1 (P0) is too heavy") && refused.contains("parcel 3 (P2)") && !refused.contains("parcel 2"),
        "{refused}"
    );
    refused_file(&text.replace("p in shipment.parcels", "shipment.parcels"), "a loop is written `name in list`");
    refused_file(
        &text.replace("{that: shipment.reference, message: no reference}", "{that: p.weight, message: x}"),
        "`p` is not in scope",
    );
}
