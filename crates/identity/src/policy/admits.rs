//! Whether a resource's policy lets in anybody of an account, before it is known who will ask.
//!
//! It is never stricter than [`evaluate`](super::evaluate): what only a request tells is taken to fit.

use domain::{AccountId, Arn};

use super::context::Context;
use super::grammar::Policy;
use super::principal::Named;
use super::statement::{Effect, Statement};
use super::synonym;

impl Policy {
    /// Whether it may allow somebody of `account` to take `action` (`service:Action`) on `resource`
    /// (an ARN). `known` are the condition keys that are known beforehand; a condition on another key,
    /// or with a variable, is taken to hold where it allows and not to where it denies.
    pub fn admits(
        &self,
        account: &AccountId,
        action: &str,
        resource: &str,
        known: &Context,
    ) -> bool {
        let (actions, arns) =
            (synonym::names(action.to_ascii_lowercase()), synonym::arns(resource));
        let is_about = |statement: &&Statement| {
            statement.actions.names(|glob| actions.iter().any(|it| glob.matches(it)))
                && statement.resources.as_ref().is_none_or(|resources| {
                    resources.names(|pattern| arns.iter().any(|arn| pattern.matches(arn, known)))
                })
        };
        let mut about = self.statements.iter().filter(is_about);
        let denies = |it: &Statement| it.effect == Effect::Deny && it.shuts_out(account, known);
        !about.clone().any(denies)
            && about.any(|it| it.effect == Effect::Allow && it.lets_in(account, known))
    }
}

impl Statement {
    fn lets_in(&self, account: &AccountId, known: &Context) -> bool {
        let of_account = |named: &Named| match named {
            Named::Everyone => true,
            Named::Account(named) => named == account,
            Named::Arn(arn) | Named::Unique { arn, .. } => {
                Arn::parse(arn).is_some_and(|arn| arn.account == *account)
            }
            Named::Federated(_) | Named::Service(_) | Named::CanonicalUser(_) => false,
        };
        let names = |it: &super::Principals| !it.negated && it.named.iter().any(of_account);
        self.principals.as_ref().is_some_and(names)
            && self.conditions.iter().all(|it| it.judged(known) != Some(false))
    }

    fn shuts_out(&self, account: &AccountId, known: &Context) -> bool {
        let all = |named: &Named| match named {
            Named::Everyone => true,
            Named::Account(named) => named == account,
            _ => false,
        };
        let names = |it: &super::Principals| !it.negated && it.named.iter().any(all);
        self.principals.as_ref().is_some_and(names)
            && self.conditions.iter().all(|it| it.judged(known) == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Kind, Value};

    const ARN: &str = "arn:aws:codeconnections:us-east-1:222222222222:connection/x";
    const USE: &str = "codeconnections:UseConnection";

    fn admits(statements: &str) -> bool {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let policy = Policy::read(&text, Kind::Resource).expect(statements);
        let mut known = Context::default();
        known.set("codeconnections:FullRepositoryId", [Value::from("ada/engine")]);
        policy.admits(&"111111111111".into(), USE, ARN, &known)
    }

    fn statement(effect: &str, principal: &str, action: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {{"AWS": "{principal}"}}, "Action": "{action}",
            "Resource": "{ARN}", "Condition": {{{condition}}}}}"#
        )
    }

    #[test]
    fn an_account_is_let_in_by_its_number_by_one_of_its_own_or_with_everyone() {
        fn check(principal: &str, action: &str, expect: bool) {
            let admitted = admits(&statement("Allow", principal, action, ""));
            assert_eq!(admitted, expect, "{principal} {action}");
        }
        check("111111111111", USE, true);
        check("arn:aws:iam::111111111111:role/r", "codestar-connections:UseConnection", true);
        check("*", "codeconnections:*", true);
        check("333333333333", USE, false);
        check("arn:aws:iam::333333333333:role/r", USE, false);
        check("111111111111", "codeconnections:GetConnection", false);
    }

    #[test]
    fn what_is_known_beforehand_narrows_and_what_only_a_request_tells_does_not() {
        fn check(condition: &str, allowed: bool, denied: bool) {
            let allow = statement("Allow", "111111111111", USE, condition);
            assert_eq!(admits(&allow), allowed, "{condition}");
            let (all, deny) =
                (statement("Allow", "*", USE, ""), statement("Deny", "*", USE, condition));
            assert_eq!(!admits(&format!("{all}, {deny}")), denied, "{condition}");
        }
        let of = |repository| {
            format!(r#""StringLike": {{"codestar-connections:FullRepositoryId": "{repository}"}}"#)
        };
        check("", true, true);
        check(&of("ada/*"), true, true);
        check(&of("bob/*"), false, false);
        check(&of("${aws:PrincipalTag/repository}"), true, false);
        check(r#""StringEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/r"}"#, true, false);
    }

    #[test]
    fn a_denial_of_one_of_an_account_leaves_the_others_in() {
        let all = statement("Allow", "111111111111", USE, "");
        let one = statement("Deny", "arn:aws:iam::111111111111:role/r", USE, "");
        assert!(admits(&format!("{all}, {one}")));
    }
}
