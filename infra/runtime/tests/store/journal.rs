//! Exchanges and documents.

use crate::support::{Place, exchange};
use crossdock_runtime::port::{Batch, Blob, Exchange, ExchangeKind, Store};

fn journal(exchanges: Vec<Exchange>) -> Batch {
    Batch { exchanges, ..Batch::default() }
}

#[tokio::test]
async fn an_exchange_comes_back_as_it_was() {
    let place = Place::new();
    let store = place.serve();
    let long = "{\"street\": \"Grüner Weg\"}\n".repeat(400);
    let mut told = vec![
        exchange("x2", "SO-1", 20, "POST /v2 HTTP\n\n{}", ""),
        exchange("x1", "SO-1", 10, &long, &long),
        exchange("x3", "SO-2", 15, "GET /", "{}"),
        exchange("x4", "", 15, "POST /webhooks", ""),
    ];
    told[3].kind = ExchangeKind::Delivery;
    store.commit(journal(told.clone())).await.expect("written");
    for exchange in &told {
        assert_eq!(store.exchange(&exchange.id).await.expect("read").as_ref(), Some(exchange));
    }
    assert_eq!(store.exchanges("SO-1").await.expect("read"), [told[1].clone(), told[0].clone()], "oldest first");
    assert_eq!(store.exchanges("").await.expect("read"), [], "no order is no order");
    assert_eq!(store.exchange("x9").await.expect("read"), None);

    told[0].meaning = "rejected".into();
    store.commit(journal(vec![told[0].clone()])).await.expect("told again");
    assert_eq!(store.exchange("x2").await.expect("read").as_ref(), Some(&told[0]), "what is told again replaces what was told");
    assert_eq!(store.exchanges("SO-1").await.expect("read").len(), 2);
}

#[tokio::test]
async fn a_document_comes_back_as_it_was() {
    let place = Place::new();
    let store = place.serve();
    let label = Blob { id: "l1".into(), media: "application/pdf".into(), order_id: "SO-1".into(), bytes: vec![0xff; 300_000] };
    store.commit(Batch { blobs: vec![label.clone()], ..Batch::default() }).await.expect("written");
    assert_eq!(store.blob("l1").await.expect("read"), Some(label));
    assert_eq!(store.blob("l2").await.expect("read"), None);
}

#[tokio::test]
async fn what_is_forgotten_is_nowhere_in_the_files() {
    let place = Place::new();
    let store = place.serve();
    let secret = "Jane-Roe-of-Nowhere-Street";
    let told = vec![exchange("x1", "SO-1", 10, secret, ""), exchange("x2", "SO-2", 10, "kept-for-SO-2", "")];
    let blobs = vec![Blob {
        id: "l1".into(),
        media: "text/plain".into(),
        order_id: "SO-1".into(),
        bytes: secret.repeat(1000).into_bytes(),
    }];
    store.commit(Batch { exchanges: told, blobs, ..Batch::default() }).await.expect("written");
    assert!(holds(&place, secret) && holds(&place, "kept-for-SO-2"), "the files are searched where they are");

    assert_eq!(store.forget("SO-1").await, Ok((1, 1)));
    assert_eq!(store.exchange("x1").await.expect("read"), None);
    assert_eq!(store.blob("l1").await.expect("read"), None);
    assert!(!holds(&place, secret), "its bytes are gone from the files");
    assert!(holds(&place, "kept-for-SO-2"));
    assert_eq!(store.forget("SO-1").await, Ok((0, 0)));
    assert_eq!(store.forget("").await, Ok((0, 0)), "what belongs to no order is not one order's");
}

/// Whether any file of the store holds this text.
fn holds(place: &Place, text: &str) -> bool {
    let files = std::fs::read_dir(place.dir.path()).expect("the store's directory").flatten();
    files.map(|file| std::fs::read(file.path()).expect("a file")).any(|bytes| {
        let mut windows = bytes.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    })
}
