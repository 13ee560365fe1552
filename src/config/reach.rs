//! Settings in, what keeps letters from whom they are for out: an address that nobody else can open, a LINE account that cannot answer.

use super::{Services, is_loopback};
use crate::diag::Place;

/// Where a setting was written: a file with its place, or the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `otayori.yaml`, `otayori.env`, or the environment's variable.
    pub file: String,
    /// Nowhere in the environment.
    pub at: Place,
}

impl Origin {
    /// A variable of the process's environment.
    pub fn environment(name: &str) -> Self {
        Self { file: format!("環境変数 {name}"), at: Place::default() }
    }
}

/// Why people cannot open what begins with this address, as a sentence without its end; `None` where it is a city's.
pub fn unreachable(public_url: &str) -> Option<&'static str> {
    let url = url::Url::parse(public_url).ok()?;
    if is_loopback(public_url) || is_of_this_machine(&url) {
        return Some("この機械の中だけのものです");
    }
    if is_of_one_network(&url) {
        return Some("この建物のネットワークの中だけのものです");
    }
    (url.scheme() != "https").then_some("https:// ではありません")
}

/// Addresses of private networks (RFC 1918, RFC 4193, link-local) and names of one word: nobody's telephone finds them.
fn is_of_one_network(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || [".local", ".lan", ".internal", ".test", ".invalid"].iter().any(|end| name.ends_with(end))
        }
        Some(url::Host::Ipv4(ip)) => ip.is_private() || ip.is_link_local(),
        Some(url::Host::Ipv6(ip)) => matches!(ip.segments()[0], 0xfc00..=0xfdff | 0xfe80..=0xfebf),
        None => false,
    }
}

/// Names and addresses that lead nowhere from another machine, beside the usual ones.
fn is_of_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.trim_end_matches('.').rsplit('.').next() == Some("localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => ip.is_unspecified() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        None => true,
    }
}

/// What the settings lack without which nothing goes out on LINE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineLacks {
    /// Nothing can be asked of LINE.
    Token,
    /// The letter's button is answered by a webhook that nobody can verify, and no LINE Login channel opens the letter instead.
    Secret,
}

impl LineLacks {
    /// The setting's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "OTAYORI_LINE_CHANNEL_TOKEN",
            Self::Secret => "OTAYORI_LINE_CHANNEL_SECRET",
        }
    }

    /// For the operator: what is missing, what waits, what to type.
    pub fn told(self) -> String {
        let what = match self {
            Self::Token => "LINE のチャネルアクセストークンがありません",
            Self::Secret => "LINE のチャネルシークレットがありません（LINE のおたよりの「ひらく」に答えられないので、だれも開けません）",
        };
        let more = match self {
            Self::Token => "",
            Self::Secret => "Webhook も登録してください。",
        };
        format!("{what}。LINE のおたよりは、送らずに待っています。otayori.env に {} を書いて、動かし直してください。{more}", self.name())
    }
}

impl Services {
    /// What is missing for LINE; `None` where letters may go there.
    pub fn line_lacks(&self) -> Option<LineLacks> {
        if self.line_channel_token.is_none() {
            return Some(LineLacks::Token);
        }
        (self.line_channel_secret.is_none() && self.line_login.is_none()).then_some(LineLacks::Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_citys_or_not() {
        for good in ["https://otayori.city.example.jp", "https://203.0.113.7:8443", "https://localhost.example.jp"] {
            assert_eq!(unreachable(good), None, "{good}");
        }
        for here in [
            "http://localhost:8080",
            "https://localhost",
            "http://127.0.0.1",
            "https://127.8.9.1",
            "http://[::1]:80",
            "https://0.0.0.0",
            "https://a.localhost",
            "https://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(unreachable(here), Some("この機械の中だけのものです"), "{here}");
        }
        for near in ["https://192.168.1.5", "https://10.0.0.1", "https://172.20.3.4:8443", "https://169.254.1.1", "https://[fd00::1]", "https://otayori", "https://city.local"] {
            assert_eq!(unreachable(near), Some("この建物のネットワークの中だけのものです"), "{near}");
        }
        assert_eq!(unreachable("http://otayori.city.example.jp"), Some("https:// ではありません"));
    }
}
