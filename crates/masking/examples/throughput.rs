//! How fast a log goes through a masker: `cargo run --release -p masking --example throughput`.

use domain::Secret;
use masking::{MASK, Masker};

const LOG_BYTES: usize = 256 << 20;
const PIECE_BYTES: usize = 64 << 10;

fn main() {
    for count in [1, 10, 40] {
        let secrets: Vec<Secret> = (0..count).map(secret).collect();
        let began = busy_seconds();
        let masker = Masker::new(&secrets);
        let made = 1e3 * (busy_seconds() - began);
        let log = log(secrets.first());
        let began = busy_seconds();
        let (mut read, mut masks) = (0, 0);
        let mut stream = masker.stream();
        for piece in log.chunks(PIECE_BYTES).cycle() {
            masks += stream.push(piece).windows(MASK.len()).step_by(1 << 20).count();
            read += piece.len();
            if read >= LOG_BYTES {
                break;
            }
        }
        let seconds = busy_seconds() - began;
        let speed = read as f64 / seconds / 1e6;
        println!("{count} secrets: made in {made:.1} ms, {speed:.0} MB/s ({masks})");
    }
}

/// How long this thread has had a processor, which other work on the machine does not change.
fn busy_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|it| it.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e9
}

fn secret(index: usize) -> Secret {
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/@ ";
    let mut state = index as u64 + 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 33) as usize % letters.len()] as char
    };
    Secret::new((0..40).map(|_| next()).collect::<String>())
}

/// Lines of a build, and now and then the secret.
fn log(secret: Option<&Secret>) -> Vec<u8> {
    let mut log = String::new();
    for line in 0.. {
        let (one, two, three) = (line % 97, line % 13, line * 31 % 1009);
        // Every second line ends with a word, and some begin as a dump's do.
        log.push_str(&match line % 4 {
            0 => format!("  be4c10 downloading of artifact_{one}_{three} from dependencies\n"),
            2 if line % 16 == 2 => {
                format!("{line:08x}: 3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef\n")
            }
            _ => format!("[{line:>6}] Compiling crate-{one} v1.{two}.0 (/src/module_{three})\n"),
        });
        if line % 1000 == 0 {
            log.push_str(secret.map_or("", Secret::expose));
        }
        if log.len() > 8 << 20 {
            break;
        }
    }
    log.into_bytes()
}
