//! A person in a browser, as far as a handshake needs one: it opens links, presses buttons, keeps
//! cookies, and goes where it is sent.

use egress::{HeaderName, HeaderValue, Method, Request, Response, Url, header};

use crate::caller::loopback;

const FORM: &str = "application/x-www-form-urlencoded";

/// A browser with its cookies.
#[derive(Clone)]
pub struct Browser {
    http: egress::Client,
    /// `name=value`, and more after a semicolon, once one was set.
    pub cookie: Option<String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self { http: loopback(), cookie: None }
    }
}

impl Browser {
    /// A browser that brings a cookie along.
    pub fn with_cookie(cookie: String) -> Self {
        Self { cookie: Some(cookie), ..Self::default() }
    }

    /// Opens a page.
    pub async fn open(&mut self, url: &Url) -> Response {
        self.send(Request::new(Method::GET, url.clone())).await
    }

    /// Presses the button of a page without fields.
    pub async fn press(&mut self, url: &Url) -> Response {
        let origin = url.origin().ascii_serialization();
        let origin = HeaderValue::from_str(&origin).expect("an origin");
        let pressed = Request::new(Method::POST, url.clone()).header(header::ORIGIN, origin);
        self.send(pressed).await
    }

    /// Begins a handshake by its link; gives the forge's page.
    pub async fn begin(&mut self, link: &Url) -> Url {
        let page = self.open(link).await;
        assert_eq!(page.status.as_u16(), 200, "{}", text(&page));
        location(&self.press(link).await)
    }

    /// Answers on the forge's page, `approve` or `deny`; gives the way back.
    pub async fn decide(&mut self, page: &Url, decision: &str) -> Url {
        location(&self.press_with(page, decision).await)
    }

    /// Answers on the forge's page; gives what the forge says to that.
    pub async fn press_with(&mut self, page: &Url, decision: &str) -> Response {
        let mut target = page.clone();
        target.set_query(None);
        let form = format!("{}&decision={decision}", page.query().unwrap_or_default());
        self.send(Request::new(Method::POST, target).content(FORM, form)).await
    }

    /// Goes through a whole handshake; gives the last page.
    pub async fn authorize(&mut self, link: &Url) -> Response {
        let page = self.begin(link).await;
        let back = self.decide(&page, "approve").await;
        self.open(&back).await
    }

    /// Has the forge make an App: presses the button, which leads the form on to the forge, and comes
    /// back; gives the last page.
    pub async fn register(&mut self, link: &Url) -> Response {
        let back = self.register_at_forge(link).await;
        self.open(&back).await
    }

    /// The same as far as the way back.
    pub async fn register_at_forge(&mut self, link: &Url) -> Url {
        let page = text(&self.open(link).await);
        let (_, rest) = page.split_once("name=\"manifest\" value=\"").expect("a manifest");
        let manifest = rest.split('"').next().unwrap_or_default();
        let manifest =
            manifest.replace("&#34;", "\"").replace("&quot;", "\"").replace("&amp;", "&");
        let target = location(&self.press(link).await);
        let mut form = Url::parse("form:").expect("a URL");
        form.query_pairs_mut().append_pair("manifest", &manifest);
        let form = form.query().unwrap_or_default().to_owned();
        location(&self.send(Request::new(Method::POST, target).content(FORM, form)).await)
    }

    /// Installs an App by its page at the forge; gives the way back.
    pub async fn install(&mut self, page: &Url) -> Url {
        location(&self.send(Request::new(Method::POST, page.clone())).await)
    }

    /// Presses one button of a form with a value.
    pub async fn choose(&mut self, url: &Url, name: &str, value: &str) -> Response {
        let origin = url.origin().ascii_serialization();
        let origin = HeaderValue::from_str(&origin).expect("an origin");
        let chosen = Request::new(Method::POST, url.clone()).header(header::ORIGIN, origin);
        self.send(chosen.content(FORM, format!("{name}={value}"))).await
    }

    /// Where the first link or form of a page leads that has this text in its address.
    pub fn link(page: &Response, part: &str) -> Url {
        let said = text(page);
        let found = said.split('"').find(|it| it.contains(part));
        let found = found.unwrap_or_else(|| panic!("no {part} in {said}")).replace("&amp;", "&");
        page.url.join(&found).expect("a URL")
    }

    /// Sends a request with the cookies, and keeps the one that is set.
    pub async fn send(&mut self, mut request: Request) -> Response {
        if let Some(cookie) = &self.cookie {
            let value = HeaderValue::from_str(cookie).expect("a cookie");
            request = request.header(header::COOKIE, value);
        }
        let answer = self.http.send(request).await.expect("the page answers");
        if let Some(set) = answer.headers.get(header::SET_COOKIE) {
            let pair = set.to_str().expect("a cookie").split(';').next().unwrap_or_default();
            self.keep(pair);
        }
        answer
    }

    /// Keeps a cookie, in the place of one of the same name.
    fn keep(&mut self, pair: &str) {
        let name = pair.split('=').next().unwrap_or_default();
        let before = self.cookie.take().unwrap_or_default();
        let others = before.split("; ").filter(|it| it.split('=').next() != Some(name));
        let all = others.filter(|it| !it.is_empty()).chain([pair]).collect::<Vec<_>>();
        self.cookie = Some(all.join("; "));
    }
}

fn location(answer: &Response) -> Url {
    let sent = answer.headers.get(HeaderName::from_static("location"));
    let sent = sent.unwrap_or_else(|| panic!("it leads nowhere: {}", text(answer)));
    answer.url.join(sent.to_str().expect("text")).expect("a URL")
}

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}
