//! Results of accepted replies, lowered.

use super::reader::Current;
use super::template::Data;
use crate::carrier::plan::{DocumentPlan, Extract, ParcelPlan};
use crate::syntax::{self, OneOrMany, SourceNode};

impl Data<'_, '_> {
    /// What `extract` reads.
    pub(super) fn extract(&mut self, extract: Option<&syntax::Extract>, current: &Current) -> Extract {
        let Some(extract) = extract else { return Extract::default() };
        let parcels = extract.parcels.as_ref().map(|parcels| {
            let each = parcels.each.as_ref().map(one_or_many);
            self.entries(each.as_ref(), current, false, &[], |data, here| ParcelPlan {
                reference: parcels.reference.as_ref().map(|source| data.reader(source, here, false)),
                tracking_number: parcels.tracking_number.as_ref().map(|source| data.reader(source, here, false)),
                carrier_ref: parcels.carrier_ref.as_ref().map(|source| data.reader(source, here, false)),
            })
        });
        let documents = extract
            .documents
            .iter()
            .map(|document| {
                let each = document.each.as_ref().map(one_or_many);
                self.entries(each.as_ref(), current, false, &[], |data, here| DocumentPlan {
                    kind: data.reader(&document.kind, here, true),
                    data: data.reader(&document.data, here, false),
                    media: data.reader(&document.media, here, true),
                })
            })
            .collect();
        let fields =
            extract.fields.iter().map(|(name, source)| (name.value.clone(), self.reader(source, current, false))).collect();
        Extract { parcels, documents, fields }
    }
}

fn one_or_many(source: &SourceNode) -> OneOrMany<SourceNode> {
    match source.0.as_list() {
        Some(items) => OneOrMany(items.iter().map(|item| SourceNode(item.clone())).collect()),
        None => OneOrMany(vec![source.clone()]),
    }
}
