//! Certificates of authorities that a host's own certificate must come from: whether any connection
//! could ever be trusted by them. The signature is TLS's to check.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wire::error::AwsError;

use crate::refusal::Refused;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Tags of DER (X.690) that a certificate is read by.
mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const OBJECT: u8 = 0x06;
    pub const SEQUENCE: u8 = 0x30;
    pub const VERSION: u8 = 0xa0;
    pub const EXTENSIONS: u8 = 0xa3;
}

/// `2.5.29.19`, basicConstraints (RFC 5280, 4.2.1.9).
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

/// Looks at the PEM of authorities.
///
/// # Errors
/// `ValidationException`, with what would be right.
pub fn check_authorities(pem: &str) -> Result<(), Refused> {
    const RIGHT: &str = "give the certificates of its authorities in PEM, each from -----BEGIN \
                         CERTIFICATE----- to -----END CERTIFICATE-----";
    let refused = |why: &str| Err(AwsError::validation(format!("TlsCertificate {why}: {RIGHT}.")));
    let mut count = 0;
    for part in pem.split(BEGIN).skip(1) {
        count += 1;
        let text = part.split_once(END).map(|(text, _)| text).unwrap_or_default();
        let text: String = text.split_ascii_whitespace().collect();
        let Some(is_authority) = STANDARD.decode(text).ok().and_then(|der| is_authority(&der))
        else {
            return refused(&format!("{count} cannot be read"));
        };
        if !is_authority {
            return refused(&format!(
                "{count} is no authority's (CA:FALSE): no certificate can come from it"
            ));
        }
    }
    if count == 0 { refused("holds no certificate") } else { Ok(()) }
}

/// Whether another certificate, or it itself, can come from this one: it says that it is an
/// authority's, or it is its own issuer, which TLS takes as it is. `None` for what is none.
fn is_authority(der: &[u8]) -> Option<bool> {
    let mut rest = Der(Der(Der(der).take(tag::SEQUENCE)?).take(tag::SEQUENCE)?);
    rest.take(tag::VERSION);
    let _serial = rest.next()?;
    let _algorithm = rest.take(tag::SEQUENCE)?;
    let issuer = rest.take(tag::SEQUENCE)?;
    let _validity = rest.take(tag::SEQUENCE)?;
    let subject = rest.take(tag::SEQUENCE)?;
    let _key = rest.take(tag::SEQUENCE)?;
    if issuer == subject {
        return Some(true);
    }
    while let Some((found, value)) = rest.next() {
        if found == tag::EXTENSIONS {
            return Some(says_authority(value));
        }
    }
    Some(false)
}

/// What basicConstraints says among the extensions; without it, no.
fn says_authority(extensions: &[u8]) -> bool {
    let mut all = Der(Der(extensions).take(tag::SEQUENCE).unwrap_or_default());
    while let Some(extension) = all.take(tag::SEQUENCE) {
        let mut extension = Der(extension);
        if extension.take(tag::OBJECT) == Some(BASIC_CONSTRAINTS) {
            extension.take(tag::BOOLEAN);
            let value = extension.next().map(|(_, value)| value).unwrap_or_default();
            let constraints = Der(value).take(tag::SEQUENCE).unwrap_or_default();
            return Der(constraints).take(tag::BOOLEAN).is_some_and(|it| it != [0]);
        }
    }
    false
}

/// The values that are left of a sequence.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value with its tag.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // The length's own length; four bytes are more than any certificate has.
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    /// The next value if it has this tag; else it stays.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        (self.0.first() == Some(&tag)).then(|| self.next())?.map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = include_str!("../testdata/certificates/authority.pem");
    const BELOW: &str = include_str!("../testdata/certificates/below.pem");
    const LEAF: &str = include_str!("../testdata/certificates/leaf.pem");
    const OWN_LEAF: &str = include_str!("../testdata/certificates/own-leaf.pem");

    #[test]
    fn an_authority_is_believed_and_so_is_what_signed_itself() {
        for good in [AUTHORITY, BELOW, OWN_LEAF, &format!("a note\n{BELOW}\n{AUTHORITY}")] {
            assert_eq!(check_authorities(good).map_err(|it| it.message), Ok(()));
        }
    }

    #[test]
    fn what_no_certificate_can_come_from_is_refused() {
        fn check(pem: &str, expect: &str) {
            let said = check_authorities(pem).expect_err(expect);
            assert!(said.message.contains(expect), "{}", said.message);
        }
        check("", "holds no certificate");
        check("nope", "holds no certificate");
        check(&format!("{BEGIN}\n!\n{END}\n"), "1 cannot be read");
        check(&format!("{BEGIN}\nMAA=\n{END}\n"), "1 cannot be read");
        check(&AUTHORITY[..AUTHORITY.len() / 2], "1 cannot be read");
        check(LEAF, "1 is no authority's (CA:FALSE)");
        check(&format!("{AUTHORITY}{LEAF}"), "2 is no authority's (CA:FALSE)");
    }
}
