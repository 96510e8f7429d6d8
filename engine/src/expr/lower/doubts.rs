//! What may be missing when an expression is calculated, and what the conditions around it speak of.
//!
//! A condition is not understood here: whoever speaks of a thing in one has thought of its absence.

use super::{Lowerer, Mention};
use crate::document::Step;
use crate::expr::{Binding, Doc};

impl Lowerer<'_> {
    /// An expression speaks of this; `missing` says that it may not be there, and what it is called.
    pub(super) fn mention(&mut self, mention: Mention, missing: Option<&str>) {
        if let Some(name) = missing
            && !self.guarded.contains(&mention)
        {
            self.doubts.push(name.to_owned());
        }
        self.mentioned.push(mention);
    }

    /// From here on, all that was spoken of since `mark` is looked after by a condition; give the result to [`Lowerer::unguard`].
    pub fn guard(&mut self, mark: usize) -> usize {
        let depth = self.guarded.len();
        self.guarded.extend_from_slice(&self.mentioned[mark..]);
        depth
    }

    /// Ends what [`Lowerer::guard`] began.
    pub fn unguard(&mut self, depth: usize) {
        self.guarded.truncate(depth);
    }

    /// Whether `requires` says that a list of the order has entries, whatever it is called where it is read.
    #[must_use]
    pub fn is_filled(&self, list: &Binding) -> bool {
        let Binding::Place(place) = list else { return false };
        let own = place.doc == Doc::Input && place.frame == crate::document::FrameId::ROOT;
        let names: Option<Vec<&str>> =
            place.steps.iter().map(|step| if let Step::Name(name) = step { Some(&**name) } else { None }).collect();
        own && names.is_some_and(|names| self.filled.contains(&names.join(".")))
    }
}
