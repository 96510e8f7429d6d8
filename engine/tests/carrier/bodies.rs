//! Bodies beside JSON: what is sent byte for byte, and how SOAP replies are read.

use crate::support::{answer_of, carrier, file, file_of_request, header, order, refused_file, request, try_request};
use crossdock_engine::carrier::{Outcome, Reply, Request};
use serde_json::{Value, json};

fn sent(request_yaml: &str) -> Request {
    request(&file_of_request("", request_yaml), &order(json!({})))
}

fn text(request: &Request) -> &str {
    std::str::from_utf8(&request.body).expect("a text")
}

#[track_caller]
fn check_finding(request_yaml: &str, wanted: &str) {
    refused_file(&file_of_request("", request_yaml), wanted);
}

const SOAP: &str = "
path: /ws
soap:
  action: urn:book
  $ns: {ship: 'urn:ship', v2: 'urn:ship:v2'}
  header: {'ship:Account': {Number: '00123450'}}
  body:
    'ship:Book':
      '@mode': test
      'v2:ref': ${{ shipment.reference }}
      to: {$omit: empty, name: '${{ shipment.recipient.name }}', company: '${{ shipment.recipient.company }}'}";

#[test]
fn a_soap_message_is_an_envelope_and_its_headers() {
    let sent = sent(SOAP);
    assert_eq!(
        text(&sent),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ship=\"urn:ship\" xmlns:v2=\"urn:ship:v2\">\
         <soap:Header><ship:Account><Number>00123450</Number></ship:Account></soap:Header>\
         <soap:Body><ship:Book mode=\"test\"><v2:ref>R-1</v2:ref><to><name>Ines Ruiz</name></to></ship:Book></soap:Body></soap:Envelope>"
    );
    assert_eq!(sent.method, "POST");
    assert_eq!(header(&sent, "content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(header(&sent, "SOAPAction"), Some("\"urn:book\""));
}

#[test]
fn soap_headers_follow_the_version_and_yield_to_the_files_own() {
    let plain = sent("path: /ws\nsoap: {body: {Ping: {}}}");
    assert_eq!(header(&plain, "soapaction"), Some("\"\""));
    let newer = sent("path: /ws\nsoap: {version: 1.2, action: 'urn:${{ shipment.reference }}', body: {Ping: {}}}");
    assert!(text(&newer).contains("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\""), "{}", text(&newer));
    assert_eq!(header(&newer, "content-type"), Some("application/soap+xml; charset=utf-8; action=\"urn:R-1\""));
    assert_eq!(header(&newer, "soapaction"), None);
    let own = sent("path: /ws\nheaders: {SOAPAction: urn:bare}\ncontent_type: text/xml\nsoap: {action: urn:x, body: {Ping: {}}}");
    assert_eq!((header(&own, "soapaction"), header(&own, "content-type")), (Some("urn:bare"), Some("text/xml")));
}

#[test]
fn the_envelope_takes_the_prefix_that_the_file_gives_it() {
    let named = sent("path: /ws\nsoap: {$ns: {e: 'http://schemas.xmlsoap.org/soap/envelope/'}, body: {'e:Ping': {}}}");
    assert!(
        text(&named).contains("<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Ping/>"),
        "{}",
        text(&named)
    );
    let taken = sent("path: /ws\nsoap: {$ns: {soap: 'urn:mine'}, body: {'soap:Ping': {}}}");
    assert!(text(&taken).contains("<soapenv:Body><soap:Ping/></soapenv:Body>"), "{}", text(&taken));
}

#[test]
fn a_header_that_falls_out_is_not_there() {
    let sent = sent("path: /ws\nsoap: {header: {$omit: empty, Key: '${{ shipment.service }}'}, body: {Ping: {}}}");
    assert!(!text(&sent).contains("Header"), "{}", text(&sent));
}

fn soap_file(responses: &str, extract: &str) -> String {
    let responses = if responses.is_empty() { String::new() } else { format!("    responses: {responses}\n") };
    file(&format!(
        "operations:\n  create_shipment:\n    request: {{path: /ws, soap: {{body: {{Book: {{ref: '${{{{ shipment.reference }}}}'}}}}}}}}\n{responses}    extract: {extract}\n"
    ))
}

