//! What a person typed as an e-mail address in, one address out: as it is kept and as SMTP takes it.
//!
//! Addresses that Japanese carriers gave until 2009 break RFC 5321 (`a..b@docomo.ne.jp`, `abc.@docomo.ne.jp`). They are
//! in use, so they are taken, and quoted where SMTP or a header wants the standard's form: `"a..b"@docomo.ne.jp`.

use std::fmt;
use std::str::FromStr;

/// Before `@`, in octets (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// In all, in octets: what a path of 256 with its angle brackets leaves (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// A mailbox. Its domain is in small letters and ASCII, so that an address is the same whatever the case of its domain.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// Why something is no address; has nothing of it in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("メールアドレスを入れてください")]
    Empty,
    /// There is no `@`, or more than one.
    #[error("「@」が1つ、入っているか確かめてください")]
    At,
    /// Before `@` stands what no provider gives: letters of other scripts, spaces, brackets.
    #[error("「@」の前に、使えない文字があります。半角の英字・数字・記号で書いてください")]
    Local,
    /// Behind `@` stands no name of a provider.
    #[error("「@」のうしろの書き方が正しくありません。例　docomo.ne.jp")]
    Domain,
    /// Longer than mail servers take.
    #[error("メールアドレスが長すぎます")]
    Long,
}

impl EmailAddress {
    /// As it is kept, and as its owner writes it: `a..b@docomo.ne.jp`.
    pub fn plain(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// As SMTP and headers take it: `"a..b"@docomo.ne.jp` where the standard wants quotes.
    ///
    /// ```
    /// use otayori_publishing::mailbox::EmailAddress;
    ///
    /// let old: EmailAddress = "a..b@DOCOMO.ne.jp".parse().unwrap();
    /// assert_eq!(old.plain(), "a..b@docomo.ne.jp");
    /// assert_eq!(old.quoted(), ("\"a..b\"".to_owned(), "docomo.ne.jp"));
    /// // What a Japanese keyboard makes of an address.
    /// assert_eq!("ｍｏｍ＠ｅｘａｍｐｌｅ．ｊｐ".parse::<EmailAddress>().unwrap().plain(), "mom@example.jp");
    /// ```
    pub fn quoted(&self) -> (String, &str) {
        let standard = !self.local.starts_with('.') && !self.local.ends_with('.') && !self.local.contains("..");
        (if standard { self.local.clone() } else { format!("\"{}\"", self.local) }, &self.domain)
    }

    /// The provider's name.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

/// Says of whom it is no more than the provider.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…@{}", self.domain)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    /// Full-width letters and the spaces around are folded; quotes that a standard's form has are taken off.
    fn from_str(typed: &str) -> Result<Self, EmailError> {
        let folded: String = typed.chars().map(half_width).collect();
        let text = folded.trim();
        let text = text.strip_prefix("mailto:").unwrap_or(text);
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::At)?;
        let local = local.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(local);
        if local.contains('@') {
            return Err(EmailError::At);
        }
        if local.is_empty() || !local.chars().all(is_of_a_name) {
            return Err(EmailError::Local);
        }
        let domain = domain_of(domain).ok_or(EmailError::Domain)?;
        // Two more for the quotes.
        if local.len() + 2 > LONGEST_LOCAL || local.len() + 3 + domain.len() > LONGEST {
            return Err(EmailError::Long);
        }
        Ok(Self { local: local.to_owned(), domain })
    }
}

/// `atext` of RFC 5322 and the dot. Whatever else a quoted string may hold no provider gives.
fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c)
}

