//! Mapping files that are read when their carrier is first met.

use crossdock_runtime::mappings::{AccountDefaults, Mappings, Missing};
use crossdock_runtime::port::{FileSource, Manifest, Secrets};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const SWIFTPOST: &str = include_str!("support/files/swiftpost.yaml");

/// Files of memory; which were read.
#[derive(Debug, Clone, Default)]
struct Files {
    files: Arc<Mutex<BTreeMap<String, String>>>,
    read: Arc<Mutex<Vec<String>>>,
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Files {
    fn put(&self, id: &str, text: &str) {
        self.files.lock().expect("no panic").insert(format!("{id}/carrier.yaml"), text.to_owned());
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.read.lock().expect("no panic"))
    }
}

impl FileSource for Files {
    async fn manifest(&self) -> Result<Manifest, String> {
        let files = self.files.lock().expect("no panic");
        Ok(Manifest::of(files.iter().map(|(name, text)| (name.clone(), digest(text))).collect()))
    }

    async fn read(&self, name: &str, wanted: &str) -> Result<Vec<u8>, String> {
        self.read.lock().expect("no panic").push(name.to_owned());
        let text = self.files.lock().expect("no panic")[name].clone();
        if digest(&text) == wanted { Ok(text.into_bytes()) } else { Err("another digest".into()) }
    }
}

struct Nothing;

impl Secrets for Nothing {
    async fn of(&self, _: &str, _: &str, _: &[String]) -> Result<BTreeMap<String, String>, String> {
        Ok(BTreeMap::new())
    }

    async fn before(&self, _: &str, _: &str, _: &[String]) -> Result<BTreeMap<String, String>, String> {
        Ok(BTreeMap::new())
    }
}

fn lazily(files: &Files) -> Mappings<Files, Nothing> {
    Mappings::new(files.clone(), Nothing, AccountDefaults::default()).as_they_are_met()
}

fn other(id: &str) -> String {
    SWIFTPOST.replace("swiftpost", id)
}

#[tokio::test]
async fn only_the_carriers_that_are_met_are_read() {
    let files = Files::default();
    files.put("swiftpost", SWIFTPOST);
    files.put("slowpost", &other("slowpost"));
    let mappings = lazily(&files);
    assert_eq!(mappings.refresh().await, Ok(true));
    assert!(files.taken().is_empty(), "nobody was met");
    mappings.meet("swiftpost").await.expect("a file");
    mappings.meet("swiftpost").await.expect("a file");
    mappings.meet("nobody").await.expect("nobody to meet");
    assert_eq!(files.taken(), ["swiftpost/carrier.yaml"]);
    assert!(mappings.carrier("swiftpost").is_ok());
    assert!(matches!(mappings.carrier("nobody"), Err(Missing::Misconfigured(_))));
}

#[tokio::test]
async fn who_was_asked_for_too_early_is_met_then() {
    let files = Files::default();
    files.put("swiftpost", SWIFTPOST);
    let mappings = lazily(&files);
    mappings.refresh().await.expect("a release");
    assert!(matches!(mappings.carrier("swiftpost"), Err(Missing::Unavailable(_))));
    assert_eq!(mappings.meet_wanted().await, Ok(true));
    assert!(mappings.carrier("swiftpost").is_ok());
    assert_eq!(mappings.meet_wanted().await, Ok(false));
}

#[tokio::test]
async fn of_a_new_release_only_those_are_read_that_were_met_and_the_last_good_one_stays() {
    let files = Files::default();
    files.put("swiftpost", SWIFTPOST);
    files.put("slowpost", &other("slowpost"));
    let mappings = lazily(&files);
    mappings.refresh().await.expect("a release");
    mappings.meet("swiftpost").await.expect("a file");
    files.taken();
    files.put("swiftpost", &format!("# new\n{SWIFTPOST}"));
    files.put("slowpost", &format!("# new\n{}", other("slowpost")));
    assert_eq!(mappings.refresh().await, Ok(true));
    assert_eq!(files.taken(), ["swiftpost/carrier.yaml"]);
    let good = mappings.carrier("swiftpost").expect("a carrier").digest.clone();
    files.put("swiftpost", "format: carrier/v1\nthis: is broken\n");
    assert_eq!(mappings.refresh().await, Ok(true));
    assert_eq!(mappings.carrier("swiftpost").expect("the last good one").digest, good);
    assert_eq!(mappings.release().problems.len(), 1);
}

#[tokio::test]
async fn a_file_that_does_not_load_when_it_is_first_met_is_no_carrier() {
    let files = Files::default();
    files.put("swiftpost", "format: carrier/v1\nthis: is broken\n");
    let mappings = lazily(&files);
    mappings.refresh().await.expect("a release");
    mappings.meet("swiftpost").await.expect("a file");
    assert!(matches!(mappings.carrier("swiftpost"), Err(Missing::Misconfigured(_))));
    assert_eq!(mappings.release().problems.len(), 1);
}
