//! Worlds by chance, from small pools of texts that have much to do with each other: of purely
//! random policies hardly one would ever match.

use serde_json::{Map, Value as Json, json};

use crate::world::{OTHER, OWN, PROVIDER, ROLE, SERVICE, SESSION, USER, Who, World};

/// Chance from a seed (SplitMix64; Steele, Lea and Flood, 2014): the same seed, the same world.
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// One time in a hundred, `percent` times.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<T: Copy>(&mut self, pool: &[T]) -> T {
        pool[self.below(pool.len())]
    }

    fn some<T>(
        &mut self,
        least: usize,
        most: usize,
        mut one: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| one(self)).collect()
    }
}

const ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "S3:getobject", "iam:PassRole"];
const ACTION_PATTERNS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "S3:GETOBJECT",
    "s3:?utObject",
    "s3:*Object",
    "iam:*",
    "iam:Pass?ole",
    "sqs:SendMessage",
    "sts:*",
];
/// What a trust policy is asked about, and can be about.
const TRUST_ACTIONS: &[&str] =
    &["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "STS:assumerole", "sts:TagSession"];
const TRUST_ACTION_PATTERNS: &[&str] = &[
    "*",
    "sts:*",
    "sts:Assume*",
    "sts:AssumeRole",
    "STS:ASSUMEROLE",
    "sts:?agSession",
    "sts:*Identity",
    "sts:SetSourceIdentity",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/ann/k",
    "arn:aws:s3:::b/red",
    "arn:aws:s3:::b/a*b",
    "arn:aws:iam::111111111111:role/r",
];
const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${a:text, 'red'}*",
    "arn:aws:s3:::b/a${*}b",
    "arn:aws:s3:::b/???",
    "arn:aws:iam::*:role/*",
    "arn:aws:sqs:*:*:queue",
];
const PRINCIPALS: &[(&str, &str)] = &[
    ("AWS", "*"),
    ("AWS", OWN),
    ("AWS", "arn:aws:iam::111111111111:root"),
    ("AWS", OTHER),
    ("AWS", USER),
    ("AWS", ROLE),
    ("AWS", SESSION),
    ("Federated", PROVIDER),
    ("Service", SERVICE),
    ("CanonicalUser", "79a59df9"),
];
const VERSIONS: &[&str] = &["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"];
const PREFIXES: &[&str] = &["", "", "ForAllValues:", "ForAnyValue:"];
const SUFFIXES: &[&str] = &["", "", "IfExists"];
/// Operators with the keys that they make sense for and the values that they can be given.
const CONDITIONS: &[(&[&str], &[&str], &[&str])] = &[
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
        &["a:text", "A:Texts", "aws:username", "a:flag", "a:none"],
        &["red", "RED", "r*", "*", "?ed", "${aws:username}", "${a:text, 'red'}", "${a:texts}", ""],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["a:number", "a:text", "a:none"],
        &["10", "10.0", "-1.5", "11"],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &["a:date", "aws:CurrentTime", "a:none"],
        &["2026-11-22T10:15:30Z", "2026-11-22T10:15:29Z", "2027-01-01T00:00:00Z"],
    ),
    (&["Bool"], &["a:flag", "a:text", "a:none"], &["true", "false", "TRUE", "${a:flag}"]),
    (&["BinaryEquals"], &["a:binary", "a:none"], &["QQ==", "Qg=="]),
    (
        &["IpAddress", "NotIpAddress"],
        &["a:address", "a:text", "a:none"],
        &["10.0.0.0/8", "10.1.2.3", "192.0.2.0/24", "0.0.0.0/0"],
    ),
    (
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        &["a:arn", "aws:PrincipalArn", "a:text", "a:none"],
        &[
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::111111111111:user/${aws:username}",
            "arn:aws:*:*:*:*",
            "${a:arn}",
            "arn:aws:s3:::b?c:d",
        ],
    ),
    (&["Null"], &["a:text", "a:none", "a:empty"], &["true", "false", "False"]),
];

const CALLERS: &[Who] = &[
    Who::User,
    Who::User,
    Who::Session,
    Who::Session,
    Who::Root,
    Who::Web,
    Who::Service,
    Who::Anonymous,
];

/// The world of a seed.
pub fn world(seed: u64) -> World {
    let mut chance = Chance(seed);
    let it = &mut chance;
    let trust = it.percent(15);
    let resource_kind = if trust { Grammar::Trust } else { Grammar::Resource };
    let has_policy = trust || it.percent(50);
    let mut world = World {
        who: Who::Anonymous,
        action: String::new(),
        resource: String::new(),
        owner: OWN,
        context: vec![],
        service_control: it.some(0, 2, |it| it.some(1, 2, |it| document(it, Grammar::Plain))),
        resource_control: match it.percent(20) {
            true => vec![it.some(1, 2, |it| document(it, Grammar::Resource))],
            false => vec![],
        },
        policy: has_policy.then(|| document(it, resource_kind)),
        trust,
        identity: it.some(0, 3, |it| document(it, Grammar::Plain)),
        boundary: it.percent(30).then(|| document(it, Grammar::Plain)),
        session: it.percent(30).then(|| it.some(1, 2, |it| document(it, Grammar::Plain))),
    };
    ask(&mut world, &mut chance);
    world
}

/// Puts another request to the same policies.
pub fn ask(world: &mut World, chance: &mut Chance) {
    world.who = chance.of(CALLERS);
    world.action = chance.of(if world.trust { TRUST_ACTIONS } else { ACTIONS }).to_owned();
    world.resource = resource(chance);
    world.owner = chance.of(&[OWN, OWN, OTHER]);
    world.context = context(chance);
}