/// A name with at least two parts, of whatever script, in ASCII (IDNA); no address in numbers.
fn domain_of(text: &str) -> Option<String> {
    let url::Host::Domain(name) = url::Host::parse(text).ok()? else { return None };
    let labels: Vec<&str> = name.split('.').collect();
    let is_label = |l: &&str| {
        (1..=63).contains(&l.len())
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = labels.last()?;
    (labels.len() > 1 && labels.iter().all(is_label) && !last.bytes().all(|b| b.is_ascii_digit()))
        .then(|| name.to_ascii_lowercase())
}

/// ａ → a, ＠ → @, the full-width space and the non-breaking one → space; 。 in a domain's place is a dot.
fn half_width(c: char) -> char {
    match c {
        '\u{3000}' | '\u{A0}' | '\u{200B}' | '\u{FEFF}' => ' ',
        '。' | '｡' => '.',
        other => crate::text::narrow(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(typed: &str) -> Result<String, EmailError> {
        typed.parse::<EmailAddress>().map(|a| a.plain())
    }

    #[test]
    fn addresses_as_people_type_them() {
        for (typed, kept, local) in [
            ("hanako@harukaze.jp", "hanako@harukaze.jp", "hanako"),
            ("  hanako@HaruKaze.JP ", "hanako@harukaze.jp", "hanako"),
            ("Hanako.Y+letters@Harukaze.jp", "Hanako.Y+letters@harukaze.jp", "Hanako.Y+letters"),
            ("ｈａｎａｋｏ＠ｅｚｗｅｂ．ｎｅ．ｊｐ　", "hanako@ezweb.ne.jp", "hanako"),
            ("hanako＠ezweb。ne。jp", "hanako@ezweb.ne.jp", "hanako"),
            ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp", "\"a..b\""),
            ("abc.@docomo.ne.jp", "abc.@docomo.ne.jp", "\"abc.\""),
            (".abc@docomo.ne.jp", ".abc@docomo.ne.jp", "\".abc\""),
            ("\"a..b\"@docomo.ne.jp", "a..b@docomo.ne.jp", "\"a..b\""),
            ("mailto:a@b.jp", "a@b.jp", "a"),
            ("a@はるかぜ市.jp", "a@xn--u8j8a1c1f434w.jp", "a"),
            ("o'brien@mail.ie", "o'brien@mail.ie", "o'brien"),
        ] {
            let address: EmailAddress = typed.parse().unwrap_or_else(|e| panic!("{typed}: {e}"));
            assert_eq!((address.plain().as_str(), address.quoted().0.as_str()), (kept, local), "{typed}");
            let (quoted, domain) = address.quoted();
            assert_eq!(
                format!("{quoted}@{domain}").parse(),
                Ok(address.clone()),
                "the quoted form is the same address"
            );
            assert!(!format!("{address:?}").contains(local.trim_matches('"')) || local.len() < 3, "{address:?}");
        }
        for (typed, wrong) in [
            ("", EmailError::Empty),
            (" 　", EmailError::Empty),
            ("hanako", EmailError::At),
            ("a@b@c.jp", EmailError::At),
            ("@docomo.ne.jp", EmailError::Local),
            ("花子@docomo.ne.jp", EmailError::Local),
            ("a b@docomo.ne.jp", EmailError::Local),
            ("a<b>@docomo.ne.jp", EmailError::Local),
            ("a\r\nBcc: x@docomo.ne.jp", EmailError::Local),
            ("a@docomo", EmailError::Domain),
            ("a@", EmailError::Domain),
            ("a@127.0.0.1", EmailError::Domain),
            ("a@[::1]", EmailError::Domain),
            ("a@-x.jp", EmailError::Domain),
            ("a@x..jp", EmailError::Domain),
            ("a@x.jp\r\nRCPT TO:<y@x.jp>", EmailError::At),
        ] {
            assert_eq!(read(typed), Err(wrong), "{typed:?}");
        }
        assert_eq!(read(&format!("{}@x.jp", "a".repeat(63))), Err(EmailError::Long));
        assert!(read(&format!("{}@x.jp", "a".repeat(62))).is_ok());
    }

    proptest! {
        /// Whatever is taken is ASCII on one line, comes back the same from what is kept and from the quoted form, and
        /// does not depend on the domain's case.
        #[test]
        fn what_is_taken_is_one_mailbox(typed in "\\PC{0,40}|[a-zA-Z0-9.\"+_＠@ \
            ]{1,12}[@＠][a-zA-Zａ-ｚ0-9.-]{1,12}\\.(jp|JP|com)|[\r\n<>@a-z.]{0,20}") {
            if let Ok(address) = typed.parse::<EmailAddress>() {
                let (plain, (local, domain)) = (address.plain(), address.quoted());
                prop_assert!(plain.is_ascii() && plain.len() <= LONGEST
                    && !plain.contains(|c: char| c.is_ascii_control() || c == ' ' || c == '<' || c == '>'));
                prop_assert_eq!(plain.parse(), Ok(address.clone()));
                prop_assert_eq!(format!("{local}@{domain}").parse(), Ok(address.clone()));
                prop_assert_eq!(format!("{}@{}", address.local, domain.to_ascii_uppercase()).parse(),
                    Ok(address.clone()));
                prop_assert_eq!(domain.to_ascii_lowercase(), domain);
            }
        }
    }
}
