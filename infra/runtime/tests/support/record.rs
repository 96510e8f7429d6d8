//! Mail and notices on record; either can be told to fail.

use crossdock_runtime::port::{Mail, Mailer, Notice, Notifier};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Keeps what it is given; clones share it.
#[derive(Debug, Clone, Default)]
pub struct RecordedMailer {
    sent: Arc<Mutex<Vec<Mail>>>,
    failing: Arc<AtomicBool>,
}

impl RecordedMailer {
    /// What was sent since the last question.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.sent.lock().expect("no panic"))
    }

    /// From now on it fails, or no longer.
    pub fn fails(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }
}

impl Mailer for RecordedMailer {
    async fn send(&self, mail: &Mail) -> Result<(), String> {
        if self.failing.load(Ordering::SeqCst) {
            return Err("the mail server is down".into());
        }
        self.sent.lock().expect("no panic").push(mail.clone());
        Ok(())
    }
}

/// Keeps what it is given; clones share it.
#[derive(Debug, Clone, Default)]
pub struct RecordedNotifier {
    told: Arc<Mutex<Vec<Notice>>>,
    failing: Arc<AtomicBool>,
}

impl RecordedNotifier {
    /// What was told since the last question.
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut self.told.lock().expect("no panic"))
    }

    /// From now on it fails, or no longer.
    pub fn fails(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }
}

impl Notifier for RecordedNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), String> {
        if self.failing.load(Ordering::SeqCst) {
            return Err("the chat is down".into());
        }
        self.told.lock().expect("no panic").push(notice.clone());
        Ok(())
    }
}
