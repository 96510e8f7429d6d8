//! One parcel out of several.

use super::Scene;
use crate::diagnostic::Diagnostic;

crate::codes! {
    /// ## What
    /// One parcel of a shipment is read, and nothing in the operation looks at the others.
    /// ## Why
    /// Parcels 2 to N of an order would vanish without a word.
    /// ## Example
    /// ```yaml
    /// weight: ${{ shipment.parcels[0].weight | kilograms }}
    /// ```
    /// ## Mend
    /// Go over all (`$for: p in shipment.parcels`, `for_each`), or refuse the others beforehand:
    /// ```yaml
    /// requires: [{that: shipment.parcels | length == 1, message: SwiftPost takes one parcel at a time}]
    /// ```
    ONE_PARCEL = "E604", "one-parcel";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for span in &scene.survey.one_parcel {
        found.push(
            Diagnostic::error(&ONE_PARCEL, *span, "only one parcel is read here: the others would vanish")
                .help("go over all of them: `$for: p in shipment.parcels`, or `for_each` in a step")
                .help("or refuse the others: `requires: [{that: shipment.parcels | length == 1, message: ...}]`"),
        );
    }
}
