//! Why something happened to a parcel, and by whose cause.

use super::NotA;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By whose cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The carrier's.
    Carrier,
    /// The sender's.
    Sender,
    /// The recipient's.
    Recipient,
    /// Nobody's: it says where it was left.
    Place,
    /// Customs.
    Customs,
    /// The world's.
    World,
    /// None of these.
    Other,
}

/// Defines the reasons from one table: variant, name, cause, meaning.
macro_rules! reasons {
    ($($cause:ident { $($variant:ident $name:literal $doc:literal,)+ })+) => {
        /// Why something happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[doc = $doc] $variant,)+)+
        }

        impl Reason {
            /// All of them, by cause.
            #[must_use]
            pub const fn all() -> &'static [Self] {
                &[$($(Self::$variant,)+)+]
            }

            /// By whose cause.
            #[must_use]
            pub const fn cause(self) -> Cause {
                match self {
                    $($(Self::$variant)|+ => Cause::$cause,)+
                }
            }

            /// Its name in files and messages.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }

            /// What it means, as a sentence for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $($(Self::$variant => $doc,)+)+
                }
            }
        }
    };
}

reasons! {
    Carrier {
        Damaged "damaged" "It was damaged.",
        LostInNetwork "lost_in_network" "It cannot be found.",
        Missorted "missorted" "It was sent the wrong way.",
        Capacity "capacity" "There was no room for it.",
        Vehicle "vehicle" "The vehicle broke down.",
        Delay "delay" "The carrier is late.",
        NoCourier "no_courier" "No courier was found.",
        RejectedByCarrier "rejected_by_carrier" "The carrier does not take it.",
    }
    Sender {
        NotReady "not_ready" "It was not ready when the courier came.",
        WrongData "wrong_data" "The order's data are wrong.",
        WrongSize "wrong_size" "Size or weight are not as declared.",
        Packaging "packaging" "It is badly packed or labelled.",
        CancelledBySender "cancelled_by_sender" "The sender cancelled.",
        NotHandedOver "not_handed_over" "The carrier never got it.",
    }
    Recipient {
        NotHome "not_home" "Nobody was there.",
        Refused "refused" "The recipient does not take it.",
        BusinessClosed "business_closed" "The business was closed.",
        WrongAddress "wrong_address" "The address is wrong.",
        AddressNotFound "address_not_found" "The courier did not find the address.",
        NoAccess "no_access" "The courier could not get in.",
        Moved "moved" "The recipient has moved.",
        Deceased "deceased" "The recipient has died.",
        IdCheckFailed "id_check_failed" "Identity or age could not be shown.",
        CancelledByRecipient "cancelled_by_recipient" "The recipient cancelled.",
        Rescheduled "rescheduled" "The recipient chose another time.",
        Redirected "redirected" "The recipient chose another place.",
        NotCollected "not_collected" "Nobody collected it in time.",
        CodUnpaid "cod_unpaid" "Cash on delivery was not paid.",
        SafePlaceUnavailable "safe_place_unavailable" "The safe place could not be used.",
    }
    Place {
        ToNeighbour "to_neighbour" "A neighbour has it.",
        SafePlace "safe_place" "It lies in a safe place.",
        ParcelShop "parcel_shop" "It is at a parcel shop.",
        Locker "locker" "It is in a locker.",
        Mailbox "mailbox" "It is in the mailbox.",
        Partial "partial" "Only a part of it was delivered.",
    }
    Customs {
        CustomsDelay "customs_delay" "Customs takes its time.",
        CustomsDocuments "customs_documents" "Papers are missing or wrong.",
        DutiesUnpaid "duties_unpaid" "Duties are not paid.",
        Prohibited "prohibited" "It may not be imported.",
        Inspection "inspection" "It is being inspected.",
    }
    World {
        Weather "weather" "The weather.",
        Disaster "disaster" "A natural disaster.",
        Strike "strike" "A strike.",
        ForceMajeure "force_majeure" "What nobody can be blamed for.",
        Security "security" "A security measure.",
        Regulation "regulation" "A rule of the authorities.",
    }
    Other {
        Researching "researching" "The carrier is looking into it.",
        Repacked "repacked" "It was packed anew.",
        Disposed "disposed" "It was destroyed.",
        Expired "expired" "A time limit passed.",
        Other "other" "Anything else.",
    }
}

impl Reason {
    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|reason| reason.name() == name)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Reason {
    type Err = NotA;

    fn from_str(name: &str) -> Result<Self, NotA> {
        Self::from_name(name).ok_or(NotA("a reason"))
    }
}