fn xml(status: u16, body: &str) -> Reply {
    Reply::Answered { status, headers: vec![("Content-Type".into(), "text/xml".into())], body: body.as_bytes().to_vec() }
}

fn enveloped(inside: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>")
}

const CLIENT_FAULT: &str = "<s:Fault><faultcode>s:Client.Data</faultcode><faultstring>no such place</faultstring>\
                            <detail><why><no>7</no></why></detail></s:Fault>";

#[test]
fn of_a_soap_reply_only_the_inside_of_the_body_is_read() {
    let rules = "[{when: {fault: true}, outcome: rejected}, \
                 {when: {if: \"body.r.code != '0'\"}, outcome: rejected, code: $.r.code, message: $$.r.text}, \
                 {when: {status: 2xx}, outcome: accepted}, $http]";
    let carrier = carrier(&soap_file(rules, "{parcels: {each: '$.r.p[*]', tracking_number: $.no}, carrier_ref: $.r.id}"));
    let taken =
        answer_of(&carrier, &xml(200, &enveloped("<n:r xmlns:n=\"urn:n\"><code>0</code><id>X1</id><p><no>007</no></p></n:r>")));
    assert_eq!((taken.outcome, taken.unreadable), (Outcome::Accepted, None));
    assert_eq!(Value::Object(taken.extracted), json!({"parcels": [{"tracking_number": "007"}], "carrier_ref": "X1"}));
    let refused = answer_of(&carrier, &xml(200, &enveloped("<r><code>3</code><text>too heavy</text></r>")));
    assert_eq!(refused.outcome, Outcome::Rejected);
    assert_eq!((refused.errors[0].code.as_deref(), refused.errors[0].message.as_deref()), (Some("3"), Some("too heavy")));
}

#[test]
fn what_is_no_envelope_is_no_success() {
    let rules = "[{when: {fault: false, status: 2xx}, outcome: accepted}, $http]";
    let carrier = carrier(&soap_file(rules, "{carrier_ref: $.r.id}"));
    for body in ["<r><id>1</id></r>", ""] {
        let answer = answer_of(&carrier, &xml(200, body));
        assert_eq!(answer.outcome, Outcome::Unexpected);
        assert!(answer.unreadable.unwrap().contains("no SOAP envelope"));
    }
}

/// Code, text and detail of a fault, as a rule reads them.
fn fault_of(fault: &str) -> (Option<String>, Option<String>) {
    let rules = "[{when: {fault: true}, outcome: rejected, code: '${{ fault.code }}', message: '${{ fault.text }} (${{ fault.detail.why.no }})'}, $http]";
    let answer = answer_of(&carrier(&soap_file(rules, "{carrier_ref: $.id}")), &xml(500, &enveloped(fault)));
    assert_eq!(answer.outcome, Outcome::Rejected);
    let error = answer.errors.into_iter().next().expect("an error");
    (error.code, error.message)
}

#[test]
fn faults_of_both_versions_read_alike() {
    assert_eq!(fault_of(CLIENT_FAULT), (Some("Client.Data".into()), Some("no such place (7)".into())));
    let newer = "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>m:Busy</s:Value></s:Subcode></s:Code>\
                 <s:Reason><s:Text xml:lang=\"en\">no such place</s:Text><s:Text xml:lang=\"fr\">introuvable</s:Text></s:Reason>\
                 <s:Detail><why><no>7</no></why></s:Detail></s:Fault>";
    assert_eq!(fault_of(newer), (Some("Busy".into()), Some("no such place (7)".into())));
}

#[test]
fn without_rules_a_fault_is_no_success() {
    let carrier = carrier(&soap_file("", "{carrier_ref: $.r.id}"));
    let outcome = |status, inside: &str| answer_of(&carrier, &xml(status, &enveloped(inside))).outcome;
    assert_eq!(outcome(200, "<r><id>1</id></r>"), Outcome::Accepted);
    for status in [200, 500] {
        let answer = answer_of(&carrier, &xml(status, &enveloped(CLIENT_FAULT)));
        assert_eq!((answer.outcome, answer.errors[0].message.as_deref()), (Outcome::Rejected, Some("no such place")));
        let servers = "<s:Fault><faultcode>s:Server</faultcode><faultstring>busy</faultstring></s:Fault>";
        assert_eq!(outcome(status, servers), Outcome::Transient);
    }
    let listed: Vec<String> = carrier.rule_lists()[0].1.iter().map(|rule| rule.text.clone()).collect();
    assert_eq!(listed[1], "{when: {fault: true}, outcome: transient}");
    assert!(listed[0].contains("Client|Sender"), "{}", listed[0]);
}

