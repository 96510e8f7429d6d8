//! Entries, lowered: where each list stands, and what is read from each of its entries.

use super::super::SOURCE;
use super::super::template::Data;
use super::Current;
use crate::carrier::reader::{Entries, EntryList, Origin, Picked};
use crate::diagnostic::Diagnostic;
use crate::document::Step;
use crate::expr::{Doc, Piece, Place, Target, Ty, split_text};
use crate::syntax::{OneOrMany, SourceNode};

/// Where the entries of one source are.
struct Listed {
    place: Place,
    steps: Vec<Step>,
    query: Option<crate::path::Query>,
}

impl Listed {
    /// How many steps lead to the entries around the entries, if there are any.
    fn around(&self) -> Option<usize> {
        let own = if self.query.is_some() { self.steps.len() } else { self.steps.len() - 1 };
        self.steps[..own].iter().rposition(|step| *step == Step::Each).map(|at| at + 1)
    }
}

impl Data<'_, '_> {
    /// Entries, with what is read from each; without sources the current place is the only entry.
    pub(in crate::compile) fn entries<T>(
        &mut self,
        sources: Option<&OneOrMany<SourceNode>>,
        current: &Current,
        as_item: bool,
        names: &[&str],
        mut read: impl FnMut(&mut Self, &Current) -> T,
    ) -> Entries<T> {
        let mut lists = Vec::new();
        let Some(sources) = sources else {
            let access = Some(self.lower.plans[current.here.doc as usize].access(current.here.frame, &current.here.steps));
            let (hops, frame) = self.lower.plans[current.here.doc as usize].scope(current.here.frame, &current.here.steps);
            let present = if as_item { access } else { None };
            lists.push(self.entry_list(current, &current.here.clone(), hops, frame, present, as_item, names, &mut read));
            return Entries { lists: lists.into() };
        };
        for source in &sources.0 {
            let text = source.0.as_scalar().map_or("", |scalar| scalar.text.as_str());
            if let [Piece::Expression(range)] = split_text(text).as_slice() {
                let list = self.lower.expression(&Target { node: &source.0, range: range.clone() }).expr;
                let origin = Origin::Computed(list, source.0.span);
                lists.push(self.picked_list(current, &current.here.clone(), origin, as_item, names, &mut read));
                continue;
            }
            if !text.starts_with('$') {
                self.lower.found.push(Diagnostic::error(
                    &SOURCE,
                    source.0.span,
                    "a path belongs here, such as `$.events[*]`, or an expression that gives a list",
                ));
                continue;
            }
            let Some(path) = self.parsed_path(&source.0, text) else { continue };
            let Some(place) = self.root(&source.0, &path, current) else { continue };
            let mut steps = place.steps.clone();
            steps.extend(path.steps.iter().cloned());
            if path.rest.is_none() && !matches!(steps.last(), Some(Step::Each | Step::Index(_))) {
                steps.push(Step::Each);
            }
            let found = Listed { place, steps, query: path.rest };
            let around = if as_item { None } else { found.around() };
            lists.push(match around {
                Some(around) => self.list_within(current, &found, around, names, &mut read),
                None => self.listed(current, found, as_item, names, &mut read),
            });
        }
        Entries { lists: lists.into() }
    }

    /// The entries of one source.
    fn listed<T>(
        &mut self,
        current: &Current,
        found: Listed,
        as_item: bool,
        names: &[&str],
        read: &mut impl FnMut(&mut Self, &Current) -> T,
    ) -> EntryList<T> {
        let Listed { place, steps, query } = found;
        if let Some(query) = query {
            let access = self.lower.plans[place.doc as usize].access(place.frame, &steps);
            return self.picked_list(current, &place, Origin::Query(access, query), as_item, names, read);
        }
        let (hops, frame) = self.lower.plans[place.doc as usize].scope(place.frame, &steps);
        self.entry_list(current, &place, hops, frame, None, as_item, names, read)
    }

    /// Entries within entries: the outer one, which the first `around` steps lead to, is `$item` while an inner one is read.
    fn list_within<T>(
        &mut self,
        current: &Current,
        found: &Listed,
        around: usize,
        names: &[&str],
        read: &mut impl FnMut(&mut Self, &Current) -> T,
    ) -> EntryList<T> {
        let place = &found.place;
        let (hops, frame) = self.lower.plans[place.doc as usize].scope(place.frame, &found.steps[..around]);
        let outer = Place { row: self.lower.scope.rows, frame, steps: Vec::new(), ..place.clone() };
        let depth = self.lower.scope.depth();
        self.lower.scope.bind("item", crate::expr::Binding::Place(outer.clone()));
        self.lower.scope.rows += 1;
        let within = Current { item: Some(outer.clone()), ..current.clone() };
        let inner = Listed { place: outer, steps: found.steps[around..].to_vec(), query: found.query.clone() };
        let mut list = self.listed(&within, inner, false, names, read);
        self.lower.scope.rows -= 1;
        self.lower.scope.restore(depth);
        list.around = Some((place.row, hops));
        list
    }

    /// Entries that a query picks, or that are calculated, are documents of their own.
    fn picked_list<T>(
        &mut self,
        current: &Current,
        from: &Place,
        origin: Origin,
        as_item: bool,
        names: &[&str],
        read: &mut impl FnMut(&mut Self, &Current) -> T,
    ) -> EntryList<T> {
        let doc = if from.doc == Doc::Body { Doc::Picked } else { Doc::PickedAgain };
        let fresh = || crate::document::PlanBuilder::new(crate::document::Mode::Reply);
        let outer = std::mem::replace(&mut self.lower.plans[doc as usize], fresh());
        let inside = Place { doc, ..from.clone() };
        let root = crate::document::FrameId::ROOT;
        let mut list = self.entry_list(current, &inside, Box::new([]), root, None, as_item, names, read);
        let plan = std::mem::replace(&mut self.lower.plans[doc as usize], outer).build();
        list.doc = from.doc;
        list.picked = Some(Picked { origin, doc, plan: std::sync::Arc::new(plan) });
        list
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one entry, used by its two callers only")]
    fn entry_list<T>(
        &mut self,
        current: &Current,
        from: &Place,
        hops: Box<[crate::document::Hop]>,
        frame: crate::document::FrameId,
        present: Option<crate::document::Access>,
        as_item: bool,
        names: &[&str],
        read: &mut impl FnMut(&mut Self, &Current) -> T,
    ) -> EntryList<T> {
        let row = self.lower.scope.rows;
        let ty = if from.ty == Ty::Xml { Ty::Xml } else { Ty::Any };
        let here = Place { doc: from.doc, row, frame, steps: Vec::new(), ty, nullable: true };
        let depth = self.lower.scope.depth();
        for name in names.iter().chain(&["entry"]) {
            self.lower.scope.bind(*name, crate::expr::Binding::Place(here.clone()));
        }
        self.lower.scope.rows += 1;
        let item = if as_item { Some(here.clone()) } else { current.item.clone() };
        let inner = Current { here, item, document: current.document.clone() };
        let read = read(self, &inner);
        self.lower.scope.rows -= 1;
        self.lower.scope.restore(depth);
        EntryList { doc: from.doc, row: from.row, around: None, hops, present, picked: None, read }
    }
}
