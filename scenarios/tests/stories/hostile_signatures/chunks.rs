//! Bodies in chunks, each signed over the one before it, with checksums behind them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::draft::{Draft, Sent, hash, mac};
use super::objects::object;
use super::{Case, Family};

pub const FAMILIES: &[Family] = &[
    Family { name: "signed chunks", good: |it| object(it, "chunks"), sign: sent, cases: CHUNKS },
    Family {
        name: "signed chunks with a trailer",
        good: |it| object(it, "trailer"),
        sign: |it| trailed(it).sent(),
        cases: TRAILER,
    },
    Family {
        name: "unsigned chunks with a trailer",
        good: |it| object(it, "unsigned"),
        sign: |it| loose(it, CHECKSUM).sent(),
        cases: LOOSE,
    },
];

const PIECES: [&str; 3] = ["the first piece, ", "the second piece", ""];
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// A chunked body under way to be wrong.
struct Chunked {
    head: Sent,
    /// Contents with their signatures.
    pieces: Vec<(Vec<u8>, Option<String>)>,
    /// Lines behind the last chunk.
    trailer: Vec<String>,
}

impl Chunked {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn sent(self) -> Sent {
        let mut body = Vec::new();
        for (content, signature) in &self.pieces {
            let signature = signature.as_ref().map(|it| format!(";chunk-signature={it}"));
            body.extend(
                format!("{:x}{}\r\n", content.len(), signature.unwrap_or_default()).bytes(),
            );
            body.extend(content);
            if !content.is_empty() {
                body.extend(b"\r\n");
            }
        }
        self.trailer.iter().for_each(|line| body.extend(format!("{line}\r\n").bytes()));
        body.extend(b"\r\n");
        self.head.with(|it| it.body = body)
    }
}

impl Chunked {
    /// Without its end.
    fn unended(mut self) -> Sent {
        self.pieces.pop();
        self.trailer.clear();
        self.sent().with(|it| it.body.truncate(it.body.len() - 2))
    }
}

fn length() -> String {
    PIECES.concat().len().to_string()
}

fn head(draft: Draft, word: &str, length: &str) -> Draft {
    let draft = draft.header("content-encoding", "aws-chunked");
    let draft = draft.header("x-amz-decoded-content-length", length);
    draft.with(|it| it.payload = Some(word.to_owned()))
}