#[test]
fn a_rule_may_ask_that_there_is_no_fault() {
    let rules = "[{when: {fault: false, status: 2xx}, outcome: accepted}, {default: true, outcome: rejected}]";
    let carrier = carrier(&soap_file(rules, "{carrier_ref: $.r.id}"));
    assert_eq!(answer_of(&carrier, &xml(200, &enveloped("<r/>"))).outcome, Outcome::Accepted);
    assert_eq!(answer_of(&carrier, &xml(200, &enveloped(CLIENT_FAULT))).outcome, Outcome::Rejected);
}

#[test]
fn a_soap_reply_is_not_accepted_before_its_fault_is_looked_for() {
    refused_file(
        &soap_file("[{when: {status: 2xx}, outcome: accepted}, $http]", "{carrier_ref: $.id}"),
        "before a rule on the fault",
    );
}

#[test]
fn xml_is_checked_before_it_is_written() {
    for (body, wanted) in [
        ("xml: {a: {}, b: {}}", "`b` is a second root"),
        ("xml: {}", "there is no root"),
        ("xml: {'c:a': {}}", "prefix `c` is not declared"),
        ("xml: {a: {'@c:kind': x}}", "prefix `c` is not declared"),
        ("xml: {a: {$ns: {c: 'urn:c'}, b: {}}, $ns: urn:c}", "`$ns` maps prefixes"),
        ("xml: {a: {b: {'1st': x}}}", "`1st` is no XML name"),
        ("xml: {a: {$if: shipment.service, $then: {'c:b': 1}}}", "prefix `c` is not declared"),
        ("form: {doc: {$xml: {'c:a': 1}}}", "prefix `c` is not declared"),
        ("soap: {body: {'c:a': 1}}", "prefix `c` is not declared"),
        ("json: {$ns: {a: 'urn:a'}, a: 1}", "`$ns` is a word of XML"),
        ("json: {a: {$file: x, $data: y}}", "`$file` is a word of a part of `multipart`"),
        ("multipart: {a: {$text: x}}", "`$text` is a word of XML"),
        ("json: {a: 1}\nsoap: {body: {a: 1}}", "one body: `json` or `soap`"),
        ("multipart: x", "`multipart` is a mapping"),
    ] {
        check_finding(&format!("path: /x\n{body}"), wanted);
    }
    let inner = sent("path: /x\nxml: {a: {$ns: {c: 'urn:c'}, 'c:b': {'@c:k': 1}}, $declaration: false}");
    assert_eq!(text(&inner), "<a xmlns:c=\"urn:c\"><c:b c:k=\"1\"/></a>");
    let own = sent("path: /x\nxml: {'c:a': {$ns: {c: 'urn:c'}}}");
    assert!(text(&own).ends_with("<c:a xmlns:c=\"urn:c\"/>"), "{}", text(&own));
}

#[test]
fn xml_and_json_stand_in_forms() {
    let sent = sent(
        "path: /x\nform: {API: Verify, XML: {$xml: {$declaration: false, Req: {'@id': '7&8', Name: '${{ shipment.recipient.name }}'}}}, j: {$json: {a: [1]}}}",
    );
    assert_eq!(
        text(&sent),
        "API=Verify&XML=%3CReq+id%3D%227%26amp%3B8%22%3E%3CName%3EInes+Ruiz%3C%2FName%3E%3C%2FReq%3E&j=%7B%22a%22%3A%5B1%5D%7D"
    );
}

