//! Bodies of requests, lowered: one of the formats.

use super::template::{Data, Medium};
use super::{File, REQUEST, xml};
use crate::body::{Body, Member, Soap, SoapVersion, Template};
use crate::diagnostic::Diagnostic;
use crate::expr::Lowerer;
use crate::source::{Node, Span};
use crate::syntax::{self, Request};
use crate::value::Value;

/// The body of a request: none, or the one that it names.
pub(super) fn body(file: &File<'_>, lower: &mut Lowerer<'_>, request: &Request) -> Body {
    let given = request.bodies();
    if let [(first, _), (second, node), ..] = given.as_slice() {
        let words = format!("a request has one body: `{first}` or `{second}`");
        lower.found.push(Diagnostic::error(&REQUEST, node.span, words));
    }
    let mut data = Data::new(file, lower);
    if let Some(template) = &request.json {
        return Body::Json(data.template(&template.0));
    }
    if let Some(template) = &request.xml {
        let lowered = data.written_as(Medium::Xml).template(&template.0);
        mapping(lower, "xml", &template.0);
        xml::check_document(&lowered, lower);
        return Body::Xml(lowered);
    }
    if let Some(soap) = &request.soap {
        return Body::Soap(Box::new(self::soap(file, lower, soap)));
    }
    if let Some(template) = &request.form {
        let lowered = data.template(&template.0);
        mapping(lower, "form", &template.0);
        return Body::Form(lowered);
    }
    if let Some(template) = &request.multipart {
        let lowered = data.written_as(Medium::Multipart).template(&template.0);
        mapping(lower, "multipart", &template.0);
        return Body::Multipart(lowered);
    }
    match (&request.text, &request.bytes) {
        (Some(template), _) => Body::Text(data.template(&template.0)),
        (None, Some(template)) => Body::Bytes(data.template(&template.0)),
        (None, None) => Body::None,
    }
}

fn mapping(lower: &mut Lowerer<'_>, name: &str, node: &Node) {
    if node.as_map().is_none() {
        lower.found.push(Diagnostic::error(&REQUEST, node.span, format!("`{name}` is a mapping")));
    }
}

/// The envelope around header and body. Its prefix is `soap`, or the one that `$ns` gives to its namespace.
fn soap(file: &File<'_>, lower: &mut Lowerer<'_>, soap: &syntax::Soap) -> Soap {
    let version = match soap.version.as_ref().map(|version| version.value) {
        Some(syntax::SoapVersion::V12) => SoapVersion::V12,
        _ => SoapVersion::V11,
    };
    let action = soap.action.as_ref().map(|action| Data::new(file, lower).template(&action.0));
    let mut part = |node: &Node| Data::new(file, lower).written_as(Medium::Xml).template(node);
    let mut namespaces = match soap.namespaces.as_ref().map(|node| part(&node.0)) {
        Some(Template::Object(members, _)) => members.into_vec(),
        _ => Vec::new(),
    };
    let header = soap.header.as_ref().map(|node| (part(&node.0), node.0.span));
    let body = part(&soap.body.0);
    if let Some(node) = &soap.namespaces {
        mapping(lower, "$ns", &node.0);
    }
    let prefix = envelope_prefix(&mut namespaces, version, soap.span);
    let mut members = vec![member("$ns", Template::Object(namespaces.into(), soap.span), soap.span)];
    members.extend(header.map(|(header, span)| member(&format!("{prefix}:Header"), header, span)));
    let content = Member { must: true, ..member(&format!("{prefix}:Body"), body, soap.body.0.span) };
    members.push(content);
    let envelope = member(&format!("{prefix}:Envelope"), Template::Object(members.into(), soap.span), soap.span);
    let envelope = Template::Object(Box::new([envelope]), soap.span);
    xml::check_document(&envelope, lower);
    Soap { version, action, envelope }
}

/// The prefix of the envelope's namespace; it is declared unless the file does so.
fn envelope_prefix(namespaces: &mut Vec<Member>, version: SoapVersion, span: Span) -> String {
    let same = |value: &Template| matches!(value, Template::Literal(Value::Text(uri), _) if uri == version.namespace());
    if let Some(known) = namespaces.iter().find(|member| !member.key.is_empty() && same(&member.value)) {
        return (*known.key).to_owned();
    }
    let free = |prefix: &&str| !namespaces.iter().any(|member| &*member.key == *prefix);
    let prefix = ["soap", "soapenv", "envelope"].into_iter().find(free).unwrap_or("SOAP-ENV").to_owned();
    namespaces.insert(0, member(&prefix, Template::Literal(Value::text(version.namespace()), span), span));
    prefix
}

fn member(key: &str, value: Template, span: Span) -> Member {
    Member { key: key.into(), json: Box::from(""), must: false, span, value }
}
