//! Parts: `$part` with its arguments.

use super::super::{PART_ARGUMENTS, UNKNOWN_PART};
use super::{Data, null};
use crate::body::Template;
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Expr, Lowered, Target, Ty, Use};
use crate::source::{Entry, Literal, Node};
use crate::value::Value;

impl Data<'_, '_> {
    pub(super) fn part(&mut self, node: &Node, entries: &[Entry]) -> Template {
        let Some(named) = node.get("$part") else { return null(node.span) };
        let name = named.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let Some((_, part)) = self.file.syntax.parts.iter().find(|(known, _)| known.value == name) else {
            let known = self.file.syntax.parts.iter().map(|(known, _)| known.value.as_str());
            let finding = Diagnostic::error(&UNKNOWN_PART, named.span, format!("there is no part `{name}`"));
            self.lower.found.push(finding.among(name, known));
            return null(node.span);
        };
        self.lower.uses.insert(Use::Part(name.to_owned()));
        if self.expanding.iter().any(|(known, _)| known == name) {
            self.lower.found.push(Diagnostic::error(&UNKNOWN_PART, named.span, format!("the part `{name}` uses itself")));
            return null(node.span);
        }
        let arguments = self.part_arguments(name, part, named, entries);
        let (depth, findings) = (self.lower.scope.depth(), self.lower.found.len());
        self.lower.scope.hide(self.lower.globals);
        for (parameter, argument) in arguments {
            self.lower.scope.bind(parameter, argument);
        }
        self.expanding.push((name.to_owned(), named.span));
        let template = self.template(&part.value.0);
        self.expanding.pop();
        self.lower.scope.show();
        self.lower.scope.restore(depth);
        for finding in &mut self.lower.found[findings..] {
            finding.related.push((named.span, format!("`{name}` is used here")));
        }
        template
    }

    pub(super) fn part_arguments(
        &mut self,
        name: &str,
        part: &crate::syntax::Part,
        named: &Node,
        entries: &[Entry],
    ) -> Vec<(String, Binding)> {
        let parameters: Vec<(&str, bool)> =
            part.params.iter().map(|param| (param.value.trim_end_matches('?'), param.value.ends_with('?'))).collect();
        for entry in entries.iter().filter(|entry| entry.key.text != "$part") {
            let key = entry.key.text.as_str();
            if !parameters.iter().any(|(known, _)| *known == key) {
                let finding =
                    Diagnostic::error(&PART_ARGUMENTS, entry.key_span, format!("the part `{name}` has no parameter `{key}`"));
                self.lower.found.push(finding.among(key, parameters.iter().map(|(known, _)| *known)));
            }
        }
        let mut arguments = Vec::new();
        for (parameter, optional) in parameters {
            let given = entries.iter().find(|entry| entry.key.text == parameter);
            let binding = match given {
                Some(entry) => self.part_argument(&entry.value),
                None => {
                    if !optional {
                        let finding =
                            Diagnostic::error(&PART_ARGUMENTS, named.span, format!("the part `{name}` needs `{parameter}`"));
                        self.lower.found.push(finding);
                    }
                    let ty = if optional { Ty::Null } else { Ty::Any };
                    Binding::Value(Lowered::maybe(Expr::Const(Value::Null), ty))
                }
            };
            arguments.push((parameter.to_owned(), binding));
        }
        arguments
    }

    pub(super) fn part_argument(&mut self, node: &Node) -> Binding {
        match node.as_scalar().map(crate::source::Scalar::literal) {
            Some(Literal::Text(_)) => self.lower.argument(&Target::whole(node)),
            _ => Binding::Value(self.bare(node)),
        }
    }
}
