//! The batch API of git LFS: which files are wanted, and where each is had.

use super::{Lfs, LfsError, Pointer, Wanted, judge, told};
use domain::Secret;
use egress::header::{ACCEPT, AUTHORIZATION};
use egress::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The media type of the API.
const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// Characters of what a server complains that are shown.
const COMPLAINT_CHARS_MAX: usize = 300;

#[derive(Deserialize)]
struct Answer {
    transfer: Option<String>,
    objects: Vec<Found>,
}

/// What the server says of one file.
#[derive(Deserialize)]
pub(super) struct Found {
    oid: String,
    #[serde(default)]
    authenticated: bool,
    actions: Option<Actions>,
    error: Option<Complaint>,
}

#[derive(Deserialize)]
struct Actions {
    download: Option<Download>,
}

#[derive(Deserialize)]
struct Download {
    href: String,
    #[serde(default)]
    header: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Complaint {
    code: u32,
    #[serde(default)]
    message: String,
}

impl Lfs<'_> {
    /// Where files are had.
    pub(super) async fn ask(&self, wanted: &[&Wanted]) -> Result<Vec<Found>, LfsError> {
        let objects: Vec<_> = wanted.iter().map(|(_, pointer)| pointer).collect();
        let body = serde_json::json!({
            "operation": "download", "transfers": ["basic"], "hash_algo": "sha256",
            "objects": objects,
        });
        let mut url = self.clone_url.clone();
        url.set_path(&format!("{}/info/lfs/objects/batch", url.path()));
        let request = Request::new(Method::POST, url).content(MEDIA_TYPE, body.to_string());
        let request = request.header(ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
        let what = "the places of the files";
        let answer = self.client.send(self.with_credential(request)).await;
        let answer = answer.map_err(|cause| told(what, cause))?;
        judge(what, answer.status.as_u16())?;
        let refused = |why| LfsError::Refused { what: what.to_owned(), why };
        let answer: Answer = serde_json::from_slice(&answer.body)
            .map_err(|cause| refused(format!("its answer is not of this API: {cause}")))?;
        match answer.transfer.as_deref() {
            None | Some("basic") => Ok(answer.objects),
            Some(other) => Err(refused(format!("it wants the transfer {other:?}, not basic"))),
        }
    }

    /// The request that gets a file, once its server said how.
    pub(super) fn request(
        &self,
        what: &str,
        pointer: &Pointer,
        found: &[Found],
    ) -> Result<Request, LfsError> {
        let refused = |why: String| LfsError::Refused { what: what.to_owned(), why };
        let found = found.iter().find(|it| it.oid == pointer.oid);
        let found = found.ok_or_else(|| refused("it says nothing of it".to_owned()))?;
        if let Some(Complaint { code, message }) = &found.error {
            let shown = message.chars().filter(|it| !it.is_control()).take(COMPLAINT_CHARS_MAX);
            return Err(refused(format!("{code} {}", shown.collect::<String>())));
        }
        let download = found.actions.as_ref().and_then(|actions| actions.download.as_ref());
        let download = download.ok_or_else(|| refused("it names no download".to_owned()))?;
        let url = self.clone_url.join(&download.href);
        let url = url.map_err(|_| refused("the address that it names is no URL".to_owned()))?;
        let mut request = Request::new(Method::GET, url);
        request.headers = headers(&download.header);
        request.response_bytes_max = usize::try_from(pointer.size).unwrap_or(usize::MAX);
        let is_ours = request.url.origin() == self.clone_url.origin();
        let is_shown = found.authenticated || request.headers.contains_key(AUTHORIZATION);
        Ok(if is_ours && !is_shown { self.with_credential(request) } else { request })
    }

    fn with_credential(&self, request: Request) -> Request {
        match self.authorization.expose().split_once(' ') {
            Some((scheme, credential)) => {
                request.authorization(scheme, &Secret::new(credential.to_owned()))
            }
            None => request,
        }
    }
}

/// Headers that the server asks to be shown; one that no header can be is left out.
fn headers(wanted: &BTreeMap<String, String>) -> HeaderMap {
    let pair = |(name, value): (&String, &String)| {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    };
    wanted.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egress::{Client, Url};
    use std::time::Duration;

    /// What is shown for a file that is had there: our credential, or the answer's own.
    fn check(object: serde_json::Value, expect: Result<&[&str], &str>) {
        let (client, authorization) = (Client::default(), Secret::new("Basic canary"));
        let clone_url = Url::parse("https://forge.example/a/b.git").expect("a URL");
        let file_time_max = Duration::from_secs(1);
        let lfs = Lfs {
            client: &client,
            clone_url: &clone_url,
            authorization: &authorization,
            file_time_max,
        };
        let pointer = Pointer { oid: "a".repeat(64), size: 7 };
        let mut object = object;
        object["oid"] = pointer.oid.clone().into();
        let found: Found = serde_json::from_value(object.clone()).expect("an object");
        match (lfs.request("x.bin", &pointer, &[found]), expect) {
            (Ok(request), Ok(expect)) => {
                let values = request.headers.values().map(|it| it.to_str().expect("text"));
                assert_eq!(values.collect::<Vec<_>>(), expect, "{object}");
                assert_eq!(request.response_bytes_max, 7);
            }
            (Err(cause), Err(expect)) => assert!(cause.to_string().contains(expect), "{cause}"),
            (Ok(_), Err(_)) => panic!("{object}"),
            (Err(cause), Ok(_)) => panic!("{object}: {cause}"),
        }
    }

    fn at(href: &str, header: serde_json::Value) -> serde_json::Value {
        serde_json::json!({ "actions": { "download": { "href": href, "header": header } } })
    }

    #[test]
    fn our_credential_is_shown_to_its_own_forge_and_nowhere_else() {
        let (none, ticket) = (serde_json::json!({}), serde_json::json!({"Authorization": "T"}));
        check(at("https://forge.example/x", none.clone()), Ok(&["Basic canary"]));
        check(at("/x", none.clone()), Ok(&["Basic canary"]));
        check(at("https://forge.example/x", ticket.clone()), Ok(&["T"]));
        for elsewhere in
            ["https://files.example/x", "https://forge.example:8443/x", "http://forge.example/x"]
        {
            check(at(elsewhere, none.clone()), Ok(&[]));
            check(at(elsewhere, ticket.clone()), Ok(&["T"]));
        }
        let mut known = at("https://forge.example/x", none.clone());
        known["authenticated"] = true.into();
        check(known, Ok(&[]));
        check(at("https://forge.example/x", serde_json::json!({"A\n": "b", "X": "a\nb"})), {
            Ok(&["Basic canary"])
        });
    }

    #[test]
    fn what_cannot_be_had_says_why() {
        let gone = serde_json::json!({"error": {"code": 404, "message": "Object does not exist"}});
        check(gone, Err("x.bin: 404 Object does not exist"));
        check(serde_json::json!({}), Err("it names no download"));
        check(at("http://[", serde_json::json!({})), Err("is no URL"));
    }
}
