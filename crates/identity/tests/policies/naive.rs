//! The second evaluator: straight from the documentation, on the JSON itself, without a thought for
//! speed. It shares no code with the first.

use serde_json::Value as Json;

use crate::world::{OWN, PROVIDER, ROLE, SERVICE, SESSION, USER, Who, World};

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

/// Judges.
pub fn judge(world: &World) -> Answer {
    let all = |documents: &[Json]| documents.iter().flat_map(statements).collect::<Vec<_>>();
    let mut everything: Vec<(Json, String)> = Vec::new();
    everything.extend(world.service_control.iter().flat_map(|level| all(level)));
    everything.extend(world.resource_control.iter().flat_map(|level| all(level)));
    everything.extend(world.policy.iter().flat_map(statements));
    everything.extend(all(&world.identity));
    everything.extend(world.boundary.iter().flat_map(statements));
    everything.extend(world.session.iter().flat_map(|it| all(it)));
    if everything.iter().any(|(it, version)| it["Effect"] == "Deny" && fits(it, version, world)) {
        return Answer::ExplicitDeny;
    }
    let allows = |documents: &[Json]| {
        let statements = all(documents);
        statements.iter().any(|(it, version)| it["Effect"] == "Allow" && fits(it, version, world))
    };
    let organisation = world.service_control.iter().chain(&world.resource_control);
    let organisation = organisation.into_iter().all(|level| allows(level));
    let named: Vec<&str> = world
        .policy
        .iter()
        .flat_map(statements)
        .filter(|(it, version)| it["Effect"] == "Allow" && fits(it, version, world))
        .map(|(it, _)| closeness(&it, world))
        .collect();
    let root = world.who == Who::Root;
    let identity = root || allows(&world.identity);
    let boundary =
        root || world.boundary.as_ref().is_none_or(|it| allows(std::slice::from_ref(it)));
    let session = root || world.session.as_ref().is_none_or(|it| allows(it));
    let stranger = matches!(world.who, Who::Web | Who::Service | Who::Anonymous);
    let allowed = if stranger {
        !named.is_empty()
    } else if world.owner != OWN {
        !named.is_empty() && identity && boundary && session
    } else if named.contains(&"itself") {
        true
    } else if world.trust && named.is_empty() {
        false
    } else {
        (identity || named.contains(&"role")) && boundary && session
    };
    if allowed && organisation { Answer::Allowed } else { Answer::ImplicitDeny }
}

fn statements(document: &Json) -> Vec<(Json, String)> {
    let version = document["Version"].as_str().unwrap_or("2008-10-17").to_owned();
    list(&document["Statement"]).into_iter().map(|it| (it, version.clone())).collect()
}

fn list(json: &Json) -> Vec<Json> {
    match json {
        Json::Array(list) => list.clone(),
        Json::Null => vec![],
        other => vec![other.clone()],
    }
}

fn texts(json: &Json) -> Vec<String> {
    let text = |it: Json| it.as_str().map_or(it.to_string(), str::to_owned);
    list(json).into_iter().map(text).collect()
}

fn fits(statement: &Json, version: &str, world: &World) -> bool {
    let variables = version == "2012-10-17";
    let action =
        |pattern: &String| wild(&letters(&pattern.to_lowercase()), &world.action.to_lowercase());
    let actions = match statement.get("NotAction") {
        Some(not) => !texts(not).iter().any(action),
        None => texts(&statement["Action"]).iter().any(action),
    };
    let resource = |pattern: &String| {
        let mut pattern = pattern.clone();
        while pattern != "*" && parts(&pattern) < 6 {
            pattern.push_str(":*");
        }
        fill(&pattern, variables, true, world).is_some_and(|it| wild(&it, &world.resource))
    };
    let resources = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(names), _) => texts(names).iter().any(resource),
        (_, Some(not)) => !texts(not).iter().any(resource),
        _ => true,
    };
    let condition = statement["Condition"].as_object().cloned().unwrap_or_default();
    let conditions = condition.iter().all(|(operator, keys)| {
        let keys = keys.as_object().expect("an object");
        keys.iter().all(|(key, wanted)| {
            holds(operator, &values(key, world), &texts(wanted), variables, world)
        })
    });
    closeness(statement, world) != "nobody" && actions && resources && conditions
}

