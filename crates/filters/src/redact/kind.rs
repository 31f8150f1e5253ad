//! What can be looked for: patterns, and what decides beyond them.

use std::net::{Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::Deserialize;

/// Kinds of secrets and personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Numbers of payment cards, with their issuer's digits and a right check digit; also with
    /// spaces or dashes between the digits.
    #[serde(alias = "credit-card")]
    Card,
    /// Addresses of e-mail.
    Email,
    /// Numbers of bank accounts, with right check digits.
    Iban,
    /// Addresses of IPv4.
    #[serde(rename = "ipv4")]
    IpV4,
    /// Addresses of IPv6 that have a decimal digit.
    #[serde(rename = "ipv6")]
    IpV6,
    /// JSON Web Tokens.
    Jwt,
    /// Addresses of network cards.
    Mac,
    /// What follows words like `password=`, `"token": ` and `Bearer`, and passwords in URLs.
    Password,
    /// Keys of well-known services (AWS, GitHub, GitLab, Google, Slack, Stripe, npm, `SendGrid`) and
    /// private keys.
    Secret,
    /// Social security numbers of the United States.
    #[serde(alias = "us_social_security_number")]
    UsSsn,
}

impl Kind {
    /// What is looked for unless the settings say something.
    pub(super) const USUAL: [Self; 6] =
        [Self::Card, Self::Email, Self::Iban, Self::Jwt, Self::Password, Self::Secret];

    /// Its patterns. A group, where there is one, is what is taken out.
    pub(super) fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Card => &[r"(?-u:\b)[2-6](?:[ -]?[0-9]){12,18}(?-u:\b)"],
            Self::Email => &[r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"],
            Self::Iban => {
                &[r"(?-u:\b)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?-u:\b)"]
            }
            Self::IpV4 => &[r"(?-u:\b)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?-u:\b)"],
            Self::IpV6 => {
                &[r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4})"]
            }
            Self::Jwt => &[r"(?-u:\b)eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"],
            Self::Mac => &[r"(?-u:\b)[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?-u:\b)"],
            Self::Password => &[
                concat!(
                    r"(?i-u)(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key",
                    r"|client[_-]?secret)",
                    "[\"']?\\s*[=:]\\s*[\"']?([^\\s\"'&,;]+)",
                ),
                r"(?i-u)\b(?:bearer|basic)\s+([a-z0-9._~+/=-]{8,})",
                r"(?i-u)[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@",
            ],
            Self::Secret => &[
                r"(?-u:\b)(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?-u:\b)",
                r"(?-u:\b)(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
                r"(?-u:\b)(?:glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36})",
                r"(?-u:\b)(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|[prs]k_(?:live|test)_[A-Za-z0-9]{16,})",
                r"(?-u:\b)(?:AIza[A-Za-z0-9_-]{35}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})",
                concat!(
                    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s-u:.*?)",
                    r"(?:-----END [A-Z ]*PRIVATE KEY-----|\z)"
                ),
            ],
            Self::UsSsn => &[r"(?-u:\b)[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} )[0-9]{4}(?-u:\b)"],
        }
    }

    /// Whether what its pattern found at this place is of the kind.
    pub(super) fn is_really(self, text: &[u8], start: usize, end: usize) -> bool {
        let found = &text[start..end];
        let as_text = || std::str::from_utf8(found).unwrap_or_default();
        let before = text[..start].last().copied().unwrap_or(b' ');
        let after = |i: usize| text.get(end + i).copied().unwrap_or(b' ');
        match self {
            Self::Card => is_card(found),
            Self::Iban => is_iban(found),
            Self::IpV4 => {
                // Four numbers of more are a version.
                let goes_on = after(0) == b'.' && after(1).is_ascii_digit();
                before != b'.' && !goes_on && as_text().parse::<Ipv4Addr>().is_ok()
            }
            Self::IpV6 => {
                let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b':';
                !is_of_word(before)
                    && !is_of_word(after(0))
                    && found.iter().any(u8::is_ascii_digit)
                    && as_text().parse::<Ipv6Addr>().is_ok()
            }
            _ => true,
        }
    }
}

/// The digits of a card, of which there are at most 19.
fn digits_of(found: &[u8]) -> ([u8; 19], usize) {
    let mut digits = [0; 19];
    let mut len = 0;
    for digit in found.iter().filter(|byte| byte.is_ascii_digit()) {
        if let Some(place) = digits.get_mut(len) {
            *place = digit - b'0';
            len += 1;
        }
    }
    (digits, len)
}

/// Whether the issuer has cards of this length, and the last digit is the right one (Luhn).
fn is_card(found: &[u8]) -> bool {
    let (digits, len) = digits_of(found);
    let digits = &digits[..len];
    let first =
        |count: usize| digits[..count].iter().fold(0_u32, |it, digit| it * 10 + u32::from(*digit));
    let issued = match len {
        13 => first(1) == 4,
        14 => matches!(first(2), 30 | 36 | 38 | 39),
        15 => matches!(first(2), 34 | 37),
        16 => {
            first(1) == 4
                || matches!(first(2), 35 | 50..=58 | 60..=69)
                || (2221..=2720).contains(&first(4))
        }
        17..=19 => first(1) == 4 || matches!(first(2), 50 | 56..=69),
        _ => false,
    };
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (i, digit)| {
        sum + if i % 2 == 0 { u32::from(*digit) } else { doubled(u32::from(*digit)) }
    });
    issued && sum % 10 == 0
}

/// Whether the number, its first four characters put behind the others and letters read as 10 to
/// 35, leaves 1 divided by 97.
fn is_iban(found: &[u8]) -> bool {
    let plain = || found.iter().filter(|byte| **byte != b' ');
    let rest = plain().skip(4).chain(plain().take(4)).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (15..=34).contains(&plain().count()) && rest == 1
}
