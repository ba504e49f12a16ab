//! Every text of every page, replaced with something hostile: the page's elements and
//! attributes stay as they were, and no link leads where a link must not.

use super::samples;
use askama::Template;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What people have tried to smuggle into pages: markup, broken attributes, comments, template
/// and script syntax, terminal and direction controls, and their encodings.
const HOSTILE: [&str; 40] = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><script>alert(1)</script>",
    "'><img src=x>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)' autofocus='",
    "` onclick=`x",
    "x\" hx-get=\"/evil",
    "<!-- ",
    "-->",
    "]]>",
    "<![CDATA[",
    "</title><script>",
    "</textarea><script>",
    "</pre><b>",
    "</time></li></ol>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "<iframe srcdoc='x'>",
    "<base href=//evil>",
    "<meta http-equiv=refresh content=0>",
    "<hx-partial hx-target=body>x</hx-partial>",
    "<template hx type=partial>",
    "<form action=//evil>",
    "<style>*{display:none}</style>",
    "<math><mi xlink:href='data:x'>",
    "{{7*7}}",
    "{% include \"x\" %}",
    "&lt;script&gt;",
    "&#60;b&#62;",
    "%3Cscript%3E",
    "\u{0}<b>",
    "\u{1b}]8;;javascript:alert(1)\u{7}x",
    "\u{1b}[31m<b>\u{1b}[0m",
    "\u{202e}txt.exe",
    "\u{2066}<\u{2069}b>",
    "\u{feff}<script>",
    "＜script＞",
];

/// The page as a list of its tags, each with the names of its attributes, and the values of
/// those that a browser follows. Panics where a browser would have to guess.
fn skeleton(html: &str) -> Vec<String> {
    let (mut tags, mut rest) = (Vec::new(), html);
    while let Some(at) = rest.find('<') {
        let (tag, after) = tag(&rest[at + 1..]);
        tags.push(tag);
        rest = after;
    }
    tags
}

fn tag(text: &str) -> (String, &str) {
    let name_end = text.find(|c: char| c.is_whitespace() || c == '>').expect("a tag that ends");
    let (mut seen, mut rest) = (text[..name_end].to_owned(), &text[name_end..]);
    let sound = |c: char| c.is_ascii_alphanumeric() || "!/-".contains(c);
    assert!(seen.chars().all(sound), "a strange tag: {seen}");
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.trim_start_matches('/').strip_prefix('>') {
            return (seen, after);
        }
        let (name, value, after) = attribute(rest);
        check_address(name, value);
        seen = format!("{seen} {name}");
        rest = after;
    }
}

fn attribute(text: &str) -> (&str, &str, &str) {
    let end =
        text.find(|c: char| c.is_whitespace() || "=>".contains(c)).expect("an attribute that ends");
    let (name, rest) = text.split_at(end);
    let sound = |c: char| c.is_ascii_alphanumeric() || "-:".contains(c);
    assert!(!name.is_empty() && name.chars().all(sound), "a strange attribute: {name}");
    let Some(value) = rest.strip_prefix('=') else { return (name, "", rest) };
    let quote = value.chars().next().filter(|c| "\"'".contains(*c)).expect("a quoted value");
    let close = value[1..].find(quote).expect("a closing quote") + 1;
    (name, &value[1..close], &value[close + 1..])
}

fn check_address(name: &str, value: &str) {
    let followed = matches!(name, "href" | "src" | "action" | "hx-sse:connect");
    let good =
        ["/console/", "#", "https://", "http://"].iter().any(|start| value.starts_with(start));
    assert!(!followed || good, "{name} leads to {value}");
    assert!(!name.starts_with("on") && name != "style", "inline {name}");
}

/// Replaces each text of the value whose number `wanted` accepts; gives the number of texts.
fn replace(value: &mut Value, wanted: &dyn Fn(usize) -> bool, with: &str) -> usize {
    fn walk(value: &mut Value, seen: &mut usize, wanted: &dyn Fn(usize) -> bool, with: &str) {
        match value {
            Value::String(text) => {
                if wanted(*seen) {
                    with.clone_into(text);
                }
                *seen += 1;
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, seen, wanted, with)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|field| walk(field, seen, wanted, with));
            }
            _ => {}
        }
    }
    let mut seen = 0;
    walk(value, &mut seen, wanted, with);
    seen
}

