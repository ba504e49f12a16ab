//! Conditions on what is there: `If-Match` and its kin (RFC 9110, in the order that S3 documents).

use domain::Timestamp;
use wire::s3::refused;

use super::content::Found;
use crate::refusal::Refused;

/// The four conditions of a call, as its headers have them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Conditions<'a> {
    pub matches: Option<&'a String>,
    pub none_matches: Option<&'a String>,
    pub modified_since: Option<&'a String>,
    pub unmodified_since: Option<&'a String>,
}

/// The conditions of a copy's input on its source.
macro_rules! on_source {
    ($input:expr) => {
        $crate::s3::conditions::Conditions {
            matches: $input.copy_source_if_match.as_ref(),
            none_matches: $input.copy_source_if_none_match.as_ref(),
            modified_since: $input.copy_source_if_modified_since.as_ref(),
            unmodified_since: $input.copy_source_if_unmodified_since.as_ref(),
        }
    };
}

pub(super) use on_source;

impl<'a> Conditions<'a> {
    /// Those of a writer on what is there.
    pub fn of_write(matches: Option<&'a String>, none_matches: Option<&'a String>) -> Self {
        Self { matches, none_matches, ..Self::default() }
    }

    /// For a reader: 412, or true where what the reader has is as good, which is 304.
    pub fn is_unmodified(self, found: &Found) -> Result<bool, Refused> {
        match self.hold(found) {
            Verdict::Hold => Ok(false),
            Verdict::Failed(which) => Err(failed(which)),
            Verdict::Unmodified => Ok(true),
        }
    }

    /// For whoever copies: 412 in every case.
    pub fn check_copy(self, found: &Found) -> Result<(), Refused> {
        match self.hold(found) {
            Verdict::Hold => Ok(()),
            Verdict::Failed(which) => Err(failed(which)),
            Verdict::Unmodified => Err(failed("If-None-Match")),
        }
    }

    /// For a writer, over what is there or over nothing. S3 takes no other `If-None-Match` of
    /// writers than `*`.
    pub fn check_write(self, there: Option<&Found>) -> Result<(), Refused> {
        if self.none_matches.is_some_and(|etags| etags.trim_matches('"') != "*") {
            let message = "A header you provided implies functionality that is not implemented: If-None-Match of a write is `*`.";
            return Err(refused("NotImplemented", 501, message));
        }
        match (self.matches, self.none_matches, there) {
            (Some(_), _, None) => {
                Err(refused("NoSuchKey", 404, "The specified key does not exist."))
            }
            (Some(etags), _, Some(found)) if !names(etags, found) => Err(failed("If-Match")),
            (_, Some(_), Some(_)) => Err(failed("If-None-Match")),
            _ => Ok(()),
        }
    }

    /// For whoever deletes, which is a no to every condition on what is not there.
    pub fn check_delete(self, there: Option<&Found>) -> Result<(), Refused> {
        match (self.matches, there) {
            (Some(_), None) => Err(failed("If-Match")),
            _ => self.check_write(there),
        }
    }

    fn hold(self, found: &Found) -> Verdict {
        // HTTP's dates have whole seconds.
        let modified = Timestamp(found.modified.0.div_euclid(1000) * 1000);
        let date = |text: Option<&String>| text.and_then(|text| Timestamp::from_http_date(text));
        match (self.matches, date(self.unmodified_since)) {
            (Some(etags), _) if !names(etags, found) => return Verdict::Failed("If-Match"),
            (None, Some(at)) if modified > at => return Verdict::Failed("If-Unmodified-Since"),
            _ => {}
        }
        match (self.none_matches, date(self.modified_since)) {
            (Some(etags), _) if names(etags, found) => Verdict::Unmodified,
            (None, Some(at)) if modified <= at => Verdict::Unmodified,
            _ => Verdict::Hold,
        }
    }
}

enum Verdict {
    Hold,
    Failed(&'static str),
    Unmodified,
}

fn names(etags: &str, found: &Found) -> bool {
    etags
        .split(',')
        .map(|it| it.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|it| it == "*" || it == found.etag)
}

fn failed(which: &str) -> Refused {
    refused(
        "PreconditionFailed",
        412,
        format!("At least one of the pre-conditions you specified did not hold: {which}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ArtifactRef, Digest};

    fn found() -> Found {
        let artifact =
            ArtifactRef { digest: Digest("0".repeat(64)), size: 3, store: "local".to_owned() };
        let none = std::collections::BTreeMap::new;
        Found {
            key: "k".to_owned(),
            artifact,
            modified: Timestamp(1_795_342_530_500),
            etag: "e".to_owned(),
            headers: none(),
            metadata: none(),
            tags: none(),
            checksum: None,
            assembled: None,
            version_id: "null".to_owned(),
            marker: false,
        }
    }

    fn code(checked: Result<(), Refused>) -> String {
        checked.err().map_or_else(|| "held".to_owned(), |refused| refused.code.to_string())
    }

    #[test]
    fn readers_writers_and_copiers_each_have_their_refusal() {
        let text = |text: &str| Some(text.to_owned());
        let check = |matches: Option<String>,
                     none: Option<String>,
                     since: Option<String>,
                     until: Option<String>| {
            let conditions = Conditions {
                matches: matches.as_ref(),
                none_matches: none.as_ref(),
                modified_since: since.as_ref(),
                unmodified_since: until.as_ref(),
            };
            [
                conditions.is_unmodified(&found()).map_or_else(
                    |refused| refused.code.to_string(),
                    |unmodified| if unmodified { "unmodified" } else { "held" }.to_owned(),
                ),
                code(conditions.check_copy(&found())),
                code(conditions.check_write(Some(&found()))),
            ]
        };
        let (then, before) =
            (text("Sun, 22 Nov 2026 10:15:30 GMT"), text("Sun, 22 Nov 2026 10:15:29 GMT"));
        assert_eq!(check(text("\"e\""), None, None, None), ["held", "held", "held"]);
        assert_eq!(check(text("\"x\""), None, None, None), ["PreconditionFailed"; 3]);
        assert_eq!(
            check(None, text("x, \"e\""), None, None),
            ["unmodified", "PreconditionFailed", "NotImplemented"]
        );
        assert_eq!(check(None, text("*"), None, None)[2], "PreconditionFailed");
        assert_eq!(check(None, None, then.clone(), None)[0], "unmodified");
        assert_eq!(check(None, None, before.clone(), None)[0], "held");
        assert_eq!(check(None, None, None, before.clone())[0], "PreconditionFailed");
        assert_eq!(check(text("e"), None, None, before)[0], "held");
        assert_eq!(check(None, text("x"), then, None)[0], "held");
        assert_eq!(
            code(
                Conditions { matches: text("e").as_ref(), ..Conditions::default() }
                    .check_write(None)
            ),
            "NoSuchKey"
        );
        let matches = text("e");
        let conditions = Conditions { matches: matches.as_ref(), ..Conditions::default() };
        assert_eq!(code(conditions.check_delete(None)), "PreconditionFailed");
        assert_eq!(code(conditions.check_delete(Some(&found()))), "held");
        assert_eq!(code(Conditions::default().check_delete(None)), "held");
        assert_eq!(
            code(
                Conditions { none_matches: text("*").as_ref(), ..Conditions::default() }
                    .check_write(None)
            ),
            "held"
        );
    }
}
