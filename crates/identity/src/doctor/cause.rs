//! The causes that are known, by number: threads, issues and articles of many products name them,
//! each in the words of its own symptom.

use serde::{Serialize, Serializer};
use serde_json::json;

macro_rules! causes {
    ($($number:literal $name:ident $title:literal)*) => {
        /// Why a token is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Cause {
            $(#[doc = $title] $name = $number,)*
        }

        impl Cause {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it is, in half a sentence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

causes! {
    1 NotAsked "the step did not ask for a token"
    2 MisnamedVariable "the token's file is named by AWS_WEB_IDENTITY_TOKEN_FILE"
    3 NotExported "a variable is set by `export NAME=value`, in small letters"
    4 EmptyVariable "a variable is empty: a deployment's variables are for deployment steps only"
    5 NoToken "what was given is not one whole token"
    6 NoProvider "the account has no OIDC provider of this URL"
    7 OtherAccount "the role and the provider are in two accounts"
    8 OtherIssuer "the provider is registered under another issuer's URL"
    9 Slash "the provider's URL or a condition's key differs from the issuer by a slash, its scheme or its case"
    10 Audience "the audience is another than the one that is asked for"
    11 NoAudience "the token has no audience"
    12 AuthorizedParty "`azp` stands in for the audience"
    13 Thumbprint "the certificate at the issuer's keys is of another authority than the thumbprint's"
    14 NoKey "the issuer's keys could not be fetched, or the token's is not among them"
    15 StaleSession "a session token of the environment was sent along"
    16 Case "the value differs in its case alone"
    17 Shape "the subject is of another form: a deployment's, an environment's, a branch's"
    18 LiteralWildcard "a wildcard stands under an operator that takes it literally"
    19 TagSession "the token carries tags or a source identity, and the policy does not allow to set them"
    20 Principal "the policy's principal or action is not the one of web identities"
    21 UnknownClaim "STS makes no condition key of this claim"
    22 Braces "UUIDs have braces in claims and none in the audience"
    23 RoleArn "the role's ARN is malformed"
    24 Duration "the session is to last longer than the role allows"
    25 Outlived "the token or the session ended before the work did"
    26 StaticKeys "access keys of the environment come before the token"
    27 Profile "the SDK does not read the profile's token file"
    28 Partition "the role is in another partition of AWS than the audience is for"
    29 Open "the condition is too wide: others' tokens pass too"
    30 NoDiscovery "the issuer's discovery document is not there: OIDC never enabled, or the workspace renamed"
    31 ForgeApi "the token is not for the forge's own API"
    32 RoleName "a role of this name was reported to fail"
    33 AudienceForm "Google's audience is the provider's full resource name"
    34 NoTarget "Google knows no such pool or provider"
    35 Condition "the attribute condition is false"
    36 GoogleClaims "issuer or audience are not those of the provider"
    37 Stale "the token is too old for Google"
    38 GoogleLimit "a mapped attribute or a lifetime is beyond Google's limit"
    39 Impersonation "the bearer may not act as the service account"
    40 GooglePolicy "an organisation's policy, or the token's short life, stands in the way"
    41 Subject "no federated credential has this subject"
    42 SubjectCase "a federated credential has this subject in other letters"
    43 IssuerOrAudience "no federated credential has this issuer, or this audience"
    44 AssertionTime "the assertion is not within its time"
    45 StepSubject "the subject ends in the step's UUID, which is another in every run"
}

impl Cause {
    /// Its number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        json!({"number": self.number(), "title": self.title()}).serialize(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_forty_five_in_their_order() {
        let numbers: Vec<u8> = Cause::ALL.iter().map(|cause| cause.number()).collect();
        assert_eq!(numbers, (1..=45).collect::<Vec<u8>>());
    }
}
