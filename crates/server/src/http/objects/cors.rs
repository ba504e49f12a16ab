//! Pages of other origins: what a browser asks before it sends for one, and what every answer tells
//! it. Which rule fits is `operations::s3`'s.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use domain::BucketName;
use operations::s3::{cors_rules, cors_told};
use store::BucketRow;
use wire::AwsError;
use wire::s3::{self, CorsRule, refused};

use super::receive::failed;
use crate::shared::Shared;

/// Answers what a browser asks before it sends.
///
/// # Errors
/// `AccessForbidden` where no rule of the bucket lets the page in.
pub async fn preflight(shared: &Shared, head: &wire::Request<'_>) -> Result<Response, AwsError> {
    let insufficient = |header: &str| {
        let message = format!("Insufficient information. {header} request header needed.");
        refused("BadRequest", 400, message)
    };
    let origin = head.header("origin").ok_or_else(|| insufficient("Origin"))?;
    let method = head.header("access-control-request-method");
    let method = method.ok_or_else(|| insufficient("Access-Control-Request-Method"))?;
    let headers = head.header("access-control-request-headers").unwrap_or_default();
    let headers: Vec<&str> =
        headers.split(',').map(str::trim).filter(|header| !header.is_empty()).collect();
    let rules = rules(shared, head).await?;
    let forbidden = |why: &str| refused("AccessForbidden", 403, format!("CORSResponse: {why}"));
    if rules.is_empty() {
        return Err(forbidden("CORS is not enabled for this bucket."));
    }
    let told = cors_told(&rules, origin, method, &headers);
    let told = told.ok_or_else(|| forbidden("This CORS request is not allowed. No rule of the bucket has this origin with this method and these headers."))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    tell(&mut response, told);
    Ok(response)
}

/// Adds to an answer what a page of another origin must be told to read it.
pub async fn let_in(shared: &Shared, head: &wire::Request<'_>, response: &mut Response) {
    let Some(origin) = head.header("origin") else { return };
    let rules = rules(shared, head).await.unwrap_or_default();
    if let Some(told) = cors_told(&rules, origin, head.method, &[]) {
        tell(response, told);
    }
}

async fn rules(shared: &Shared, head: &wire::Request<'_>) -> Result<Vec<CorsRule>, AwsError> {
    let host_bucket = s3::bucket_of_host(head.header("host").unwrap_or_default(), &shared.hosts);
    let Some(bucket) = s3::bucket_of(head, host_bucket) else { return Ok(Vec::new()) };
    let key = BucketRow::at(&BucketName::new(bucket));
    let row = shared.desk.store.get::<BucketRow>(key).await.map_err(|cause| failed(&cause))?;
    Ok(row.as_ref().map(cors_rules).unwrap_or_default())
}

fn tell(response: &mut Response, told: Vec<(&'static str, String)>) {
    for (name, value) in told {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}
