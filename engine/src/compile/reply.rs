//! Results of accepted replies, lowered.

use super::reader::Current;
use super::template::Data;
use crate::carrier::plan::{DocumentPlan, ErrorPlan, Extract, MessagePlan, ParcelPlan};
use crate::syntax::{self, EntryError, OneOrMany, SourceNode};

impl Data<'_, '_> {
    /// What `extract` reads.
    pub(super) fn extract(&mut self, extract: Option<&syntax::Extract>, current: &Current) -> Extract {
        let Some(extract) = extract else { return Extract::default() };
        let parcels = extract.parcels.as_ref().map(|parcels| {
            let each = parcels.each.as_ref().map(one_or_many);
            self.entries(each.as_ref(), current, false, &["parcel"], |data, here| ParcelPlan {
                reference: parcels.reference.as_ref().map(|source| data.reader(source, here, false)),
                tracking_number: parcels.tracking_number.as_ref().map(|source| data.reader(source, here, false)),
                carrier_ref: parcels.carrier_ref.as_ref().map(|source| data.reader(source, here, false)),
                refused: parcels.error.as_ref().map(|error| data.entry_error(error, here)),
            })
        });
        let documents = extract
            .documents
            .iter()
            .map(|document| {
                let each = document.each.as_ref().map(one_or_many);
                let parcels = extract.parcels.as_ref().and_then(|parcels| parcels.each.as_ref());
                let same = document.each.as_ref().is_some_and(|each| crate::check::same_list(parcels, each));
                self.entries(each.as_ref(), current, false, &[], |data, here| DocumentPlan {
                    kind: data.reader(&document.kind, here, true),
                    data: data.reader(&document.data, here, false),
                    media: data.reader(&document.media, here, true),
                    reference: document.reference.as_ref().map(|source| data.reader(source, here, false)),
                    merge: document.merge.is_some(),
                    of_parcels: same && document.reference.is_none(),
                })
            })
            .collect();
        let fields =
            extract.fields.iter().map(|(name, source)| (name.value.clone(), self.reader(source, current, false))).collect();
        let written = extract.parcels.as_ref();
        let parcels_span = written.map_or_else(Default::default, |parcels| parcels.span);
        let parcels_optional = written.and_then(|parcels| parcels.optional.as_ref()).is_some_and(|flag| flag.value);
        Extract { parcels, parcels_span, parcels_optional, documents, fields }
    }
}

impl Data<'_, '_> {
    /// How an entry says that it is an error.
    pub(super) fn entry_error(&mut self, error: &EntryError, here: &Current) -> ErrorPlan {
        ErrorPlan {
            condition: error.r#if.as_ref().map(|condition| self.counted(condition)),
            message: MessagePlan {
                code: error.code.as_ref().map(|source| self.reader(source, here, false)),
                message: error.message.as_ref().map(|source| self.reader(source, here, false)),
            },
            span: error.span,
        }
    }
}

fn one_or_many(source: &SourceNode) -> OneOrMany<SourceNode> {
    match source.0.as_list() {
        Some(items) => OneOrMany(items.iter().map(|item| SourceNode(item.clone())).collect()),
        None => OneOrMany(vec![source.clone()]),
    }
}