/// How closely a statement names who asks.
fn closeness(statement: &Json, world: &World) -> &'static str {
    let (names, not) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(names), _) => (names, false),
        (_, Some(names)) => (names, true),
        _ => return "itself",
    };
    if not {
        return if spared(&principals(names), world) { "nobody" } else { "itself" };
    }
    let web_allowed = world.who == Who::Web && statement["Effect"] == "Allow";
    let mut found = "nobody";
    for (kind, name) in principals(names) {
        let (own, role) = match world.who {
            Who::Root => ("AWS arn:aws:iam::111111111111:root", ""),
            Who::User => (USER, ""),
            Who::Session => (SESSION, ROLE),
            Who::Web => (PROVIDER, ""),
            Who::Service => (SERVICE, ""),
            Who::Anonymous => ("nobody at all", ""),
        };
        let of_account = matches!(world.who, Who::Root | Who::User | Who::Session)
            && (name == OWN || name == format!("arn:aws:iam::{OWN}:root"));
        let everyone = kind == "AWS" && name == "*" && !web_allowed;
        let this = if everyone || name == own || (of_account && world.who == Who::Root) {
            "itself"
        } else if name == role {
            "role"
        } else if of_account {
            "account"
        } else {
            "nobody"
        };
        let rank = |it: &str| ["nobody", "account", "role", "itself"].iter().position(|n| *n == it);
        if rank(this) > rank(found) {
            found = this;
        }
    }
    found
}

/// Whether `NotPrincipal` leaves alone who asks: account, role and session are looked at one after
/// the other, and a boundary takes it from everybody who can have one.
fn spared(names: &[(String, String)], world: &World) -> bool {
    let listed = |wanted: &str| names.iter().any(|(_, name)| name == wanted);
    let account = listed(OWN) || listed(&format!("arn:aws:iam::{OWN}:root"));
    if world.boundary.is_some() && matches!(world.who, Who::User | Who::Session) {
        return false;
    }
    listed("*")
        || match world.who {
            Who::Root => account,
            Who::User => account && listed(USER),
            Who::Session => account && listed(ROLE) && listed(SESSION),
            Who::Web => listed(PROVIDER),
            Who::Service => listed(SERVICE),
            Who::Anonymous => false,
        }
}

fn principals(json: &Json) -> Vec<(String, String)> {
    match json {
        Json::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| texts(names).into_iter().map(move |it| (kind.clone(), it)))
            .collect(),
        _ => vec![("AWS".to_owned(), "*".to_owned())],
    }
}

fn values(key: &str, world: &World) -> Vec<String> {
    let given = world.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    let one = |text: &str| vec![text.to_owned()];
    match (key.to_lowercase().as_str(), world.who) {
        ("aws:username", Who::User) => one("ann"),
        ("aws:username", _) => vec![],
        ("aws:principalarn", Who::Root) => one("arn:aws:iam::111111111111:root"),
        ("aws:principalarn", Who::User) => one(USER),
        ("aws:principalarn", Who::Session) => one(ROLE),
        ("aws:principalarn", _) => vec![],
        ("aws:currenttime", _) => one("2026-11-22T10:15:30"),
        _ => given.map(|(_, values)| values.clone()).unwrap_or_default(),
    }
}

fn holds(
    operator: &str,
    found: &[String],
    wanted: &[String],
    variables: bool,
    world: &World,
) -> bool {
    let (set, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    if base == "Null" {
        return wanted.iter().any(|it| it.eq_ignore_ascii_case("true") == found.is_empty());
    }
    let negated = base.contains("Not");
    if found.is_empty() {
        return if_exists || set == "ForAllValues" || (set.is_empty() && negated);
    }
    let compare = |found: &String| {
        let any = wanted.iter().any(|it| met(base, it, found, variables, world));
        if negated { !any } else { any }
    };
    match (set, negated) {
        ("ForAllValues", _) | ("", true) => found.iter().all(compare),
        _ => found.iter().any(compare),
    }
}

/// Whether a value is as the operator, its negation aside, wants it.
fn met(base: &str, wanted: &str, found: &str, variables: bool, world: &World) -> bool {
    let positive = base.replace("Not", "");
    let plain = |wildcards| fill(wanted, variables, wildcards, world);
    let lower = |units: Vec<Letter>| -> Vec<Letter> {
        let small = |it| match it {
            Letter::Char(c) => Letter::Char(c.to_ascii_lowercase()),
            other => other,
        };
        units.into_iter().map(small).collect()
    };
    let number = |text: &str| text.parse::<f64>().ok().filter(|_| !text.contains(['e', 'i', 'N']));
    let order = |less: bool, equal: bool, greater: bool, how: std::cmp::Ordering| match how {
        std::cmp::Ordering::Less => less,
        std::cmp::Ordering::Equal => equal,
        std::cmp::Ordering::Greater => greater,
    };
    let by_order = |how: std::cmp::Ordering| {
        let kind = positive.trim_start_matches("Numeric").trim_start_matches("Date");
        match kind {
            "Equals" => order(false, true, false, how),
            "LessThan" => order(true, false, false, how),
            "LessThanEquals" => order(true, true, false, how),
            "GreaterThan" => order(false, false, true, how),
            "GreaterThanEquals" => order(false, true, true, how),
            other => panic!("{other}"),
        }
    };
    match positive.as_str() {
        "StringEquals" => plain(false).is_some_and(|it| wild(&it, found)),
        "StringLike" => plain(true).is_some_and(|it| wild(&it, found)),
        "StringEqualsIgnoreCase" | "Bool" => {
            plain(false).is_some_and(|it| wild(&lower(it), &found.to_ascii_lowercase()))
        }
        "ArnEquals" | "ArnLike" => arn(wanted, found, variables, world),
        "BinaryEquals" => wanted == found,
        "IpAddress" => address(wanted, found),
        _ if positive.starts_with("Numeric") => match (number(found), number(wanted)) {
            (Some(found), Some(wanted)) => by_order(found.total_cmp(&wanted)),
            _ => false,
        },
        // Moments of one form sort as texts do.
        _ => found.len() >= 19 && by_order(found[..19].cmp(&wanted[..19])),
    }
}

/// The six parts, one by one; a colon inside `${…}` divides nothing.
fn arn(wanted: &str, found: &str, variables: bool, world: &World) -> bool {
    let found: Vec<&str> = found.splitn(6, ':').collect();
    if parts(wanted) < 6 {
        let found = found.join(":");
        return fill(wanted, variables, true, world).is_some_and(|it| wild(&it, &found));
    }
    let (mut wanted_parts, mut depth) = (vec![String::new()], 0);
    for character in wanted.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        match wanted_parts.len() {
            1..=5 if character == ':' && depth == 0 => wanted_parts.push(String::new()),
            count => wanted_parts[count - 1].push(character),
        }
    }
    found.len() == 6
        && wanted_parts.iter().zip(found).all(|(wanted, found)| {
            fill(wanted, variables, true, world).is_some_and(|it| wild(&it, found))
        })
}

