//! A host's proxy that wants to know who asks: its password is kept sealed and said to nobody.

use serde_json::{Value, json};
use store::{HostRow, Place};
use wire::Service::{CodeConnections, Towpath};

use crate::world::{ACCOUNT, World};

const PASSWORD: &str = "practice-canary";

fn configure(world: &mut World, input: &Value) -> Result<Value, String> {
    let answer = world.ask(ACCOUNT, Towpath, "ConfigureHostNetwork", &input.to_string());
    answer.map_err(|refused| refused.message.clone())
}

fn host(world: &World) -> HostRow {
    world.list::<HostRow>(HostRow::of_account(&ACCOUNT.into(), "", 10)).pop().expect("a host")
}

#[test]
fn the_password_of_a_proxy_is_sealed_and_goes_with_its_user_and_its_endpoint() {
    let mut world = World::new();
    let made = json!({
        "Name": "own", "ProviderType": "GitHubEnterpriseServer",
        "ProviderEndpoint": "https://git.example.com",
    });
    let made = world.ask(ACCOUNT, CodeConnections, "CreateHost", &made.to_string()).expect("made");
    let arn = made["HostArn"].as_str().expect("an ARN").to_owned();
    let proxy = "http://proxy.example:3128";
    let whole = json!({
        "hostArn": arn, "proxy": proxy, "proxyUser": "ada", "proxyPassword": PASSWORD,
    });
    for (member, wrong) in [
        ("proxyUser", Value::Null),
        ("proxyPassword", Value::Null),
        ("proxy", Value::Null),
        ("proxyUser", json!("a:b")),
        ("proxyPassword", json!(format!("{PASSWORD}\n"))),
        ("proxy", json!(format!("http://ada:{PASSWORD}@proxy.example"))),
    ] {
        let mut input = whole.clone();
        match wrong {
            Value::Null => drop(input.as_object_mut().expect("an object").remove(member)),
            wrong => input[member] = wrong,
        }
        let said = configure(&mut world, &input).expect_err(member);
        assert!(said.contains("proxy") && !said.contains(PASSWORD), "{member}: {said}");
    }
    configure(&mut world, &whole).expect("it is taken");
    let row = host(&world);
    let sealed = row.sealed_proxy_password.clone().expect("it is kept");
    assert!(!sealed.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()));
    let (account, place) = (ACCOUNT.into(), row.id.clone());
    let place = Place::of_proxy_password(&account, &place);
    assert_eq!(world.vault().unseal(&place, &sealed).expect("it opens").expose(), PASSWORD);
    for operation in ["GetHost", "ListHosts"] {
        let input = if operation == "GetHost" { json!({ "HostArn": arn }) } else { json!({}) };
        let shown = world.ask(ACCOUNT, CodeConnections, operation, &input.to_string());
        assert!(!shown.expect("it is shown").to_string().contains("canary"), "{operation}");
    }
    assert!(!format!("{:?}", world.audited(ACCOUNT)).contains(PASSWORD));

    // What was said of one endpoint is not told to another, and what is left out is taken back.
    let moved = json!({ "HostArn": arn, "ProviderEndpoint": "https://other.example.com" });
    world.ask(ACCOUNT, CodeConnections, "UpdateHost", &moved.to_string()).expect("it moves");
    let row = host(&world);
    assert_eq!((row.network, row.sealed_proxy_password), (None, None));
    configure(&mut world, &whole).expect("it is taken");
    configure(&mut world, &json!({ "hostArn": arn, "proxy": proxy })).expect("it is taken");
    assert_eq!(host(&world).sealed_proxy_password, None);
}
