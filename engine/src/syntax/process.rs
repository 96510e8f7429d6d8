//! How the local process is set up, as written: `crossdock.yaml`. Everything has a default.

use super::{Entries, Named, Seconds, Sp};

words! {
    /// What durable means.
    pub enum DurabilityWord {
        /// What was answered survives the loss of power.
        PowerLoss = "power_loss",
        /// What was answered survives the death of the process; faster.
        ProcessKill = "process_kill",
    }
}

words! {
    /// How logs are written.
    pub enum LogFormat {
        /// For people on a terminal, else JSON.
        Auto = "auto",
        /// One JSON object per line.
        Json = "json",
        /// For people.
        Text = "text",
    }
}

record! {
    /// How orders are taken over HTTP.
    pub struct IntakeSetup {
        /// The largest body, in bytes; 8 MiB when not given.
        largest: Option<Sp<u32>>,
        /// Orders, and messages to the shop, that may wait for a worker before more are answered with 429; 20000 when not given.
        /// What waits for its carrier or for the shop does not count.
        backlog: Option<Sp<u32>>,
        /// The most orders and messages to the shop that may wait in all; 1000000 when not given.
        most: Option<Sp<u32>>,
    }
}

record! {
    /// How emails reach the logistics team. Without it they are written to files under the data directory.
    pub struct MailSetup {
        /// The SMTP server: `smtps://mail.shop.example`, or `smtp://127.0.0.1:2525` on this machine. User and password come
        /// from `CROSSDOCK_SMTP_USER` and `CROSSDOCK_SMTP_PASSWORD`.
        server: Sp<String>,
        /// The sender's address.
        from: Sp<String>,
        /// Where developers are told, should the chat fail.
        developers: Option<Sp<String>>,
        /// Emails about one topic in an hour, beyond which they come as a digest; 20 when not given.
        per_hour: Option<Sp<u32>>,
    }
}

record! {
    /// How much is done at once.
    pub struct WorkersSetup {
        /// Orders that are worked on at once; 512 when not given. Each carrier's file bounds its own.
        orders: Option<Sp<u32>>,
        /// Deliveries that are read at once; 64 when not given.
        updates: Option<Sp<u32>>,
        /// Messages to the shop and emails that are under way at once; 128 when not given.
        actions: Option<Sp<u32>>,
    }
}

record! {
    /// How patient the process is.
    pub struct PatienceSetup {
        /// The wait before an order's second try; it doubles each time. 2 s when not given.
        first_wait: Option<Seconds>,
        /// The longest wait between two tries; 10 m when not given.
        longest_wait: Option<Seconds>,
        /// How long a worker is trusted beyond a request's own timeout; 30 s when not given.
        grace: Option<Seconds>,
        /// How long an event waits for its order; 1 h when not given.
        uncorrelated: Option<Seconds>,
        /// How long the process waits for what is under way when it is stopped; 30 s when not given.
        stop: Option<Seconds>,
    }
}

record! {
    /// How long what is done is kept.
    pub struct RetentionSetup {
        /// Full exchanges, documents, events and ended orders; 90 d when not given.
        journal: Option<Seconds>,
    }
}

record! {
    /// How the process logs.
    pub struct LogSetup {
        /// The format.
        format: Option<Sp<LogFormat>>,
        /// `error`, `warn`, `info`, `debug`, or a filter like `info,crossdock_runtime=debug`; `info` when not given.
        level: Option<Sp<String>>,
    }
}

record! {
    /// How the local process is set up. Secrets are never written here: they come from the environment, or from the file that
    /// `secrets` names.
    pub struct ProcessFile {
        /// `process/v1`.
        format: Sp<String>,
        /// The address to listen on; `127.0.0.1:8080` when not given. On any other than this machine's own, `CROSSDOCK_TOKEN`
        /// must be set.
        listen: Option<Sp<String>>,
        /// Where the shop and the carriers reach the process; what it listens on, when not given.
        public_url: Option<Sp<String>>,
        /// The data directory; `.crossdock` when not given.
        data: Option<Sp<String>>,
        /// The mapping directory; `carriers` when not given.
        mappings: Option<Sp<String>>,
        /// Which of the carriers' environments is called; `sandbox` when not given.
        environment: Option<Sp<String>>,
        /// What durable means; `power_loss` when not given.
        durability: Option<Sp<DurabilityWord>>,
        /// A file of lines `CROSSDOCK_SECRET_<CARRIER>_<NAME>=value`, tried before the environment.
        secrets: Option<Sp<String>>,
        /// How orders are taken.
        intake: Option<IntakeSetup>,
        /// How emails are sent.
        mail: Option<MailSetup>,
        /// How much is done at once.
        workers: Option<WorkersSetup>,
        /// How patient the process is.
        patience: Option<PatienceSetup>,
        /// How long what is done is kept.
        retention: Option<RetentionSetup>,
        /// How the process logs.
        log: Option<LogSetup>,
        /// Servers on this machine that stand in for a carrier's, or for the shop's (`shop`): URL by server name, by carrier.
        stand_ins: Named<Entries<Sp<String>>>,
    }
}
