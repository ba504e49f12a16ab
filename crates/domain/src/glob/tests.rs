//! The documented semantics, row by row, and the matcher against a naive one.

use super::*;
use proptest::prelude::*;

fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    let glob = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    yes.iter().for_each(|text| assert!(glob.matches(text), "{pattern} should match {text:?}"));
    no.iter().for_each(|text| assert!(!glob.matches(text), "{pattern} should not match {text:?}"));
}

#[test]
fn patterns_mean_what_the_documentation_says() {
    check("main", &["main"], &["Main", "main2", "mai", "", "x/main"]);
    check("*", &["main", ""], &["feature/x"]);
    check("**", &["main", "feature/x", ""], &[]);
    check("feature*", &["feature", "feature-1"], &["feature/x"]);
    check("feature/**", &["feature/x", "feature/x/y"], &["feature", "features/x"]);
    check("directory/*", &["directory/file"], &["directory/sub/file", "directory"]);
    check("common/**/*.js", &["common/app.js", "common/a/app.js", "common/a/b/c.js"], &["app.js"]);
    check("**/README.md", &["README.md", "docs/README.md", "a/b/README.md"], &["xREADME.md"]);
    check("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb"]);
    check("a**/b", &["a/b", "ax/y/b"], &["b"]);
    check("v?.?", &["v1.0", "vä.x"], &["v10.0", "v/.0"]);
    check("v[0-9]", &["v7"], &["va", "v", "v77"]);
    check("v[!0-9]", &["va"], &["v7", "v/"]);
    check("[-a]", &["-", "a"], &["b"]);
    check("[a-]", &["-", "a"], &["b"]);
    check(r"[*?\]", &["*", "?", r"\"], &["a"]);
    check("{main,release/*}", &["main", "release/1"], &["release/1/2", "other"]);
    check("x{,-a}y", &["xy", "x-ay"], &["x-y"]);
    check("{**/a,b}", &["a", "x/a", "b"], &["x/b"]);
    check(r"\*\{\\", &[r"*{\"], &["x{\\"]);
    check("a}b,c]", &["a}b,c]"], &[]);
    check("{a,b}c", &["ac", "bc"], &["a", "bcc", "abc"]);
    check("**/{a,b}", &["x/a", "b"], &["x/c"]);
    check("**/*.md", &["a.md", "x/y.md", ".md"], &["a.mdx", "md"]);
    check(".github/**", &[".github/workflows/x.yml"], &["xgithub/a"]);
}

#[test]
fn a_pattern_that_means_nothing_is_refused_with_its_place() {
    fn refused(pattern: &str, expect: GlobError) {
        assert_eq!(Pattern::parse(pattern).err(), Some(expect), "{pattern}");
    }
    refused("", GlobError::Empty);
    refused(&"a".repeat(256), GlobError::TooLong(256));
    refused("a\\", GlobError::DanglingEscape);
    refused("a[bc", GlobError::OpenSet(2));
    refused("[]", GlobError::OpenSet(1));
    refused("[!]", GlobError::OpenSet(1));
    refused("[z-a]", GlobError::BackwardRange(1, 'z', 'a'));
    refused("x{a,b", GlobError::OpenAlternatives(2));
    refused("{a,{b}}", GlobError::NestedAlternatives(4));
}

#[test]
fn only_a_pattern_without_wildcards_is_literal() {
    for (pattern, literal) in [("main", true), (r"\*", true), ("m*", false), ("{a,b}", false)] {
        assert_eq!(Pattern::parse(pattern).map(|it| it.is_literal()), Ok(literal), "{pattern}");
    }
}

#[test]
fn patterns_made_to_explode_do_not() {
    let text = "a/".repeat(2000);
    for bomb in ["**/".repeat(80) + "b", "{a,a/}".repeat(42) + "b", "*a".repeat(127) + "b"] {
        assert!(!Pattern::parse(&bomb).is_ok_and(|it| it.matches(&text)), "{bomb}");
    }
}

/// The same semantics by trying everything; for patterns of `a`, `/`, `?`, `*`, `**`, `**/`.
fn naive(pattern: &[char], text: &[char], begins_name: bool) -> bool {
    match (pattern, text) {
        ([], rest) => rest.is_empty(),
        (['*', '*', '/', after @ ..], _) if begins_name => {
            let slashes = (0..text.len()).filter(|at| text[*at] == '/');
            naive(after, text, true)
                || slashes.into_iter().any(|at| naive(after, &text[at + 1..], true))
        }
        (['*', '*', after @ ..], _) => {
            (0..=text.len()).any(|skip| naive(after, &text[skip..], false))
        }
        (['*', after @ ..], _) => {
            let name = text.iter().position(|c| *c == '/').unwrap_or(text.len());
            (0..=name).any(|skip| naive(after, &text[skip..], false))
        }
        (['?', after @ ..], [c, rest @ ..]) => *c != '/' && naive(after, rest, false),
        ([p, after @ ..], [c, rest @ ..]) => p == c && naive(after, rest, *p == '/'),
        (_, []) => false,
    }
}

proptest! {
    #[test]
    fn agrees_with_the_naive_matcher(pattern in r"(a|b|/|\?|\*\*/|\*a|\*\*b|\*/){1,8}", text in "[ab/]{0,10}") {
        let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        let glob = Pattern::parse(&pattern).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(glob.matches(&text), naive(&p, &t, true), "{} on {}", pattern, text);
    }

    #[test]
    fn no_text_breaks_the_reader(pattern in ".{0,40}", text in ".{0,40}") {
        if let Ok(glob) = Pattern::parse(&pattern) {
            glob.matches(&text);
        }
    }
}

#[test]
fn texts_of_one_class_are_matched_by_the_same_patterns() {
    let patterns = ["**/*.rs", "src/**", "**/gen/**", "{a,b}/?*", "ä*"]
        .map(|it| Pattern::parse(it).expect(it));
    let texts =
        ["src/a.rs", "src/b.rs", "x/gen/y", "a/1", "b/2", "zz", "äö", "src/gen/q.rs", "zzz"];
    let classes = Classes::of(&patterns, texts);
    let firsts: Vec<_> = classes.iter().map(|class| texts[class.first]).collect();
    assert_eq!(firsts, ["src/a.rs", "x/gen/y", "a/1", "zz", "äö", "src/gen/q.rs"]);
    for class in classes.iter() {
        for pattern in &patterns {
            let expect = pattern.matches(texts[class.first]);
            assert_eq!(classes.is_matched(class, pattern), expect, "{pattern} {}", class.first);
        }
    }
    let other = Pattern::parse("zz").expect("a pattern");
    assert!(classes.iter().all(|class| !classes.is_matched(class, &other)), "it was not asked for");
}

proptest! {
    /// Many texts, so that what is remembered is forgotten in between.
    #[test]
    fn many_at_once_are_matched_as_one_by_one(
        patterns in prop::collection::vec("[ab/*?ä]{1,8}", 1..6),
        texts in prop::collection::vec("[ab/cä]{0,10}", 1..60),
    ) {
        let patterns: Vec<_> = patterns.iter().filter_map(|it| Pattern::parse(it).ok()).collect();
        let classes = Classes::of(&patterns, texts.iter().map(String::as_str));
        for text in &texts {
            let fits = |class: &&Class| {
                patterns.iter().all(|it| classes.is_matched(class, it) == it.matches(text))
            };
            prop_assert!(classes.iter().any(|class| fits(&class)), "{} is in no class", text);
        }
        for class in classes.iter() {
            for pattern in &patterns {
                prop_assert_eq!(classes.is_matched(class, pattern), pattern.matches(&texts[class.first]));
            }
        }
    }
}
