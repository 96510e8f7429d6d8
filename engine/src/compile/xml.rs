//! What can be known of XML before it is written: names, prefixes, the one root.

use super::{TEMPLATE_WORD, XML};
use crate::body::{Member, Template, xml_name};
use crate::diagnostic::Diagnostic;
use crate::expr::Lowerer;

/// Checks a document: one root element.
pub(super) fn check_document(template: &Template, lower: &mut Lowerer<'_>) {
    let Template::Object(members, span) = template else {
        // What is chosen or put together is seen when it is written.
        return check_content(template, &mut vec!["xml".to_owned()], lower);
    };
    let roots: Vec<&Member> = members.iter().filter(|member| !member.key.starts_with('$')).collect();
    match roots.as_slice() {
        [_] => {}
        [] => lower.found.push(Diagnostic::error(&XML, *span, "there is no root element: XML has exactly one")),
        [_, second, ..] => {
            let finding =
                Diagnostic::error(&XML, second.span, format!("`{}` is a second root element: XML has exactly one", second.key));
            lower.found.push(finding);
        }
    }
    check_content(template, &mut vec!["xml".to_owned()], lower);
}

/// Checks what stands inside an element; `prefixes` are those declared around it.
pub(super) fn check_content(template: &Template, prefixes: &mut Vec<String>, lower: &mut Lowerer<'_>) {
    let depth = prefixes.len();
    match template {
        Template::Object(members, _) => {
            let declared = members.iter().filter(|member| &*member.key == "$ns");
            declared.for_each(|member| declare(&member.value, prefixes, lower));
            for member in members.iter().filter(|member| !member.key.starts_with('$')) {
                check_member(member, prefixes, lower);
            }
        }
        Template::List(items, _) => items.iter().for_each(|item| check_content(item, prefixes, lower)),
        Template::Merge(items, _) => {
            // What one of the objects declares holds for all.
            items.iter().filter_map(namespaces).for_each(|declared| prefixes.extend(declared_by(declared)));
            items.iter().for_each(|item| check_content(item, prefixes, lower));
        }
        Template::For(_, item, _) => check_content(item, prefixes, lower),
        Template::Keyed(_, entry, _) => {
            let words = "an element's name is written out: `$key` belongs in JSON, forms, headers and queries";
            lower.found.push(Diagnostic::error(&TEMPLATE_WORD, entry.0.span(), words));
        }
        Template::If(arms, otherwise) => {
            let branches = arms.iter().map(|(_, then, _)| then).chain(otherwise.as_deref());
            branches.for_each(|branch| check_content(branch, prefixes, lower));
        }
        Template::Match(_, arms, otherwise, _) => {
            let branches = arms.iter().map(|(_, then)| then).chain(otherwise.as_deref());
            branches.for_each(|branch| check_content(branch, prefixes, lower));
        }
        Template::Literal(..) | Template::Value { .. } | Template::Text(..) | Template::Masked(..) | Template::Nested(..) => {}
    }
    prefixes.truncate(depth);
}

fn namespaces(template: &Template) -> Option<&Template> {
    let Template::Object(members, _) = template else { return None };
    members.iter().find(|member| &*member.key == "$ns").map(|member| &member.value)
}

fn declared_by(template: &Template) -> impl Iterator<Item = String> {
    let members = if let Template::Object(members, _) = template { &**members } else { &[] };
    members.iter().map(|member| (*member.key).to_owned())
}

fn declare(template: &Template, prefixes: &mut Vec<String>, lower: &mut Lowerer<'_>) {
    prefixes.extend(declared_by(template));
    if !matches!(template, Template::Object(..)) {
        let finding = Diagnostic::error(&XML, template.span(), "`$ns` maps prefixes to namespaces");
        lower.found.push(finding.help("for example `$ns: {v2: urn:swiftpost:v2}`; the prefix `\"\"` is the default namespace"));
    }
}

fn check_member(member: &Member, prefixes: &mut Vec<String>, lower: &mut Lowerer<'_>) {
    let (name, attribute) = match member.key.strip_prefix('@') {
        Some(name) => (name, true),
        None => (&*member.key, false),
    };
    let outer = prefixes.len();
    // An element may use the prefixes that it declares itself.
    if let (Some(declared), false) = (namespaces(&member.value), attribute) {
        prefixes.extend(declared_by(declared));
    }
    match xml_name(name) {
        None => {
            let finding = Diagnostic::error(&XML, member.span, format!("`{name}` is no XML name"));
            lower.found.push(finding.help("a name has letters, digits, `_`, `-` and `.`, and begins with a letter or `_`"));
        }
        Some((prefix, _)) if !prefix.is_empty() && !prefixes.iter().any(|known| known == prefix) => {
            let known: Vec<&str> = prefixes.iter().filter(|known| !known.is_empty()).map(String::as_str).collect();
            let finding = Diagnostic::error(&XML, member.span, format!("the prefix `{prefix}` is not declared"))
                .among(prefix, known.iter().copied())
                .help(format!("add it to `$ns`: `$ns: {{{prefix}: <its namespace>}}`"));
            let local = &name[prefix.len() + 1..];
            lower.found.push(match crate::diagnostic::nearest(prefix, &known) {
                Some(near) => finding.suggest(member.span, format!("{}{near}:{local}", if attribute { "@" } else { "" })),
                None => finding,
            });
        }
        Some(_) => {}
    }
    prefixes.truncate(outer);
    check_content(&member.value, prefixes, lower);
}