/// Signed under a word, with this length said of what is in the chunks.
fn chunked(draft: Draft, word: &str, length: &str) -> Chunked {
    let draft = head(draft, word, length);
    let (key, date, scope) = (draft.key(), draft.date.clone(), draft.scope());
    let head = draft.signed();
    let (_, authorization) = head.headers.last().expect("it is the last");
    let mut previous = authorization.rsplit('=').next().unwrap_or_default().to_owned();
    let sign = |content: &str| {
        let hashes = format!("{}\n{}", hash(b""), hash(content.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{hashes}");
        previous = hex::encode(mac(&key, &text));
        (content.as_bytes().to_vec(), Some(previous.clone()))
    };
    let pieces = PIECES.map(sign).into();
    Chunked { head, pieces, trailer: Vec::new() }
}

fn good(draft: Draft) -> Chunked {
    chunked(draft, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", &length())
}

fn sent(draft: Draft) -> Sent {
    good(draft).sent()
}

fn checksum() -> String {
    let bytes = hex::decode(hash(PIECES.concat().as_bytes())).expect("hex");
    format!("{CHECKSUM}:{}", STANDARD.encode(bytes))
}

/// With the checksum behind the last chunk, signed too.
fn trailed(draft: Draft) -> Chunked {
    let (key, date, scope) = (draft.key(), draft.date.clone(), draft.scope());
    let draft = draft.header("x-amz-trailer", CHECKSUM);
    let made = chunked(draft, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", &length());
    let last = made.pieces.last().and_then(|(_, it)| it.clone()).unwrap_or_default();
    let hashed = hash(format!("{}\n", checksum()).as_bytes());
    let text = format!("AWS4-HMAC-SHA256-TRAILER\n{date}\n{scope}\n{last}\n{hashed}");
    let signature = format!("x-amz-trailer-signature:{}", hex::encode(mac(&key, &text)));
    made.with(|it| it.trailer = vec![checksum(), signature])
}

/// Chunks without signatures, with a trailer of this name said of them.
fn loose(draft: Draft, trailer: &str) -> Chunked {
    let draft = draft.header("x-amz-trailer", trailer);
    let head = head(draft, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", &length()).signed();
    let pieces = PIECES.map(|piece| (piece.as_bytes().to_vec(), None)).into();
    Chunked { head, pieces, trailer: vec![checksum()] }
}

const DIFFERS: &str = "<Code>SignatureDoesNotMatch</Code>";
const DENIED: &str = "<Code>AccessDenied</Code>";
const CUT_OFF: &str = "<Code>IncompleteBody</Code>";
const NO_CHUNK: &str = "<Code>InvalidChunkSizeError</Code>";
const NO_TRAILER: &str = "<Code>MalformedTrailerError</Code>";
const OTHER_SUM: &str = "<Code>BadDigest</Code>";

const CHUNKS: &[Case] = &[
    ("zeros for the first chunk's signature", DIFFERS, |it| {
        good(it).with(|it| it.pieces[0].1 = Some("0".repeat(64))).sent()
    }),
    ("no signature of the first chunk", DIFFERS, |it| {
        good(it).with(|it| it.pieces[0].1 = None).sent()
    }),
    ("no signature of the last chunk", DIFFERS, |it| {
        good(it).with(|it| it.pieces[2].1 = None).sent()
    }),
    ("a signature in capitals", DIFFERS, |it| {
        good(it)
            .with(|it| {
                it.pieces[0].1 =
                    it.pieces[0].1.as_ref().map(|it| format!("A{}", it[1..].to_uppercase()))
            })
            .sent()
    }),
    ("the first chunk's signature for the second", DIFFERS, |it| {
        good(it).with(|it| it.pieces[1].1 = it.pieces[0].1.clone()).sent()
    }),
    ("two chunks changed about", DIFFERS, |it| good(it).with(|it| it.pieces.swap(0, 1)).sent()),
    ("a chunk twice", DIFFERS, |it| {
        good(it).with(|it| it.pieces.insert(1, it.pieces[0].clone())).sent()
    }),
    ("a chunk less", DIFFERS, |it| good(it).with(|it| drop(it.pieces.remove(0))).sent()),
    ("another byte", DIFFERS, |it| good(it).with(|it| it.pieces[1].0[0] = b'T').sent()),
    ("a byte more in a chunk", DIFFERS, |it| good(it).with(|it| it.pieces[1].0.push(b'!')).sent()),
    ("the last chunk missing", CUT_OFF, |it| good(it).unended()),
    ("the last chunk alone", DIFFERS, |it| good(it).with(|it| drop(it.pieces.drain(..2))).sent()),
    ("more said than comes", CUT_OFF, |it| {
        chunked(it, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "40").sent()
    }),
    ("less said than comes", CUT_OFF, |it| {
        chunked(it, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "20").sent()
    }),
    ("nothing said of the length", "<Code>MissingContentLength</Code>", |it| {
        it.with(|it| it.payload = Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD".into())).signed()
    }),
    ("a length in words", "<Code>InvalidRequest</Code>", |it| {
        chunked(it, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "all").sent()
    }),
    ("another length after it was signed", DIFFERS, |it| {
        good(it).sent().edit("x-amz-decoded-content-length", |_| "20".into())
    }),
    ("no chunks at all", NO_CHUNK, |it| {
        good(it).sent().with(|it| it.body = b"content, and no chunks\n".to_vec())
    }),
    ("bytes behind the end", NO_CHUNK, |it| good(it).sent().with(|it| it.body.extend(b"more\r\n"))),
    ("half the body", CUT_OFF, |it| good(it).sent().with(|it| it.body.truncate(110))),
    ("signed by another key than the head", DIFFERS, |it| {
        let other = good(it.clone().with(|it| it.keys.secret = "s".into()));
        good(it).with(|it| it.pieces = other.pieces).sent()
    }),
    ("chunks of another request", DIFFERS, |it| {
        let other = good(it.clone().with(|it| it.path = "/site/another".into()));
        good(it).with(|it| it.pieces = other.pieces).sent()
    }),
    ("signed for a body without chunks", DENIED, |it| {
        let plain = it.clone().signed();
        sent(it).authorized_as(&plain)
    }),
    ("signed for unsigned chunks", DENIED, |it| {
        let loose = loose(it.clone(), CHECKSUM).sent();
        sent(it).authorized_as(&loose)
    }),
];

const TRAILER: &[Case] = &[
    ("another checksum", DIFFERS, |it| {
        trailed(it).with(|it| it.trailer[0] = format!("{CHECKSUM}:AAAA")).sent()
    }),
    ("no trailer's signature", NO_TRAILER, |it| {
        trailed(it).with(|it| drop(it.trailer.pop())).sent()
    }),
    ("zeros for the trailer's signature", DIFFERS, |it| {
        trailed(it)
            .with(|it| it.trailer[1] = format!("x-amz-trailer-signature:{}", "0".repeat(64)))
            .sent()
    }),
    ("no trailer", NO_TRAILER, |it| trailed(it).with(|it| it.trailer.clear()).sent()),
    ("a trailer more", DIFFERS, |it| {
        trailed(it).with(|it| it.trailer.insert(0, "x-amz-meta-owner:eve".into())).sent()
    }),
    ("a trailer without a colon", NO_TRAILER, |it| {
        trailed(it).with(|it| it.trailer[0] = "checksum".into()).sent()
    }),
    ("the last chunk's signature for the trailer's", DIFFERS, |it| {
        trailed(it)
            .with(|it| {
                let last = it.pieces[2].1.clone().unwrap_or_default();
                it.trailer[1] = format!("x-amz-trailer-signature:{last}");
            })
            .sent()
    }),
    ("another byte", DIFFERS, |it| trailed(it).with(|it| it.pieces[0].0[0] = b'T').sent()),
    ("another name of the trailer after it was signed", DIFFERS, |it| {
        trailed(it).sent().edit("x-amz-trailer", |_| "x-amz-checksum-crc32".into())
    }),
];

const LOOSE: &[Case] = &[
    ("a wrong checksum", OTHER_SUM, |it| {
        let wrong = "A".repeat(43);
        loose(it, CHECKSUM).with(|it| it.trailer[0] = format!("{CHECKSUM}:{wrong}=")).sent()
    }),
    ("a checksum that is none", "<Code>InvalidRequest</Code>", |it| {
        loose(it, CHECKSUM).with(|it| it.trailer[0] = format!("{CHECKSUM}:AAAA")).sent()
    }),
    ("another byte", OTHER_SUM, |it| {
        loose(it, CHECKSUM).with(|it| it.pieces[0].0[0] = b'T').sent()
    }),
    ("no trailer", NO_TRAILER, |it| loose(it, CHECKSUM).with(|it| it.trailer.clear()).sent()),
    ("another trailer than was said", NO_TRAILER, |it| loose(it, "x-amz-checksum-crc32").sent()),
    ("a trailer that nobody knows", "<Code>InvalidRequest</Code>", |it| {
        loose(it, "x-amz-meta-owner").sent()
    }),
    ("the last chunk missing", CUT_OFF, |it| loose(it, CHECKSUM).unended()),
    ("a size that is none", NO_CHUNK, |it| {
        loose(it, CHECKSUM).sent().with(|it| it.body.insert(0, b'-'))
    }),
    ("a session's key without its token", "<Code>InvalidAccessKeyId</Code>", |it| {
        loose(it.by(|it| super::Keys { token: None, ..it.session.clone() }), CHECKSUM).sent()
    }),
];
