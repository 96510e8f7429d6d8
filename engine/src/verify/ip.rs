//! The sender's address, for carriers that sign nothing.

use ipnet::IpNet;
use std::net::IpAddr;

/// The networks that deliveries come from.
#[derive(Debug)]
pub struct Networks {
    /// Any of these.
    pub allowed: Vec<IpNet>,
}

impl Networks {
    /// A network such as `91.216.25.0/24`, or a single address.
    ///
    /// # Errors
    /// What is neither.
    pub fn parse(text: &str) -> Result<IpNet, String> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(IpNet::from(address));
        }
        let network = text.parse::<IpNet>().map_err(|_| format!("`{text}` is neither an address nor a network"))?;
        match network.trunc() == network {
            true => Ok(network),
            false => Err(format!("`{text}` has bits beyond its prefix: the network is `{}`", network.trunc())),
        }
    }

    pub(super) fn check(&self, source: Option<IpAddr>) -> Result<(), String> {
        // An IPv4 address that came through an IPv6 socket is the same address.
        let source = source.ok_or("the sender's address is not known")?.to_canonical();
        match self.allowed.iter().any(|network| network.contains(&source)) {
            true => Ok(()),
            false => Err("the sender's address is not among those allowed".into()),
        }
    }
}
