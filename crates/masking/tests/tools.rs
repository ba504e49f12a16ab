//! Secrets printed by the tools themselves, where they are installed: the forms that the masker looks
//! for are what `bash`, `xxd` and the others really write.

use domain::Secret;
use masking::{MASK, Masker};
use std::process::Command;

const SECRETS: [&str; 7] = [
    "0123456789abcdef0123456789abcdef01234567",
    r#"CANARYq7Zx!pL#92 vW&<k>"e'r"#,
    "#begins:~with=~signs,and{ends}~so#",
    "Server=db;User=a b;Password=p(w)=~1#2,3;",
    "~home/of ~it all is [here]* in ^words",
    "tab\there and `ticks` $(there) |so",
    "-----BEGIN KEY-----\nMIIabcdefghijklmnopqrstuvwxyz0123\n-----END KEY-----",
];

/// Of every secret.
const ALL: [&str; 37] = [
    r#"printf '%q\n' "$S""#,
    r#"printf '%q\n' "pw=$S""#,
    r#"printf '%q\n' "x:$S""#,
    r#"echo "${S@Q}"; declare -p S"#,
    r#"set -x; true "$S"; X=$S; true "a b$S c""#,
    r#"set -fx; true $S; true pw=$S"#,
    r#"set -fx; true '(a)'$S"#,
    r#"printf %s "$S" | xxd"#,
    r#"printf %s "pw=$S." | xxd -g 1 -c 12"#,
    r#"printf %s "pw=$S." | xxd -u -c 32"#,
    r#"printf %s "$S" | xxd -p"#,
    r#"printf %s "some $S at the end" | hexdump -C"#,
    r#"printf %s "$S" | hexdump -c"#,
    r#"printf %s "$S" | od -c"#,
    r#"printf %s "user:$S" | od -b"#,
    r#"printf %s "user:$S" | od -tx1"#,
    r#"printf %s "user:$S" | od -An -tx1"#,
    r#"printf %s "user:$S" | od -A x -t x1z"#,
    r#"printf %s "$S" | od -An -c"#,
    r#"printf %s "$S" | od -x"#,
    r#"printf %s "user:$S" | od -An -x"#,
    r#"printf %s "us:$S" | od"#,
    r#"printf %s "user:$S" | hexdump"#,
    r#"printf %s "user:$S" | od -d"#,
    r#"printf %s "us:$S" | od -An -d"#,
    r#"printf %s "user:$S" | od -a"#,
    r#"printf %s "$S" | od -An -a"#,
    r#"printf %s "pw=$S" | fold -w 11"#,
    r#"printf %s "$S" | base64 -w 8"#,
    r#"printf %s "user:$S" | base64 -w 20"#,
    r#"printf %s "$S" | base64 -w 0 | fold -w 12"#,
    r#"node -e 'const u = new URL("http://h/"); u.password = process.env.S; console.log(u.href)'"#,
    r#"node -e 'console.log(encodeURI(process.env.S))'"#,
    r#"node -e 'console.log(JSON.stringify(Buffer.from(process.env.S)))'"#,
    r#"python3 -c 'import os; print(ascii("äö" + os.environ["S"]))'"#,
    r#"python3 -c 'import os, json, urllib.parse as u; print(u.quote(json.dumps("ä" + os.environ["S"])))'"#,
    r#"python3 -c 'import os, json, base64 as b; print(b.b64encode(json.dumps(os.environ["S"]).encode()).decode())'"#,
];

#[test]
fn no_tool_prints_a_secret() {
    let mut checked = 0;
    for secret in SECRETS {
        for script in ALL.into_iter().chain([r#"printf %s "a word before $S" | fold -s -w 16"#]) {
            checked += usize::from(check(secret, script));
        }
    }
    eprintln!("{checked} outputs of tools were checked");
}

/// Whether there is such a tool to be checked.
fn check(secret: &str, script: &str) -> bool {
    let whole = format!("set -o pipefail; exec 2>&1; {script}");
    let done = Command::new("bash").args(["-c", &whole]).env("S", secret).output();
    let Some(done) = done.ok().filter(|done| done.status.success()) else { return false };
    let said = String::from_utf8_lossy(&done.stdout);
    let out = Masker::new(&[Secret::new(secret)]).mask(&said);
    assert!(out.contains(MASK), "{script}: {secret:?} came out as {out:?}");
    let (squeezed, digits) = (squeeze(&out), squeeze(&out).to_lowercase());
    for part in squeeze(secret).as_bytes().windows(8) {
        let text = str::from_utf8(part).expect("ASCII");
        assert!(!squeezed.contains(text), "{script}: {text:?} of {secret:?} is in {out}");
    }
    for part in secret.as_bytes().windows(5) {
        let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!digits.contains(&hex), "{script}: {hex} of {secret:?} is in {out}");
    }
    true
}

/// What is left of a text without blanks and quotes.
fn squeeze(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && !"\\'\"|$".contains(*it)).collect()
}
