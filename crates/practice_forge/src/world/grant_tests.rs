use super::*;

const RULES: TokenRules = TokenRules { access_seconds: Some(7200), refresh: Refresh::Rotating };

fn fresh(n: u32) -> Fresh {
    Fresh { access: format!("a{n}"), refresh: format!("r{n}") }
}

fn grants() -> Grants {
    let callback = url::Url::parse("http://127.0.0.1/cb").expect("a URL");
    let client = OAuthClient { id: "c".into(), secret: "s".into(), callback };
    let code = Code {
        client_id: "c".into(),
        login: "ada".into(),
        redirect_uri: "http://127.0.0.1/cb".into(),
        challenge: None,
        scope: "api".into(),
        made_at: Timestamp(0),
    };
    let codes = HashMap::from([("code".to_owned(), code)]);
    Grants { clients: vec![client], codes, ..Grants::default() }
}

fn asked(grant_type: &str, code: &str, refresh_token: &str) -> Request {
    Request {
        grant_type: grant_type.into(),
        client_id: "c".into(),
        client_secret: "s".into(),
        code: code.into(),
        refresh_token: refresh_token.into(),
        ..Request::default()
    }
}

fn refresh(grants: &mut Grants, with: &str, n: u32) -> Result<Issued, Refused> {
    grants.issue(&asked("refresh_token", "", with), RULES, fresh(n), Timestamp(0))
}

#[test]
fn a_spent_refresh_token_ends_the_whole_family() {
    let mut grants = grants();
    let first =
        grants.issue(&asked("authorization_code", "code", ""), RULES, fresh(1), Timestamp(0));
    assert_eq!(first.expect("a pair").refresh.as_deref(), Some("r1"));
    refresh(&mut grants, "r1", 2).expect("a second pair");
    assert!(grants.token("a1", Timestamp(0)).is_none(), "the old access token is gone");
    assert!(grants.token("a2", Timestamp(0)).is_some());
    assert_eq!(refresh(&mut grants, "r1", 3).expect_err("spent"), Refused::RefreshToken);
    assert!(grants.token("a2", Timestamp(0)).is_none(), "and so is the new one");
    assert_eq!(refresh(&mut grants, "r2", 4).expect_err("its family ended"), Refused::RefreshToken);
}

#[test]
fn a_kept_refresh_token_stays_good() {
    let (mut grants, rules) = (grants(), TokenRules { refresh: Refresh::Kept, ..RULES });
    let mut issue = |asked: Request, n| grants.issue(&asked, rules, fresh(n), Timestamp(0));
    issue(asked("authorization_code", "code", ""), 1).expect("a pair");
    for n in 2..4 {
        let again = issue(asked("refresh_token", "", "r1"), n).expect("a pair");
        assert_eq!(again.refresh.as_deref(), Some("r1"));
    }
}

#[test]
fn a_code_is_good_once_and_for_ten_minutes() {
    for (seconds, good) in [(0, true), (600, true), (601, false)] {
        let (mut grants, at) = (grants(), Timestamp(0).plus_seconds(seconds));
        let mut redeem =
            || grants.issue(&asked("authorization_code", "code", ""), RULES, fresh(1), at);
        assert_eq!(redeem().is_ok(), good, "{seconds}");
        assert_eq!(redeem().expect_err("used up"), Refused::Code);
    }
}

#[test]
fn tokens_expire_and_are_revoked_one_by_one_or_all() {
    let mut grants = grants();
    grants
        .issue(&asked("authorization_code", "code", ""), RULES, fresh(1), Timestamp(0))
        .expect("a pair");
    let late = Timestamp(0).plus_seconds(7200);
    assert!(grants.token("a1", late.plus_millis(-1)).is_some());
    assert!(grants.token("a1", late).is_none());
    grants.revoke_all(Some("bob"));
    assert!(grants.token("a1", Timestamp(0)).is_some());
    grants.revoke("r1");
    assert!(grants.token("a1", Timestamp(0)).is_none());
}

#[test]
fn a_challenge_is_met_by_its_verifier_only() {
    // RFC 7636, appendix B.
    let text = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
    let challenge = Challenge { text, plain: false };
    assert!(challenge.fits("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert!(!challenge.fits("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"));
    assert!(Challenge { text: "v".into(), plain: true }.fits("v"));
}
