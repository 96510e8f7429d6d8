//! How the process is set up: the file, the command line, and a default for everything.

use crate::exit::Problem;
use crossdock_engine::compile::compile_process;
use crossdock_engine::diagnostic::summary;
use crossdock_engine::source::Sources;
use crossdock_engine::syntax::{DurabilityWord, LogFormat, ProcessFile, Seconds, Sp};
use crossdock_runtime::handler::Settings;
use crossdock_runtime::local::Durability;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is read when none is named, if there is one.
pub(crate) const FILE: &str = "crossdock.yaml";

/// The token that orders, documents and metrics need; none on this machine's own address needs none.
pub(crate) const TOKEN: &str = "CROSSDOCK_TOKEN";

/// The chat's incoming webhook.
pub(crate) const SLACK: &str = "CROSSDOCK_SLACK_URL";

const SMTP_USER: &str = "CROSSDOCK_SMTP_USER";
const SMTP_PASSWORD: &str = "CROSSDOCK_SMTP_PASSWORD";

/// The whole set-up.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) mappings: PathBuf,
    pub(crate) environment: Option<String>,
    pub(crate) durability: Durability,
    pub(crate) secrets: Option<PathBuf>,
    pub(crate) token: Option<String>,
    pub(crate) slack: Option<String>,
    pub(crate) mail: Option<Mail>,
    pub(crate) largest: usize,
    pub(crate) backlog: usize,
    pub(crate) most: usize,
    pub(crate) workers: Workers,
    pub(crate) stop: Duration,
    pub(crate) retention: Duration,
    pub(crate) log_format: LogFormat,
    pub(crate) log_level: String,
    pub(crate) settings: Settings,
    pub(crate) stand_ins: BTreeMap<String, BTreeMap<String, String>>,
}

/// How emails are sent.
#[derive(Clone)]
pub(crate) struct Mail {
    pub(crate) server: String,
    pub(crate) from: String,
    pub(crate) developers: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workers {
    pub(crate) orders: usize,
    pub(crate) updates: usize,
    pub(crate) actions: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from(".crossdock"),
            mappings: PathBuf::from("carriers"),
            environment: Some("sandbox".into()),
            durability: Durability::PowerLoss,
            secrets: None,
            token: None,
            slack: None,
            mail: None,
            largest: 8 * 1024 * 1024,
            backlog: 20_000,
            most: 1_000_000,
            workers: Workers { orders: 512, updates: 64, actions: 128 },
            stop: Duration::from_secs(30),
            retention: Duration::from_secs(90 * 24 * 3600),
            log_format: LogFormat::Auto,
            log_level: "info".into(),
            settings: Settings::default(),
            stand_ins: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads a file, and the secrets of the process from the environment.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Problem> {
        let mut config = Self::default();
        let default = Path::new(FILE);
        if let Some(path) = file.or_else(|| default.is_file().then_some(default)) {
            config.take(read(path)?);
        }
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        config.token = variable(TOKEN);
        config.slack = variable(SLACK);
        if let Some(mail) = &mut config.mail {
            (mail.user, mail.password) = (variable(SMTP_USER), variable(SMTP_PASSWORD));
        }
        Ok(config)
    }

    /// Whether it may be started: an address that others can reach needs a token.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if !self.listen.ip().is_loopback() && self.token.is_none() {
            return Err(Problem::usage(format!("{} can be reached by others, and there is no token", self.listen))
                .help(format!("set `{TOKEN}`, or listen on 127.0.0.1")));
        }
        Ok(())
    }

    /// The same, reached at the address that is listened on unless another one is public.
    pub(crate) fn reached_at(mut self, address: SocketAddr) -> Self {
        if self.settings.public_url.is_empty() {
            self.settings.public_url = format!("http://{address}");
        }
        self
    }

    fn take(&mut self, file: ProcessFile) {
        let text = |text: &Option<Sp<String>>| text.as_ref().map(|text| text.value.clone());
        let count = |count: &Option<Sp<u32>>| count.as_ref().map(|count| count.value as usize);
        if let Some(listen) = file.listen.as_ref().and_then(|listen| listen.value.parse().ok()) {
            self.listen = listen;
        }
        if let Some(url) = text(&file.public_url) {
            url.trim_end_matches('/').clone_into(&mut self.settings.public_url);
        }
        set(&mut self.data, text(&file.data).map(PathBuf::from));
        set(&mut self.mappings, text(&file.mappings).map(PathBuf::from));
        self.environment = text(&file.environment).or(self.environment.take());
        if let Some(Sp { value: DurabilityWord::ProcessKill, .. }) = &file.durability {
            self.durability = Durability::ProcessKill;
        }
        self.secrets = text(&file.secrets).map(PathBuf::from);
        if let Some(intake) = &file.intake {
            set(&mut self.largest, count(&intake.largest));
            set(&mut self.backlog, count(&intake.backlog));
            set(&mut self.most, count(&intake.most));
        }
        if let Some(mail) = &file.mail {
            set(&mut self.settings.mails_per_hour, count(&mail.per_hour));
            self.mail = Some(Mail {
                server: mail.server.value.clone(),
                from: mail.from.value.clone(),
                developers: text(&mail.developers),
                user: None,
                password: None,
            });
        }
        if let Some(workers) = &file.workers {
            set(&mut self.workers.orders, count(&workers.orders));
            set(&mut self.workers.updates, count(&workers.updates));
            set(&mut self.workers.actions, count(&workers.actions));
        }
        self.take_patience(&file);
        if let Some(log) = &file.log {
            set(&mut self.log_format, log.format.as_ref().map(|format| format.value));
            set(&mut self.log_level, text(&log.level));
        }
        for (carrier, servers) in &file.stand_ins {
            let servers = servers.0.iter().map(|(name, url)| (name.value.clone(), url.value.trim_end_matches('/').to_owned()));
            self.stand_ins.insert(carrier.value.clone(), servers.collect());
        }
    }

    fn take_patience(&mut self, file: &ProcessFile) {
        let time = |time: Option<Seconds>| time.map(|time| Duration::from_secs(time.seconds));
        if let Some(patience) = &file.patience {
            set(&mut self.settings.first_wait, time(patience.first_wait));
            set(&mut self.settings.longest_wait, time(patience.longest_wait));
            set(&mut self.settings.grace, time(patience.grace));
            set(&mut self.settings.uncorrelated, time(patience.uncorrelated));
            set(&mut self.stop, time(patience.stop));
        }
        if let Some(retention) = &file.retention {
            set(&mut self.retention, time(retention.journal));
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn read(path: &Path) -> Result<ProcessFile, Problem> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Problem::failure(format!("cannot read `{name}`: {error}")))?;
    let mut sources = Sources::default();
    let (file, not_utf8) = sources.add_bytes(name.clone(), bytes);
    let compiled = compile_process(&sources, file);
    compiled.value.filter(|_| not_utf8.is_none()).ok_or_else(|| {
        let first = compiled.diagnostics.first().map(|first| format!("{}: {}", sources.position(first.span), first.message));
        Problem::findings(first.unwrap_or_else(|| format!("`{name}`: {}", summary(&compiled.diagnostics))))
            .help(format!("`crossdock validate {name}` shows all findings; `crossdock schema process` documents the file"))
    })
}
