//! What can be said of a parcel, the same for all carriers.

use super::NotA;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The shipment was announced; the carrier has not confirmed it.
    Created,
    /// The carrier has taken the order.
    Accepted,
    /// The courier is at the place of pickup.
    AtPickup,
    /// The carrier has the parcel.
    PickedUp,
    /// It is on its way.
    InTransit,
    /// It is at customs.
    Customs,
    /// It will come later than was said.
    Delayed,
    /// It is held until someone does something.
    OnHold,
    /// Something went wrong.
    Exception,
    /// The courier has set out with it.
    OutForDelivery,
    /// The courier is about to arrive.
    Arriving,
    /// The courier came in vain.
    DeliveryAttempted,
    /// It waits to be collected.
    ReadyForPickup,
    /// It is on its way back.
    Returning,
    /// It was delivered.
    Delivered,
    /// It will not be delivered.
    DeliveryFailed,
    /// It is back at the sender.
    Returned,
    /// The shipment was cancelled.
    Cancelled,
    /// The carrier has lost it.
    Lost,
    /// The carrier says something that nobody could read: kept, never a state.
    Unknown,
}

impl Status {
    /// All of them, by rank.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        use Status::*;
        &[
            Created,
            Accepted,
            AtPickup,
            PickedUp,
            InTransit,
            Customs,
            Delayed,
            OnHold,
            Exception,
            OutForDelivery,
            Arriving,
            DeliveryAttempted,
            ReadyForPickup,
            Returning,
            Delivered,
            DeliveryFailed,
            Returned,
            Cancelled,
            Lost,
            Unknown,
        ]
    }

    /// How far along a parcel is; none for [`Status::Unknown`].
    #[must_use]
    pub const fn rank(self) -> Option<u8> {
        Some(match self {
            Self::Created => 10,
            Self::Accepted => 20,
            Self::AtPickup => 25,
            Self::PickedUp => 30,
            Self::InTransit => 40,
            Self::Customs => 41,
            Self::Delayed => 45,
            Self::OnHold => 46,
            Self::Exception => 48,
            Self::OutForDelivery => 50,
            Self::Arriving => 55,
            Self::DeliveryAttempted => 60,
            Self::ReadyForPickup => 65,
            Self::Returning => 80,
            Self::Delivered | Self::DeliveryFailed | Self::Returned | Self::Cancelled | Self::Lost => 100,
            Self::Unknown => return None,
        })
    }

    /// Whether a parcel's way usually ends here.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self.rank(), Some(100))
    }

    /// Its name in files and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Accepted => "accepted",
            Self::AtPickup => "at_pickup",
            Self::PickedUp => "picked_up",
            Self::InTransit => "in_transit",
            Self::Customs => "customs",
            Self::Delayed => "delayed",
            Self::OnHold => "on_hold",
            Self::Exception => "exception",
            Self::OutForDelivery => "out_for_delivery",
            Self::Arriving => "arriving",
            Self::DeliveryAttempted => "delivery_attempted",
            Self::ReadyForPickup => "ready_for_pickup",
            Self::Returning => "returning",
            Self::Delivered => "delivered",
            Self::DeliveryFailed => "delivery_failed",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|status| status.name() == name)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Status {
    type Err = NotA;

    fn from_str(name: &str) -> Result<Self, NotA> {
        Self::from_name(name).ok_or(NotA("a status"))
    }
}
