//! A message, or the log of a whole step, made comparable: in small letters, with one kind of quote
//! and one blank between words, however a client wrapped, escaped or coloured it.

/// Characters that may stand between two parts of one sentence.
const GAP_CHARS_MAX: usize = 300;

/// What was printed.
pub(super) struct Log {
    /// All of it.
    all: String,
    /// All but the commands that the shell showed before it ran them.
    printed: String,
    /// Those commands, as they were written.
    pub commands: Vec<String>,
}

impl Log {
    /// Reads one.
    pub fn read(text: &str) -> Self {
        let (commands, printed): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| command(line).is_some());
        let commands = commands.into_iter().filter_map(command).map(str::to_owned).collect();
        let printed = folded(&printed.join("\n"));
        Self { all: folded(text), printed, commands }
    }

    /// Whether a sentence was printed. Its parts stand between `…`, in their order and near each
    /// other; words begin and end where they do, unless `*` follows. What stands after ` && ` may be
    /// anywhere, in a command too.
    pub fn says(&self, sentence: &str) -> bool {
        let mut needed = sentence.split(" && ");
        let printed = needed.next().is_some_and(|first| follows(&self.printed, first, None));
        printed && needed.all(|other| follows(&self.all, other, None))
    }
}

/// The command that a line shows, as `set -x` and Bitbucket's logs do.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.trim_start_matches('+');
    (rest.len() < line.len()).then(|| rest.strip_prefix(' ')).flatten()
}

/// Whether the parts of a sentence follow one another in a text, the first within so many
/// characters.
fn follows(text: &str, sentence: &str, within: Option<usize>) -> bool {
    let (part, rest) = match sentence.split_once('…') {
        Some((part, rest)) => (part, Some(rest)),
        None => (sentence, None),
    };
    let reach = within.map_or(text.len(), |chars| {
        text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
    });
    let ends = ends(text, part, reach);
    ends.into_iter()
        .any(|end| rest.is_none_or(|rest| follows(&text[end..], rest, Some(GAP_CHARS_MAX))))
}

/// Where a part ends, wherever it begins before `reach` as a word of its own.
fn ends(text: &str, part: &str, reach: usize) -> Vec<usize> {
    let open = part.ends_with('*');
    let part = part.trim_end_matches('*');
    let apart = |one: Option<char>, other: Option<char>| {
        !(one.is_some_and(is_of_word) && other.is_some_and(is_of_word))
    };
    let whole = |at: &usize| {
        let end = at + part.len();
        apart(text[..*at].chars().next_back(), part.chars().next())
            && (open || apart(part.chars().next_back(), text[end..].chars().next()))
    };
    let starts = text.match_indices(part).map(|(at, _)| at).take_while(|at| *at < reach.max(1));
    starts.filter(whole).map(|at| at + part.len()).collect()
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

/// What one text may be written as in another.
const WRITTEN: [(&str, &str); 12] = [
    ("\\n", " "),
    ("\\r", " "),
    ("\\t", " "),
    ("\\u0027", "'"),
    ("\\u0022", "'"),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&quot;", "'"),
    ("&#34;", "'"),
    ("\\\"", "'"),
    ("\\'", "'"),
];

/// The text in one form.
fn folded(text: &str) -> String {
    let mut text = uncoloured(text).to_lowercase();
    for (written, meant) in WRITTEN {
        if text.contains(written) {
            text = text.replace(written, meant);
        }
    }
    let letter = |it: char| match it {
        '"' | '`' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => '\'',
        // Terraform draws its errors in a box.
        '│' | '╷' | '╵' => ' ',
        it if it.is_control() => ' ',
        it => it,
    };
    let text: String = text.chars().map(letter).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without what colours a terminal.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|it: char| it.is_ascii_alphabetic()).map_or(0, |at| at + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_found_by_whole_words_near_each_other() {
        fn check(text: &str, sentence: &str, expect: bool) {
            assert_eq!(Log::read(text).says(sentence), expect, "{text}: {sentence}");
        }
        check("sh: 3: SET: not found", "set: not found", true);
        check("dataset: not found", "set: not found", false);
        check("AADSTS7002138: …", "aadsts700213", false);
        check("ExpiredTokenException", "expiredtoken", false);
        check("ExpiredTokenException", "expiredtoken*", true);
        check("a b", "a…b", true);
        check(&format!("a {} b", "x".repeat(400)), "a…b", false);
        check("b a", "a…b", false);
        check("azp\nThe audience", "audience && azp", true);
        check(
            "the\n│ error\u{1b}[31m says\u{1b}[0m: it isn&apos;t\\nso",
            "error says: it isn't so",
            true,
        );
        check("+ export A=1\nfailed", "export", false);
        check("+ export A=1\nfailed", "failed && export a=1", true);
    }
}
