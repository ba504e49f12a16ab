//! Which pages of other origins a bucket's owner lets in. A browser asks before it sends (preflight)
//! and looks at what the answer says; who may do what is still the policies' to say.

use store::BucketRow;
use wire::s3 as shapes;
use wire::s3::{CorsRule, malformed, refused};

use super::bucket::check_own;
use super::{Bucket, bucket};
use crate::limits::{CORS_BYTES_MAX, CORS_RULES_MAX};
use crate::refusal::Refused;
use crate::table::operation;

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

operation! {
    /// `s3:GetBucketCORS`.
    Get: shapes::BucketInput => shapes::CorsOutput;
    about(input) { Bucket(&input.bucket) }
    decide(_, input, view, _, changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        match rules(row) {
            rule if rule.is_empty() => Err(refused("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist")),
            rule => Ok((changes, shapes::CorsOutput { rule })),
        }
    }
}

operation! {
    /// `s3:PutBucketCORS`, by the bucket's own account.
    Put: shapes::PutBucketCorsInput => shapes::Nothing;
    about(input) { Bucket(&input.bucket) }
    decide(caller, input, view, _, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_own(caller, row)?;
        let cors = Some(checked(&input.rule)?);
        changes.put(view, BucketRow { cors, ..row.clone() });
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `s3:PutBucketCORS` too; where there is none, nothing changes.
    Delete: shapes::BucketInput => shapes::Nothing;
    about(input) { Bucket(&input.bucket) }
    decide(caller, input, view, _, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_own(caller, row)?;
        if row.cors.is_some() {
            changes.put(view, BucketRow { cors: None, ..row.clone() });
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

/// A bucket's rules, the first that fits holds.
pub fn rules(row: &BucketRow) -> Vec<CorsRule> {
    let rules = row.cors.as_ref().map(|text| serde_json::from_str(text));
    rules.map(|rules| rules.expect("rules are kept as they were written")).unwrap_or_default()
}

/// The rules as they are kept, if they are such as S3 takes.
fn checked(rules: &[CorsRule]) -> Result<String, Refused> {
    let wrong = |message: String| refused("InvalidRequest", 400, message);
    if !(1..=CORS_RULES_MAX).contains(&rules.len()) {
        let message = format!(
            "A CORS configuration has 1 to {CORS_RULES_MAX} rules, each with AllowedOrigin and AllowedMethod."
        );
        return Err(refused("MalformedXML", 400, message));
    }
    for rule in rules {
        if rule.allowed_origin.is_empty() || rule.allowed_method.is_empty() {
            return Err(malformed());
        }
        if let Some(method) = rule.allowed_method.iter().find(|it| !METHODS.contains(&it.as_str()))
        {
            return Err(wrong(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )));
        }
        let globs =
            [("AllowedOrigin", &rule.allowed_origin), ("AllowedHeader", &rule.allowed_header)];
        for (member, texts) in globs {
            if let Some(text) = texts.iter().find(|text| text.matches('*').count() > 1) {
                return Err(wrong(format!(
                    "{member} \"{text}\" can not have more than one wildcard."
                )));
            }
        }
        if let Some(text) = rule.expose_header.iter().find(|text| text.contains('*')) {
            return Err(wrong(format!(
                "ExposeHeader \"{text}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            )));
        }
    }
    let text = serde_json::to_string(rules).map_err(|_| Refused::internal())?;
    match text.len() > CORS_BYTES_MAX {
        true => Err(wrong(format!("A CORS configuration has at most {CORS_BYTES_MAX} bytes."))),
        false => Ok(text),
    }
}

/// What a page of this origin is told: the headers of an answer to a method, and to those headers.
/// `None` where no rule lets it in.
pub fn told(
    rules: &[CorsRule],
    origin: &str,
    method: &str,
    headers: &[&str],
) -> Option<Vec<(&'static str, String)>> {
    let fits = |rule: &&CorsRule| {
        let any = |globs: &[String], text: &str| globs.iter().any(|glob| is_like(glob, text));
        any(&rule.allowed_origin, origin)
            && rule.allowed_method.iter().any(|it| it == method)
            && headers.iter().all(|header| any(&rule.allowed_header, header))
    };
    let rule = rules.iter().find(fits)?;
    let anybody = rule.allowed_origin.iter().any(|it| it == "*");
    let mut told = vec![
        ("access-control-allow-origin", if anybody { "*" } else { origin }.to_owned()),
        ("access-control-allow-methods", rule.allowed_method.join(", ")),
        (
            "vary",
            "Origin, Access-Control-Request-Headers, Access-Control-Request-Method".to_owned(),
        ),
    ];
    told.extend((!anybody).then(|| ("access-control-allow-credentials", "true".to_owned())));
    let list = |texts: Vec<&str>| Some(texts.join(", ")).filter(|text| !text.is_empty());
    let exposed = rule.expose_header.iter().map(String::as_str).collect();
    told.extend(list(headers.to_vec()).map(|text| ("access-control-allow-headers", text)));
    told.extend(list(exposed).map(|text| ("access-control-expose-headers", text)));
    told.extend(rule.max_age_seconds.map(|age| ("access-control-max-age", age.to_string())));
    Some(told)
}

/// Whether a text is like a pattern with at most one `*`; case does not matter.
fn is_like(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.to_ascii_lowercase(), text.to_ascii_lowercase());
    match glob.split_once('*') {
        None => glob == text,
        Some((begin, end)) => text
            .strip_prefix(begin)
            .is_some_and(|rest| rest.len() >= end.len() && rest.ends_with(end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origin: &str, method: &str, header: &str) -> CorsRule {
        let one = |text: &str| vec![text.to_owned()];
        CorsRule {
            allowed_origin: one(origin),
            allowed_method: one(method),
            allowed_header: one(header),
            expose_header: one("ETag"),
            max_age_seconds: Some(60),
            id: None,
        }
    }

    #[test]
    fn the_first_rule_that_fits_says_what_a_page_is_told() {
        let rules = [rule("https://*.example.com", "PUT", "x-amz-*"), rule("*", "GET", "*")];
        let told = |origin: &str, method: &str, headers: &[&str]| {
            told(&rules, origin, method, headers).map(|it| it[0].1.clone())
        };
        let page = "https://a.example.com";
        assert_eq!(told(page, "PUT", &["X-Amz-Date"]).as_deref(), Some(page));
        assert_eq!(told(page, "GET", &["content-type"]).as_deref(), Some("*"));
        assert_eq!(told(page, "PUT", &["content-type"]), None);
        assert_eq!(told("https://example.com", "PUT", &[]), None);
        assert_eq!(told(page, "DELETE", &[]), None);
    }

    #[test]
    fn rules_are_such_as_s3_takes() {
        let code = |rules: &[CorsRule]| {
            checked(rules).err().map_or_else(|| "taken".to_owned(), |it| it.code.to_string())
        };
        assert_eq!(code(&[rule("*", "GET", "*")]), "taken");
        assert_eq!(code(&[]), "MalformedXML");
        assert_eq!(code(&[CorsRule::default()]), "MalformedXML");
        assert_eq!(code(&[rule("*", "PATCH", "*")]), "InvalidRequest");
        assert_eq!(code(&[rule("https://*.*", "GET", "*")]), "InvalidRequest");
        assert_eq!(
            code(&[CorsRule { expose_header: vec!["*".into()], ..rule("*", "GET", "*") }]),
            "InvalidRequest"
        );
    }
}
