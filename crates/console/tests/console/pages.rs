//! Each page, as HTML and as JSON, of a pipeline that waits for an approval and goes on.

use crate::world::{COMMIT, CONNECTION, World};
use axum::http::{StatusCode, header};
use domain::{
    DeliveryId,
    reason::{Disposition, Filter},
};
use serde_json::{Value, json};
use store::{Changes, DeliveryBodyRow, DeliveryRow, DispositionRow};
use wire::service::Service;

#[tokio::test]
async fn an_execution_goes_on_when_its_approval_is_given() {
    let world = World::new().await;
    let execution = world.to_approval().await;
    let mut browser = world.signed_in().await;
    let path = format!("/console/pipelines/storefront/executions/{execution}");
    let page = browser.get(&path).await;
    assert!(
        page.text.contains("data-test=\"approve\"") && page.text.contains("data-test=\"reject\"")
    );
    assert!(page.text.contains("Waiting for approval"));
    assert!(page.text.contains("&#60;b&#62;Retry&#60;/b&#62; the payment call"), "escaped");
    assert!(page.text.contains("Has &#60;everyone&#62; seen it?"));
    let form = format!(
        "form_token={}&stage=Approval&action=Release&token={}&verdict=Approved&summary=all+%3Cseen%3E",
        page.field("form_token"),
        page.field("token")
    );
    let done = browser.post(&format!("{path}/approval"), &form).await;
    assert_eq!(
        (done.status, done.header(header::LOCATION)),
        (StatusCode::SEE_OTHER, path.as_str())
    );
    let told = world.call(Service::Towpath, "ListAuditEntries", json!({})).await;
    let answered = |it: &&Value| it["action"] == "codepipeline:PutApprovalResult";
    let told = told["entries"].as_array().unwrap().iter().find(answered).expect("it is told");
    assert!(told["accessKeyId"].as_str().unwrap().starts_with("console-"), "{told}");
    assert_eq!(told["sourceIdentity"], "arn:aws:iam::000000000000:root");
    let repeated = browser.post(&format!("{path}/approval"), &form).await;
    assert_eq!(repeated.status, StatusCode::BAD_REQUEST);
    assert!(repeated.text.contains("completed before"), "{}", repeated.text);
    let upload = world.begin().await;
    world.end(&upload).await;
    browser.accept = "application/json";
    let json = browser.get(&path).await.json();
    assert_eq!(json["status"]["code"], "Succeeded");
    assert_eq!(json["revisions"][0]["id"], COMMIT);
    let stages: Vec<_> =
        json["stages"].as_array().unwrap().iter().map(|it| &it["status"]["code"]).collect();
    assert_eq!(stages, ["Succeeded"; 4]);
    let facts: Vec<_> = json["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["fact"].as_str().unwrap())
        .collect();
    assert_eq!((facts.first(), facts.last()), (Some(&"ExecutionStarted"), Some(&"ExecutionEnded")));
    assert!(json.to_string().contains("all <seen>"), "the summary stands in the timeline");
}

#[tokio::test]
async fn an_execution_fails_when_its_approval_is_refused() {
    let world = World::new().await;
    let execution = world.to_approval().await;
    let mut browser = world.signed_in().await;
    let path = format!("/console/pipelines/storefront/executions/{execution}");
    let page = browser.get(&path).await;
    let form = format!(
        "form_token={}&stage=Approval&action=Release&token={}&verdict=Rejected&summary=no",
        page.field("form_token"),
        page.field("token")
    );
    browser.post(&format!("{path}/approval"), &form).await;
    browser.accept = "application/json";
    let json = browser.get(&path).await.json();
    assert_eq!(
        (&json["status"]["code"], &json["why"]["code"]),
        (&"Failed".into(), &"rejected".into())
    );
}

#[tokio::test]
async fn a_verdict_that_is_none_is_refused_as_the_api_refuses_it() {
    let world = World::new().await;
    let execution = world.to_approval().await;
    let browser = world.signed_in().await;
    let path = format!("/console/pipelines/storefront/executions/{execution}");
    let page = browser.get(&path).await;
    let form = format!(
        "form_token={}&stage=Approval&action=Release&token={}&verdict=Perhaps",
        page.field("form_token"),
        page.field("token")
    );
    let refused = browser.post(&format!("{path}/approval"), &form).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("result.status"), "{}", refused.text);
}

#[tokio::test]
async fn pipelines_are_listed_with_their_newest_execution() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    assert!(browser.get("/console/").await.text.contains("No pipeline yet"));
    let execution = world.to_approval().await;
    let list = browser.get("/console/").await;
    assert!(list.text.contains("data-test=\"pipeline-link\" data-pipeline=\"storefront\""));
    let one = browser.get("/console/pipelines/storefront").await;
    assert!(one.text.contains("data-test=\"approve\""), "approvals can be given here too");
    assert!(one.text.contains(&format!("data-execution=\"{execution}\"")));
    let short = browser.get(&format!("/console/executions/{execution}")).await;
    assert!(short.header(header::LOCATION).ends_with(execution.as_str()));
    browser.accept = "application/json";
    let json = browser.get("/console/").await.json();
    assert_eq!(json["pipelines"][0]["stages"][2]["word"], "Waiting for approval");
    let executions = browser.get("/console/pipelines/storefront/executions").await.json();
    assert_eq!(executions["executions"][0]["who"]["id"], execution.as_str());
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let world = World::new().await;
    world.pipeline().await;
    let browser = world.signed_in().await;
    for path in [
        "/console/nothing",
        "/console/pipelines/other",
        "/console/pipelines/storefront/executions/x",
        "/console/executions/x",
        "/console/deliveries/x",
        "/console/assets/x.css",
        "/console/assets/../x",
        "/console/pipelines/storefront/executions/x/artifacts/a/b/1/c",
        "/console/pipelines/%2e%2e",
        "/console/events?page=/x",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(browser.get("/console/pipelines/%ff").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.get("/console").await.header(header::LOCATION), "/console/");
}

