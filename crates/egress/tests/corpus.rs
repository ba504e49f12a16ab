//! URLs that have been used to reach inside, and those that must still work.

use egress::{AllowedAddress, EgressRefusal, Guard, Url};
use std::net::IpAddr;

/// Addresses in every spelling that URL parsers take, names that lead to this machine, and what is no
/// URL of a forge at all.
const REFUSED: &str = include_str!("../testdata/refused-urls.txt");

#[tokio::test]
async fn no_spelling_of_an_inner_address_gets_through() {
    let guard = Guard::default();
    for text in REFUSED.lines() {
        let Ok(url) = Url::parse(text) else { continue };
        assert!(guard.check(&url).await.is_err(), "{text} read as {url}");
    }
    println!("{} URLs refused", REFUSED.lines().count());
}

#[tokio::test]
async fn public_addresses_are_reached_over_https() {
    let guard = Guard::default();
    for text in ["https://93.184.216.34/", "https://[2606:4700::1111]:8443/x?y", "https://1.1.1.1/"]
    {
        let pinned = guard.check(&Url::parse(text).expect(text)).await.expect(text);
        assert_eq!(pinned.curlopt_resolve(), None);
    }
}

fn pin(guard: &Guard, url: &str, found: &[&str]) -> Result<Option<String>, String> {
    let found: Vec<IpAddr> = found.iter().map(|text| text.parse().expect("an address")).collect();
    let pinned = guard.pin(&Url::parse(url).expect(url), &found);
    pinned.map(|it| it.curlopt_resolve()).map_err(|error| error.to_string())
}

#[test]
fn a_name_is_judged_by_every_address_it_has() {
    let guard = Guard::default();
    let good = pin(&guard, "https://forge.example/x", &["93.184.216.34", "2606:4700::1111"]);
    assert_eq!(good, Ok(Some("forge.example:443:93.184.216.34,[2606:4700::1111]".to_owned())));
    let mixed = pin(&guard, "https://forge.example/x", &["93.184.216.34", "169.254.169.254"]);
    let text = "forge.example is at 169.254.169.254 (cloud metadata); the operator may allow it as 169.254.169.254:443";
    assert_eq!(mixed, Err(text.to_owned()));
    assert!(pin(&guard, "https://forge.example/x", &["::ffff:10.0.0.1"]).is_err());
    assert!(pin(&guard, "https://forge.example/x", &[]).is_err());
}

#[test]
fn the_operator_allows_one_range_and_port_and_nothing_beside_it() {
    let allowed: AllowedAddress = "10.1.0.0/16:8443".parse().expect("an exception");
    let guard = Guard::new(vec![allowed]);
    let open = |url: &str, address: &str| pin(&guard, url, &[address]).is_ok();
    assert!(open("https://forge.corp:8443/", "10.1.2.3"));
    assert!(open("http://forge.corp:8443/", "10.1.2.3"));
    assert!(open("https://forge.corp:8443/", "::ffff:10.1.2.3"));
    assert!(!open("https://forge.corp/", "10.1.2.3"));
    assert!(!open("https://forge.corp:8443/", "10.2.0.1"));
    assert!(!open("http://forge.corp:8443/", "93.184.216.34"));
}

#[test]
fn a_refusal_shows_neither_password_nor_query() {
    let url = Url::parse("https://user:hunter2@93.184.216.34/?code=hunter2").expect("a URL");
    let refused = Guard::default().pin(&url, &["93.184.216.34".parse().expect("an address")]);
    let Err(EgressRefusal::UserInfo { url }) = refused else { panic!("{refused:?}") };
    assert_eq!(url, "https://93.184.216.34/");
}
