//! One call to a forge's REST API: its address, its headers, its body and its token.

use crate::answer::read;
use crate::forge::ClientRegistration;
use crate::limits::PAGES_MAX;
use crate::{Error, git};
use domain::Secret;
use egress::{Client, HeaderName, HeaderValue, Method, Request, Response, Url, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A REST API: where it is, and how its answers are judged.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) client: Client,
    /// Its path ends in a slash.
    pub(crate) base: Url,
    /// Headers of every call.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// Tells good answers from bad ones; takes what was asked for, too.
    pub(crate) judge: fn(Response, &str) -> Result<Response, Error>,
}

/// A driver that speaks to such an API.
pub(crate) trait OverRest: Send + Sync {
    fn rest(&self) -> &Rest;
}

impl Rest {
    /// Asks and reads the answer as `T`; `what` names the thing in errors.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        body: Option<Value>,
        what: &str,
    ) -> Result<T, Error> {
        let response = self.call(token, method, path, body, what).await?;
        read(&response, what)
    }

    /// Reads what is at this path.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        token: &Secret,
        path: &str,
        what: &str,
    ) -> Result<T, Error> {
        self.ask(token, Method::GET, path, None, what).await
    }

    /// Asks and gives the answer as it came, if its status is good.
    pub(crate) async fn call(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        body: Option<Value>,
        what: &str,
    ) -> Result<Response, Error> {
        let mut request = self.request(method, path, what)?.authorization("Bearer", token);
        if let Some(body) = body {
            request = request.content("application/json", body.to_string());
        }
        (self.judge)(self.client.send(request).await?, what)
    }

    /// Asks for what is new since the forge gave `tag` to an answer; `None` where nothing is.
    pub(crate) async fn call_if_new(
        &self,
        token: &Secret,
        path: &str,
        tag: Option<&str>,
        what: &str,
    ) -> Result<Option<Response>, Error> {
        let mut request = self.request(Method::GET, path, what)?.authorization("Bearer", token);
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let response = self.client.send(request).await?;
        if response.status.as_u16() == 304 {
            return Ok(None);
        }
        (self.judge)(response, what).map(Some)
    }

    /// Removes what is at this path; what is not there counts as removed.
    pub(crate) async fn remove(&self, token: &Secret, path: &str, what: &str) -> Result<(), Error> {
        match self.call(token, Method::DELETE, path, None, what).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks as the OAuth client itself, by its id and secret.
    pub(crate) async fn call_as_client(
        &self,
        client: &ClientRegistration,
        method: Method,
        path: &str,
        body: Value,
        what: &str,
    ) -> Result<Response, Error> {
        let proof = git::basic(&client.client_id, &client.client_secret);
        let request = self.request(method, path, what)?.authorization("Basic", &proof);
        let request = request.content("application/json", body.to_string());
        (self.judge)(self.client.send(request).await?, what)
    }

    /// Asks without a token, where the path itself is the proof.
    pub(crate) async fn call_anonymously(
        &self,
        method: Method,
        path: &str,
        what: &str,
    ) -> Result<Response, Error> {
        let request = self.request(method, path, what)?;
        (self.judge)(self.client.send(request).await?, what)
    }

    fn request(&self, method: Method, path: &str, what: &str) -> Result<Request, Error> {
        let mut request = Request::new(method, self.url(path, what)?);
        for (name, value) in self.headers {
            let name = HeaderName::from_static(name);
            request = request.header(name, HeaderValue::from_static(value));
        }
        Ok(request)
    }

    /// A path of this API, or the whole URL of a page that an answer named: nothing outside the
    /// API is asked, so that a token goes nowhere else.
    fn url(&self, path: &str, what: &str) -> Result<Url, Error> {
        let unexpected = |why: String| Error::Unexpected { what: what.to_owned(), why };
        let url = self.base.join(path).map_err(|error| unexpected(format!("no URL: {error}")))?;
        let within = url.origin() == self.base.origin() && url.path().starts_with(self.base.path());
        within.then_some(url).ok_or_else(|| unexpected("it leads out of the API".to_owned()))
    }
}

/// An endpoint as a base to join paths to: only its origin and path count.
pub(crate) fn base(endpoint: &Url) -> Url {
    let mut base = endpoint.clone();
    base.set_path(&format!("{}/", endpoint.path().trim_end_matches('/')));
    base.set_query(None);
    base.set_fragment(None);
    base
}

/// A page of a list, and where the next one is.
pub(crate) struct Page<T> {
    pub(crate) values: Vec<T>,
    /// As [`Rest::call`] takes it.
    pub(crate) next: Option<String>,
}

/// Reads a page; takes what was asked for, too.
pub(crate) type ReadPage<T> = fn(&Response, &str) -> Result<Page<T>, Error>;

/// Where a list is read to: its pages, one after the other.
pub(crate) struct Pages<'a> {
    pub(crate) rest: &'a Rest,
    pub(crate) token: &'a Secret,
    pub(crate) what: &'a str,
}

impl Pages<'_> {
    /// Every page of a list; too many of them are an error, since a hook that is not seen would be
    /// made a second time.
    pub(crate) async fn all<T>(&self, first: String, page: ReadPage<T>) -> Result<Vec<T>, Error> {
        let (found, complete) = self.some(first, page, |_| true).await?;
        let why = format!("more than {PAGES_MAX} pages");
        complete.then_some(found).ok_or(Error::Unexpected { what: self.what.to_owned(), why })
    }

    /// Pages while the last thing of each is `wanted`, and whether that was all that is wanted.
    pub(crate) async fn some<T>(
        &self,
        first: String,
        page: ReadPage<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<(Vec<T>, bool), Error> {
        let (mut found, mut at) = (Vec::new(), first);
        for _ in 0..PAGES_MAX {
            let response = self.rest.call(self.token, Method::GET, &at, None, self.what).await?;
            let Page { values, next } = page(&response, self.what)?;
            let go_on = values.last().is_none_or(&wanted);
            found.extend(values);
            match next {
                Some(next) if go_on => at = next,
                _ => return Ok((found, true)),
            }
        }
        Ok((found, false))
    }
}

/// The next page by the `Link` header (RFC 8288). Of its URL only the query is taken: a server
/// behind a proxy may not know by which name it is asked.
pub(crate) fn next_link(response: &Response) -> Option<String> {
    let link = response.headers.get(header::LINK)?.to_str().ok()?;
    let next = link.split(',').find(|part| part.contains(r#"rel="next""#))?;
    let (_, rest) = next.split_once('<')?;
    let named = response.url.join(rest.split_once('>')?.0).ok()?;
    let mut url = response.url.clone();
    url.set_query(named.query());
    Some(url.into())
}

/// A URL with another value of one name in its query.
pub(crate) fn with_query(url: &Url, name: &str, value: &str) -> String {
    let mut other = url.clone();
    let kept = url.query_pairs().filter(|(it, _)| it != name);
    other.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
    other.into()
}

/// A list whose answer is the list itself and whose next page is in the `Link` header.
pub(crate) fn linked<T: DeserializeOwned>(
    response: &Response,
    what: &str,
) -> Result<Page<T>, Error> {
    Ok(Page { values: read(response, what)?, next: next_link(response) })
}

/// The one thing that is shown, as a list of it alone.
pub(crate) fn only<T: DeserializeOwned>(response: &Response, what: &str) -> Result<Page<T>, Error> {
    Ok(Page { values: vec![read(response, what)?], next: None })
}
