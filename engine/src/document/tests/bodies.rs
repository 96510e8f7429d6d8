use crate::document::{DocumentKind, form_to_json, open, sniff, to_text, xml_to_json};

#[track_caller]
fn check_xml(xml: &str, json: &str) {
    assert_eq!(xml_to_json(xml).expect("good XML"), json);
}

#[track_caller]
fn check_open(content_type: Option<&str>, body: &[u8], kind: DocumentKind, json: &str) {
    let document = open(content_type, body).expect("a readable body");
    assert_eq!((document.kind, &*document.json), (kind, json));
}

#[test]
fn the_root_element_is_the_first_step() {
    check_xml("<Reply><No>00123</No><Empty/><Blank>  </Blank></Reply>", r#"{"Reply":{"No":"00123","Empty":"","Blank":""}}"#);
    check_xml("<?xml version=\"1.0\"?><!-- c --><a> x </a>", r#"{"a":"x"}"#);
    check_xml("<a/>", r#"{"a":""}"#);
}

#[test]
fn attributes_and_mixed_text() {
    check_xml(r#"<a k="1" b:k2="2" xmlns:b="urn:b" xmlns="urn:d">t</a>"#, r#"{"a":{"@k":"1","@k2":"2","$text":"t"}}"#);
    check_xml("<a>one <b>two</b> three</a>", r#"{"a":{"b":"two","$text":"one  three"}}"#);
    check_xml(r#"<a xmlns="urn:d">t</a>"#, r#"{"a":"t"}"#);
}

#[test]
fn names_are_local() {
    check_xml(r#"<s:E xmlns:s="urn:s"><s:Body><x:r xmlns:x="urn:x"/></s:Body></s:E>"#, r#"{"E":{"Body":{"r":""}}}"#);
}

#[test]
fn repeated_elements_become_an_array_in_order() {
    check_xml("<a><b>1</b><c/><b>2</b><b i='3'/></a>", r#"{"a":{"b":["1","2",{"@i":"3"}],"c":""}}"#);
}

#[test]
fn character_data_and_references() {
    check_xml("<a><![CDATA[ <b> & ]]>c &amp; &#233;&#x1F600;<!-- n -->d</a>", r#"{"a":"<b> & c & é😀d"}"#);
}

#[test]
fn hostile_xml_is_refused() {
    let dtd = r#"<!DOCTYPE a [<!ENTITY x "secret">]><a>&x;</a>"#;
    assert_eq!(xml_to_json(dtd).expect_err("a DTD").message, "a document type declaration, which is refused");
    let deep = "<a>".repeat(121) + &"</a>".repeat(121);
    assert_eq!(xml_to_json(&deep).expect_err("too deep").message, "nested too deeply");
}

#[test]
fn malformed_xml_tells_the_place_and_never_the_content() {
    for xml in [
        "",
        "<a>",
        "<a></secret>",
        "<a>&secret;</a>",
        "<secret:a/>",
        "<a secret='1' secret='2'/>",
        "x",
        "<a/><b/>",
        "<a>\u{1}</a>",
    ] {
        let error = xml_to_json(xml).expect_err(xml);
        assert!(error.line > 0 && !error.message.contains("secret"), "{xml}: {error}");
    }
    assert_eq!(
        xml_to_json("<a>\n<b></c>\n</a>").expect_err("a wrong tag").to_string().split(" at ").nth(1),
        Some("line 2 column 4")
    );
}

#[test]
fn forms() {
    let json = form_to_json("a=1&b=x+y%20%C3%A9&a=2&c&d=%3D%26&a=3&e=\r\n").expect("a form");
    assert_eq!(json, r#"{"a":["1","2","3"],"b":"x y é","c":"","d":"=&","e":""}"#);
    assert_eq!(form_to_json("").expect("an empty form"), "{}");
    form_to_json("a=%FF").expect_err("not UTF-8");
}

#[test]
fn kinds_by_content_type_and_look() {
    use DocumentKind::{Empty, Form, Json, Text, Xml};
    for (content_type, body, kind) in [
        (Some("application/json"), "{}", Json),
        (Some("application/problem+json; charset=utf-8"), "7", Json),
        (Some("application/json"), "oops", Json),
        (None, " [1]", Json),
        (Some("text/plain"), "{\"a\":1}", Json),
        (Some("text/html"), "[1]", Json),
        (Some("application/vnd.x+xml"), "<a/>", Xml),
        (Some("text/xml"), "oops", Xml),
        (Some("application/json"), "<a/>", Xml),
        (None, "<?xml version='1.0'?><a/>", Xml),
        (Some("text/html; charset=utf-8"), "<p>down</p>", Text),
        (None, "<!DOCTYPE html><html></html>", Text),
        (Some("application/json"), "<HTML>busy</HTML>", Text),
        (Some("application/x-www-form-urlencoded"), "a=1", Form),
        (Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), "{a}=1", Form),
        (Some("application/x-www-form-urlencoded"), "{\"a\": 1}", Json),
        (Some("application/x-www-form-urlencoded"), "{\"a\": 1}=", Form),
        (None, "a=1", Text),
        (Some("application/json"), " \r\n", Empty),
        (None, "", Empty),
    ] {
        assert_eq!(sniff(content_type, body.as_bytes()), kind, "{content_type:?} {body}");
    }
}

#[test]
fn bodies_open_as_json() {
    check_open(Some("application/json"), b"\xEF\xBB\xBF {\"a\": 1}", DocumentKind::Json, " {\"a\": 1}");
    check_open(Some("text/plain"), b"say \"x\"\n", DocumentKind::Text, r#""say \"x\"\n""#);
    check_open(None, b"", DocumentKind::Empty, "null");
    check_open(Some("text/xml"), b"<a>\n</a>", DocumentKind::Xml, r#"{"a":""}"#);
    check_open(Some("application/x-www-form-urlencoded"), b"a=1", DocumentKind::Form, r#"{"a":"1"}"#);
}

#[test]
fn charsets() {
    let text = |content_type, body| to_text(Some(content_type), body).map(String::from);
    assert_eq!(text("text/plain; charset=iso-8859-1", b"caf\xE9").as_deref(), Ok("café"));
    assert_eq!(text("text/plain; Charset=\"windows-1252\"", b"\x80").as_deref(), Ok("€"));
    assert_eq!(text("text/plain; charset=utf-16le", b"a\0\xE9\0").as_deref(), Ok("aé"));
    assert_eq!(text("text/plain", b"\xFE\xFF\0a").as_deref(), Ok("a"));
    assert_eq!(text("text/plain; charset=utf-16", b"\xFF\xFEa\0").as_deref(), Ok("a"));
    assert_eq!(
        text("text/xml", b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><a>\xE9</a>").map(|xml| xml.ends_with("<a>é</a>")),
        Ok(true)
    );
    text("text/plain", b"caf\xE9").expect_err("not UTF-8");
    text("text/plain; charset=koi8-r", b"a").expect_err("a charset that is not taken");
    text("text/plain; charset=nonsense", b"a").expect_err("no charset");
}
