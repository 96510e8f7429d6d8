//! Where credentials go: headers, queries, fields, and the body itself.

use super::super::exchange::secret_template;
use super::super::template::{Data, Medium};
use super::{File, Known, SIGN_IN};
use crate::auth::{Place, Target};
use crate::body::{Body, Member, Template};
use crate::diagnostic::Diagnostic;
use crate::expr::Lowerer;
use crate::syntax::{self, Sent};

/// The places of a token, or of a signature.
pub(super) fn places(file: &File<'_>, lower: &mut Lowerer<'_>, sent: &[Sent], signature: bool) -> Vec<Place> {
    sent.iter().filter_map(|sent| place(file, lower, sent, signature)).collect()
}

fn place(file: &File<'_>, lower: &mut Lowerer<'_>, sent: &Sent, signature: bool) -> Option<Place> {
    let value = sent.value.as_ref().map(|value| secret_template(file, lower, &value.0));
    let target = match (&sent.header, &sent.query, &sent.field) {
        (Some(name), None, None) => Target::Header(name.value.clone()),
        (None, Some(name), None) => Target::Query(name.value.clone()),
        (None, None, Some(name)) if signature => Target::Field(name.value.clone()),
        (None, None, Some(name)) => {
            let finding = Diagnostic::error(&SIGN_IN, name.span, "a token is no field of its own");
            lower.found.push(finding.help("say `send: body`, and place it by `{$secret: token}`"));
            return None;
        }
        _ => {
            let finding = Diagnostic::error(&SIGN_IN, sent.span, "one place is a `header`, a `query` or a `field`");
            lower.found.push(finding.help("a list takes several: `send: [{header: A}, {header: B}]`"));
            return None;
        }
    };
    Some(Place { target, value })
}

/// Puts credentials into the body where the sign-in has some, and refuses bodies that cannot take them.
pub(in crate::compile) fn beside_body(
    file: &File<'_>,
    lower: &mut Lowerer<'_>,
    known: &Known,
    request: &syntax::Request,
    body: &mut Body,
) {
    if let Some(span) = known.field.filter(|_| !matches!(body, Body::Form(_) | Body::Json(Template::Object(..)))) {
        let finding = Diagnostic::error(&SIGN_IN, request.span, "this body cannot take the signature as a field");
        lower.found.push(finding.related(span, "it is sent as a field").help("a `form`, or a `json` that is a mapping, can"));
    }
    let Some(fields) = &known.body else { return };
    let medium = if matches!(body, Body::Xml(_) | Body::Soap(_)) { Medium::Xml } else { Medium::Plain };
    let secrets = std::mem::replace(&mut lower.secrets_allowed, true);
    let template = Data::new(file, lower).written_as(medium).template(fields);
    lower.secrets_allowed = secrets;
    let Template::Object(members, _) = template else {
        return lower.found.push(Diagnostic::error(&SIGN_IN, fields.span, "credentials of the body are a mapping"));
    };
    if !prepend(body, members) {
        let finding = Diagnostic::error(&SIGN_IN, request.span, "this body cannot take the credentials of `auth: {body: ..}`");
        lower.found.push(
            finding
                .related(fields.span, "these")
                .help("a `json` or `form` that is a mapping, an `xml` or `soap` with one element, can; elsewhere say `auth: none`, and write `{$secret: name}`"),
        );
    }
}

fn prepend(body: &mut Body, members: Box<[Member]>) -> bool {
    let object = match body {
        Body::Json(template) | Body::Form(template) | Body::Multipart(template) => Some(template),
        Body::Xml(document) => only(document),
        // Envelope, `Body` (behind the header, where there is one), and what it holds.
        Body::Soap(soap) => only(&mut soap.envelope).and_then(last).and_then(only),
        _ => None,
    };
    let Some(object) = object else { return false };
    let Template::Object(own, _) = object else { return false };
    // Declarations and attributes stay in front.
    let mut all = std::mem::take(own).into_vec();
    let at = all.iter().position(|member| !member.key.starts_with(['$', '@'])).unwrap_or(all.len());
    all.splice(at..at, members);
    *own = all.into();
    true
}

/// What the only member of an object holds, declarations of prefixes aside.
fn only(template: &mut Template) -> Option<&mut Template> {
    let Template::Object(members, _) = template else { return None };
    let mut elements = members.iter_mut().filter(|member| !member.key.starts_with(['$', '@']));
    match (elements.next(), elements.next()) {
        (Some(member), None) => Some(&mut member.value),
        _ => None,
    }
}

fn last(template: &mut Template) -> Option<&mut Template> {
    match template {
        Template::Object(members, _) => members.last_mut().map(|member| &mut member.value),
        _ => None,
    }
}