#[test]
fn multipart_has_fields_and_files() {
    let yaml = "
path: /documents
multipart:
  reference: ${{ shipment.reference }}
  tags: [a, b]
  meta: {$media: application/json, $data: {$json: {n: 1}}}
  file: {$file: 'in\"voice.pdf', $media: application/pdf, $data: \"${{ 'JVBERi0=' | base64_decode }}\"}
  raw: {$file: x.bin, $data: \"${{ '/w==' | base64_decode }}\"}";
    let first = sent(yaml);
    let media = header(&first, "content-type").expect("a media type").to_owned();
    let boundary = media.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let part = |head: &str, data: &[u8]| [format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes(), data, b"\r\n"].concat();
    let field = |name: &str, data: &str| part(&format!("Content-Disposition: form-data; name=\"{name}\""), data.as_bytes());
    let expected = [
        field("reference", "R-1"),
        field("tags", "a"),
        field("tags", "b"),
        part("Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json", b"{\"n\":1}"),
        part(
            "Content-Disposition: form-data; name=\"file\"; filename=\"in%22voice.pdf\"\r\nContent-Type: application/pdf",
            b"%PDF-",
        ),
        part(
            "Content-Disposition: form-data; name=\"raw\"; filename=\"x.bin\"\r\nContent-Type: application/octet-stream",
            &[0xFF],
        ),
        format!("--{boundary}--\r\n").into_bytes(),
    ]
    .concat();
    assert_eq!(first.body, expected, "{}", String::from_utf8_lossy(&first.body));
    assert_eq!(sent(yaml).body, first.body, "the same order makes the same bytes");
    let related = sent(&format!("{yaml}\ncontent_type: multipart/related"));
    assert_eq!(header(&related, "content-type"), Some(format!("multipart/related; boundary={boundary}").as_str()));
}

#[test]
fn a_part_of_multipart_is_a_field_or_has_data() {
    for (part, wanted) in [("{a: 1}", "no word of a part"), ("{$file: x}", "needs its `$data`")] {
        let text = file_of_request("", &format!("path: /x\nmultipart: {{f: {part}}}"));
        let fault = try_request(&carrier(&text), &order(json!({}))).unwrap_err();
        assert!(fault.contains(wanted), "{fault}");
    }
}

#[test]
fn bytes_are_sent_as_they_came() {
    let whole = sent("path: /x\nbytes: \"${{ '/wD+' | base64_decode }}\"");
    assert_eq!((whole.body.as_slice(), header(&whole, "content-type")), (&[0xFF, 0, 0xFE][..], Some("application/octet-stream")));
    let typed = sent("path: /x\ncontent_type: application/zpl\nbytes: ^XA${{ shipment.reference }}");
    assert_eq!((text(&typed), header(&typed, "content-type")), ("^XAR-1", Some("application/zpl")));
    let field = sent("path: /x\nform: {data: \"${{ '/w A=' | replace(' ', '') | base64_decode }}\", more: x}");
    assert_eq!(text(&field), "data=%FF%00&more=x");
    let wrong = file_of_request("", "path: /x\nbytes: \"${{ shipment.reference | base64_decode }}\"");
    assert!(try_request(&carrier(&wrong), &order(json!({}))).unwrap_err().contains("no Base64"));
}

#[test]
fn the_media_type_is_the_files_own_if_it_says_one() {
    let vendor = sent("path: /x\ncontent_type: application/vnd.swiftpost.v8+xml\nxml: {a: 1}");
    assert_eq!(header(&vendor, "content-type"), Some("application/vnd.swiftpost.v8+xml"));
    let computed = sent("path: /x\ncontent_type: application/vnd.${{ order.account }}+json\njson: {a: 1}");
    assert_eq!(header(&computed, "content-type"), Some("application/vnd.default+json"));
}

#[test]
fn a_list_in_a_header_is_one_header() {
    let sent = sent("path: /x\nheaders: {Accept: [application/pdf, '${{ shipment.service }}', image/png], X: []}");
    assert_eq!(header(&sent, "accept"), Some("application/pdf, image/png"));
    assert_eq!((header(&sent, "x"), sent.headers.len()), (None, 1));
}

#[test]
fn a_hash_that_is_made_of_a_secret_is_masked_too() {
    let signed = file_of_request(
        "secrets: [key]",
        "path: /x\nxml: {order: {sign: {$secret: \"${{ (shipment.reference ~ secret.key) | md5 | upper }}\"}}}",
    );
    let sent = request(&signed, &order(json!({})));
    let hash = "CA9DDA81D4B89C8E34B80C3399C3BF48";
    assert!(text(&sent).contains(&format!("<sign>{hash}</sign>")), "{}", text(&sent));
    assert!(sent.masked.contains(&hash.to_owned()), "whoever shows the request hides it");
}
