//! What crashed so often that SQS put it aside: how much there is, and how it goes on.

use crate::error::words;
use crate::reach::Reach;
use crate::settings::Names;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use crossdock_runtime::port::Queue;
use std::collections::BTreeMap;

/// The dead-letter queues of a deployment.
#[derive(Debug, Clone)]
pub struct Crashed {
    client: Client,
    urls: BTreeMap<Queue, String>,
}

/// Messages that SQS moves back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Whose they are.
    pub queue: Queue,
    /// About how many there are.
    pub count: usize,
}

impl Crashed {
    /// Those of these names.
    #[must_use]
    pub fn new(reach: &Reach, names: &Names) -> Self {
        Self { client: reach.sqs(), urls: names.dead.clone() }
    }

    /// About how many messages each holds.
    ///
    /// # Errors
    /// SQS cannot be asked.
    pub async fn counts(&self) -> Result<BTreeMap<Queue, usize>, String> {
        let mut counts = BTreeMap::new();
        for queue in self.urls.keys() {
            let count = self.attribute(*queue, QueueAttributeName::ApproximateNumberOfMessages).await?;
            counts.insert(*queue, count.parse().unwrap_or(0));
        }
        Ok(counts)
    }

    /// Has the messages of these queues moved back to where they came from, by SQS itself.
    ///
    /// # Errors
    /// SQS cannot be asked, or refuses.
    pub async fn redrive(&self, queue: Option<Queue>) -> Result<Vec<Moving>, String> {
        let mut moving = Vec::new();
        for (which, count) in self.counts().await? {
            if count == 0 || queue.is_some_and(|queue| queue != which) {
                continue;
            }
            let arn = self.attribute(which, QueueAttributeName::QueueArn).await?;
            let request = self.client.start_message_move_task().source_arn(arn);
            request.send().await.map_err(|error| words(&error))?;
            moving.push(Moving { queue: which, count });
        }
        Ok(moving)
    }

    async fn attribute(&self, queue: Queue, name: QueueAttributeName) -> Result<String, String> {
        let url = self.urls.get(&queue).map(String::as_str).unwrap_or_default();
        let request = self.client.get_queue_attributes().queue_url(url).attribute_names(name.clone());
        let answer = request.send().await.map_err(|error| words(&error))?;
        let value = answer.attributes.and_then(|mut attributes| attributes.remove(&name));
        value.ok_or_else(|| format!("SQS does not tell `{name}` of `{url}`"))
    }
}
