//! The three queues.

use super::documents::Documents;
use super::message::{self, FORM, Letter, SENT_AT, TRACE};
use crate::error::words;
use crate::gather::Gather;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use crossdock_runtime::port::{Depth, Exchange, Message, Outgoing, Queue, Receipt};
use crossdock_runtime::trace;
use futures_util::future::join_all;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Messages of one call, at most.
const TOGETHER: usize = 10;
/// Bytes of one call, at most.
const BYTES: usize = 1_000_000;
/// What SQS did not take is given to it again so often.
const TRIES: u32 = 4;
/// How long a receive waits for the first message, in seconds.
const WAIT: i32 = 1;
/// What a message without attributes and other entries adds to its text.
const OVERHEAD: usize = 256;

/// The queues of a deployment.
#[derive(Debug, Clone)]
pub(super) struct Queues {
    client: Client,
    urls: BTreeMap<Queue, String>,
}

/// Messages on their way out.
#[derive(Debug)]
pub(super) struct Outbox {
    gather: Gather<(Queue, Letter)>,
}

/// A message as it was received, and what came with it.
pub(super) struct Received {
    pub(super) message: Message,
    pub(super) exchanges: Vec<Exchange>,
}

impl Outbox {
    pub(super) fn new(linger: Duration) -> Self {
        Self { gather: Gather::new(linger) }
    }

    /// Sends a letter, with what others send at about the same time.
    pub(super) async fn send(&self, queues: &Queues, queue: Queue, letter: Letter) -> Result<(), String> {
        let queues = queues.clone();
        self.gather.add((queue, letter), move |letters| async move { queues.send(letters).await }).await
    }
}

impl Queues {
    pub(super) fn new(client: Client, urls: BTreeMap<Queue, String>) -> Self {
        Self { client, urls }
    }

    fn url(&self, queue: Queue) -> Result<&str, String> {
        let url = self.urls.get(&queue).map(String::as_str);
        url.ok_or_else(|| format!("this function does not know the queue of {}", queue.name()))
    }

    /// The letter of a message; its body goes to the bucket if SQS would not take it.
    pub(super) async fn letter(documents: &Documents, outgoing: &Outgoing, with: Vec<Exchange>) -> Result<Letter, String> {
        let letter = Letter::of(outgoing, with);
        if !letter.is_large() {
            return Ok(letter);
        }
        let object = documents.put_aside(outgoing.body.clone()).await?;
        Ok(letter.elsewhere(object))
    }

    /// Sends letters in as few calls as there can be: an answer for each, in their order.
    async fn send(&self, letters: Vec<(Queue, Letter)>) -> Vec<Result<(), String>> {
        let mut results: Vec<Result<(), String>> = vec![Err("it was not sent".into()); letters.len()];
        let mut calls: Vec<(Queue, Vec<usize>, usize)> = Vec::new();
        for (at, (queue, letter)) in letters.iter().enumerate() {
            let size = letter.text.len() + OVERHEAD;
            let fits =
                |call: &&mut (Queue, Vec<usize>, usize)| call.0 == *queue && call.1.len() < TOGETHER && call.2 + size <= BYTES;
            match calls.iter_mut().rev().find(fits) {
                Some(call) => {
                    call.1.push(at);
                    call.2 += size;
                }
                None => calls.push((*queue, vec![at], size)),
            }
        }
        let sent = calls.iter().map(|(queue, which, _)| self.send_call(*queue, &letters, which));
        for (at, result) in join_all(sent).await.into_iter().flatten() {
            results[at] = result;
        }
        results
    }

    async fn send_call(&self, queue: Queue, letters: &[(Queue, Letter)], which: &[usize]) -> Vec<(usize, Result<(), String>)> {
        let mut done = Vec::with_capacity(which.len());
        let mut left: Vec<(usize, String)> = which.iter().map(|at| (*at, "it was not sent".to_owned())).collect();
        for tried in 0..TRIES {
            if tried > 0 {
                tokio::time::sleep(Duration::from_millis(50 << tried)).await;
            }
            match self.try_send(queue, letters, &left).await {
                Ok(not_taken) => {
                    let is_left = |at: usize| not_taken.iter().any(|(other, _)| *other == at);
                    done.extend(left.iter().filter(|(at, _)| !is_left(*at)).map(|(at, _)| (*at, Ok(()))));
                    left = not_taken;
                }
                Err(why) => left.iter_mut().for_each(|(_, words)| words.clone_from(&why)),
            }
            if left.is_empty() {
                break;
            }
        }
        done.extend(left.into_iter().map(|(at, why)| (at, Err(why))));
        done
    }

    /// Which letters were not taken, with why.
    async fn try_send(
        &self,
        queue: Queue,
        letters: &[(Queue, Letter)],
        which: &[(usize, String)],
    ) -> Result<Vec<(usize, String)>, String> {
        let entries: Result<Vec<_>, String> = which.iter().map(|(at, _)| entry(*at, &letters[*at].1)).collect();
        let request = self.client.send_message_batch().queue_url(self.url(queue)?).set_entries(Some(entries?));
        let answer = request.send().await.map_err(|error| words(&error))?;
        let failed = answer.failed.into_iter();
        Ok(failed.filter_map(|failed| Some((failed.id.parse().ok()?, failed.message.unwrap_or(failed.code)))).collect())
    }

