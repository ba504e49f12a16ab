//! The pages before a session, and a refusal.

use super::*;

/// The page behind a sign-in link.
pub fn sign_in() -> SignIn {
    SignIn { frame: Frame::default(), link: Some("one-time".into()), problem: None }
}

/// The same without a link, after a try that failed.
pub fn no_link() -> SignIn {
    SignIn {
        frame: Frame::default(),
        link: None,
        problem: Some(
            "This link was used already, or it is older than ten minutes. Make a new one.".into(),
        ),
    }
}

/// On the way to a forge.
pub fn handoff() -> Handoff {
    let authorise =
        Href::outside("https://git.example/login/oauth/authorize?client_id=a&state=b").unwrap();
    Handoff {
        frame: Frame::default(),
        connection: "canal-forge".into(),
        host: "git.example".into(),
        authorise,
    }
}

/// A refusal.
pub fn problem() -> Problem {
    Problem {
        frame: frame(Section::None),
        status: 404,
        title: "Not found".into(),
        message: "There is no pipeline called “storefrnt” in account 000000000000.".into(),
        request: Some("4e0c9f1b-5f0e-4b54-8c3e-3a5b2f7d6c10".into()),
        back: Some(Href::inside(&[""])),
    }
}
