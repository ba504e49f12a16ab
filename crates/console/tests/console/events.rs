//! The event stream: what changes is sent, a log without gaps or doubles, and nothing else.

use crate::world::{Browser, World};
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures::StreamExt;

struct Messages(BodyDataStream, String);

impl Messages {
    async fn open(browser: &Browser<'_>, page: &str, last: Option<&str>) -> Self {
        let mut request = Request::get(format!("/console/events?page={page}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = browser.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body().into_data_stream(), String::new())
    }

    /// The next message that holds this text; `None` where the stream ends first.
    async fn holding(&mut self, text: &str) -> Option<String> {
        loop {
            while let Some((message, rest)) = self.1.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.1 = rest;
                if message.contains(text) {
                    return Some(message);
                }
            }
            self.1.push_str(std::str::from_utf8(&self.0.next().await?.unwrap()).unwrap());
        }
    }
}

fn id_of(message: &str) -> &str {
    message.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id")
}

#[tokio::test]
async fn a_page_follows_what_is_committed() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let mut messages = Messages::open(&browser, "/console/", None).await;
    messages.holding("No pipeline yet").await.unwrap();
    world.pipeline().await;
    let message = messages.holding("data-pipeline=\"storefront\"").await.unwrap();
    assert!(message.contains("hx-target=\"#live\" hx-swap=\"innerMorph\""));
}

#[tokio::test]
async fn a_log_arrives_line_by_line_and_goes_on_where_a_stream_broke() {
    let world = World::new().await;
    let execution = world.pipeline().await;
    let fetch = world.begin().await;
    world.end(&fetch).await;
    let test = world.begin().await;
    world.log(&test, "line one");
    let browser = world.signed_in().await;
    let page = format!("/console/pipelines/storefront/executions/{execution}");
    let mut messages = Messages::open(&browser, &page, None).await;
    let first = messages.holding("line one").await.unwrap();
    assert!(first.contains(&format!("hx-target=\"#log-{}\" hx-swap=\"beforeend\"", test.doc.id)));
    world.log(&test, "line two");
    let second = messages.holding("line two").await.unwrap();
    assert!(!second.contains("line one"));
    drop(messages);
    world.log(&test, "line three");
    let mut messages = Messages::open(&browser, &page, Some(id_of(&second))).await;
    let third = messages.holding("line three").await.unwrap();
    assert!(!third.contains("line two") && third.contains("data-n=\"3\""), "{third}");
    world.end(&test).await;
    messages.holding("Waiting for approval").await.unwrap();
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_server() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let mut messages = Messages::open(&browser, "/console/", None).await;
    messages.holding("No pipeline yet").await.unwrap();
    let form = format!("form_token={}", browser.get("/console/").await.field("form_token"));
    browser.post("/console/sign-out", &form).await;
    world.changed.send_modify(|commits| *commits += 1);
    assert_eq!(messages.holding("data-pipeline").await, None);
}
