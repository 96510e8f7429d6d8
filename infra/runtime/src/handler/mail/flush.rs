//! Sending what waits, topic by topic.

use super::super::journal::new_id;
use super::super::{Desk, Ports, Trouble, keys};
use super::digest::{Plan, digest};
use super::{MailItem, MailState, Mailbox, Written};
use crate::clock::millis;
use crate::port::{Batch, CommitError, Exchange, ExchangeKind, Expect, Item, Mail, Mailer, Put, Store};
use crossdock_engine::model::rules::DEFAULT_TOPIC;
use std::collections::BTreeSet;

/// Mails of one topic that are looked at in one turn; as many stand in one digest.
const AT_ONCE: usize = 1000;

/// Writes that go together.
const WRITES: usize = 25;

/// So long a flush is trusted to be under way, in milliseconds.
const LEASE: i64 = 300_000;

/// So long a sent mail is remembered, in milliseconds.
const REMEMBERED: i64 = 7 * 86_400_000;

/// An email that waits, with its item.
struct Waiting {
    item: Item,
    mail: MailItem,
    written: Written,
}

/// A topic that is being written to.
struct Flush<'f, P: Ports> {
    desk: &'f Desk<P>,
    topic: &'f str,
    address: Option<String>,
    mailbox: Mailbox,
    version: u64,
}

impl<P: Ports> Desk<P> {
    /// Sends the emails that wait: how many were sent.
    pub(crate) async fn flush_mail(&self) -> Result<usize, Trouble> {
        let mut sent = 0;
        for topic in self.topics_with_mail().await? {
            sent += self.flush_topic(&topic).await?;
        }
        Ok(sent)
    }

    /// The topics of the actions file, and those that it no longer has but that mails still wait for.
    async fn topics_with_mail(&self) -> Result<BTreeSet<String>, Trouble> {
        let release = self.mappings.release();
        let mut topics: BTreeSet<String> = release.rules.topics.keys().cloned().collect();
        topics.insert(DEFAULT_TOPIC.to_owned());
        let oldest = self.store.due(keys::MAIL, self.now(), AT_ONCE).await?;
        topics.extend(oldest.iter().filter_map(read).map(|mail| mail.topic));
        Ok(topics)
    }

    async fn flush_topic(&self, topic: &str) -> Result<usize, Trouble> {
        let items = self.store.due(&keys::mail_of(topic), self.now(), AT_ONCE).await?;
        let full = items.len() == AT_ONCE;
        let waiting = self.waiting(items).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let Some(flush) = self.claim_topic(topic).await? else { return Ok(0) };
        flush.send(waiting, full).await
    }

    /// Those that wait; what was sent long ago is removed.
    async fn waiting(&self, items: Vec<Item>) -> Result<Vec<Waiting>, Trouble> {
        let (mut waiting, mut gone) = (Vec::new(), Vec::new());
        for item in items {
            match read(&item) {
                Some(MailItem { state: MailState::Sent(_), .. }) => {
                    gone.push(Put::delete(item.key, Expect::Version(item.version)));
                }
                Some(mail) => {
                    let MailState::Waiting(written) = mail.state.clone() else { continue };
                    waiting.push(Waiting { item, mail, written });
                }
                None => tracing::error!(key = item.key, "a waiting email cannot be read"),
            }
        }
        for puts in gone.chunks(WRITES) {
            self.commit_unless_changed(Batch { puts: puts.to_vec(), ..Batch::default() }).await?;
        }
        Ok(waiting)
    }

