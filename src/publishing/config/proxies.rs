//! The peers and `X-Forwarded-For` of a request in, the address that it came from out: only what a trusted proxy wrote
//! itself is believed.

use std::net::IpAddr;

/// A network of trusted proxies: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.trim().parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |b| b.trim().parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }
    fn holds(&self, ip: IpAddr) -> bool {
        let (own, other, most) = match (self.address, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(u32::from(a)), u128::from(u32::from(b)), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => (u128::from(a), u128::from(b), 128),
            _ => return false,
        };
        let rest = most - self.bits;
        rest >= 128 || own >> rest == other >> rest
    }
}

/// The nearest address that is no trusted proxy's: of the connection, else from the end of what the proxies wrote.
/// `None` when a proxy says nothing.
///
/// The last entry was written by the proxy that is connected, the one before by the proxy before it: what a client
/// writes itself stands in front.
pub fn source(peer: IpAddr, forwarded: &[&str], trusted: &[Network]) -> Option<IpAddr> {
    let is_proxy = |ip: IpAddr| ip.is_loopback() || trusted.iter().any(|n| n.holds(ip));
    let peer = peer.to_canonical();
    if !is_proxy(peer) {
        return Some(peer);
    }
    for entry in forwarded.iter().flat_map(|line| line.split(',')).rev().take(16) {
        let entry = entry.trim();
        // `192.0.2.7:4711` and `[2001:db8::1]:4711` as some proxies write.
        let entry = entry
            .parse::<std::net::SocketAddr>()
            .map(|a| a.ip())
            .ok()
            .or_else(|| entry.trim_matches(['[', ']']).parse().ok())?;
        let entry = entry.to_canonical();
        if !is_proxy(entry) {
            return Some(entry);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_proxies_are_believed() {
        let trusted = [Network::parse("10.0.0.0/8").unwrap(), Network::parse("fd00::/8").unwrap()];
        let from = |peer: &str, lines: &[&str]| source(peer.parse().unwrap(), lines, &trusted).map(|ip| ip.to_string());
        assert_eq!(
            from("203.0.113.9", &["192.0.2.1"]).as_deref(),
            Some("203.0.113.9"),
            "a client's own header is not believed"
        );
        assert_eq!(
            from("127.0.0.1", &["192.0.2.1, 198.51.100.7"]).as_deref(),
            Some("198.51.100.7"),
            "the last one is the proxy's word"
        );
        assert_eq!(
            from("::1", &["192.0.2.1", "198.51.100.7, 10.1.2.3"]).as_deref(),
            Some("198.51.100.7"),
            "through two proxies"
        );
        assert_eq!(from("10.1.2.3", &["198.51.100.7:4711"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(from("fd00::1", &["[2001:db8::1]:4711"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(from("::ffff:127.0.0.1", &["198.51.100.7"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(from("127.0.0.1", &[]), None);
        assert_eq!(from("127.0.0.1", &["unknown"]), None);
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.jp", "10.0.0.0/x"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
        assert!(
            Network::parse("0.0.0.0/0").unwrap().holds("192.0.2.1".parse().unwrap())
                && Network::parse("::/0").unwrap().holds("::1".parse().unwrap())
        );
    }

    proptest! {
        #[test]
        fn never_panics(peer: [u8; 16], four: [u8; 4], line in "[0-9a-f:., \\[\\]x]{0,60}", network in "\\PC{0,20}") {
            let _ = Network::parse(&network);
            let trusted = [Network::parse("10.0.0.0/8").unwrap()];
            let _ = source(IpAddr::from(peer), &[&line], &trusted);
            let _ = source(IpAddr::from(four), &[&line], &trusted);
        }
    }
}