#[tokio::test]
async fn artifacts_and_logs_are_files_without_an_origin() {
    let world = World::new().await;
    let execution = world.pipeline().await;
    let fetch = world.begin().await;
    world.end(&fetch).await;
    let test = world.begin().await;
    world.log(&test, "\u{1b}[32mone\u{1b}[0m");
    world.log(&test, "<script>two</script>");
    world.end(&test).await;
    let browser = world.signed_in().await;
    let path = format!("/console/pipelines/storefront/executions/{execution}");
    let page = browser.get(&path).await;
    assert!(page.text.contains("<span class=\"f2\">one</span>"));
    assert!(page.text.contains("&#60;script&#62;two"));
    let log = browser.get(&format!("{path}/log?log=Build%2FTest%2F1")).await;
    assert_eq!(log.text, "\u{1b}[32mone\u{1b}[0m\n<script>two</script>\n");
    let artifact = browser.get(&format!("{path}/artifacts/Build/Test/1/Package")).await;
    assert_eq!(artifact.text, "what it made");
    for file in [log, artifact] {
        assert!(file.header(header::CONTENT_DISPOSITION).starts_with("attachment"));
        assert_eq!(file.header(header::CONTENT_SECURITY_POLICY), "sandbox; default-src 'none'");
    }
}

#[tokio::test]
async fn a_connection_says_what_is_missing_and_is_not_finished_before_that() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = browser.get("/console/connections").await;
    assert!(page.text.contains("canal-forge") && page.text.contains("towpath forges register"));
    assert!(!page.text.contains("data-test=\"finish-connecting\""));
    let form = format!("form_token={}&connection={CONNECTION}", page.field("form_token"));
    let refused = browser.post("/console/connections/finish", &form).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
}

#[tokio::test]
async fn a_connection_is_tested_in_a_repository_by_a_form() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = browser.get(&format!("/console/connections/test?connection={CONNECTION}")).await;
    assert!(page.text.contains(CONNECTION) && !page.text.contains("data-test=\"tested\""));
    let token = page.field("form_token");
    let form = format!("form_token={token}&connection={CONNECTION}&repository=canal%2Fstorefront");
    let answer = browser.post("/console/connections/test", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.text.contains("It speaks for <strong>ada</strong>"), "{}", answer.text);
    for part in ["given", "refused", "unsaid"] {
        assert!(answer.text.contains(&format!("data-status=\"{part}\"")), "{part}");
    }
    assert!(
        answer.text.contains("&#60;only&#62; administrators may")
            && !answer.text.contains("<only>")
    );
    assert!(answer.text.contains("<code>admin:repo_hook</code>"));
    let forged = form.replace(&token, "0123");
    let refused = browser.post("/console/connections/test", &forged).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    let nowhere = form.replace("6f1c2d3e", "00000000");
    let refused = browser.post("/console/connections/test", &nowhere).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
}

#[tokio::test]
async fn a_delivery_shows_what_came_and_what_became_of_it() {
    let world = World::new().await;
    let id = DeliveryId::new("dlv-1");
    let mut changes = Changes::of_loop();
    let received = domain::Clock::now(world.state.clock.as_ref());
    changes.insert(DeliveryRow {
        account: World::account(),
        id: id.clone(),
        hook: "hook".into(),
        forge_delivery: "72d3162e".into(),
        received,
        state: store::inbox::DONE.into(),
        digest: String::new(),
        provider: "GitHub".into(),
        event: "push".into(),
        verdict: "the signature fits the hook's secret".into(),
    });
    changes.insert(DeliveryBodyRow {
        account: World::account(),
        delivery: id.clone(),
        received,
        body: b"{\"ref\":\"<refs>\"}".to_vec(),
        headers: [("x-github-event".into(), "push".into())].into(),
    });
    let kind = Filter::KindStartsNothing { kind: "star".into() };
    changes.insert(DispositionRow {
        account: World::account(),
        delivery: id,
        change_index: 0,
        kind: "filtered".into(),
        doc: Disposition::Filtered(kind),
    });
    world.state.desk.store.commit(changes).await.unwrap();
    let mut browser = world.signed_in().await;
    assert!(browser.get("/console/deliveries").await.text.contains("data-delivery=\"dlv-1\""));
    let page = browser.get("/console/deliveries/dlv-1").await;
    assert!(page.text.contains("&#34;ref&#34;: &#34;&#60;refs&#62;&#34;"), "{}", page.text);
    browser.accept = "application/json";
    let json = browser.get("/console/deliveries/dlv-1").await.json();
    assert_eq!(json["line"]["dispositions"][0]["why"]["code"], "kind-starts-nothing");
    assert_eq!(json["signature"]["status"]["code"], "Verified");
}
