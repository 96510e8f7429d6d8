//! The demonstration: a fake carrier and a fake shop as real servers on this machine, the local process between them, and a
//! stream of orders through all three.

pub(crate) mod books;
pub(crate) mod callbacks;
pub(crate) mod carrier;
pub(crate) mod chance;
pub(crate) mod orders;
pub(crate) mod run;
pub(crate) mod setup;
pub(crate) mod shop;
pub(crate) mod table;

/// What is agreed between us, the carrier and the shop.
pub(crate) mod agreed {
    /// Our account number at the carrier.
    pub(crate) const ACCOUNT_NO: &str = "00123450";
    /// Our name at the carrier's sign-in.
    pub(crate) const CLIENT_ID: &str = "demo-client";
    /// Our password at the carrier's sign-in.
    pub(crate) const CLIENT_SECRET: &str = "demo-client-secret";
    /// What the carrier signs its webhooks with.
    pub(crate) const WEBHOOK_KEY: &str = "demo-webhook-key";
    /// What the shop knows us by.
    pub(crate) const SHOP_TOKEN: &str = "demo-shop-token";
}

#[cfg(test)]
mod tests;
