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

/// A checksum under way.
pub enum Checksum {
    Crc32(Digest<'static, u32, Table<16>>),
    Crc64(Digest<'static, u64, Table<16>>),
    Sha(Context),
}

impl Checksum {
    /// The checksum of a header; `None` for one that is not known.
    pub fn of(header: &str) -> Option<Self> {
        Some(match header {
            "x-amz-checksum-crc32" => Self::Crc32(CRC32.digest()),
            "x-amz-checksum-crc32c" => Self::Crc32(CRC32C.digest()),
            "x-amz-checksum-crc64nvme" => Self::Crc64(CRC64NVME.digest()),
            "x-amz-checksum-sha1" => Self::Sha(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            "x-amz-checksum-sha256" => Self::Sha(Context::new(&SHA256)),
            _ => return None,
        })
    }

    /// Takes more of the content in.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(digest) => digest.update(bytes),
            Self::Crc64(digest) => digest.update(bytes),
            Self::Sha(context) => context.update(bytes),
        }
    }

    /// The checksum as its header has it.
    pub fn finish(self) -> String {
        match self {
            Self::Crc32(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Self::Crc64(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Self::Sha(context) => STANDARD.encode(context.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_the_known_value_of_the_digits() {
        fn check(name: &str, expect_hex: &str) {
            let mut sum = Checksum::of(name).expect("known");
            sum.update(b"1234");
            sum.update(b"56789");
            let expect = STANDARD.encode(hex::decode(expect_hex).expect("hex"));
            assert_eq!(sum.finish(), expect, "{name}");
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
}
