//! How letters go by e-mail: as the settings say it.

use super::address::is_loopback;
use serde::Deserialize;
use std::path::PathBuf;

/// Letters by e-mail, through a mail server of the city's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// The address that letters come from. Answers to it are the city's to read.
    pub from: String,
    /// Name of the mail server.
    pub smtp: String,
    /// Its port; 587 is for those who hand in mail, by STARTTLS.
    #[serde(default = "submission")]
    pub port: u16,
    /// How the connection is encrypted; without it by port and place.
    #[serde(default)]
    pub tls: Option<Encryption>,
    /// A PEM file below the site's folder with the authority that signed the mail server's certificate; without it the
    /// usual ones.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

/// How a connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// By STARTTLS, before anything is said (port 587).
    Starttls,
    /// From its first byte (port 465).
    Tls,
    /// Not at all: to this machine only.
    None,
}

fn submission() -> u16 {
    587
}

impl Email {
    /// As it is written, or by the port; a server on this machine is spoken to in plain.
    pub fn encryption(&self) -> Encryption {
        self.tls.unwrap_or(match self.port {
            465 => Encryption::Tls,
            _ if self.is_loopback() => Encryption::None,
            _ => Encryption::Starttls,
        })
    }
    /// Is the mail server on this machine?
    pub fn is_loopback(&self) -> bool {
        is_loopback(&format!("http://{}:{}", self.smtp, self.port))
    }
}