    /// Receives up to `max` messages.
    pub(super) async fn receive(&self, documents: &Documents, queue: Queue, max: usize) -> Result<Vec<Received>, String> {
        let answer = self
            .client
            .receive_message()
            .queue_url(self.url(queue)?)
            .max_number_of_messages(i32::try_from(max.clamp(1, TOGETHER)).unwrap_or(1))
            .wait_time_seconds(WAIT)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(|error| words(&error))?;
        let mut received = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            let system = message.attributes.unwrap_or_default();
            let of = |name: MessageSystemAttributeName| system.get(&name).map(String::as_str);
            let own = message.message_attributes.unwrap_or_default();
            let arrived = Arrived {
                handle: message.receipt_handle.as_deref().unwrap_or_default(),
                text: message.body.as_deref().unwrap_or_default(),
                receives: of(MessageSystemAttributeName::ApproximateReceiveCount),
                sent: of(MessageSystemAttributeName::SentTimestamp),
                group: of(MessageSystemAttributeName::MessageGroupId),
                form: own.get(FORM).and_then(|value| value.string_value()),
                sent_at: own.get(SENT_AT).and_then(|value| value.string_value()),
                trace: own.get(TRACE).and_then(|value| value.string_value()),
            };
            received.push(arrived.read(queue, documents).await?);
        }
        Ok(received)
    }

    /// Deletes messages that have served.
    pub(super) async fn delete(&self, receipts: &[Receipt]) -> Result<(), String> {
        for queue in Queue::ALL {
            let handles: Vec<&Receipt> = receipts.iter().filter(|receipt| receipt.queue == queue).collect();
            for chunk in handles.chunks(TOGETHER) {
                let entry = |(at, receipt): (usize, &&Receipt)| {
                    let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string()).receipt_handle(&receipt.handle);
                    entry.build().map_err(|error| error.to_string())
                };
                let entries: Result<Vec<_>, String> = chunk.iter().enumerate().map(entry).collect();
                let request = self.client.delete_message_batch().queue_url(self.url(queue)?).set_entries(Some(entries?));
                request.send().await.map_err(|error| words(&error))?;
            }
        }
        Ok(())
    }

    /// Lets a message be received again after this time.
    pub(super) async fn show_again(&self, receipt: &Receipt, delay: Duration) -> Result<(), String> {
        let seconds = i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(i32::MAX).max(1);
        let request = self.client.change_message_visibility().queue_url(self.url(receipt.queue)?);
        let request = request.receipt_handle(&receipt.handle).visibility_timeout(seconds.min(43_200));
        request.send().await.map(drop).map_err(|error| words(&error))
    }

    /// About how much waits. SQS counts neither by group, nor does it tell the age of the oldest here: that is a metric.
    pub(super) async fn depth(&self, queue: Queue) -> Result<Depth, String> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(self.url(queue)?)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
            .send()
            .await
            .map_err(|error| words(&error))?;
        let attributes: HashMap<QueueAttributeName, String> = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok(Depth {
            ready: count(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: count(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
            oldest: 0,
        })
    }
}

fn entry(at: usize, letter: &Letter) -> Result<SendMessageBatchRequestEntry, String> {
    let mut entry = SendMessageBatchRequestEntry::builder().id(at.to_string()).message_body(&letter.text);
    if letter.delay > 0 {
        entry = entry.delay_seconds(letter.delay);
    }
    if !letter.group.is_empty() {
        entry = entry.message_group_id(&letter.group);
    }
    for (name, (kind, value)) in message::attributes(letter) {
        let value = MessageAttributeValue::builder().data_type(kind).string_value(value).build();
        entry = entry.message_attributes(name, value.map_err(|error| error.to_string())?);
    }
    entry.build().map_err(|error| error.to_string())
}

/// A message as SQS, or the event of a Lambda, tells it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Arrived<'a> {
    /// What it is deleted by.
    pub handle: &'a str,
    /// The body's text.
    pub text: &'a str,
    /// `ApproximateReceiveCount`.
    pub receives: Option<&'a str>,
    /// `SentTimestamp`.
    pub sent: Option<&'a str>,
    /// `MessageGroupId`.
    pub group: Option<&'a str>,
    /// The attribute [`FORM`].
    pub form: Option<&'a str>,
    /// The attribute [`SENT_AT`].
    pub sent_at: Option<&'a str>,
    /// The attribute [`TRACE`].
    pub trace: Option<&'a str>,
}

impl Arrived<'_> {
    pub(super) async fn read(self, queue: Queue, documents: &Documents) -> Result<Received, String> {
        let (body, exchanges) = match message::read(self.text, self.form)? {
            message::Read::Here { body, exchanges } => (body, exchanges),
            message::Read::Object(key) => (documents.taken_aside(&key).await?, Vec::new()),
        };
        // Of a message that we have sent, the trace stands in the body.
        let body = match self.trace.and_then(trace::of_header) {
            Some(told) if trace::unwrapped(&body).0.is_none() => trace::wrapped(&told, &body),
            _ => body,
        };
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
        let message = Message {
            receipt: Receipt { queue, handle: self.handle.to_owned() },
            group: self.group.unwrap_or_default().to_owned(),
            body,
            receives: number(self.receives).and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
            sent_at: number(self.sent_at).or_else(|| number(self.sent)).unwrap_or_default(),
        };
        Ok(Received { message, exchanges })
    }
}
