//! Addresses in, what each answers out: HEAD, and GET where that is not taken; one request at a time to a host, with a
//! pause between.

use super::manners::Manners;
use crate::channel::http::Client;
use hyper::header::LOCATION;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

/// Addresses that lead on are followed so often.
const HOPS: usize = 6;

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Answer {
    /// There is something.
    Fine {
        /// Its status.
        status: u16,
    },
    /// There is something, for good at another address.
    Moved {
        /// Of the first answer.
        status: u16,
        /// Where it is now.
        to: String,
    },
    /// There is nothing any more: 404 and 410, or no such address.
    Gone {
        /// Its status.
        status: u16,
    },
    /// It is there and does not show itself to a program: 401, 403, 429 and the like.
    Closed {
        /// Its status.
        status: u16,
    },
    /// No answer, or the server's own mistake.
    Silent {
        /// Its status, if there was one.
        status: Option<u16>,
        /// What went wrong.
        why: String,
    },
}

impl Answer {
    /// In a word, for a list.
    pub fn word(&self) -> String {
        match self {
            Self::Fine { status }
            | Self::Gone { status }
            | Self::Closed { status }
            | Self::Silent { status: Some(status), .. } => status.to_string(),
            Self::Moved { status, to } => format!("{status} → {to}\n      "),
            Self::Silent { status: None, why } => format!("---（{why}）"),
        }
    }
}

/// Asks.
#[derive(Debug)]
pub struct Asker {
    /// With its time-out.
    pub client: Client,
    /// How.
    pub manners: Manners,
}

impl Asker {
    /// Asks all, hosts beside one another, a host's addresses one after the other.
    pub async fn all(self, urls: &[String]) -> Vec<(String, Answer)> {
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for url in urls {
            let host = Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
            hosts.entry(host).or_default().push(url.clone());
        }
        let (asker, gate) = (Arc::new(self), Arc::new(Semaphore::new(0)));
        gate.add_permits(asker.manners.at_once.max(1));
        let mut tasks = JoinSet::new();
        for urls in hosts.into_values() {
            let (asker, gate) = (asker.clone(), gate.clone());
            tasks.spawn(async move {
                let _permit = gate.acquire().await;
                let mut answers = Vec::with_capacity(urls.len());
                for (n, url) in urls.into_iter().enumerate() {
                    if n > 0 {
                        tokio::time::sleep(asker.manners.pause).await;
                    }
                    let answer = asker.one(&url).await;
                    answers.push((url, answer));
                }
                answers
            });
        }
        tasks.join_all().await.into_iter().flatten().collect()
    }

    /// One address, followed to where it leads.
    async fn one(&self, url: &str) -> Answer {
        // As a browser asks it: Japanese in the path is escaped, a Japanese host is in its ASCII form.
        let Ok(first) = Url::parse(url).map(|u| u.to_string()) else {
            return Answer::Silent { status: None, why: "アドレスの書き方が正しくありません".into() };
        };
        let (mut at, mut moved, mut method) = (first.clone(), None, Method::HEAD);
        // Whatever a HEAD is refused with, a GET may be answered.
        let mut requests = 0;
        while requests < 2 * HOPS {
            if requests > 0 {
                tokio::time::sleep(self.manners.pause).await;
            }
            requests += 1;
            let answer = self.client.look(method.clone(), &at).await;
            let (status, headers) = match answer {
                Err(_) if method == Method::HEAD => {
                    method = Method::GET;
                    continue;
                }
                Err(e) => return Answer::Silent { status: None, why: e.to_string() },
                Ok(answer) => answer,
            };
            if status.is_redirection() {
                let next = headers
                    .get(LOCATION)
                    .and_then(|l| l.to_str().ok())
                    .and_then(|l| Url::parse(&at).ok()?.join(l).ok());
                let Some(next) = next.filter(|n| matches!(n.scheme(), "http" | "https")) else {
                    return Answer::Silent {
                        status: Some(status.as_u16()),
                        why: "どこへ引っ越したか、わかりません".into(),
                    };
                };
                // Only a move for good, from the address as it is written, is one that the text should follow.
                let good = matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
                if at == first && good {
                    moved = Some((status.as_u16(), String::new()));
                }
                at = next.to_string();
                if let Some((_, to)) = moved.as_mut().filter(|_| good) {
                    *to = at.clone();
                }
                method = Method::HEAD;
                continue;
            }
            if !status.is_success() && method == Method::HEAD {
                method = Method::GET;
                continue;
            }
            return answer_of(status, moved);
        }
        Answer::Silent { status: None, why: "行き先が回っています".into() }
    }
}

/// What the last answer means.
fn answer_of(status: StatusCode, moved: Option<(u16, String)>) -> Answer {
    let number = status.as_u16();
    match (status, moved) {
        (s, Some((status, to))) if s.is_success() => Answer::Moved { status, to },
        (s, None) if s.is_success() => Answer::Fine { status: number },
        (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Answer::Gone { status: number },
        (s, _) if s.is_client_error() => Answer::Closed { status: number },
        _ => Answer::Silent { status: Some(number), why: "相手の側の故障です".into() },
    }
}
