//! The step that asks for the token: whether it does, and what its script and variables make of it.
//!
//! The first of the causes lie here, before any token exists. Reading the file of a pipeline is left
//! to whoever brings its steps.

use super::cause::Cause;
use super::evidence::Evidence;
use super::finding::Finding;

/// A step, as far as its token goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Its line in the file.
    pub line: u32,
    /// Whether it asks for a token.
    pub oidc: bool,
    /// Its deployment environment.
    pub deployment: Option<String>,
    /// Its commands.
    pub script: Vec<String>,
    /// How long it may take.
    pub minutes_max: Option<u32>,
}

/// How long Bitbucket's token is good for.
const TOKEN_MINUTES: u32 = 60;
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const WRONG_TOKEN_FILE: &str = "AWS_WEB_IDENTITY_ROLE_FILE";
const TOKEN: &str = "BITBUCKET_STEP_OIDC_TOKEN";

/// What is wrong with the steps and their variables.
pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
    let steps = evidence.steps.as_deref().unwrap_or_default();
    let named = evidence.step.as_deref();
    let is_meant = |step: &&Step| named.is_none_or(|name| step.name == name);
    let nobody_asks = !steps.is_empty() && steps.iter().all(|step| !step.oidc);
    for step in steps.iter().filter(is_meant) {
        if !step.oidc && (named.is_some() || step.uses_token() || nobody_asks) {
            let message = format!("step {:?} (line {}) has no `oidc: true`", step.name, step.line);
            let fix = "write `oidc: true` at the step, in small letters and with a space";
            findings.push(Finding::refused(message, fix).of(Cause::NotAsked));
        }
        findings.extend(step.script.iter().flat_map(|command| command.lines()).flat_map(command));
        findings.extend(step.role(evidence));
        findings.extend(step.unshown(evidence));
        findings.extend(step.time());
    }
    findings.extend(
        evidence.environment.is_some().then(|| environment(evidence)).into_iter().flatten(),
    );
    findings
}

impl Step {
    fn says(&self, words: &[&str]) -> bool {
        let mut script = self.script.iter();
        script.any(|command| words.iter().any(|word| command.contains(word)))
    }

    fn uses_token(&self) -> bool {
        let federated = ["assume-role-with-web-identity", "--federated-token", "AWS_OIDC_ROLE_ARN"];
        self.says(&[TOKEN, TOKEN_FILE, WRONG_TOKEN_FILE]) || self.says(&federated)
    }

    /// Whether the role comes from a variable that this step may not have.
    fn role(&self, evidence: &Evidence) -> Option<Finding> {
        let sets = |line: &str| line.trim_start().starts_with("export AWS_ROLE_ARN=");
        let mut lines = self.script.iter().flat_map(|command| command.lines());
        let source = lines.find(|line| sets(line)).and_then(|line| line.split_once('='));
        let source = source.map_or("AWS_ROLE_ARN", |(_, value)| value.trim_matches(['"', ' ']));
        if source.starts_with("arn:") || !self.says(&[TOKEN_FILE, WRONG_TOKEN_FILE]) {
            return None;
        }
        let name = source.trim_start_matches(['$', '{']).trim_end_matches('}');
        if evidence.variable(name).is_some() || self.deployment.is_some() {
            return None;
        }
        let fix = format!(
            "write `deployment: ENVIRONMENT` at the step, or define {name} for the repository or the workspace"
        );
        Some(match evidence.environment {
            Some(_) => {
                let message =
                    format!("{name} is empty in step {:?}, which has no `deployment`", self.name);
                Finding::refused(message, fix).of(Cause::EmptyVariable)
            }
            None => {
                let message = format!(
                    "whether {name} is set in step {:?} cannot be seen: it has no `deployment`, so a deployment's \
                     variable is empty there",
                    self.name
                );
                Finding::unknown(message, fix).of(Cause::EmptyVariable)
            }
        })
    }

    /// Whether the token that it asks for is shown to nobody: on Bitbucket no client of AWS looks for
    /// one where these variables are not set.
    fn unshown(&self, evidence: &Evidence) -> Option<Finding> {
        let elsewhere = self.says(&["gcloud", "az login", "azure", "vault ", "GOOGLE_", "AZURE_"]);
        let set = self.uses_token() || evidence.variable(TOKEN_FILE).is_some();
        if !self.oidc || set || elsewhere || evidence.towpath {
            return None;
        }
        let message = format!(
            "step {:?} asks for a token, and neither AWS_ROLE_ARN nor {TOKEN_FILE} is set in its script",
            self.name
        );
        let fix = format!(
            "write export AWS_ROLE_ARN=…, export AWS_REGION=…, export {TOKEN_FILE}=$(pwd)/web-identity-token and \
             printf %s \"${TOKEN}\" > \"${TOKEN_FILE}\""
        );
        let weigh = match self.says(&["aws ", "boto3", "s3://"]) {
            true => Finding::refused,
            false => Finding::unknown,
        };
        Some(weigh(message, fix).of(Cause::MisnamedVariable))
    }