/// What a statement must and must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    Plain,
    Resource,
    Trust,
}

fn document(chance: &mut Chance, grammar: Grammar) -> Json {
    let version = chance.percent(85).then(|| chance.of(VERSIONS));
    let variables = version == Some("2012-10-17");
    let mut statements = chance.some(1, 3, |it| {
        let effect = if it.percent(85) { "Allow" } else { "Deny" };
        statement(it, grammar, effect, variables)
    });
    let mut document = Map::new();
    if let Some(version) = version {
        document.insert("Version".into(), json!(version));
    }
    let one = statements.len() == 1 && chance.percent(50);
    let statements = if one { statements.remove(0) } else { Json::Array(statements) };
    document.insert("Statement".into(), statements);
    Json::Object(document)
}

/// A statement of this effect, for a policy in which variables mean something, or not.
pub fn statement(chance: &mut Chance, grammar: Grammar, effect: &str, variables: bool) -> Json {
    let mut made = Map::new();
    made.insert("Effect".into(), json!(effect));
    let not = |it: &mut Chance, name: &str| {
        if it.percent(15) { format!("Not{name}") } else { name.to_owned() }
    };
    let patterns = match grammar {
        Grammar::Trust => TRUST_ACTION_PATTERNS,
        Grammar::Plain | Grammar::Resource => ACTION_PATTERNS,
    };
    let key = not(chance, "Action");
    made.insert(key, values(chance.some(1, 2, |it| json!(it.of(patterns)))));
    if grammar != Grammar::Trust {
        let key = not(chance, "Resource");
        made.insert(key, values(chance.some(1, 2, |it| json!(resource_pattern(it)))));
    }
    if grammar != Grammar::Plain {
        // All but some: IAM has it for denying on resources alone.
        let excepts = grammar == Grammar::Resource && effect == "Deny";
        let key = if excepts { not(chance, "Principal") } else { "Principal".to_owned() };
        // A session is spared where its account, its role and itself are named.
        let most = if key == "NotPrincipal" { 6 } else { 3 };
        made.insert(key, principal(chance, most));
    }
    if chance.percent(60) {
        made.insert("Condition".into(), conditions(chance, variables));
    }
    Json::Object(made)
}

/// A list of one is as often written without brackets.
fn values(mut list: Vec<Json>) -> Json {
    if list.len() == 1 { list.remove(0) } else { Json::Array(list) }
}

fn principal(chance: &mut Chance, most: usize) -> Json {
    if chance.percent(20) {
        return json!("*");
    }
    let mut kinds = Map::new();
    for (kind, name) in chance.some(1, most, |it| it.of(PRINCIPALS)) {
        let names = kinds.entry(kind).or_insert(json!([]));
        names.as_array_mut().expect("a list").push(json!(name));
    }
    Json::Object(kinds)
}

fn conditions(chance: &mut Chance, variables: bool) -> Json {
    let mut conditions = Map::new();
    for _ in 0..1 + chance.below(2) {
        let (names, keys, wanted) = chance.of(CONDITIONS);
        let base = chance.of(names);
        let operator = match base {
            "Null" => base.to_owned(),
            _ => format!("{}{base}{}", chance.of(PREFIXES), chance.of(SUFFIXES)),
        };
        let key = chance.of(keys).to_owned();
        let wanted = values(chance.some(1, 3, |it| match it.of(wanted) {
            // Where variables mean nothing these are neither an ARN nor a truth value.
            "${a:arn}" if !variables => json!("arn:aws:s3:::b?c:d"),
            "${a:flag}" if !variables => json!(true),
            other => json!(other),
        }));
        let keys = conditions.entry(operator).or_insert(json!({}));
        keys.as_object_mut().expect("an object").insert(key, wanted);
    }
    Json::Object(conditions)
}

fn context(chance: &mut Chance) -> Vec<(String, Vec<String>)> {
    let mut context = Vec::new();
    let pools: [(&str, &[&str], usize); 8] = [
        ("a:text", &["red", "RED", "blue", "r*", "10"], 1),
        ("a:texts", &["red", "blue", "ann", ""], 3),
        ("a:number", &["10", "-1.5", "10.50", "ten"], 2),
        ("a:date", &["2026-11-22T10:15:30Z", "2025-01-01T00:00:00Z"], 1),
        ("a:flag", &["true", "false"], 1),
        ("a:binary", &["QQ==", "Qg=="], 1),
        ("a:address", &["10.1.2.3", "192.0.2.77", "2001:db8::1"], 2),
        ("a:arn", &["arn:aws:iam::111111111111:role/x", "arn:aws:s3:::bxc:d", "no arn"], 2),
    ];
    for (key, pool, most) in pools {
        if chance.percent(75) {
            context.push((key.to_owned(), chance.some(1, most, |it| it.of(pool).to_owned())));
        }
    }
    context.push(("a:empty".to_owned(), vec![]));
    context
}

fn resource(chance: &mut Chance) -> String {
    match chance.percent(60) {
        true => chance.of(RESOURCES).to_owned(),
        false => format!("arn:aws:s3:::{}", letters(chance, &["a", "b", "/", ":", "ü"])),
    }
}

fn resource_pattern(chance: &mut Chance) -> String {
    match chance.percent(70) {
        true => chance.of(RESOURCE_PATTERNS).to_owned(),
        false => format!("arn:aws:s3:::{}", letters(chance, &["a", "b", "/", "*", "*", "?"])),
    }
}

fn letters(chance: &mut Chance, alphabet: &[&str]) -> String {
    chance.some(1, 6, |it| it.of(alphabet)).concat()
}
