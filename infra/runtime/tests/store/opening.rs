//! What can and what cannot be opened.

use crate::support::Place;
use crossdock_runtime::local::store::{OpenError, Role, SqliteStore};
use crossdock_runtime::port::{Batch, Queue, Store};
use std::collections::BTreeMap;
use std::path::Path;

fn refused(dir: &Path, role: Role) -> OpenError {
    SqliteStore::open(dir, role).map(drop).expect_err("it is refused")
}

#[tokio::test]
async fn a_directory_is_served_once() {
    let place = Place::new();
    let store = place.serve();
    let error = refused(place.dir.path(), Role::Serve);
    assert_eq!(error, OpenError::Served(place.dir.path().to_path_buf()));
    assert!(error.to_string().contains("another `crossdock serve`"), "{error}");
    drop(store);
    SqliteStore::open(place.dir.path(), Role::Serve).expect("free again");
}

#[tokio::test]
async fn a_tool_makes_no_store() {
    let place = Place::new();
    let error = refused(place.dir.path(), Role::Tool);
    assert_eq!(error, OpenError::Absent(place.dir.path().to_path_buf()));
    assert_eq!(std::fs::read_dir(place.dir.path()).expect("a directory").count(), 0, "nothing is left behind");
}

#[tokio::test]
async fn a_tool_receives_nothing() {
    let place = Place::new();
    let _serving = place.serve();
    let error = place.open(Role::Tool).receive(Queue::Orders, 1, &BTreeMap::new()).await.expect_err("it is refused");
    assert!(error.to_string().contains("only the process that serves it"), "{error}");
}

#[tokio::test]
async fn a_newer_layout_is_left_alone() {
    let place = Place::new();
    drop(place.serve());
    let path = place.dir.path().join("crossdock.db");
    let database = rusqlite::Connection::open(&path).expect("the database");
    database.pragma_update(None, "user_version", 99).expect("a newer layout");
    drop(database);
    for role in [Role::Serve, Role::Tool] {
        let error = refused(place.dir.path(), role);
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
        assert!(error.to_string().contains("newer program"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_store_is_left_alone() {
    for content in ["no database at all, only words of many kinds, long enough to be looked at as a header would be", "other"] {
        let place = Place::new();
        let path = place.dir.path().join("crossdock.db");
        if content == "other" {
            let other = rusqlite::Connection::open(&path).expect("a database");
            other.execute_batch("CREATE TABLE theirs (x)").expect("a table");
        } else {
            std::fs::write(&path, content).expect("a file");
        }
        for role in [Role::Serve, Role::Tool] {
            let error = refused(place.dir.path(), role);
            assert_eq!(error, OpenError::Foreign(path.clone()));
        }
    }
}

#[tokio::test]
async fn damage_is_told_and_not_read_over() {
    let place = Place::new();
    let store = place.serve();
    for n in 0..200 {
        let item = crate::support::put(&format!("entry/{n:04}"), crossdock_runtime::port::Expect::Absent, &"x".repeat(500));
        store.commit(Batch { puts: vec![item], ..Batch::default() }).await.expect("written");
    }
    drop(store);
    let path = place.dir.path().join("crossdock.db");
    let mut bytes = std::fs::read(&path).expect("the database");
    let end = bytes.len();
    bytes[4096 * 2..end].fill(0x5a);
    std::fs::write(&path, bytes).expect("damage");
    // What the log still holds must not stand in for the damaged pages.
    let _ = std::fs::remove_file(place.dir.path().join("crossdock.db-wal"));
    // Depending on what was hit it is noticed when it is opened, or when it is read.
    let told = match SqliteStore::open(place.dir.path(), Role::Serve) {
        Err(error) => error.to_string(),
        Ok(store) => store.list("entry/", None, 1000).await.expect_err("it cannot be read").to_string(),
    };
    assert!(told.contains("malformed") || told.contains("damaged"), "{told}");
}
