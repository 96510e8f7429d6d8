//! The fake carriers and the fake shop: as lean as can be, so that what is measured is the process between them.

use crate::exit::Problem;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How long the hanging carrier takes for a call.
const HANGS: Duration = Duration::from_secs(15);

/// The books of the fakes, by the order's number. Times are microseconds since the start, 0 for "not yet".
#[derive(Debug)]
pub(crate) struct World {
    began: Instant,
    carriers: u32,
    latency: Duration,
    sent_at: Vec<AtomicU64>,
    taken_at: Vec<AtomicU64>,
    told_at: Vec<AtomicU64>,
    told: Vec<AtomicU8>,
    calls: Vec<AtomicU8>,
    sent: AtomicU64,
    taken: AtomicU64,
    told_once: AtomicU64,
    hanging: AtomicBool,
    /// Calls of the first carrier that are under way, and the most there were since it last changed its mood.
    under_way: AtomicU32,
    peak: AtomicU32,
}

impl World {
    /// A world in which at most so many orders are sent.
    pub(crate) fn new(most: u64, carriers: u32, latency: Duration) -> Self {
        let times = || (0..most).map(|_| AtomicU64::new(0)).collect();
        let counts = || (0..most).map(|_| AtomicU8::new(0)).collect();
        Self {
            began: Instant::now(),
            carriers,
            latency,
            sent_at: times(),
            taken_at: times(),
            told_at: times(),
            told: counts(),
            calls: counts(),
            sent: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            told_once: AtomicU64::new(0),
            hanging: AtomicBool::new(false),
            under_way: AtomicU32::new(0),
            peak: AtomicU32::new(0),
        }
    }

    /// The carrier that an order goes to.
    pub(crate) fn carrier_of(&self, number: u64) -> u32 {
        u32::try_from(number % u64::from(self.carriers)).unwrap_or(0)
    }

    /// Orders sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Orders that were answered with 202.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Orders that the shop has been told of.
    pub(crate) fn told(&self) -> u64 {
        self.told_once.load(Ordering::Relaxed)
    }

    /// Orders that were taken and that the shop has not been told of.
    pub(crate) fn untold(&self) -> u64 {
        self.taken().saturating_sub(self.told())
    }

    /// The first carrier hangs, or heals.
    pub(crate) fn hang(&self, hangs: bool) {
        self.hanging.store(hangs, Ordering::Relaxed);
        self.peak.store(0, Ordering::Relaxed);
    }

    /// The most calls of the first carrier at once since it last changed its mood.
    pub(crate) fn peak_calls(&self) -> u32 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Orders that the carriers were asked for more than once: repetitions under their key.
    pub(crate) fn repeated(&self) -> usize {
        self.calls.iter().filter(|calls| calls.load(Ordering::Relaxed) > 1).count()
    }

    /// Orders that the shop was told of more than once.
    pub(crate) fn told_twice(&self) -> usize {
        self.told.iter().filter(|told| told.load(Ordering::Relaxed) > 1).count()
    }

    /// Notes that an order leaves for us.
    pub(crate) fn note_sent(&self, number: u64) {
        self.sent.fetch_max(number + 1, Ordering::Relaxed);
        self.note(&self.sent_at, number);
    }

    /// Notes that we have taken an order.
    pub(crate) fn note_taken(&self, number: u64) {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.note(&self.taken_at, number);
    }

    /// From sending to telling, in microseconds, of the orders from `from` on whose carrier fits; and from sending to taking.
    pub(crate) fn times(&self, from: u64, fits: impl Fn(u32) -> bool) -> (Vec<u64>, Vec<u64>) {
        let mut told = Vec::new();
        let mut taken = Vec::new();
        for number in from..self.sent() {
            let Some(at) = usize::try_from(number).ok().filter(|_| fits(self.carrier_of(number))) else { continue };
            let time = |times: &[AtomicU64]| times.get(at).map_or(0, |time| time.load(Ordering::Relaxed));
            let (sent, took, tell) = (time(&self.sent_at), time(&self.taken_at), time(&self.told_at));
            if tell > 0 {
                told.push(tell.saturating_sub(sent));
            }
            if took > 0 {
                taken.push(took.saturating_sub(sent));
            }
        }
        told.sort_unstable();
        taken.sort_unstable();
        (told, taken)
    }

    fn note(&self, times: &[AtomicU64], number: u64) {
        let now = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
        if let Some(time) = usize::try_from(number).ok().and_then(|number| times.get(number)) {
            let _ = time.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    fn count(counts: &[AtomicU8], number: u64) -> u8 {
        let count = usize::try_from(number).ok().and_then(|number| counts.get(number));
        count.map_or(0, |count| count.fetch_add(1, Ordering::Relaxed))
    }

    async fn ship(&self, number: u64) -> Response<Full<Bytes>> {
        let carrier = self.carrier_of(number);
        if carrier == 0 {
            let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
            self.peak.fetch_max(under_way, Ordering::Relaxed);
        }
        let hangs = carrier == 0 && self.hanging.load(Ordering::Relaxed);
        let time = if hangs { HANGS } else { self.latency };
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        if carrier == 0 {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
        }
        Self::count(&self.calls, number);
        let body = format!(
            r#"{{"parcels":[{{"ref":"B-{number}-1","trackingNo":"00{number:08}E1","id":"p{number}"}}],"links":{{"tracking":"https://track.swiftpost.example/{number}"}}}}"#
        );
        answer(StatusCode::CREATED, body)
    }

    fn tell(&self, number: u64) -> Response<Full<Bytes>> {
        if Self::count(&self.told, number) == 0 {
            self.told_once.fetch_add(1, Ordering::Relaxed);
            self.note(&self.told_at, number);
        }
        answer(StatusCode::NO_CONTENT, String::new())
    }
}

fn answer(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}

/// The number behind the first `B-` of a text.
fn number_in(text: &[u8]) -> Option<u64> {
    let at = text.windows(2).position(|pair| pair == b"B-")? + 2;
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(None, |number, digit| Some(number.unwrap_or(0) * 10 + u64::from(digit - b'0')))
}

/// Serves all carriers on one address.
pub(crate) async fn serve_carriers(world: &Arc<World>) -> Result<String, Problem> {
    serve(Arc::clone(world), |world, request| async move {
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        match number_in(&body) {
            Some(number) => world.ship(number).await,
            None => answer(StatusCode::BAD_REQUEST, r#"{"errors":[{"code":"BODY"}]}"#.into()),
        }
    })
    .await
}

/// Serves the shop.
pub(crate) async fn serve_shop(world: &Arc<World>) -> Result<String, Problem> {
    serve(Arc::clone(world), |world, request| async move {
        match number_in(request.uri().path().as_bytes()) {
            Some(number) => world.tell(number),
            None => answer(StatusCode::NOT_FOUND, String::new()),
        }
    })
    .await
}

async fn serve<F, T>(world: Arc<World>, handle: F) -> Result<String, Problem>
where
    F: Fn(Arc<World>, Request<Incoming>) -> T + Copy + Send + Sync + 'static,
    T: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let world = Arc::clone(&world);
            let _ = stream.set_nodelay(true);
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let answered = handle(Arc::clone(&world), request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                // A connection that breaks off is the other side's business.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(format!("http://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_known_by_its_number() {
        assert_eq!(number_in(br#"{"reference":"B-1207","x":1}"#), Some(1207));
        assert_eq!(number_in(b"/orders/B-3/result"), Some(3));
        assert_eq!(number_in(b"/orders/result"), None);
    }
}
