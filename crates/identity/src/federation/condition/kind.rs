//! What kind of value an expression has, as far as it can be told before there is a token: a condition
//! or mapping that can never work is refused when it is saved, not when a step needs it.

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, SelectExpr, operators,
};

use regex::Regex;

use super::functions;

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// Values by name.
    Map,
    /// Only the token will tell.
    Any,
}

/// Claims of issuers that people federate, with the kind that they always have.
const CLAIMS: &[(Kind, &[&str])] = &[
    (Kind::Number, &["exp", "iat", "nbf", "auth_time"]),
    (Kind::Text, &["iss", "sub", "jti", "azp"]),
    // GitHub Actions and GitLab.
    (Kind::Text, &["ref", "ref_type", "ref_protected", "sha", "repository", "repository_id"]),
    (Kind::Text, &["repository_owner", "repository_owner_id", "repository_visibility", "actor"]),
    (Kind::Text, &["actor_id", "workflow", "workflow_ref", "job_workflow_ref", "environment"]),
    (Kind::Text, &["event_name", "head_ref", "base_ref", "run_id", "run_number", "run_attempt"]),
    (Kind::Text, &["project_id", "project_path", "namespace_id", "namespace_path", "user_login"]),
    // Bitbucket Pipelines, and steps here.
    (Kind::Text, &["repositoryUuid", "workspaceUuid", "pipelineUuid", "stepUuid", "branchName"]),
    (Kind::Text, &["deploymentEnvironmentUuid", "pipeline", "stage", "action"]),
];

/// Names of types, which stand for themselves.
const TYPES: [&str; 9] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "uint"];

impl Kind {
    /// As messages call it.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Any => "anything",
        }
    }

    /// Whether a value of this kind may be of another.
    pub(super) fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }

    fn of_claim(name: &str) -> Self {
        let found = CLAIMS.iter().find(|(_, names)| names.contains(&name));
        found.map_or(Self::Any, |(kind, _)| *kind)
    }

    /// What both branches of a choice have in common.
    fn common(self, other: Self) -> Self {
        if self == other { self } else { Self::Any }
    }
}

/// The names that an expression may use.
pub(super) struct Scope<'e> {
    roots: &'e [&'e str],
    /// Those of the macros around it.
    bound: Vec<&'e str>,
}

impl<'e> Scope<'e> {
    /// Only these roots.
    pub(super) fn of(roots: &'e [&'e str]) -> Self {
        Self { roots, bound: Vec::new() }
    }

    /// The kind of an expression; what about it can never work.
    pub(super) fn kind_of(&mut self, expression: &'e IdedExpr) -> Result<Kind, String> {
        match &expression.expr {
            Expr::Literal(literal) => Ok(of_literal(literal)),
            Expr::Ident(name) => self.of_name(name),
            Expr::Select(select) => self.of_select(select),
            Expr::Call(call) => self.of_call(call),
            Expr::List(list) => {
                list.elements.iter().try_for_each(|it| self.kind_of(it).map(drop))?;
                Ok(Kind::List)
            }
            Expr::Map(map) => {
                map.entries.iter().try_for_each(|it| self.of_entry(&it.expr))?;
                Ok(Kind::Map)
            }
            Expr::Comprehension(comprehension) => self.of_comprehension(comprehension),
            Expr::Struct(it) => Err(format!("there is no type {} here", it.type_name)),
            Expr::Unspecified => Err("it has no value".to_owned()),
        }
    }

    fn of_name(&self, name: &str) -> Result<Kind, String> {
        match name {
            _ if self.bound.contains(&name) || TYPES.contains(&name) => Ok(Kind::Any),
            _ if self.roots.contains(&name) => Ok(Kind::Map),
            _ => Err(format!("there is no {name} here, only {}", self.roots.join(", "))),
        }
    }

    fn of_select(&mut self, select: &'e SelectExpr) -> Result<Kind, String> {
        let of = self.kind_of(&select.operand)?;
        if !of.may_be(Kind::Map) {
            return Err(format!(".{} is asked of {}", select.field, of.said()));
        }
        match select.test {
            true => Ok(Kind::Flag),
            false => Ok(member(&select.operand.expr, &select.field)),
        }
    }

    fn of_entry(&mut self, entry: &'e EntryExpr) -> Result<(), String> {
        match entry {
            EntryExpr::MapEntry(entry) => {
                self.kind_of(&entry.key)?;
                self.kind_of(&entry.value).map(drop)
            }
            EntryExpr::StructField(field) => self.kind_of(&field.value).map(drop),
        }
    }

    /// `all`, `exists`, `map` and the like, which the parser has written out as loops.
    fn of_comprehension(&mut self, it: &'e ComprehensionExpr) -> Result<Kind, String> {
        self.kind_of(&it.iter_range)?;
        let begun = self.kind_of(&it.accu_init)?;
        let outer = self.bound.len();
        self.bound.extend([it.iter_var.as_str(), it.accu_var.as_str()]);
        self.bound.extend(it.iter_var2.as_deref());
        self.kind_of(&it.loop_cond)?;
        self.kind_of(&it.loop_step)?;
        let result = self.kind_of(&it.result)?;
        self.bound.truncate(outer);
        Ok(if result == Kind::Any { begun } else { result })
    }

    fn of_call(&mut self, call: &'e CallExpr) -> Result<Kind, String> {
        let name = call.func_name.as_str();
        let target = call.target.as_deref().map(|it| self.kind_of(it)).transpose()?;
        let arguments: Result<Vec<Kind>, String> =
            call.args.iter().map(|it| self.kind_of(it)).collect();
        let arguments = arguments?;
        match (name, &call.args[..]) {
            ("matches", [.., pattern]) => {
                check_pattern(&pattern.expr)?;
                functions::kind_of(name, target, &arguments)
            }
            (operators::INDEX, [of, key]) => index(arguments[0], &of.expr, &key.expr),
            (operators::CONDITIONAL, [..]) => {
                functions::takes(name, Kind::Flag, &arguments[..1])?;
                Ok(arguments[1].common(arguments[2]))
            }
            _ => functions::kind_of(name, target, &arguments),
        }
    }
}

/// A pattern that is written out can be read before there is a token.
fn check_pattern(pattern: &Expr) -> Result<(), String> {
    let Expr::Literal(LiteralValue::String(text)) = pattern else { return Ok(()) };
    Regex::new(text.inner()).map(drop).map_err(|why| {
        let why = why.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("{:?} is no regular expression: {why}", text.inner())
    })
}

fn of_literal(literal: &LiteralValue) -> Kind {
    match literal {
        LiteralValue::Boolean(_) => Kind::Flag,
        LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => Kind::Number,
        LiteralValue::String(_) => Kind::Text,
        LiteralValue::Bytes(_) | LiteralValue::Null => Kind::Any,
    }
}

/// What a root has under a name.
fn member(of: &Expr, name: &str) -> Kind {
    match of {
        Expr::Ident(root) if root == "assertion" => Kind::of_claim(name),
        Expr::Ident(root) if root == "attribute" => Kind::Text,
        _ => Kind::Any,
    }
}

fn index(kind: Kind, of: &Expr, key: &Expr) -> Result<Kind, String> {
    if !kind.may_be(Kind::Map) && !kind.may_be(Kind::List) {
        return Err(format!("[] is asked of {}", kind.said()));
    }
    match key {
        Expr::Literal(LiteralValue::String(name)) => Ok(member(of, name.inner())),
        _ => Ok(Kind::Any),
    }
}