/// Puts the whole corpus into every text on its own, and each of the corpus into all texts at
/// once; gives the number of texts times the corpus. A text that is one of a closed set (a tone,
/// a kind) or an address takes no hostile value at all, and is not counted.
fn check<P: Template + Serialize + DeserializeOwned>(page: &P, frame: impl Fn(&mut P)) -> usize {
    let json = serde_json::to_value(page).unwrap();
    let render = |wanted: &dyn Fn(usize) -> bool, with: &str| {
        let mut json = json.clone();
        replace(&mut json, wanted, with);
        let mut changed = serde_json::from_value::<P>(json).ok()?;
        frame(&mut changed);
        Some(skeleton(&changed.render().unwrap()))
    };
    let (texts, all) = (replace(&mut json.clone(), &|_| false, ""), HOSTILE.concat());
    let mut open = Vec::new();
    for text in 0..texts {
        let seen = render(&|at| at == text, &all);
        assert!(seen == render(&|at| at == text, "x"), "text {text} changes the page");
        open.extend(seen.map(|_| text));
    }
    for hostile in HOSTILE {
        let everywhere = |at: usize| open.contains(&at);
        assert!(render(&everywhere, hostile) == render(&everywhere, "x"), "{hostile}");
    }
    open.len() * HOSTILE.len()
}

/// Checks one page; its frame is no part of its JSON and is put back.
macro_rules! check {
    ($page:expr) => {{
        let page = $page;
        check(&page, |changed| changed.frame = page.frame.clone())
    }};
}

#[test]
fn nothing_that_others_write_becomes_markup() {
    let texts = check!(samples::pipelines())
        + check!(samples::pipeline())
        + check!(samples::executions())
        + check!(samples::execution())
        + check!(samples::connections())
        + check!(samples::connection_test())
        + check!(samples::syncs())
        + check!(samples::replayed())
        + check!(samples::deliveries())
        + check!(samples::delivery())
        + check!(samples::no_link())
        + check!(samples::handoff())
        + check!(samples::problem());
    println!("{texts} hostile texts shown");
    assert!(texts > 10_000, "{texts}");
}

#[test]
fn a_terminal_line_becomes_spans_and_nothing_else() {
    use super::log::{Line, Lines, Writer};
    for hostile in HOSTILE {
        let line = Line::new(1, None, Writer::Output, hostile);
        let html = Lines { lines: &[line] }.render().unwrap();
        let tags: Vec<_> =
            skeleton(&html).into_iter().filter(|tag| !tag.contains("span")).collect();
        assert_eq!(tags, ["div class data-n", "/div"], "{hostile}");
    }
}

#[test]
fn the_oracle_sees_what_it_must() {
    assert_eq!(skeleton("<p class=\"a\">x<br></p>"), ["p class", "br", "/p"]);
    assert_ne!(skeleton("<p>x<b></b></p>"), skeleton("<p>x</p>"));
    for bad in ["<a href=\"javascript:x\">", "<p onclick=\"x\">", "<p style=\"x\">", "<p a=b>"] {
        assert!(std::panic::catch_unwind(|| skeleton(bad)).is_err(), "{bad}");
    }
}

/// Writes every sample page below the folder `TOWPATH_GALLERY`, to be looked at.
#[test]
fn gallery() {
    let Ok(folder) = std::env::var("TOWPATH_GALLERY") else {
        return println!("skipped: TOWPATH_GALLERY names no folder");
    };
    let folder = std::path::Path::new(&folder).join("console");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    let assets = &crate::assets::ASSETS;
    for asset in [&assets.style, &assets.htmx, &assets.events, &assets.icon] {
        std::fs::write(folder.join(asset.path.trim_start_matches("/console/")), asset.bytes)
            .unwrap();
    }
    let pages = [
        ("pipelines", samples::pipelines().render()),
        ("pipeline", samples::pipeline().render()),
        ("executions", samples::executions().render()),
        ("execution", samples::execution().render()),
        ("connections", samples::connections().render()),
        ("connection_test", samples::connection_test().render()),
        ("syncs", samples::syncs().render()),
        ("replayed", samples::replayed().render()),
        ("deliveries", samples::deliveries().render()),
        ("delivery", samples::delivery().render()),
        ("sign_in", samples::sign_in().render()),
        ("no_link", samples::no_link().render()),
        ("problem", samples::problem().render()),
    ];
    for (name, html) in pages {
        std::fs::write(folder.join(format!("{name}.html")), html.unwrap()).unwrap();
    }
}
