//! Settings in, what keeps letters from whom they are for out: an address that nobody else can open, a LINE account
//! that cannot answer.

use super::Services;
use super::address::is_loopback;
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
    if url.domain().is_some_and(is_an_example) {
        return Some("説明書の例の名前で、だれのものでもありません");
    }
    if is_of_one_network(&url) {
        return Some("この建物のネットワークの中だけのものです");
    }
    (url.scheme() != "https").then_some("https:// ではありません")
}

/// Names that are nobody's by agreement (RFC 2606, RFC 6761; `example.jp` and its like by JPRS).
pub(super) fn is_an_example(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let mut labels = name.rsplit('.');
    let (top, second, third) =
        (labels.next().unwrap_or_default(), labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    let of_jp = top == "jp"
        && (second == "example"
            || (third == "example" && ["co", "ne", "or", "go", "ac", "ad", "ed", "gr", "lg"].contains(&second)));
    matches!(top, "example" | "test" | "invalid")
        || (matches!(top, "com" | "org" | "net") && second == "example")
        || of_jp
}

/// Is this what stands in a guide in the place of a secret, and none?
pub fn is_no_secret(value: &str) -> bool {
    let bare: String = value.trim().trim_matches(['"', '\'', '<', '>', '[', ']', '「', '」']).to_lowercase();
    let plain: String = bare.chars().filter(char::is_ascii_alphanumeric).collect();
    let filler = |c: char| matches!(c, '.' | '…' | '・' | 'x' | '*' | '＊' | '-' | '_' | '?' | '0' | '○' | '〇' | '◯');
    bare.is_empty()
        || bare.chars().all(filler)
        || matches!(
            plain.as_str(),
            "changeme"
                | "replaceme"
                | "todo"
                | "dummy"
                | "placeholder"
                | "yourtoken"
                | "yoursecret"
                | "yourchannelsecret"
                | "yourchannelaccesstoken"
        )
        || ["ここに", "書きかえ", "チャネル"].iter().any(|word| bare.contains(word))
}

/// Addresses of private networks (RFC 1918, RFC 4193, link-local) and names of one word: nobody's telephone finds them.
fn is_of_one_network(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || [".local", ".lan", ".internal"].iter().any(|end| name.ends_with(end))
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

/// Names of the two settings without which nothing goes out on LINE.
const TOKEN: &str = "OTAYORI_LINE_CHANNEL_TOKEN";
const SECRET: &str = "OTAYORI_LINE_CHANNEL_SECRET";

/// How a setting is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    Missing,
    /// What a guide writes in its place.
    Example,
}

/// What the settings lack without which nothing goes out on LINE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineLacks {
    /// Nothing can be asked of LINE.
    token: Option<Lack>,
    /// The letter's button is answered by a webhook that nobody can verify, and no LINE Login channel opens the letter
    /// instead.
    secret: Option<Lack>,
}

impl LineLacks {
    fn each(self) -> impl Iterator<Item = (&'static str, Lack)> {
        self.token.map(|lack| (TOKEN, lack)).into_iter().chain(self.secret.map(|lack| (SECRET, lack)))
    }

    /// A line of `/healthz`, without its end: which are missing, which are no more than an example.
    pub fn short(self) -> String {
        let one = |(name, lack)| {
            format!("{name} is {}", if lack == Lack::Missing { "missing" } else { "an example and no secret" })
        };
        self.each().map(one).collect::<Vec<_>>().join(", ")
    }

    /// For the operator: what is missing, what waits, what to type.
    pub fn message(self) -> String {
        let one = |(name, lack)| {
            let (what, why) = if name == TOKEN {
                ("LINE のチャネルアクセストークン", "")
            } else {
                ("LINE のチャネルシークレット", "（LINE のおたよりの「ひらく」に答えられないので、だれも開けません）")
            };
            format!("{what}が{}{why}。", if lack == Lack::Missing { "ありません" } else { "、説明書の例のままです" })
        };
        let names = self.each().map(|(name, _)| name).collect::<Vec<_>>().join(" と ");
        let more = if self.secret.is_some() { "Webhook も登録してください。" } else { "" };
        format!(
            "{}LINE のおたよりは、送らずに待っています。otayori.env に {names} を書いて、動かし直してください。{more}",
            self.each().map(one).collect::<String>()
        )
    }
}

impl Services {
    /// What is missing for LINE; `None` where letters may go there.
    pub fn line_lacks(&self) -> Option<LineLacks> {
        let lack = |value: &Option<String>| match value {
            None => Some(Lack::Missing),
            Some(value) => is_no_secret(value).then_some(Lack::Example),
        };
        let lacks = LineLacks {
            token: lack(&self.line_channel_token),
            secret: lack(&self.line_channel_secret).filter(|_| self.line_login.is_none()),
        };
        (lacks.token.is_some() || lacks.secret.is_some()).then_some(lacks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_citys_or_not() {
        for good in [
            "https://otayori.city.minato.lg.jp",
            "https://203.0.113.7:8443",
            "https://localhost.minato.jp",
            "https://example.minato.jp",
            "https://myexample.jp",
            "https://test.jp",
        ] {
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
        for near in [
            "https://192.168.1.5",
            "https://10.0.0.1",
            "https://172.20.3.4:8443",
            "https://169.254.1.1",
            "https://[fd00::1]",
            "https://otayori",
            "https://city.local",
        ] {
            assert_eq!(unreachable(near), Some("この建物のネットワークの中だけのものです"), "{near}");
        }
        for nobodys in [
            "https://otayori.city.example.jp",
            "http://example.com",
            "https://www.example.org.",
            "https://Example.NET:8443",
            "https://city.example.lg.jp",
            "https://otayori.city.minato.example",
            "https://otayori.test",
            "https://a.invalid",
        ] {
            assert_eq!(unreachable(nobodys), Some("説明書の例の名前で、だれのものでもありません"), "{nobodys}");
        }
        assert_eq!(unreachable("http://otayori.city.minato.lg.jp"), Some("https:// ではありません"));
    }

    #[test]
    fn what_a_guide_writes_is_no_secret() {
        for example in [
            "",
            " ",
            "...",
            "…",
            "xxx",
            "XXXXXXXX",
            "xxxx-xxxx",
            "changeme",
            "CHANGE_ME",
            "\"change-me\"",
            "********",
            "000000",
            "<your-token>",
            "ここにトークン",
            "TODO",
        ] {
            assert!(is_no_secret(example), "{example}");
        }
        for secret in [
            "standin-channel-token",
            "token",
            "secret",
            "4af4980629abcdef4af4980629abcdef",
            "xk3...9",
            "1657000000",
            "s",
        ] {
            assert!(!is_no_secret(secret), "{secret}");
        }
    }
}
