use crate::Masker;
use domain::Secret;

const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";

fn mask(secret: &str, text: &str) -> String {
    let masker = Masker::new(&[Secret::new(secret)]);
    let whole = masker.mask(text);
    for length in [1, 3, 50] {
        let mut stream = masker.stream();
        let pieces = text.as_bytes().chunks(length);
        let mut out: Vec<u8> = pieces.flat_map(|piece| stream.push(piece)).collect();
        out.extend(stream.finish());
        assert_eq!(String::from_utf8_lossy(&out), whole, "in pieces of {length}");
    }
    whole
}

#[test]
fn a_dump_of_a_secret_shows_none_of_it_however_the_stream_is_cut() {
    let xxd = "\
before
00000000: 6b65 793d 3031 3233 3435 3637 3839 6162  key=0123456789ab
00000010: 6364 6566 3031 3233 3435 3637 3839 6162  cdef0123456789ab
00000020: 6364 6566 3031 3233 3435 3637 2030 3132  cdef01234567 012
00000030: 0a                                       .
after
";
    let masked = "\
before
00000000: 6b65 793d ****  key=****
00000010: ****  ****
00000020: **** 2030 3132  **** 012
00000030: 0a                                       .
after
";
    assert_eq!(mask(SECRET, xxd), masked);
    let hexdump = "\
00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|
00000010  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|
00000020  30 31 32 33 34 35 36 37                           |01234567|
00000028
";
    let masked = "\
00000000  ****  |****|
00000010  ****  |****|
00000020  ****                           |****|
00000028
";
    assert_eq!(mask(SECRET, hexdump), masked);
}

#[test]
fn what_od_prints_is_read_in_letters_octal_and_hex_digits() {
    let letters = "\
0000000   p   w   =   a      \\t   b   l   o   n   g 303 266   x   y   z
0000020   l   i   n   e   d  \\n   o   k
0000030
";
    let masked = "\
0000000   p   w   = ****
0000020 ****  \\n   o   k
0000030
";
    assert_eq!(mask("a \tblongöxyzlined", letters), masked);
    assert_eq!(mask("hunter2", "0000000 150 165 156 164 145 162 062 012\n"), "0000000 **** 012\n");
    let again = "\
0000000 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66
*
0000040 30 31 32 33 34 35 36 37
0000050
";
    assert_eq!(mask(SECRET, again), "0000000 ****\n*\n0000040 ****\n0000050\n");
    let bare = " 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66\n \
                30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66\n 30 31 32 33 34 35 36 37\n";
    assert_eq!(mask(SECRET, bare), " ****\n ****\n ****\n");
}

#[test]
fn what_is_no_dump_passes_as_it_is_and_at_once() {
    let masker = Masker::new(&[Secret::new(SECRET)]);
    let mut stream = masker.stream();
    for piece in ["Compiling ", "\n", "  (indented) ", "\r\n", "12% ", "deadbeef-1 "] {
        assert_eq!(stream.push(piece.as_bytes()), piece.as_bytes(), "{piece:?}");
    }
    let other = "\
00000000: 6b65 793d 3131 3233                      key=1123
0000000   k   e
0000 not a dump
 be quiet
*
";
    assert_eq!(mask(SECRET, other), other);
    let long = format!("00000000: {}\n", "30".repeat(700));
    assert_eq!(mask(SECRET, &long), long);
}