    fn time(&self) -> Option<Finding> {
        let minutes = self.minutes_max.filter(|minutes| self.oidc && *minutes > TOKEN_MINUTES)?;
        let message = format!(
            "step {:?} may take {minutes} minutes, and its token is good for {TOKEN_MINUTES}",
            self.name
        );
        let fix = "put what comes later into a step of its own, or exchange the token once for a session that lasts";
        Some(Finding::warning(message, fix).of(Cause::Outlived))
    }
}

/// What is wrong with a line of a script.
pub(super) fn command(line: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let words: Vec<&str> = line.split_whitespace().collect();
    if line.contains(WRONG_TOKEN_FILE) {
        let message = format!("no SDK reads {WRONG_TOKEN_FILE}");
        let fix = format!("call it {TOKEN_FILE}");
        findings.push(Finding::refused(message, fix).of(Cause::MisnamedVariable));
    }
    if let [verb, rest @ ..] = &words[..]
        && (verb.eq_ignore_ascii_case("export") || verb.eq_ignore_ascii_case("set"))
        && *verb != "export"
        && let Some(name) = rest.first().and_then(|word| variable_name(word))
    {
        let message = format!("`{verb} {name}` sets no variable in a shell of Linux");
        let fix = format!("write `export {name}=value`");
        findings.push(Finding::refused(message, fix).of(Cause::NotExported));
    }
    let api = line.contains("api.bitbucket.org") && !line.contains("pipelines-config");
    if api && line.contains(TOKEN) {
        let message = "the step's token is shown to Bitbucket's own API, which does not take it";
        let fix = "use a repository access token there; the OIDC token is for other services";
        findings.push(Finding::refused(message, fix).of(Cause::ForgeApi));
    }
    findings
}

/// A word that begins with a variable's name in capitals, as nobody calls a shell's option.
fn variable_name(word: &str) -> Option<&str> {
    let name = word.split('=').next()?;
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (name.len() > 1 && name.bytes().all(capital)).then_some(name)
}

/// What is wrong with a step's variables.
fn environment(evidence: &Evidence) -> Vec<Finding> {
    let has = |name: &str| evidence.variable(name).is_some();
    let mut findings = Vec::new();
    let mut found = |finding: Finding, cause| findings.push(finding.of(cause));
    if has("BITBUCKET_STEP_UUID") && !has(TOKEN) {
        let fix = "write `oidc: true` at the step";
        found(Finding::refused(format!("{TOKEN} is not set"), fix), Some(Cause::NotAsked));
    }
    if has(WRONG_TOKEN_FILE) && !has(TOKEN_FILE) {
        let message = format!("{WRONG_TOKEN_FILE} is set, which no SDK reads");
        let fix = format!("call it {TOKEN_FILE}");
        found(Finding::refused(message, fix), Some(Cause::MisnamedVariable));
    }
    let aws = has(TOKEN_FILE) || has(WRONG_TOKEN_FILE);
    if has(TOKEN) && has("AWS_ROLE_ARN") && !aws {
        let message = format!("{TOKEN_FILE} is not set: clients of AWS look for the token there");
        let fix =
            format!("export {TOKEN_FILE}=$(pwd)/web-identity-token, and write the token to it");
        found(Finding::refused(message, fix), Some(Cause::MisnamedVariable));
    }
    if aws && !has("AWS_ROLE_ARN") {
        let fix = "define it for the repository or the workspace, or, where it is a deployment's variable, \
                   write `deployment: ENVIRONMENT` at the step";
        found(Finding::refused("AWS_ROLE_ARN is empty", fix), Some(Cause::EmptyVariable));
    }
    if aws && !has("AWS_REGION") && !has("AWS_DEFAULT_REGION") {
        let fix = "export AWS_REGION, and AWS_DEFAULT_REGION for older tools";
        found(Finding::refused("AWS_REGION is not set", fix), None);
    }
    if aws && has("AWS_ACCESS_KEY_ID") {
        let message = "AWS_ACCESS_KEY_ID is set: SDKs take those keys and never look at the token";
        let fix = "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and delete the variables \
                   from the repository and the workspace";
        found(Finding::refused(message, fix), Some(Cause::StaticKeys));
    } else if aws && has("AWS_SESSION_TOKEN") {
        let message =
            "AWS_SESSION_TOKEN is set: some SDKs send it with the token, and STS refuses both";
        found(Finding::refused(message, "unset AWS_SESSION_TOKEN"), Some(Cause::StaleSession));
    }
    if aws && has("AWS_PROFILE") {
        let message = "AWS_PROFILE is set: some SDKs then look at the profile alone, and not all read its token file";
        let fix = format!("unset AWS_PROFILE and export AWS_ROLE_ARN and {TOKEN_FILE}");
        found(Finding::warning(message, fix), Some(Cause::Profile));
    }
    findings
}