    /// One flush of a topic at a time: two would send the same mails.
    async fn claim_topic<'f>(&'f self, topic: &'f str) -> Result<Option<Flush<'f, P>>, Trouble> {
        let key = keys::mailbox(topic);
        let item = self.store.get(&key).await?;
        let now = self.now();
        let mut mailbox: Mailbox = item.as_ref().and_then(|item| serde_json::from_slice(&item.body).ok()).unwrap_or_default();
        if mailbox.claimed_until.is_some_and(|until| until > now) {
            return Ok(None);
        }
        mailbox.claimed_until = Some(now + LEASE);
        let expect = item.as_ref().map_or(Expect::Absent, |item| Expect::Version(item.version));
        let address = self.mappings.release().rules.address(topic).map(|(_, address)| address.to_owned());
        let mut flush = Flush { desk: self, topic, address, mailbox, version: item.map_or(0, |item| item.version) };
        match flush.keep(expect).await {
            Ok(()) => Ok(Some(flush)),
            Err(CommitError::Conflict(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Writes what may have been overtaken: then it is left as it is.
    pub(crate) async fn commit_unless_changed(&self, batch: Batch) -> Result<bool, Trouble> {
        match self.store.commit(batch).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }
}

impl<P: Ports> Flush<'_, P> {
    async fn send(mut self, waiting: Vec<Waiting>, full: bool) -> Result<usize, Trouble> {
        let settings = &self.desk.settings;
        let every = millis(settings.digest_every);
        let plan = self.mailbox.plan(waiting.len(), full, self.desk.now(), settings.mails_per_hour, every);
        let sent = match plan {
            Plan::Each => self.each(waiting).await?,
            Plan::Digest { until } => self.digest(waiting, until).await?,
            Plan::Wait => 0,
        };
        self.mailbox.claimed_until = None;
        self.keep(Expect::Version(self.version)).await?;
        Ok(sent)
    }

    async fn each(&mut self, waiting: Vec<Waiting>) -> Result<usize, Trouble> {
        let mut sent = 0;
        for one in waiting {
            let mail = self.mail(one.written.subject.clone(), one.written.text.clone(), one.mail.action_id.clone());
            if !self.post(mail).await {
                break;
            }
            self.sent(std::slice::from_ref(&one), "sent").await?;
            sent += 1;
        }
        Ok(sent)
    }

    /// What it holds is settled before it is sent: sent again after a crash, it is the same digest.
    async fn digest(&mut self, waiting: Vec<Waiting>, until: i64) -> Result<usize, Trouble> {
        self.mailbox.digest_until = Some(until);
        self.keep(Expect::Version(self.version)).await?;
        let of_it: Vec<Waiting> = waiting.into_iter().filter(|one| one.item.due.is_none_or(|due| due <= until)).collect();
        let id = format!("digest-{}-{until}", self.topic);
        let mail = match of_it.as_slice() {
            [] => None,
            [one] => Some(self.mail(one.written.subject.clone(), one.written.text.clone(), one.mail.action_id.clone())),
            many => {
                let (subject, text) = digest(many.iter().map(|one| &one.written));
                Some(self.mail(subject, text, id.clone()))
            }
        };
        if let Some(mail) = mail {
            if !self.post(mail).await {
                return Ok(0);
            }
            self.mailbox.digest_at = Some(self.desk.now());
            self.sent(&of_it, &format!("sent in {id}")).await?;
        }
        self.mailbox.digest_until = None;
        Ok(usize::from(!of_it.is_empty()))
    }

    fn mail(&self, subject: String, text: String, id: String) -> Option<Mail> {
        self.address.clone().map(|to| Mail { to, subject, text, id })
    }

    /// Gives a mail to the post office; a topic that has lost its address has nobody to write to, and its mails go to the
    /// journal alone. False when it is to be tried again.
    async fn post(&mut self, mail: Option<Mail>) -> bool {
        let now = self.desk.now();
        let Some(mail) = mail else {
            metrics::counter!("crossdock_mails_total", "fate" => "no address").increment(1);
            return true;
        };
        match self.desk.mailer.send(&mail).await {
            Ok(()) => {
                self.mailbox.note_sent(now);
                self.mailbox.failing_since = None;
                metrics::counter!("crossdock_mails_total", "fate" => "sent").increment(1);
                true
            }
            Err(why) => {
                self.mailbox.failing_since.get_or_insert(now);
                metrics::counter!("crossdock_mails_total", "fate" => "failed").increment(1);
                tracing::error!(topic = self.topic, why, "an email could not be sent");
                false
            }
        }
    }

    /// Remembers that these were sent, without what they said.
    async fn sent(&self, mails: &[Waiting], meaning: &str) -> Result<(), Trouble> {
        let now = self.desk.now();
        let meaning = if self.address.is_some() { meaning } else { "no address" };
        for some in mails.chunks(WRITES) {
            let mut batch = Batch::default();
            for one in some {
                let body = serde_json::to_vec(&one.mail.sent(now)).unwrap_or_default();
                let put = Put::new(one.item.key.clone(), Expect::Version(one.item.version), body);
                batch.puts.push(put.due(Some(now + REMEMBERED)));
                batch.exchanges.push(self.exchange(one, meaning, now));
            }
            self.desk.commit_unless_changed(batch).await?;
        }
        Ok(())
    }

    fn exchange(&self, one: &Waiting, meaning: &str, at: i64) -> Exchange {
        Exchange {
            id: new_id(),
            order_id: one.written.order_id.clone().unwrap_or_default(),
            at,
            took: 0,
            kind: ExchangeKind::Email,
            party: self.topic.to_owned(),
            request: format!("{}\n\n{}", one.written.subject, one.written.text),
            reply: String::new(),
            meaning: meaning.to_owned(),
            release: String::new(),
            trace: String::new(),
        }
    }

    async fn keep(&mut self, expect: Expect) -> Result<(), CommitError> {
        let body = serde_json::to_vec(&self.mailbox).unwrap_or_default();
        let puts = vec![Put::new(keys::mailbox(self.topic), expect, body)];
        self.desk.store.commit(Batch { puts, ..Batch::default() }).await?;
        self.version += 1;
        Ok(())
    }
}

fn read(item: &Item) -> Option<MailItem> {
    serde_json::from_slice(&item.body).ok()
}
