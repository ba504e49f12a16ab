//! The local commands as a person at a terminal meets them.

mod explaining;
mod linting;
mod planning;
mod running;

use super::output::Output;
use super::*;
use std::fs;
use std::path::PathBuf;

/// What a command did: its exit code, its answer, its words.
pub(super) struct Said {
    pub(super) code: u8,
    pub(super) answer: String,
    pub(super) words: String,
}

pub(super) fn hear(command: impl FnOnce(&mut Output<'_>) -> io::Result<u8>) -> Said {
    let (mut answer, mut words) = (Vec::new(), Vec::new());
    let code = {
        let mut output = Output { answer: Box::new(&mut answer), words: Box::new(&mut words) };
        command(&mut output).unwrap()
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code, answer: text(answer), words: text(words) }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.at(name), content).unwrap();
        self
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

const GOOD: &str =
    "pipelines:\n  default:\n    - step: {name: Build, script: [make], max-time: 3}\n";

const NEEDS_MORE: &str = "pipelines:\n  default:\n    - step: {services: [db], script: [make]}\n";

const WRONG: &str = "pipelines:\n  default:\n    - step: {script: make}\n";

const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";

fn claims(subject: &str) -> String {
    format!(
        "{{\"iss\": \"{ISSUER}\", \"sub\": \"{subject}\", \"aud\": \"a\", \"exp\": 1795346130}}"
    )
}

fn trust(subject: &str) -> String {
    let bare = &ISSUER["https://".len()..];
    format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\n \"Effect\": \"Allow\",\n \"Principal\": {{\"Federated\": \
         \"arn:aws:iam::111111111111:oidc-provider/{bare}\"}},\n \"Action\": \"sts:AssumeRoleWithWebIdentity\",\n \
         \"Condition\": {{\"StringEquals\": {{\"{bare}:aud\": \"a\"}},\n  \"StringLike\": {{\"{bare}:sub\": \"{subject}\"}}}}}}]}}"
    )
}
