//! Deliveries whose sender could not be verified.

use super::super::keys;
use super::super::webhook::Quarantined;
use super::{Failed, Operator};
use crate::port::{Batch, Expect, Put, Store};
use crossdock_engine::model::RawBody;
use serde::Serialize;

/// A delivery in quarantine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuarantineShown {
    /// Its name.
    pub id: String,
    /// The delivery; headers, query and body only when they are asked for, since nobody has said whose data they are.
    pub delivery: Quarantined,
}

impl<S: Store> Operator<'_, S> {
    /// The deliveries in quarantine of a carrier, or of all, oldest first by webhook.
    ///
    /// # Errors
    /// The store fails.
    pub async fn quarantined(&self, carrier: Option<&str>) -> Result<Vec<QuarantineShown>, Failed> {
        let prefix = carrier.map_or_else(|| keys::QUARANTINE.to_owned(), keys::quarantine_of_carrier);
        let items = self.all(&prefix).await?;
        let read = |item: crate::port::Item| {
            let id = item.key.rsplit('/').next().unwrap_or_default().to_owned();
            serde_json::from_slice(&item.body).ok().map(|delivery| outline(QuarantineShown { id, delivery }))
        };
        Ok(items.into_iter().filter_map(read).collect())
    }

    /// One of them, with everything that was received.
    ///
    /// # Errors
    /// There is none of this name, or the store fails.
    pub async fn show_quarantined(&self, id: &str) -> Result<QuarantineShown, Failed> {
        let (_, shown) = self.find_quarantined(id).await?;
        Ok(shown)
    }

    /// Throws one away.
    ///
    /// # Errors
    /// There is none of this name, or the store fails.
    pub async fn discard_quarantined(&self, id: &str) -> Result<QuarantineShown, Failed> {
        let (key, shown) = self.find_quarantined(id).await?;
        self.store.commit(Batch { puts: vec![Put::delete(key, Expect::Anything)], ..Batch::default() }).await?;
        Ok(outline(shown))
    }

    async fn find_quarantined(&self, id: &str) -> Result<(String, QuarantineShown), Failed> {
        let unknown = || Failed::Unknown { what: format!("delivery `{id}` in quarantine"), near: Vec::new() };
        let items = self.all(keys::QUARANTINE).await?;
        let item = items.into_iter().find(|item| item.key.rsplit('/').next() == Some(id)).ok_or_else(unknown)?;
        let delivery = serde_json::from_slice(&item.body).map_err(|_| unknown())?;
        Ok((item.key, QuarantineShown { id: id.to_owned(), delivery }))
    }
}

fn outline(shown: QuarantineShown) -> QuarantineShown {
    let delivery = Quarantined { headers: Vec::new(), query: Vec::new(), body: RawBody::Text(String::new()), ..shown.delivery };
    QuarantineShown { delivery, ..shown }
}
