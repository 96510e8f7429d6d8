//! Loops: `$for`, and what every loop of a file does with the scope.

use super::super::TEMPLATE_WORD;
use super::{Data, null};
use crate::body::{LoopList, OnNull, Template};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Expr, Lowered, Place, Space, Target, Ty};
use crate::source::{Entry, Node, Span};

impl Data<'_, '_> {
    pub(super) fn repeat(&mut self, node: &Node, entries: &[Entry]) -> Template {
        self.only(entries, &["$for", "$key", "$do"]);
        let (Some(head), Some(body)) = (node.get("$for"), self.wanted(node, "$do", "$for")) else { return null(node.span) };
        let Some((name, over)) = self.loop_head(head) else { return null(node.span) };
        self.cover_loop(&over, node.span, head);
        let depth = self.lower.scope.depth();
        let list = self.begin_loop(name, over, head);
        let key = node.get("$key").map(|key| self.key(key));
        let item = self.template(body);
        self.end_loop(&list, depth);
        match key {
            Some(key) => Template::Keyed(list, Box::new((key, item)), node.span),
            None => Template::For(list, Box::new(item), node.span),
        }
    }

    /// The name of each entry of an object.
    fn key(&mut self, node: &Node) -> Template {
        let outer = std::mem::replace(&mut self.on_null, OnNull::Error);
        let key = self.template(node);
        self.on_null = outer;
        if !matches!(key, Template::Value { .. } | Template::Text(..)) {
            let finding = Diagnostic::error(&TEMPLATE_WORD, node.span, "all entries would have this one key");
            self.lower.found.push(finding.help("a key is made of the entry: `$key: ${{ p.reference }}`"));
        }
        key
    }

    /// From here on `name` is an entry of the list, and `loop` says which; until [`Data::end_loop`].
    pub(in crate::compile) fn begin_loop(&mut self, name: String, over: Binding, head: &Node) -> LoopList {
        let (list, variable) = self.enter_loop(over, head);
        self.lower.scope.bind(name, variable);
        self.lower.scope.bind("loop", Binding::Space(Space::Loop(self.lower.scope.loops)));
        self.lower.scope.loops += 1;
        list
    }

    /// The loop ends; the scope is as deep as before it.
    pub(in crate::compile) fn end_loop(&mut self, list: &LoopList, depth: usize) {
        self.lower.scope.loops -= 1;
        self.leave_loop(list, depth);
    }

    /// `name in list` of `$for` and `for_each`.
    pub(in crate::compile) fn loop_head(&mut self, node: &Node) -> Option<(String, Binding)> {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let parts = text.split_once(" in ");
        let name = parts.map_or("", |(name, _)| name.trim());
        let valid = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        let Some((before, _)) = parts.filter(|_| valid) else {
            let finding = Diagnostic::error(&TEMPLATE_WORD, node.span, "a loop is written `name in list`");
            self.lower.found.push(finding.help("for example `p in shipment.parcels`"));
            return None;
        };
        let target = Target { node, range: before.len() + 4..text.len() };
        Some((name.to_owned(), self.lower.argument(&target)))
    }

    /// A list that the model says has entries is never empty, nor one that is looked at before.
    pub(super) fn cover_loop(&mut self, over: &Binding, span: Span, head: &Node) {
        let text = head.as_scalar().and_then(|scalar| scalar.text.split_once(" in ")).map_or("", |(_, list)| list.trim());
        let filled = self.holding.iter().chain(&self.lower.filled).any(|condition| condition == text)
            || self.lower.is_filled(over)
            || match over {
                Binding::Place(place) => !place.nullable,
                Binding::Value(value) => !value.nullable,
                Binding::Space(_) => true,
            };
        if !filled {
            self.lower.cover_shown(span, What::Empty, head.span);
        }
    }

    /// The list of a loop, and what its variable stands for. The stacks are one deeper until [`Data::leave_loop`].
    pub(super) fn enter_loop(&mut self, over: Binding, head: &Node) -> (LoopList, Binding) {
        match over {
            Binding::Place(place)
                if matches!(place.ty, Ty::List(_)) || (matches!(place.ty, Ty::Any | Ty::Xml) && self.of_replies(&place)) =>
            {
                self.lower.note_list(&place);
                let item = match &place.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Xml => Ty::Xml,
                    _ => Ty::Any,
                };
                let (access, frame) = self.lower.plans[place.doc as usize].rows(place.frame, &place.steps);
                let row = self.lower.scope.rows;
                self.lower.scope.rows += 1;
                let variable = Place { doc: place.doc, row, frame, steps: Vec::new(), ty: item, nullable: false };
                (LoopList::Rows(place.doc, place.row, access), Binding::Place(variable))
            }
            other => {
                let value = self.lower.binding_value(other);
                let item = match &value.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Any | Ty::Null | Ty::Xml => Ty::Any,
                    wrong => {
                        let words = format!("a loop goes over a list, not {}", wrong.name());
                        self.lower.found.push(Diagnostic::error(&crate::expr::WRONG_TYPE, head.span, words));
                        Ty::Any
                    }
                };
                let local = self.lower.scope.locals;
                self.lower.scope.locals += 1;
                (LoopList::Values(value.expr), Binding::Value(Lowered::maybe(Expr::Local(local), item)))
            }
        }
    }

    /// Whether one value is a list of one there. Free data of an order that is no list is a mistake, told when it is looped over.
    pub(super) fn of_replies(&self, place: &Place) -> bool {
        self.lower.plans[place.doc as usize].mode() == crate::document::Mode::Reply
    }

    pub(super) fn leave_loop(&mut self, list: &LoopList, depth: usize) {
        match list {
            LoopList::Rows(..) => self.lower.scope.rows -= 1,
            LoopList::Values(_) => self.lower.scope.locals -= 1,
        }
        self.lower.scope.restore(depth);
    }
}
