//! A mail server's stand-in: SMTP on loopback, without encryption, which keeps what it is handed. For the demo and for
//! tests of pages; what a real server answers is tested with a real one.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A letter that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// As in the envelope, without brackets and quotes.
    pub to: String,
    /// The lines of its head, unfolded.
    pub head: Vec<String>,
    /// Its text.
    pub text: String,
    /// Its HTML.
    pub html: String,
}

impl Mail {
    /// The head's line of this name, without the name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
    /// The first address of the site in the text that begins with `path`, from its path on.
    pub fn link(&self, path: &str) -> Option<&str> {
        let at = self.text.find(path)?;
        self.text[at..].split_whitespace().next()
    }
}

/// The running server; it ends when this is dropped.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    task: JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailServer {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        Self::start_on(0).await
    }

    /// Starts on `port` of loopback.
    pub async fn start_on(port: u16) -> Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .await
            .context("代役のメールサーバーを開けません")?;
        let port = listener.local_addr()?.port();
        let mails: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let kept = mails.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let kept = kept.clone();
                connections.spawn(async move { drop(talk(stream, &kept).await) });
            }
        });
        Ok(Self { port, mails, task })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Everything that it took, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The commands that a client of ours sends (RFC 5321); nothing is refused.
async fn talk(stream: TcpStream, kept: &Mutex<Vec<Mail>>) -> Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 localhost stand-in\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match command.as_str() {
            "EHLO" => "250-localhost\r\n250 8BITMIME",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().replace('"', "");
                "250 2.1.5 OK"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut letter = Vec::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    letter.push(line.strip_prefix('.').map_or(line.clone(), str::to_owned));
                }
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(mail(&to, &letter));
                "250 2.0.0 taken"
            }
            "QUIT" => {
                write.write_all(b"221 2.0.0 bye\r\n").await?;
                break;
            }
            "MAIL" | "RSET" | "NOOP" => "250 2.0.0 OK",
            _ => "502 5.5.1 not a command of ours",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn mail(to: &str, letter: &[String]) -> Mail {
    let mut head: Vec<String> = Vec::new();
    for line in letter.iter().take_while(|line| !line.is_empty()) {
        match head.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line.trim_end()),
            _ => head.push(line.clone()),
        }
    }
    Mail { to: to.to_owned(), head, text: part(letter, "text/plain"), html: part(letter, "text/html") }
}

/// A part of this type, which our letters have in base64.
fn part(letter: &[String], kind: &str) -> String {
    let of_kind = |line: &&String| line.to_ascii_lowercase().starts_with(&format!("content-type: {kind}"));
    let lines = letter.iter().skip_while(|line| !of_kind(line)).skip_while(|line| !line.is_empty()).skip(1);
    let encoded: String = lines.take_while(|line| !line.starts_with("--")).map(String::as_str).collect();
    BASE64_STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
