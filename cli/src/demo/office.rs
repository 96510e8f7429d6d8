//! Our side: orders go to the carrier, deliveries come in, what follows goes to the shop; all is counted.

use super::agreed;
use super::books::Books;
use super::desk::{Desk, Fate};
use super::result::{Settled, settled};
use crate::exit::Problem;
use crate::project::{OrderJob, shop};
use crate::send::limiter;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use crossdock_engine::carrier::{Account, AccountSettings, Carrier, Delivery, Outcome, Progress, Shop};
use crossdock_engine::compile::compile;
use crossdock_engine::model::{Action, Effect, Order};
use crossdock_engine::source::Sources;
use crossdock_runtime::clock::{Clock, SystemClock};
use crossdock_runtime::drive::{Driver, Ended, Ending, Policy};
use crossdock_runtime::http::HttpClient;
use crossdock_runtime::limits::Limiter;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const CARRIER: &str = include_str!("../../demo/swiftpost/carrier.yaml");
const SHOP: &str = include_str!("../../demo/shop.yaml");
const WEBHOOK: &str = "tracking";

/// Everything of ours, shared by all tasks.
pub(crate) struct Office {
    carrier: Carrier,
    account: Account,
    carrier_gate: Limiter,
    shop: Shop,
    shop_account: Account,
    shop_gate: Limiter,
    driver: Driver<HttpClient, SystemClock>,
    desk: Mutex<Desk>,
    books: Mutex<Books>,
    actions: Mutex<Option<UnboundedSender<Action>>>,
}

impl Office {
    /// Compiles the two files and points them at the servers on this machine. Also what follows from all that happens.
    pub(crate) fn open(
        carrier_url: &str,
        shop_url: &str,
        client: HttpClient,
    ) -> Result<(Arc<Self>, UnboundedReceiver<Action>), Problem> {
        let mut sources = Sources::default();
        let file = sources.add("demo/swiftpost/carrier.yaml", CARRIER);
        let carrier = compile(&sources, file).carrier.ok_or_else(|| Problem::failure("the demo's carrier file has errors"))?;
        let shop = shop("demo/shop.yaml", SHOP)?;
        let account = account(&carrier, &carrier_settings(carrier_url))?;
        let shop_account = account_of_shop(&shop, shop_url)?;
        let policy = Policy { tries: 8, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(2) };
        let (actions, follow) = unbounded_channel();
        let office = Self {
            carrier_gate: limiter(&carrier),
            shop_gate: limiter(shop.counterpart()),
            carrier,
            account,
            shop,
            shop_account,
            driver: Driver::new(client, SystemClock, policy),
            desk: Mutex::default(),
            books: Mutex::default(),
            actions: Mutex::new(Some(actions)),
        };
        Ok((Arc::new(office), follow))
    }

