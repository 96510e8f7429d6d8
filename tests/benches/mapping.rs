//! What carrier files cost: orders to requests, replies to answers, deliveries to events, beside mappings written by
//! hand; and compiling and checking the files themselves.
//!
//! All subjects take turns in short rounds, so that whatever else the machine does falls on all alike; a row is the
//! median of its rounds.

use crossdock_engine::carrier::{Delivery, Progress};
use crossdock_engine::compile::compile;
use crossdock_engine::source::Sources;
use crossdock_tests::baseline::{LocalDelivery, OnDemand};
use crossdock_tests::deliveries::delivery;
use crossdock_tests::orders::{Kind, order};
use crossdock_tests::samples::{NOW, Shipped, baseline_of, shipped};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 60;
/// How long a subject runs in a round.
const TURN: Duration = Duration::from_millis(4);
/// How many different orders or deliveries are gone through.
const SAMPLES: u64 = 200;

struct Subject<'s> {
    name: String,
    /// The subject that it is measured by.
    by: Option<usize>,
    run: Box<dyn FnMut(usize) + 's>,
    turns: usize,
    rounds: Vec<f64>,
}

impl<'s> Subject<'s> {
    fn new(name: String, by: Option<usize>, run: impl FnMut(usize) + 's) -> Self {
        let mut subject = Self { name, by, run: Box::new(run), turns: 1, rounds: Vec::new() };
        while subject.time() < TURN {
            subject.turns *= 2;
        }
        subject
    }

    fn time(&mut self) -> Duration {
        let start = Instant::now();
        (0..self.turns).for_each(&mut self.run);
        start.elapsed()
    }

    fn round(&mut self) {
        let nanoseconds = self.time().as_nanos() as f64 / self.turns as f64;
        self.rounds.push(nanoseconds);
    }

    fn median(&self) -> f64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }
}

/// Generated orders that the carrier takes; of a carrier without a generator, its sample.
fn orders(shipped: &Shipped) -> Vec<Vec<u8>> {
    let kind = match &shipped.id {
        id if *id == baseline_of("local_delivery") => Kind::LocalDelivery,
        id if *id == baseline_of("on_demand") => Kind::OnDemand,
        _ => return vec![shipped.order.clone()],
    };
    (0..SAMPLES).map(|seed| order(seed, kind)).filter(|order| shipped.request(order).is_ok()).collect()
}

fn order_subjects<'s>(shipped: &'s Shipped, orders: &'s [Vec<u8>], subjects: &mut Vec<Subject<'s>>) {
    let id = &shipped.id;
    let by = Some(subjects.len());
    let mut buffer = Vec::new();
    if *id == baseline_of("local_delivery") {
        let mapping = LocalDelivery::beside(shipped);
        subjects.push(Subject::new(format!("{id}: order -> request, by hand"), None, move |turn| {
            let order = &orders[turn % orders.len()];
            let request = black_box(mapping.create_shipment(order, std::mem::take(&mut buffer)));
            buffer = request.expect("an order that is taken").body;
        }));
    } else if *id == baseline_of("on_demand") {
        let (mapping, token) = OnDemand::beside(shipped);
        subjects.push(Subject::new(format!("{id}: order -> request, by hand"), None, move |turn| {
            let order = &orders[turn % orders.len()];
            let request = black_box(mapping.create_shipment(order, &token, std::mem::take(&mut buffer)));
            buffer = request.expect("an order that is taken").body;
        }));
    }
    let by = by.filter(|by| subjects.len() > *by);
    subjects.push(Subject::new(format!("{id}: order -> request"), by, |turn| {
        black_box(shipped.request(&orders[turn % orders.len()])).expect("an order that is taken");
    }));
}

fn reply_subject(shipped: &Shipped) -> Subject<'_> {
    let call = shipped.first_call();
    Subject::new(format!("{}: reply -> answer", shipped.id), None, move |_| {
        let progress = Progress::default();
        black_box(shipped.carrier.interpret(
            "create_shipment",
            &shipped.order,
            &shipped.account,
            &progress,
            &call,
            &shipped.reply,
        ));
    })
}

fn delivery_subjects<'s>(shipped: &'s Shipped, subjects: &mut Vec<Subject<'s>>) {
    let Some((name, sample)) = &shipped.webhook else { return };
    let by_hand = shipped.id == baseline_of("on_demand");
    let bodies: Vec<Vec<u8>> = if by_hand { (0..SAMPLES).map(delivery).collect() } else { vec![sample.body.clone()] };
    let deliveries: Vec<Delivery> = bodies.into_iter().map(|body| Delivery { body, ..sample.clone() }).collect();
    let by = by_hand.then_some(subjects.len());
    if by_hand {
        let (mapping, _) = OnDemand::beside(shipped);
        let deliveries = deliveries.clone();
        subjects.push(Subject::new(format!("{}: delivery -> events, by hand", shipped.id), None, move |turn| {
            let body = &deliveries[turn % deliveries.len()].body;
            let _ = black_box(mapping.translate(body, NOW));
        }));
    }
    subjects.push(Subject::new(format!("{}: delivery -> events", shipped.id), by, move |turn| {
        let delivery = &deliveries[turn % deliveries.len()];
        let _ = black_box(shipped.carrier.translate(name, delivery, &shipped.account, NOW));
    }));
}

fn compile_subject(shipped: &Shipped) -> Subject<'_> {
    let lines = shipped.text.lines().count();
    Subject::new(format!("{}: compile and check, {lines} lines", shipped.id), None, |_| {
        assert!(compiles(&shipped.text));
    })
}

fn compiles(text: &str) -> bool {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", text);
    black_box(compile(&sources, file)).carrier.is_some()
}

/// Files a second, on two threads.
fn throughput(carriers: &[Shipped]) -> (usize, Duration) {
    let files: Vec<String> = (0..1000)
        .map(|number| {
            let shipped = &carriers[number % carriers.len()];
            shipped.text.replacen(&format!("id: {}", shipped.id), &format!("id: {}_{number}", shipped.id), 1)
        })
        .collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for half in files.chunks(files.len().div_ceil(2)) {
            scope.spawn(|| half.iter().for_each(|text| assert!(compiles(text))));
        }
    });
    (files.len(), start.elapsed())
}

#[expect(clippy::print_stdout, reason = "the table is what a bench is run for")]
fn main() {
    let carriers = shipped();
    let orders: Vec<Vec<Vec<u8>>> = carriers.iter().map(orders).collect();
    let mut subjects = Vec::new();
    for (shipped, orders) in carriers.iter().zip(&orders) {
        order_subjects(shipped, orders, &mut subjects);
        subjects.push(reply_subject(shipped));
        delivery_subjects(shipped, &mut subjects);
        subjects.push(compile_subject(shipped));
    }
    for _ in 0..ROUNDS {
        subjects.iter_mut().for_each(Subject::round);
    }
    println!("{:<54} {:>12}   ratio", "median of rounds", "ns");
    for subject in &subjects {
        let ratio = subject.by.map(|by| format!("{:.2}x", subject.median() / subjects[by].median())).unwrap_or_default();
        println!("{:<54} {:>12.0}   {ratio}", subject.name, subject.median());
    }
    let (files, time) = throughput(&carriers);
    let rate = files as f64 / time.as_secs_f64();
    println!("{files} files compiled and checked on two threads in {:.2} s: {rate:.0} a second", time.as_secs_f64());
}
