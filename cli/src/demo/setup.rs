//! The local process of the demonstration: set up like any other, in a directory that is gone afterwards.

use super::agreed;
use crate::exit::Problem;
use crate::serve::Config;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CARRIER: &str = include_str!("../../demo/swiftpost/carrier.yaml");
const SHOP: &str = include_str!("../../demo/shop.yaml");
const ACCOUNTS: &str = "format: accounts/v1
accounts:
  - {carrier: swiftpost, config: {account_no: \"00123450\"}, secrets: env}
  - {carrier: shop, secrets: env}
";

const ACTIONS: &str = "format: actions/v1\ntopics: {default: logistics@shop.example}\n";

/// A directory of our own; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new one.
    pub(crate) fn new() -> Result<Self, Problem> {
        let path = std::env::temp_dir().join(format!("crossdock-demo-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(path.join("mappings").join("swiftpost"))?;
        Ok(Self { path })
    }

    /// The process's data.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Writes the files and says how the process is set up.
pub(crate) fn config(folder: &Folder, carrier_url: &str, shop_url: &str) -> Result<Config, Problem> {
    let mappings = folder.path.join("mappings");
    std::fs::write(mappings.join("swiftpost").join("carrier.yaml"), CARRIER)?;
    std::fs::write(mappings.join("shop.yaml"), SHOP)?;
    std::fs::write(mappings.join("accounts.yaml"), ACCOUNTS)?;
    std::fs::write(mappings.join("actions.yaml"), ACTIONS)?;
    let secrets = folder.path.join("secrets");
    write_secrets(&secrets)?;
    let mut config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: folder.data(),
        mappings,
        secrets: Some(secrets),
        ..Config::default()
    };
    config.settings.first_wait = Duration::from_millis(100);
    config.settings.longest_wait = Duration::from_secs(2);
    config.settings.mails_per_hour = 10_000;
    let stand_in = |servers: &[(&str, String)]| servers.iter().map(|(name, url)| ((*name).to_owned(), url.clone())).collect();
    config.stand_ins.insert("swiftpost".into(), stand_in(&[("api", format!("{carrier_url}/v2")), ("id", carrier_url.into())]));
    config.stand_ins.insert("shop".into(), stand_in(&[("api", format!("{shop_url}/api"))]));
    Ok(config)
}

fn write_secrets(path: &Path) -> std::io::Result<()> {
    let secrets = [
        ("SWIFTPOST_CLIENT_ID", agreed::CLIENT_ID),
        ("SWIFTPOST_CLIENT_SECRET", agreed::CLIENT_SECRET),
        ("SWIFTPOST_WEBHOOK_KEY", agreed::WEBHOOK_KEY),
        ("SHOP_SHOP_TOKEN", agreed::SHOP_TOKEN),
    ];
    let lines: String = secrets.iter().map(|(name, value)| format!("CROSSDOCK_SECRET_{name}={value}\n")).collect();
    std::fs::write(path, lines)
}
