//! The checksums that S3's clients send with a content, each as base64.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Digest, Table};

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64NVME: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

/// Headers, and trailers of the same names, with the members that they are.
pub const CHECKSUMS: &[(&str, &str)] = &[
    ("x-amz-checksum-crc32", "ChecksumCRC32"),
    ("x-amz-checksum-crc32c", "ChecksumCRC32C"),
    ("x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"),
    ("x-amz-checksum-sha1", "ChecksumSHA1"),
    ("x-amz-checksum-sha256", "ChecksumSHA256"),
];

/// The algorithm of contents that nobody named one for.
pub const DEFAULT_ALGORITHM: &str = "CRC64NVME";

/// A checksum under way.
pub struct Checksum {
    member: &'static str,
    sum: Sum,
}

enum Sum {
    Crc32(Digest<'static, u32, Table<16>>),
    Crc64(Digest<'static, u64, Table<16>>),
    Sha(Context),
}

impl Default for Checksum {
    fn default() -> Self {
        Self { member: "ChecksumCRC64NVME", sum: Sum::Crc64(CRC64NVME.digest()) }
    }
}

impl Checksum {
    /// The checksum of a header; `None` for one that is not known.
    pub fn of_header(header: &str) -> Option<Self> {
        let (_, member) = CHECKSUMS.iter().find(|(known, _)| *known == header)?;
        Self::of_member(member)
    }

    /// The checksum of an algorithm as S3 names it: `CRC32`, …
    pub fn of_algorithm(algorithm: &str) -> Option<Self> {
        let named = |member: &&str| member.strip_prefix("Checksum") == Some(algorithm);
        let member = CHECKSUMS.iter().map(|(_, member)| *member).find(named)?;
        Self::of_member(member)
    }

    fn of_member(member: &'static str) -> Option<Self> {
        let sum = match member {
            "ChecksumCRC32" => Sum::Crc32(CRC32.digest()),
            "ChecksumCRC32C" => Sum::Crc32(CRC32C.digest()),
            "ChecksumCRC64NVME" => Sum::Crc64(CRC64NVME.digest()),
            "ChecksumSHA1" => Sum::Sha(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            "ChecksumSHA256" => Sum::Sha(Context::new(&SHA256)),
            _ => return None,
        };
        Some(Self { member, sum })
    }

    /// Takes more of the content in.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.sum {
            Sum::Crc32(digest) => digest.update(bytes),
            Sum::Crc64(digest) => digest.update(bytes),
            Sum::Sha(context) => context.update(bytes),
        }
    }

    /// The header, or trailer, that tells it.
    pub fn header(&self) -> &'static str {
        let named = CHECKSUMS.iter().find(|(_, member)| *member == self.member);
        named.map_or("x-amz-checksum", |(header, _)| header)
    }

    /// Whether a text is one of these checksums at all, of whatever content.
    pub fn can_be(&self, text: &str) -> bool {
        let bytes = match &self.sum {
            Sum::Crc32(_) => 4,
            Sum::Crc64(_) => 8,
            Sum::Sha(context) => context.algorithm().output_len(),
        };
        STANDARD.decode(text).is_ok_and(|decoded| decoded.len() == bytes)
    }

    /// The member that it is, and its text.
    pub fn finish(self) -> (String, String) {
        let text = match self.sum {
            Sum::Crc32(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Sum::Crc64(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Sum::Sha(context) => STANDARD.encode(context.finish()),
        };
        (self.member.to_owned(), text)
    }
}

/// The checksum of the checksums of an object's parts, which says how many they are; `None` where
/// one of them is of another algorithm.
pub fn composite(algorithm: &str, parts: &[Option<&(String, String)>]) -> Option<(String, String)> {
    let mut sum = Checksum::of_algorithm(algorithm)?;
    for part in parts {
        let (_, text) = part.filter(|(member, _)| *member == sum.member)?;
        sum.update(&STANDARD.decode(text).ok()?);
    }
    let (member, text) = sum.finish();
    Some((member, format!("{text}-{}", parts.len())))
}

/// How a checksum came about, in S3's word: only one of parts has a hyphen.
pub fn kind_of(text: &str) -> &'static str {
    if text.contains('-') { "COMPOSITE" } else { "FULL_OBJECT" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_the_known_value_of_the_digits() {
        fn check(name: &str, expect_hex: &str) {
            let mut sum = Checksum::of_header(name).expect("known");
            sum.update(b"1234");
            sum.update(b"56789");
            let expect = STANDARD.encode(hex::decode(expect_hex).expect("hex"));
            assert_eq!(sum.finish().1, expect, "{name}");
        }
        check("x-amz-checksum-crc32", "cbf43926");
        check("x-amz-checksum-crc32c", "e3069283");
        check("x-amz-checksum-crc64nvme", "ae8b14860a799888");
        check("x-amz-checksum-sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
        check(
            "x-amz-checksum-sha256",
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
        );
    }

    #[test]
    fn parts_have_one_checksum_of_theirs() {
        let part = |text: &str| {
            let mut sum = Checksum::of_algorithm("SHA256").expect("known");
            sum.update(text.as_bytes());
            sum.finish()
        };
        let (one, two) = (part("one"), part("two"));
        let (member, text) = composite("SHA256", &[Some(&one), Some(&two)]).expect("of one kind");
        let both = [one.1, two.1].map(|text| STANDARD.decode(text).expect("base64")).concat();
        let mut expect = Checksum::of_algorithm("SHA256").expect("known");
        expect.update(&both);
        assert_eq!((member.as_str(), text.clone()), ("ChecksumSHA256", expect.finish().1 + "-2"));
        assert_eq!((kind_of(&text), kind_of("NSRBwg==")), ("COMPOSITE", "FULL_OBJECT"));
        assert_eq!(composite("SHA256", &[None]), None);
        assert_eq!(composite("SHA1", &[Some(&part("one"))]), None);
    }
}