/// How many parts a text has by its colons outside of variables.
fn parts(text: &str) -> usize {
    let mut depth = 0;
    let mut count = 1;
    for character in text.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        count += usize::from(character == ':' && depth == 0);
    }
    count
}

fn address(network: &str, found: &str) -> bool {
    let bits = |text: &str| -> Option<u32> {
        let parts: Vec<u8> = text.split('.').map(|it| it.parse().ok()).collect::<Option<_>>()?;
        let parts: [u8; 4] = parts.try_into().ok()?;
        Some(u32::from_be_bytes(parts))
    };
    let (base, length) = network.split_once('/').unwrap_or((network, "32"));
    let length: u32 = length.parse().expect("a length");
    match (bits(base), bits(found)) {
        (Some(base), Some(found)) => (0..length).all(|bit| (base ^ found) >> (31 - bit) & 1 == 0),
        _ => false,
    }
}

/// A character of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Letter {
    Char(char),
    One,
    Any,
}

fn letters(pattern: &str) -> Vec<Letter> {
    let letter = |c| match c {
        '*' => Letter::Any,
        '?' => Letter::One,
        other => Letter::Char(other),
    };
    pattern.chars().map(letter).collect()
}

/// A pattern with its variables filled in; `None` where one has no single value.
fn fill(pattern: &str, variables: bool, wildcards: bool, world: &World) -> Option<Vec<Letter>> {
    let plain = |text: &str| text.chars().map(Letter::Char).collect::<Vec<_>>();
    let read = |text: &str| if wildcards { letters(text) } else { plain(text) };
    let Some(start) = pattern.find("${").filter(|_| variables) else { return Some(read(pattern)) };
    let end = start + pattern[start..].find('}').expect("an end");
    let inside = &pattern[start + 2..end];
    let filled = match inside.split_once(", ") {
        _ if ["*", "?", "$"].contains(&inside) => inside.to_owned(),
        Some((key, default)) => match values(key, world).as_slice() {
            [value] => value.clone(),
            _ => default.trim_matches('\'').to_owned(),
        },
        None => match values(inside, world).as_slice() {
            [value] => value.clone(),
            _ => return None,
        },
    };
    let rest = fill(&pattern[end + 1..], variables, wildcards, world)?;
    Some([read(&pattern[..start]), plain(&filled), rest].concat())
}

/// Tries every way.
pub fn wild(pattern: &[Letter], text: &str) -> bool {
    let mut rest = text.chars();
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Letter::Char(want), pattern)) => {
            rest.next() == Some(*want) && wild(pattern, rest.as_str())
        }
        Some((Letter::One, pattern)) => rest.next().is_some() && wild(pattern, rest.as_str()),
        Some((Letter::Any, after)) => {
            wild(after, text) || (rest.next().is_some() && wild(pattern, rest.as_str()))
        }
    }
}
