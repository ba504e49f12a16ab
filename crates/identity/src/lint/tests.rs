use super::*;
use crate::policy::Kind;

const BITBUCKET_ISSUER: &str =
    "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const GITHUB: &str = "token.actions.githubusercontent.com";
const UUID: &str = "6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b";

/// The rules that a statement on the third line breaks, with its fixes.
fn found(issuer: &str, action: &str, condition: &str) -> Vec<Lint> {
    let arn = format!("arn:aws:iam::111111111111:oidc-provider/{issuer}");
    let condition = condition.replace("ISS", issuer).replace("ANID", UUID);
    let text = format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [\n\n{{\"Effect\": \"Allow\", \
         \"Action\": \"{action}\", \"Principal\": {{\"Federated\": \"{arn}\"}},\n\
         \"Condition\": {{{condition}}}}}]}}"
    );
    let policy = Policy::read(&text, Kind::Trust).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    lint(&policy, &[])
}

fn check(issuer: &str, condition: &str, expect: &[Rule]) {
    let lints = found(issuer, "sts:AssumeRoleWithWebIdentity", condition);
    let rules: Vec<Rule> = lints.iter().map(|lint| lint.rule).collect();
    assert_eq!(rules, expect, "{condition}: {lints:#?}");
    assert!(lints.iter().all(|lint| lint.finding.fix.is_some() && lint.finding.place.line >= 3));
}

const AUD: &str = "\"StringEquals\": {\"ISS:aud\": \"ari:cloud:bitbucket::workspace/ANID\"}";

#[test]
fn a_policy_for_one_repository_is_left_alone() {
    let sub = "\"StringLike\": {\"ISS:sub\": \"{ANID}:*\"}";
    check(BITBUCKET_ISSUER, &format!("{AUD}, {sub}"), &[]);
    let repository = "\"StringEquals\": {\"ISS:aud\": \"sts.amazonaws.com\", \
                      \"ISS:repository_id\": \"74\"}, \"StringLike\": {\"ISS:sub\": \"repo:o/r:*\"}";
    check(GITHUB, repository, &[]);
    check("ci.example", "\"StringEquals\": {\"ISS:aud\": \"a\", \"ISS:sub\": \"b\"}", &[]);
}

#[test]
fn an_open_door_is_found() {
    let with = |more: &str| format!("{AUD}{}{more}", if more.is_empty() { "" } else { ", " });
    check(BITBUCKET_ISSUER, "", &[Rule::NoSubject, Rule::NoAudience]);
    check(BITBUCKET_ISSUER, &with(""), &[Rule::NoSubject]);
    check(BITBUCKET_ISSUER, &with("\"StringLike\": {\"ISS:sub\": \"*\"}"), &[Rule::WideSubject]);
    check(
        BITBUCKET_ISSUER,
        &with("\"StringLike\": {\"ISS:sub\": \"{*}:*\"}"),
        &[Rule::WideSubject],
    );
    check(GITHUB, &with("\"StringLike\": {\"ISS:sub\": \"repo:*\"}"), &[Rule::WideSubject]);
    check(GITHUB, &with("\"StringLike\": {\"ISS:sub\": \"repo:acme*\"}"), &[Rule::WideSubject]);
    check(GITHUB, &with("\"StringLike\": {\"ISS:sub\": \"repo:acme/*\"}"), &[]);
    let without = [Rule::HoldsWithoutClaim, Rule::NoSubject];
    check(
        BITBUCKET_ISSUER,
        &with("\"ForAllValues:StringLike\": {\"ISS:sub\": \"{ANID}:*\"}"),
        &without,
    );
    check(BITBUCKET_ISSUER, &with("\"StringLikeIfExists\": {\"ISS:sub\": \"{ANID}:*\"}"), &without);
    let required = "\"ForAllValues:StringLike\": {\"ISS:sub\": \"{ANID}:*\"}, \
                    \"Null\": {\"ISS:sub\": \"false\"}";
    check(BITBUCKET_ISSUER, &with(required), &[]);
    check("ci.example", &with("\"StringNotEquals\": {\"ISS:sub\": \"x\"}"), &[Rule::NoSubject]);
    assert!(is_open(&found(BITBUCKET_ISSUER, "sts:*", AUD)));
    assert!(!is_open(&found("ci.example", "sts:*", "\"StringEquals\": {\"ISS:sub\": \"b\"}")));
}

#[test]
fn a_pattern_of_any_claim_that_says_nothing_leaves_the_door_open() {
    let with = |more: &str| format!("{AUD}, {more}");
    let open = |issuer: &str, condition: &str| {
        assert!(
            is_open(&found(issuer, "sts:AssumeRoleWithWebIdentity", &with(condition))),
            "{condition}"
        );
    };
    open(GITHUB, "\"StringLike\": {\"ISS:repository\": \"*\"}");
    open(GITHUB, "\"StringLike\": {\"ISS:job_workflow_ref\": \"*/*\"}");
    open(GITHUB, "\"StringLike\": {\"ISS:SUB\": \"*\"}");
    open(GITHUB, "\"StringLike\": {\"ISS:sub\": \"repo:${aws:x, 'a'}*\"}");
    open("oidc.eks.example/id/A", "\"StringLike\": {\"ISS:sub\": \"system:serviceaccount:*\"}");
    check(GITHUB, &with("\"StringLike\": {\"ISS:repository\": \"acme/*\"}"), &[]);
}

#[test]
fn a_door_for_everyone_is_closed_by_saying_who_and_by_nothing_else() {
    let is_open = |principal: &str, condition: &str| {
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", \
             \"Action\": \"sts:AssumeRole\", {principal}, \"Condition\": {{{condition}}}}}}}"
        );
        let policy = Policy::read(&text, Kind::Trust).unwrap_or_else(|it| panic!("{text}: {it}"));
        is_open(&lint(&policy, &[]))
    };
    let everyone = "\"Principal\": \"*\"";
    for open in [
        "\"Null\": {\"aws:foo\": \"true\"}",
        "\"StringLike\": {\"aws:PrincipalArn\": \"*\"}",
        "\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/deploy\"}",
        "\"StringEqualsIfExists\": {\"aws:PrincipalOrgID\": \"o-1\"}",
        "\"StringNotEquals\": {\"aws:PrincipalAccount\": \"111111111111\"}",
        "\"Bool\": {\"aws:SecureTransport\": \"true\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"0.0.0.0/0\"}",
    ] {
        assert!(is_open(everyone, open), "{open}");
    }
    for open in [
        "\"StringEquals\": {\"aws:PrincipalTag/team\": \"x\"}",
        "\"StringEquals\": {\"sts:ExternalId\": \"x\"}",
        "\"StringEquals\": {\"sts:ExternalId\": \"x\", \"aws:PrincipalTag/team\": \"x\"}",
        "\"StringLike\": {\"aws:userid\": \"AROA*\"}",
        "\"StringLike\": {\"aws:userid\": \"*:ci\"}",
        "\"StringLike\": {\"aws:PrincipalOrgID\": \"o-*\"}",
        "\"ForAnyValue:StringLike\": {\"aws:PrincipalOrgPaths\": \"o-*/r-ab12/*\"}",
        "\"StringLike\": {\"aws:PrincipalAccount\": \"1*\"}",
        "\"StringLike\": {\"aws:PrincipalArn\": \"arn:*:iam::111111111111:role/x\"}",
        "\"StringEquals\": {\"aws:PrincipalAccount\": \"${aws:PrincipalAccount}\"}",
        "\"IpAddress\": {\"aws:SourceIp\": [\"10.0.0.0/8\", \"0.0.0.0/1\", \"128.0.0.0/1\"]}",
        "\"IpAddress\": {\"aws:SourceIp\": \"2000::/3\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"::ffff:0:0/96\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"::ffff:128.0.0.0/97\"}",
        "\"IpAddress\": {\"aws:SourceIp\": [\"::ffff:0:0/97\", \"128.0.0.0/1\"]}",
        "\"IpAddress\": {\"aws:SourceIp\": \"::/80\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"64:ff9b::/96\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"64:ff9b::8000:0/97\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"2002::/16\"}",
        "\"IpAddress\": {\"aws:SourceIp\": [\"2002::/17\", \"2002:8000::/17\"]}",
    ] {
        assert!(is_open(everyone, open), "{open}");
    }
    for closed in [
        "\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-1\"}",
        "\"StringEquals\": {\"aws:PrincipalOrgID\": \"${aws:ResourceOrgID}\"}",
        "\"ForAnyValue:StringLike\": {\"aws:PrincipalOrgPaths\": \"o-a1b2c3d4e5/r-ab12/*\"}",
        "\"StringEquals\": {\"sts:ExternalId\": \"x\", \"aws:PrincipalAccount\": \"111111111111\"}",
        "\"StringLike\": {\"aws:userid\": \"AROAEXAMPLEEXAMPLE12:*\"}",
        "\"StringLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::111111111111:role/*\"}",
        "\"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::111111111111:role/*\"}",
        "\"ArnLike\": {\"aws:PrincipalArn\": \"arn:*:iam::111111111111:role/x\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"192.0.2.0/24\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"::ffff:192.0.2.0/120\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"64:ff9b::192.0.2.0/120\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"2002:c000:200::/40\"}",
        "\"IpAddress\": {\"aws:SourceIp\": \"2002:c000:201:7::/64\"}",
        "\"IpAddress\": {\"aws:SourceIp\": [\"10.0.0.0/8\", \"192.168.0.0/16\", \"fc00::/7\"]}",
    ] {
        assert!(!is_open(everyone, closed), "{closed}");
    }
}

/// The rules that several statements break together; each without its braces.
fn found_in(statements: &[&str]) -> Vec<Rule> {
    let statements: Vec<String> = statements.iter().map(|it| format!("{{{it}}}")).collect();
    let text = format!("{{\"Statement\": [{}]}}", statements.join(", "));
    let text =
        text.replace("PROVIDER", &format!("arn:aws:iam::111111111111:oidc-provider/{GITHUB}"));
    let policy = Policy::read(&text.replace("ISS", GITHUB), Kind::Trust);
    let policy = policy.unwrap_or_else(|it| panic!("{text}: {it}"));
    lint(&policy, &[]).iter().map(|it| it.rule).collect()
}

#[test]
fn a_deny_shuts_what_it_denies_to_all_but_those_it_names() {
    let web = "\"Action\": \"sts:AssumeRoleWithWebIdentity\", \"Principal\": {\"Federated\": \"PROVIDER\"}";
    let allow = format!(
        "\"Effect\": \"Allow\", {web}, \"Condition\": {{\"StringEquals\": {{\"ISS:aud\": \"a\"}}}}"
    );
    let deny = |who: &str, condition: &str| {
        format!("\"Effect\": \"Deny\", {who}, \"Condition\": {{{condition}}}")
    };
    let others = "\"StringNotLike\": {\"ISS:sub\": \"repo:acme/*\"}";
    let all = "\"Action\": \"sts:*\", \"Principal\": \"*\"";
    for who in [web, all] {
        assert_eq!(found_in(&[&allow, &deny(who, others)]), [], "{who}");
    }
    let session = "\"Action\": \"sts:TagSession\", \"Principal\": \"*\"";
    let two = format!("{others}, \"StringEquals\": {{\"ISS:aud\": \"b\"}}");
    for leaves in [
        deny(session, others),
        deny(all, &two),
        deny(all, "\"StringNotLike\": {\"ISS:sub\": \"repo:*\"}"),
        deny(all, "\"StringLike\": {\"ISS:sub\": \"repo:acme/*\"}"),
        deny(all, "\"ForAnyValue:StringNotLike\": {\"ISS:sub\": \"repo:acme/*\"}"),
    ] {
        assert_eq!(found_in(&[&allow, &leaves]), [Rule::NoSubject], "{leaves}");
    }
    let everyone = "\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": \"*\"";
    let organisation = "\"StringNotEquals\": {\"aws:PrincipalOrgID\": \"o-a1b2c3d4e5\"}";
    assert_eq!(found_in(&[everyone, &deny(all, organisation)]), []);
    let tagged = "\"StringNotEquals\": {\"aws:PrincipalTag/team\": \"x\"}";
    assert_eq!(found_in(&[everyone, &deny(all, tagged)]), [Rule::Everyone]);
}

#[test]
fn a_wide_subject_is_no_open_door_where_another_claim_narrows_it() {
    let with = |more: &str| format!("{AUD}, {more}");
    let equals = |claim: &str, expect: &[Rule]| {
        let both = format!("\"StringEquals\": {{\"ISS:aud\": \"a\", \"ISS:{claim}\": \"1\"}}");
        check(GITHUB, &both, expect);
    };
    equals("repository_owner_id", &[]);
    equals("enterprise_id", &[]);
    equals("actor", &[Rule::NoSubject]);
    check(GITHUB, &with("\"StringLike\": {\"ISS:sub\": \"repo:acme@*/app@*:*\"}"), &[]);
    let narrowed = "\"StringLike\": {\"ISS:repository_id\": \"74\", \"ISS:sub\": \"repo:*\"}";
    check(GITHUB, &with(narrowed), &[]);
    let pattern = "\"StringLike\": {\"ISS:repository_owner_id\": \"1*\"}";
    check(GITHUB, &with(pattern), &[Rule::NoSubject]);
}

#[test]
fn a_condition_that_nothing_meets_is_found_with_its_fix() {
    fn fixed(condition: &str, rule: Rule, fix: &str) {
        let lints = found(BITBUCKET_ISSUER, "sts:AssumeRoleWithWebIdentity", condition);
        let lint = lints.iter().find(|lint| lint.rule == rule);
        let lint = lint.unwrap_or_else(|| panic!("{condition}: {lints:#?}"));
        let expect = fix.replace("ISS", BITBUCKET_ISSUER).replace("ANID", UUID);
        assert_eq!(lint.finding.fix.as_deref(), Some(&*expect));
        assert_eq!(lint.finding.place.line, 4);
    }
    fixed(
        "\"StringEquals\": {\"ISS:sub\": \"{ANID}:*\"}",
        Rule::WildcardInEquals,
        "write `StringLike`",
    );
    fixed(
        "\"StringLike\": {\"https://ISS:sub\": \"{ANID}:*\"}",
        Rule::KeyOfNoIssuer,
        "write \"ISS:sub\"",
    );
    fixed("\"StringLike\": {\"ISS/:sub\": \"{ANID}:*\"}", Rule::KeyOfNoIssuer, "write \"ISS:sub\"");
    fixed(
        "\"StringEquals\": {\"ISS:branchName\": \"main\"}",
        Rule::UnknownClaim,
        "say it by \"ISS:sub\"",
    );
    fixed("\"StringLike\": {\"ISS:sub\": \"ANID:*\"}", Rule::Braces, "write \"{ANID}:*\"");
    fixed(
        "\"StringEquals\": {\"ISS:aud\": \"ari:cloud:bitbucket::workspace/{ANID}\"}",
        Rule::Braces,
        "write \"ari:cloud:bitbucket::workspace/ANID\"",
    );
    let from = "write \"{REPOSITORY-UUID}:*\", from the repository's OpenID Connect settings";
    fixed("\"StringLike\": {\"ISS:sub\": \"acme/shop:*\"}", Rule::Slug, from);
}

#[test]
fn the_action_and_the_way_to_the_issuer_are_looked_at() {
    let sub = "\"StringEquals\": {\"ISS:aud\": \"a\", \"ISS:sub\": \"b\"}";
    let rules: Vec<Rule> =
        found("ci.example", "sts:AssumeRole", sub).iter().map(|it| it.rule).collect();
    assert_eq!(rules, [Rule::OtherAction]);
    fn plain(host: &str, expect: bool) {
        let arn = format!("arn:aws:iam::111111111111:oidc-provider/{host}");
        let text = format!(
            "{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"sts:*\", \
             \"Principal\": {{\"Federated\": \"{arn}\"}}}}}}"
        );
        let policy = Policy::read(&text, Kind::Trust).expect("a policy");
        let issuer = format!("http://{host}");
        let provider = Provider { arn, issuer, client_ids: vec![], ours: true };
        let rules = lint(&policy, &[provider]);
        assert_eq!(rules.iter().any(|it| it.rule == Rule::PlainHttp), expect, "{host}");
    }
    plain("ci.example/oidc", true);
    plain("127.0.0.1:7700/oidc", false);
    plain("localhost.example", true);
}

#[test]
fn a_role_for_everyone_is_found() {
    fn check(principal: &str, expect: &[Rule]) {
        let text = format!(
            "{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \
             \"Principal\": {principal}}}}}"
        );
        let policy = Policy::read(&text, Kind::Trust).expect("a policy");
        let rules: Vec<Rule> = lint(&policy, &[]).iter().map(|lint| lint.rule).collect();
        assert_eq!(rules, expect, "{principal}");
    }
    check("\"*\"", &[Rule::Everyone]);
    check("{\"AWS\": \"*\"}", &[Rule::Everyone]);
    check("{\"AWS\": \"111111111111\"}", &[]);
    check("{\"Federated\": \"arn:aws:iam::111111111111:saml-provider/x\"}", &[]);
}
