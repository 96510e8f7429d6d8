//! Gathering: what several messages of one invocation want written at about the same time is written in one call.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

type Waiting<T> = Vec<(T, oneshot::Sender<Result<(), String>>)>;

/// Where things wait for each other.
#[derive(Debug)]
pub(crate) struct Gather<T> {
    waiting: Arc<Mutex<Waiting<T>>>,
    linger: Duration,
}

impl<T: Send + 'static> Gather<T> {
    /// The first one waits so long for others.
    pub(crate) fn new(linger: Duration) -> Self {
        Self { waiting: Arc::default(), linger }
    }

    /// Has a thing written together with others. `write` is called by the first of them, in a task of its own: that it goes
    /// away does not keep the others from being written. An answer for each, in their order.
    pub(crate) async fn add<F>(&self, thing: T, write: impl FnOnce(Vec<T>) -> F + Send + 'static) -> Result<(), String>
    where
        F: Future<Output = Vec<Result<(), String>>> + Send,
    {
        let (answer, answered) = oneshot::channel();
        let first = {
            let mut waiting = lock(&self.waiting);
            waiting.push((thing, answer));
            waiting.len() == 1
        };
        if first {
            let (waiting, linger) = (Arc::clone(&self.waiting), self.linger);
            tokio::spawn(async move {
                if linger.is_zero() {
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(linger).await;
                }
                let (things, answers): (Vec<T>, Vec<_>) = std::mem::take(&mut *lock(&waiting)).into_iter().unzip();
                let results = write(things).await;
                for (answer, result) in answers.into_iter().zip(results) {
                    // Whoever asked may have gone away.
                    let _ = answer.send(result);
                }
            });
        }
        answered.await.unwrap_or_else(|_| Err("what was to be written together was given up".into()))
    }
}

fn lock<T>(waiting: &Mutex<Waiting<T>>) -> std::sync::MutexGuard<'_, Waiting<T>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_together_is_written_together_and_each_gets_its_own_answer() {
        let gather = Gather::new(Duration::from_millis(20));
        let writes: Arc<Mutex<Vec<Vec<u32>>>> = Arc::default();
        let add = |n: u32| {
            let writes = Arc::clone(&writes);
            gather.add(n, move |all: Vec<u32>| async move {
                writes.lock().expect("no panic").push(all.clone());
                all.into_iter().map(|n| if n == 2 { Err("two".into()) } else { Ok(()) }).collect()
            })
        };
        let (one, two, three) = tokio::join!(add(1), add(2), add(3));
        assert_eq!((one, two, three), (Ok(()), Err("two".into()), Ok(())));
        assert_eq!(add(4).await, Ok(()));
        assert_eq!(*writes.lock().expect("no panic"), [vec![1, 2, 3], vec![4]]);
    }
}
