use super::*;
use proptest::prelude::*;

fn masker(secrets: &[&str]) -> Masker {
    let secrets: Vec<_> = secrets.iter().map(|text| Secret::new(*text)).collect();
    Masker::new(&secrets)
}

#[test]
fn each_common_form_of_a_secret_is_hidden() {
    fn check(secret: &str, printed: &str, expect: &str) {
        assert_eq!(masker(&[secret]).mask(printed), expect, "{printed}");
    }
    let secret = r#"p@ss "wo/rd'1"#;
    check(secret, r#"it is p@ss "wo/rd'1."#, "it is ****.");
    check(secret, "70407373 70407373202277", "70407373 70407373202277");
    check(secret, "x7040737320 x704073732022776f2f72642731", "x7040737320 x****");
    check(secret, "X704073732022776F2F72642731", "X****");
    check(secret, "?k=p%40ss%20%22wo%2Frd%271&", "?k=****&");
    check(secret, "?k=p%40ss%20%22wo%2frd%271&", "?k=****&");
    check(secret, "?k=p%40ss+%22wo%2Frd%271&", "?k=****&");
    check(secret, "?k=p%40ss%20%22wo%2Frd'1&", "?k=****&");
    check(secret, "/p%40ss%20%22wo/rd%271/", "/****/");
    check(secret, "%70%40%73%73%20%22%77%6f%2f%72%64%27%31", "****");
    check(secret, r#"{"k":"p@ss \"wo/rd'1"}"#, r#"{"k":"****"}"#);
    check(secret, r#"{"k":"p@ss \"wo\/rd'1"}"#, r#"{"k":"****"}"#);
    check(secret, r#""{\"k\":\"p@ss \\\"wo/rd'1\"}""#, r#""{\"k\":\"****\"}""#);
    check(secret, r#"{"k":"p@ss \u0022wo/rd\u00271"}"#, r#"{"k":"****"}"#);
    let units: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    check(secret, &units, "****");
    check(secret, r#"+ k='p@ss "wo/rd'\''1'"#, "+ k='****'");
    check(secret, r#"k='p@ss "wo/rd'"'"'1'"#, "k='****'");
    check(secret, r#"k=p@ss\ \"wo/rd\'1"#, "k=****");
    check(secret, r#"k=$'p@ss "wo/rd\'1'"#, "k=$'****'");
    check("tab\tand\nline", r"k=$'tab\tand\nline'", "k=$'****'");
    check("schön&gut", r#"{"k": "sch\u00f6n&gut"}"#, r#"{"k": "****"}"#);
    check("schön&gut", r"{'sch\303\266n&gut'}", r"{'****'}");
    check(secret, "p@ss &quot;wo/rd&#39;1", "****");
    check("line one of it\nshort\nline two of it\n", "a line two of it b short", "a **** b short");
}

#[test]
fn what_is_written_as_escapes_is_hidden_whatever_its_writer_escapes() {
    fn check(secret: &str, printed: &str, expect: &str) {
        assert_eq!(masker(&[secret]).mask(printed), expect, "{printed}");
    }
    let secret = r#"CANARYq7Zx!pL#92 vW&<k>"e'r"#;
    let userinfo = "http://:CANARYq7Zx!pL%2392%20vW&%3Ck%3E%22e'r@h/";
    check(secret, userinfo, "http://:****@h/");
    let names = "CANARYq7Zx!pL#92 vW&#x26;&#x3C;k&#x3E;&#x22;e&#x27;r";
    check(secret, names, "****");
    let secret = "pg://u:p@ss/w0rd+x=y;z$HOME`id`\\n\t{a}[b]*~!CAN";
    let uri = "pg://u:p@ss/w0rd+x=y;z$HOME%60id%60%5Cn%09%7Ba%7D%5Bb%5D*~!CAN";
    check(secret, &format!("<{uri}>"), "<****>");
    let secret = "p\u{e4}ssw\u{f6}rd-\u{20ac}";
    check(secret, r"'p\xe4ssw\xf6rd-\u20AC'", "'****'");
    check(secret, "p%E4ssw%F6rd-%u20AC", "****");
    check(
        secret,
        &encoded(r#"{"password": "p\u00e4ssw\u00f6rd-\u20ac"}"#, false, 1),
        "eyJwYXNzd29yZCI6ICJ****In0=",
    );
    check(
        "CANARY",
        r#"{"type":"Buffer","data":[67,65,78,65,82,89]}"#,
        r#"{"type":"Buffer","data":[****]}"#,
    );
    check("CANARY", "0x43 0x41 0x4e 0x41 0x52 0x59 or [67 65 78 65 82 89]", "**** or [****]");
    check(r#"say "it" now"#, r#"1,"say ""it"" now",2"#, r#"1,"****",2"#);
}

#[test]
fn what_stands_behind_a_sign_that_is_alone_is_hidden() {
    fn check(secret: &str, printed: &str, expect: &str) {
        let masker = masker(&[secret]);
        assert_eq!(masker.mask(printed), expect, "{printed}");
        for at in 1..printed.len() {
            let (first, second) = printed.as_bytes().split_at(at);
            let out = String::from_utf8(cut(&masker, &[first, second])).expect("text");
            assert_eq!(out, expect, "{printed} in two pieces, {at}");
        }
    }
    let secret = r#"p@ss "wo/rd'1"#;
    check(secret, "100%%70%40ss%20%22wo%2Frd%271.", "100%****.");
    check(secret, r"C:\\u0070@ss \u0022wo/rd\u00271.", r"C:****.");
    check(secret, r"C:\t\\\\u0070@ss \u0022wo/rd\u00271.", r"C:\t\\****.");
    check(r#"nobody"knows"#, r#"\nobody\"knows."#, r"\****.");
    check("41/of=these&many", "%41%2Fof%3Dthese%26many.", "%****.");
    check("lt;and<more>", "&lt;and&lt;more&gt;.", "&****.");
    check(secret, r#"\"\\\u0070@ss \\\"wo/rd'1\"."#, r#"\"\\****\"."#);
}

#[test]
fn an_escape_is_given_whole_or_not_at_all() {
    let masker = masker(&["\"quoted\" & so on"]);
    let mut stream = masker.stream();
    assert_eq!(stream.push(br"a\tb "), br"a\tb ");
    assert_eq!(stream.push(br"x\"), b"x");
    assert_eq!(stream.push(br#""quoted\u002"#), b"");
    assert_eq!(stream.push(br#"2 \u0026 so on\"."#), br#"****\"."#);
}

/// Base64 of a text, in an alphabet, `times` over.
fn encoded(text: &str, url: bool, times: usize) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    let engine = if url { URL_SAFE } else { STANDARD };
    (0..times).fold(text.to_owned(), |text, _| engine.encode(text))
}

#[test]
fn what_a_shell_a_program_or_a_terminal_makes_of_a_secret_is_hidden() {
    fn check(secret: &str, printed: &str, expect: &str) {
        assert_eq!(masker(&[secret]).mask(printed), expect, "{printed}");
    }
    check("two  words-of it ", "it is two words-of it.", "it is ****.");
    check(" ahead-of-it", "k=ahead-of-it", "k=****");
    let json = r#"{"user": "admin", "login": {"password": "correct-horse"}, "port": 5432}"#;
    check(json, "admin at 5432 with correct-horse", "admin at 5432 with ****");
    check(json, &encoded("x correct-horse", false, 1), "eCB****");
    check("hunter2", "68 75 6e 74 65 72 32 and 68:75:6E", "**** and 68:75:6E");
    check("hunter2", "68:75:6E:74:65:72:32", "****");
    check("it's", "it's", "it's");
    check("it's-me", "it''s-me it&apos;s-me", "**** ****");
    check("schön-it", r"b'sch\xc3\xb6n-it'", "b'****'");
    check("p@ss/word", "?to=%2Fx%3Fk%3Dp%2540ss%252Fword", "?to=%2Fx%3Fk%3D****");
    check("hunter2-hunter2", "hun\u{1b}[01;31m\u{1b}[Kter2\u{1b}[m\u{1b}[K-hunter2!", "****!");
    check("hunter2-hunter2-hunter2-hunter2", "k=hunter2-hunter2-hun\nter2-hunter2\n", "k=****\n");
}

#[test]
fn urls_and_programs_write_a_secret_in_ways_of_their_own() {
    fn check(secret: &str, printed: &str) {
        assert_eq!(masker(&[secret]).mask(printed), "****", "{printed}");
    }
    // Each as Node, Go and Python wrote it.
    let canary = r#"CANARYq7Zx!pL#92 vW&<k>"e'r"#;
    check(canary, "CANARYq7Zx!pL%2392%20vW&%3Ck%3E%22e'r");
    let signs = r#"pg://u:p@ss/w0rd+x=y;z$HOME`id`\n{a}[b]*~!CAN"#;
    check(signs, r"pg://u:p@ss/w0rd+x=y;z$HOME%60id%60%5Cn%7Ba%7D%5Bb%5D*~!CAN");
    check(signs, r"pg:%2F%2Fu:p@ss%2Fw0rd+x=y%3Bz$HOME%60id%60%5Cn%7Ba%7D%5Bb%5D%2A~%21CAN");
    check(signs, r"pg://u:p@ss/w0rd+x=y;z$HOME`id`\n{a}[b]*~!CAN");
    check("schön €-it", r#"sch\u00F6n \u20AC-it"#);
    check("schön €-it", r"sch%F6n%20%u20AC-it");
    check("schön €-it", r"sch\xf6n \u20ac-it");
    check("schön-it", "sch%5Cu00f6n-it");
    check("\"a\" <b> & c", "\"\"a\"\" <b> & c");
    check("\"a\" <b> & c", "&#x22;a&#x22; &#x3C;b&#x3E; &#x26; c");
    check("hunter2", "104 117 110 116 101 114 50");
    check("hunter2", "104,117,110,116,101,114,50");
    check("hunter2", "0x68, 0x75, 0x6e, 0x74, 0x65, 0x72, 0x32");
}

#[test]
fn bash_quotes_by_where_a_sign_stands() {
    fn check(secret: &str, printed: &str) {
        assert_eq!(masker(&[secret]).mask(printed), "****", "{printed}");
    }
    // Each as bash 5.2 wrote it.
    check("ab#cd efgh", r"ab#cd\ efgh");
    check("#ab cde", r"\#ab\ cde");
    check("efg=hi j", r"efg=hi\ j");
    check("ab~cd e", r"ab~cd\ e");
    check("a:~b c;d=~e", r"a:\~b\ c\;d=\~e");
    check("a@b,c%d+e/f g", r"a@b\,c%d+e/f\ g");
    check("a=b;c=d e!f^g", r"a=b\;c=d\ e\!f\^g");
    assert_eq!(masker(&["#ab cde"]).mask(r"k=#ab\ cde"), "k=****", "within a word");

    let secret = r#"CANARYq7Zx!pL#92 vW&<k>"e'r"#;
    check(secret, r#"CANARYq7Zx\!pL#92\ vW\&\<k\>\"e\'r"#);
    let traced = r#"+ true 'CANARYq7Zx!pL#92' 'vW&<k>"e'\''r'"#;
    assert_eq!(masker(&[secret]).mask(traced), "+ true '****'");
    check("user\u{1}s plain", r"user\001s' plain");
    check("\tone'word ", r"one'\''word");
    assert_eq!(masker(&["a   b"]).mask("+ true a b"), "+ true a b", "a word is left");
    let words = masker(&["plain pass-w;rd tail"]);
    assert_eq!(words.mask("+ true plain 'pass-w;rd' tail"), "+ true ****");
    assert_eq!(words.mask("+ true 'x(plain' 'pass-w;rd' tail"), "+ true 'x(****");
}

#[test]
fn numbers_of_a_json_secret_are_hidden_from_eight_digits_on() {
    let json = r#"{"n": 1234567890123, "a\\": [-87654321, 12345678901234567890123], "port": 5432,
        "f": 1234567.5, "role \"12345678\"": "arn:aws:iam::000011112222:role/x"}"#;
    let masked = masker(&[json]).mask(
        "1234567890123 -87654321 12345678901234567890123 5432 1234567.5 000011112222 12345678",
    );
    assert_eq!(masked, "**** -**** **** 5432 **** 000011112222 12345678");
}

#[test]
fn secrets_of_digits_that_were_folded_into_short_lines_are_found() {
    let secret = "0123456789abcdef0123456789abcdef01234567";
    let folded = "it:\n0123456789\nabcdef0123\n456789abcd\nef01234567\n";
    assert_eq!(masker(&[secret]).mask(folded), "it:\n****\n");
    let digits = encoded(secret, false, 1);
    let lines: Vec<&str> =
        digits.as_bytes().chunks(8).map(|it| str::from_utf8(it).unwrap()).collect();
    let masked = masker(&[secret]).mask(&lines.join("\n"));
    assert!(masked.starts_with(MASK) && masked.len() < 10, "{masked}");
    let words = "it was a password\nof the hunters\n";
    assert_eq!(masker(&["passwordof"]).mask(words), words, "too short to be broken");
}

#[test]
fn a_colour_that_comes_in_pieces_hides_nothing() {
    let (masker, mut out) = (masker(&["hunter2-hunter2"]), Vec::new());
    let mut stream = masker.stream();
    for byte in "a hunter2\u{1b}[1;31m-hun\u{1b}[0mter2 b\u{1b}[m".bytes() {
        out.extend(stream.push(&[byte]));
    }
    out.extend(stream.finish());
    assert_eq!(String::from_utf8_lossy(&out), "a **** b\u{1b}[m");
}

#[test]
fn base64_of_base64_in_lines_is_found_wherever_a_line_ended() {
    let secret = "a secret that is longer than one line of base64 holds, by some";
    let in_lines = |text: &[u8]| {
        let digits = encoded(str::from_utf8(text).expect("text"), false, 1);
        let lines: Vec<&[u8]> = digits.as_bytes().chunks(76).collect();
        [lines.join(&b'\n'), b"\n".to_vec()].concat()
    };
    let masker = masker(&[secret]);
    for before in 0..60 {
        let text = format!("{}{secret}", "u".repeat(before));
        let twice = String::from_utf8(in_lines(&in_lines(text.as_bytes()))).expect("digits");
        let masked = masker.mask(&twice);
        let left = masked.len() as i64 - (before as i64 * 16 / 9);
        assert!(masked.contains(MASK) && left < 40, "{before}: {masked}");
    }
}

#[test]
fn base64_is_found_wherever_the_secret_begins_in_it() {
    for secret in ["hunter2-hunter2", "s3cre", "~~~???>>>"] {
        let masker = masker(&[secret]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "\n"] {
                for (url, times) in [(false, 1), (true, 1), (false, 2), (true, 2)] {
                    let text = encoded(&format!("{before}{secret}{after}"), url, times);
                    let masked = masker.mask(&text);
                    assert!(masked.contains(MASK), "{text}: {masked}");
                    assert!(masked.len() <= MASK.len() + 14 * times, "{text}: {masked}");
                }
            }
        }
    }
}

#[test]
fn digits_that_a_tool_broke_into_lines_are_found() {
    let secret = "a secret of more than one line in base64, as tokens and keys are";
    for columns in [60, 64, 76] {
        for end in ["\n", "\r\n"] {
            let digits = encoded(&format!("user:{secret}{secret}"), false, 1);
            let lines: Vec<&str> =
                digits.as_bytes().chunks(columns).map(|it| str::from_utf8(it).unwrap()).collect();
            let masked = masker(&[secret]).mask(&format!("token: {}{end}done\n", lines.join(end)));
            assert!(masked.starts_with("token: dXNlcjp****"), "{masked}");
            assert!(masked.ends_with(&format!("{end}done\n")) && masked.len() < 50, "{masked}");
        }
    }
    let ordinary = "a line that ends with the word passw\nord of the next\n";
    assert_eq!(masker(&["password-of"]).mask(ordinary), ordinary);
}

#[test]
fn short_words_are_left_alone_and_the_longest_secret_wins() {
    assert_eq!(masker(&["a", "true", "{", "", "1234"]).mask("a true { 1234"), "a true { 1234");
    assert_eq!(masker(&["secret", "secret-longer"]).mask("secret-longer"), "****");
    assert_eq!(masker(&["abcde", "cdefgh"]).mask("abcdefgh"), "****fgh");
    assert_eq!(masker(&[]).mask("as it is"), "as it is");
}

#[test]
fn only_what_may_become_a_secret_is_held_back() {
    let masker = masker(&["hunter2"]);
    let mut stream = masker.stream();
    assert_eq!(stream.push(b"password? "), b"password? ");
    assert_eq!(stream.push(b"hunt"), b"");
    assert_eq!(stream.push(b"ing\nhunter"), b"hunting\n");
    assert_eq!(stream.push(b"2!"), b"****!");
    assert_eq!(stream.push(b"hun"), b"");
    assert_eq!(stream.push(b"\n"), b"hun\n");
    assert_eq!(stream.push(b"hun"), b"");
    assert_eq!(stream.finish(), b"hun");
}

/// A text, cut and put through a stream.
fn cut(masker: &Masker, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = masker.stream();
    let mut out: Vec<u8> = pieces.iter().flat_map(|piece| stream.push(piece)).collect();
    out.extend(stream.finish());
    out
}

#[test]
fn broken_digits_are_found_however_the_stream_is_cut() {
    let secret = "another secret of more than one line in base64, as tokens are, and keys";
    let masker = masker(&[secret]);
    let digits = encoded(&format!("id {secret}"), false, 1);
    let text = format!("t={}\r\n{}\r\nend", &digits[..64], &digits[64..]);
    let whole = masker.mask(&text);
    assert!(whole.contains(MASK) && !whole.contains(&digits[64..80]), "{whole}");
    for at in 0..text.len() {
        for length in [1, 2, 7] {
            let (first, rest) = text.as_bytes().split_at(at);
            let (second, third) = rest.split_at(length.min(rest.len()));
            let out = cut(&masker, &[first, second, third]);
            assert_eq!(String::from_utf8_lossy(&out), whole, "{at} {length}");
        }
    }
    let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(String::from_utf8_lossy(&cut(&masker, &single)), whole);
}

proptest! {
    #[test]
    fn how_a_stream_is_cut_changes_nothing(
        secrets in proptest::collection::vec("[ab]{5,9}", 1..4),
        pieces in proptest::collection::vec("[abc]{0,7}", 0..12),
    ) {
        let secrets: Vec<_> = secrets.iter().map(Secret::new).collect();
        let masker = Masker::new(&secrets);
        let pieces: Vec<&[u8]> = pieces.iter().map(String::as_bytes).collect();
        let out = String::from_utf8(cut(&masker, &pieces)).unwrap();
        let whole = masker.mask(&String::from_utf8(pieces.concat()).unwrap());
        prop_assert_eq!(&out, &whole);
        for secret in &secrets {
            prop_assert!(!whole.contains(secret.expose()));
        }
    }

    #[test]
    fn what_has_no_secret_in_it_comes_out_byte_by_byte(
        secrets in proptest::collection::vec("[A-Z]{5,40}", 0..4),
        pieces in proptest::collection::vec("[g-z0 \r\n+/=%_.\\\\\"'-]{0,90}", 0..12),
    ) {
        let secrets: Vec<_> = secrets.iter().map(Secret::new).collect();
        let pieces: Vec<&[u8]> = pieces.iter().map(String::as_bytes).collect();
        let out = cut(&Masker::new(&secrets), &pieces);
        prop_assert_eq!(out, pieces.concat());
    }
}
