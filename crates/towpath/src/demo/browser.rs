//! A person in a browser, as far as a handshake needs one: it opens the link, presses the buttons,
//! keeps its cookie, and follows where it is sent.

use anyhow::{Context, Result, bail};
use egress::{Client, HeaderName, HeaderValue, Method, Request, Response, Url, header};

/// Opens a handshake's link and goes through with it.
///
/// # Errors
/// A page is not what it should be; its text says why.
pub async fn authorize(client: &Client, link: &str) -> Result<()> {
    let begin = Url::parse(link)?;
    expect(client.send(Request::new(Method::GET, begin.clone())).await?, 200)?;
    let origin = HeaderValue::from_str(&begin.origin().ascii_serialization())?;
    let press = Request::new(Method::POST, begin).header(header::ORIGIN, origin);
    let pressed = client.send(press).await?;
    let cookie = pressed.headers.get(header::SET_COOKIE).cloned().context("no cookie was set")?;
    let forge = location(&pressed)?;
    let mut page = forge.clone();
    page.set_query(None);
    // The forge's own button posts what its address said.
    let form = format!("{}&decision=approve", forge.query().unwrap_or_default());
    let approved = client.send(Request::new(Method::POST, page).content(FORM, form)).await?;
    let back = location(&approved)?;
    let cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
    let returning =
        Request::new(Method::GET, back).header(header::COOKIE, HeaderValue::from_str(&cookie)?);
    expect(client.send(returning).await?, 200)
}

const FORM: &str = "application/x-www-form-urlencoded";

fn expect(response: Response, status: u16) -> Result<()> {
    match response.status.as_u16() == status {
        true => Ok(()),
        false => bail!("{} answered {}: {}", response.url.path(), response.status, text(&response)),
    }
}

fn location(response: &Response) -> Result<Url> {
    let sent = response.headers.get(HeaderName::from_static("location"));
    let sent =
        sent.with_context(|| format!("{} leads nowhere: {}", response.url.path(), text(response)))?;
    Ok(response.url.join(sent.to_str()?)?)
}

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).chars().take(300).collect()
}