    /// Where the carrier calls back.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new().route("/webhooks/swiftpost/tracking", post(delivery)).with_state(Arc::clone(self))
    }

    /// Reads or writes the books.
    pub(crate) fn books<T>(&self, with: impl FnOnce(&mut Books) -> T) -> T {
        with(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Nothing more happens: the stream of what follows ends. Events that still wait for their order are orphans.
    pub(crate) fn close(&self) {
        let waiting = self.desk(|desk| desk.waiting());
        self.books(|books| books.orphans = waiting);
        self.actions.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Sends one order to the carrier and keeps what it came to.
    pub(crate) async fn order(&self, json: Value) {
        self.books(|books| books.orders += 1);
        let Ok(order) = serde_json::from_value::<Order>(json) else {
            return self.books(|books| *books.failed.entry("invalid".into()).or_default() += 1);
        };
        let Ok(bytes) = serde_json::to_vec(&order) else { return };
        let job = OrderJob {
            carrier: &self.carrier,
            operation: &order.operation,
            order: &bytes,
            account: &self.account,
            scope: "carrier",
        };
        let ended = self.driver.run(&job, &self.carrier_gate, Progress::default()).await;
        self.settle(&order, ended);
    }

    fn settle(&self, order: &Order, ended: Ended) {
        self.books(|books| {
            books.retries += u64::from(ended.effort.retries);
            books.took.push(u64::try_from(ended.effort.took.as_millis()).unwrap_or(u64::MAX));
        });
        match settled(ended.ending) {
            Settled::Accepted(result) => {
                let (actions, fates) = self.desk(|desk| desk.accepted(order, *result));
                self.books(|books| {
                    books.accepted += 1;
                    fates.into_iter().for_each(|fate| count(books, fate));
                });
                self.follow(actions);
            }
            Settled::Refused(result) => {
                let reason = result.code.clone().unwrap_or_else(|| "without a code".into());
                let actions = self.desk(|desk| desk.refused(order, *result));
                self.books(|books| *books.refused.entry(reason).or_default() += 1);
                self.follow(actions);
            }
            Settled::Failed(reason) => self.books(|books| *books.failed.entry(reason).or_default() += 1),
        }
    }

    /// Takes a delivery: verified first, then translated.
    fn receive(&self, delivery: &Delivery) -> StatusCode {
        let now = SystemClock.seconds();
        self.books(|books| books.received += 1);
        if self.carrier.verify(WEBHOOK, delivery, &self.account, now).is_err() {
            self.books(|books| books.unverified += 1);
            return StatusCode::UNAUTHORIZED;
        }
        let Ok(translation) = self.carrier.translate(WEBHOOK, delivery, &self.account, now) else {
            return StatusCode::BAD_REQUEST;
        };
        self.books(|books| {
            let unmapped = translation.unmapped.len() as u64;
            books.events += translation.events.len() as u64 + unmapped;
            books.unmapped += unmapped;
        });
        for found in translation.events {
            let (fate, actions) = self.desk(|desk| desk.event(found.event));
            self.books(|books| count(books, fate));
            self.follow(actions);
        }
        StatusCode::OK
    }

    /// Carries out one action.
    pub(crate) async fn act(&self, action: Action) {
        let (operation, kept): (&str, fn(&mut Books)) = match action.effect {
            Effect::EmailLogistics(_) => return self.books(|books| books.emails += 1),
            Effect::OrderResult(_) => ("order_result", |books| books.shop_results += 1),
            Effect::NotifyShop(_) => ("update_order", |books| books.shop_updates += 1),
        };
        let Ok(bytes) = serde_json::to_vec(&action) else { return };
        let carrier = self.shop.counterpart();
        let job = OrderJob { carrier, operation, order: &bytes, account: &self.shop_account, scope: "shop" };
        match self.driver.run(&job, &self.shop_gate, Progress::default()).await.ending {
            Ending::Done(done) if done.outcome == Outcome::Accepted => self.books(kept),
            _ => self.books(|books| books.untold += 1),
        }
    }

    fn desk<T>(&self, with: impl FnOnce(&mut Desk) -> T) -> T {
        with(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn follow(&self, actions: Vec<Action>) {
        let into = self.actions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(into) = into.as_ref() else { return };
        for action in actions {
            let _ = into.send(action);
        }
    }
}

fn count(books: &mut Books, fate: Fate) {
    match fate {
        Fate::Advanced => books.advanced += 1,
        Fate::Stale => books.stale += 1,
        Fate::Duplicate => books.duplicates += 1,
        // Counted when its order comes, or as an orphan in the end.
        Fate::Early => {}
    }
}

fn carrier_settings(url: &str) -> AccountSettings {
    let secrets =
        [("client_id", agreed::CLIENT_ID), ("client_secret", agreed::CLIENT_SECRET), ("webhook_key", agreed::WEBHOOK_KEY)];
    let servers = [("api", format!("{url}/v2")), ("id", url.to_owned())];
    settings(json!({"account_no": agreed::ACCOUNT_NO}), &secrets, &servers)
}

fn account_of_shop(shop: &Shop, url: &str) -> Result<Account, Problem> {
    let settings = settings(json!({}), &[("shop_token", agreed::SHOP_TOKEN)], &[("api", format!("{url}/api"))]);
    account(shop.counterpart(), &settings)
}

fn settings(config: Value, secrets: &[(&str, &str)], servers: &[(&str, String)]) -> AccountSettings {
    AccountSettings {
        account: "default".into(),
        environment: Some("sandbox".into()),
        config: config.as_object().cloned().unwrap_or_default(),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
        servers: servers.iter().map(|(name, url)| ((*name).to_owned(), url.clone())).collect(),
    }
}

fn account(carrier: &Carrier, settings: &AccountSettings) -> Result<Account, Problem> {
    carrier.account(settings).map_err(|wrong| Problem::failure(wrong.join("; ")))
}

async fn delivery(State(office): State<Arc<Office>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    office.receive(&Delivery { method: "POST".into(), headers, body: body.to_vec(), ..Delivery::default() })
}
