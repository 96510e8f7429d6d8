//! Emails: over SMTP, or as files where no server is set up.

use crate::port::{Mail, Mailer};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::PathBuf;

/// How this machine sends emails.
#[derive(Debug)]
pub enum LocalMailer {
    /// Over SMTP.
    Smtp(SmtpMailer),
    /// Into a directory, one file each, for mail programs to open.
    Files(FileMailer),
}

impl Mailer for LocalMailer {
    async fn send(&self, mail: &Mail) -> Result<(), String> {
        match self {
            Self::Smtp(mailer) => mailer.send(mail).await,
            Self::Files(mailer) => mailer.send(mail).await,
        }
    }
}

/// Emails over SMTP.
#[derive(Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer that sends over `smtps://server` or, on this machine only, `smtp://127.0.0.1:port`.
    ///
    /// # Errors
    /// The URL or the sender's address is wrong. The password is never repeated.
    pub fn new(server: &str, from: &str, user: Option<String>, password: Option<String>) -> Result<Self, String> {
        let local = ["smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]"].iter().any(|start| server.starts_with(start));
        if server.starts_with("smtp://") && !local {
            return Err(format!("`{server}` would send without encryption: write `smtps://`"));
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(server).map_err(|error| format!("`{server}`: {error}"))?;
        let builder = match (user, password) {
            (Some(user), Some(password)) => builder.credentials(Credentials::new(user, password)),
            _ => builder,
        };
        let from = from.parse().map_err(|_| format!("`{from}` is no email address"))?;
        Ok(Self { transport: builder.build(), from })
    }
}

impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), String> {
        let message = message(mail, &self.from)?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// Emails as files: `<id>.eml`. The same mail, sent again, is the same file.
#[derive(Debug)]
pub struct FileMailer {
    dir: PathBuf,
    from: Mailbox,
}

impl FileMailer {
    /// A mailer into this directory.
    ///
    /// # Errors
    /// The sender's address is wrong.
    pub fn new(dir: impl Into<PathBuf>, from: &str) -> Result<Self, String> {
        Ok(Self { dir: dir.into(), from: from.parse().map_err(|_| format!("`{from}` is no email address"))? })
    }
}

impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), String> {
        let wrong = |error: std::io::Error| format!("cannot write to `{}`: {error}", self.dir.display());
        let name: String = mail.id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        std::fs::create_dir_all(&self.dir).map_err(wrong)?;
        std::fs::write(self.dir.join(format!("{name}.eml")), message(mail, &self.from)?.formatted()).map_err(wrong)
    }
}

fn message(mail: &Mail, from: &Mailbox) -> Result<Message, String> {
    let to: Mailbox = mail.to.parse().map_err(|_| "the topic's address is no email address".to_owned())?;
    let host = from.email.domain();
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(&mail.subject)
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .header(lettre::message::header::ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    fn mail() -> Mail {
        Mail {
            to: "logistics@shop.example".into(),
            subject: "SO-1: delivery failed – Łódź".into(),
            text: "The parcel could not be delivered.\n.\nIt waits.".into(),
            id: "m-1".into(),
        }
    }

    #[tokio::test]
    async fn a_mail_is_a_file_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let mailer = FileMailer::new(dir.path().join("mail"), "crossdock@shop.example").expect("a mailer");
        mailer.send(&mail()).await.expect("sent");
        mailer.send(&mail()).await.expect("sent again");
        let files: Vec<_> = std::fs::read_dir(dir.path().join("mail")).expect("files").collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(dir.path().join("mail/m-1.eml")).expect("the mail");
        assert!(text.contains("To: logistics@shop.example") && text.contains("It waits."), "{text}");
    }

    /// Speaks as much SMTP as a mail needs; what it was told.
    async fn server(listener: TcpListener) -> String {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut told, mut data) = (String::new(), false);
        write.write_all(b"220 here\r\n").await.expect("written");
        while let Ok(Some(line)) = lines.next_line().await {
            told.push_str(&line);
            told.push('\n');
            let answer: &[u8] = match line.as_str() {
                "." if data => {
                    data = false;
                    b"250 taken\r\n"
                }
                _ if data => continue,
                "DATA" => {
                    data = true;
                    b"354 go on\r\n"
                }
                "QUIT" => break,
                _ => b"250 fine\r\n",
            };
            write.write_all(answer).await.expect("written");
            if answer == b"250 taken\r\n" {
                break;
            }
        }
        told
    }

    #[tokio::test]
    async fn a_mail_goes_over_smtp() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let told = tokio::spawn(server(listener));
        let mailer = SmtpMailer::new(&url, "crossdock@shop.example", None, None).expect("a mailer");
        mailer.send(&mail()).await.expect("sent");
        let told = told.await.expect("the server");
        assert!(told.contains("RCPT TO:<logistics@shop.example>") && told.contains("Message-ID: <m-1@shop.example>"), "{told}");
    }

    #[test]
    fn nothing_is_sent_in_the_clear_over_the_network() {
        let words = SmtpMailer::new("smtp://mail.shop.example", "a@shop.example", None, None).expect_err("refused");
        assert!(words.contains("smtps://"), "{words}");
    }
}
