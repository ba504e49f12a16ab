//! URLs that have been used to reach inside, and those that must still work.

use egress::{AllowedAddress, EgressRefusal, Guard, Url};
use std::net::IpAddr;

/// Hosts that are addresses, in every spelling that URL parsers take.
const REFUSED: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://127.255.255.254/",
    "https://%31%32%37.0.0.1/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.0.0.1/",
    "https://0.0.0.0/",
    "https://0/",
    "https://0.1.2.3/",
    "https://0x0/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.0.1/",
    "https://192.168.255.255/",
    "https://3232235521/",
    "https://0xc0a80001/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.1.1/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.9/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[::a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://[3fff::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fd12:3456::1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[4000::1]/",
    "https://[5f00::1]/",
    "http://93.184.216.34/",
    "http://[2606:4700::1111]/",
    "ftp://93.184.216.34/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "data:text/plain,x",
    "ssh://git@93.184.216.34/x",
    "https://user@93.184.216.34/",
    "https://user:pw@93.184.216.34/",
    "https://github.com@127.0.0.1/",
    "https://:pw@93.184.216.34/",
    "https://93.184.216.34:0/",
    "https://127.0.0.1\\@93.184.216.34/",
];

#[tokio::test]
async fn no_spelling_of_an_inner_address_gets_through() {
    let guard = Guard::default();
    for text in REFUSED {
        let Ok(url) = Url::parse(text) else { continue };
        assert!(guard.check(&url).await.is_err(), "{text} read as {url}");
    }
    println!("{} URLs refused", REFUSED.len());
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
