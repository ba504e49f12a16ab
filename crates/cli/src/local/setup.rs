//! `towpath oidc setup`: what to set at AWS, Azure, Google or Vault for a pipeline's tokens. What that
//! is, `identity::setup` says; here are the flags.

use super::output::Output;
use super::{REFUSED, WELL};
use identity::setup::{Setup, Subject, Target, Wanted, setup};
use std::io;

/// Where the tokens shall be taken.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum SetupArgs {
    /// An OIDC provider and a role of AWS
    Aws {
        /// Whose tokens.
        #[command(flatten)]
        tokens: TokenArgs,
        /// The account's number
        #[arg(long, value_name = "NUMBER")]
        account: String,
        /// aws, aws-cn or aws-us-gov
        #[arg(long, default_value = "aws")]
        partition: String,
    },
    /// A federated credential of an app of Entra
    Azure {
        /// Whose tokens.
        #[command(flatten)]
        tokens: TokenArgs,
        /// The app's (client) id
        #[arg(long, value_name = "ID")]
        app: String,
        /// The tenant's id
        #[arg(long, value_name = "ID")]
        tenant: String,
    },
    /// A workload identity pool of Google's and its provider
    Google {
        /// Whose tokens.
        #[command(flatten)]
        tokens: TokenArgs,
        /// The project's number
        #[arg(long, value_name = "NUMBER")]
        project: String,
        /// The pool
        #[arg(long, default_value = "pipelines")]
        pool: String,
        /// The service account that is acted as
        #[arg(long, value_name = "ADDRESS")]
        service_account: String,
    },
    /// A role of Vault's JWT method
    Vault {
        /// Whose tokens.
        #[command(flatten)]
        tokens: TokenArgs,
        /// Where the method is mounted
        #[arg(long, default_value = "jwt")]
        mount: String,
        /// A policy that the bearer gets; may be given several times
        #[arg(long = "grant", value_name = "POLICY", required = true)]
        policies: Vec<String>,
    },
}

/// Whose tokens.
#[derive(Clone, Debug, clap::Args)]
pub struct TokenArgs {
    /// The issuer, as tokens have it in `iss`
    #[arg(long, value_name = "URL", required_unless_present_any = ["workspace", "pipeline"])]
    pub issuer: Option<String>,
    /// The audience, as tokens have it in `aud`
    #[arg(long, value_name = "AUDIENCE", required_unless_present_any = ["workspace_uuid", "pipeline"])]
    pub audience: Option<String>,
    /// The subject, as tokens have it in `sub`; one that ends in * stands for all that begin so
    #[arg(long, value_name = "SUBJECT", required_unless_present_any = ["repository", "pipeline"])]
    pub subject: Option<String>,
    /// A workspace of Bitbucket's, whose issuer it is
    #[arg(long, value_name = "SLUG", conflicts_with = "issuer")]
    pub workspace: Option<String>,
    /// The workspace's UUID, for its own audience
    #[arg(long, value_name = "UUID", conflicts_with = "audience")]
    pub workspace_uuid: Option<String>,
    /// A repository of Bitbucket's
    #[arg(long, value_name = "UUID", conflicts_with = "subject")]
    pub repository: Option<String>,
    /// A deployment environment: of the repository by its UUID, of the pipeline's step by its name
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: Option<String>,
    /// A pipeline of this server, whose tokens they are
    #[arg(long, value_name = "NAME", conflicts_with_all = ["workspace", "workspace_uuid", "repository"])]
    pub pipeline: Option<String>,
    /// The pipeline's action [default: the first that gets a token]
    #[arg(long, visible_alias = "step", value_name = "NAME", requires = "pipeline")]
    pub action: Option<String>,
    /// What the role, the credential or the provider is called
    #[arg(long, default_value = "deploy")]
    pub name: String,
    /// Terraform instead of commands
    #[arg(long)]
    pub terraform: bool,
}

/// Writes what to set. 0 it is written, 2 it cannot be.
pub(super) fn set_up(args: &SetupArgs, output: &mut Output<'_>) -> io::Result<u8> {
    let (tokens, target) = target(args);
    match wanted(tokens).and_then(|wanted| setup(&wanted, &target).map_err(|it| it.to_string())) {
        Ok(Setup { text, terraform, .. }) => {
            let shown = if tokens.terraform { terraform } else { text };
            output.answer.write_all(shown.as_bytes())?;
            Ok(WELL)
        }
        Err(why) => {
            output.say(&why)?;
            Ok(REFUSED)
        }
    }
}

fn target(args: &SetupArgs) -> (&TokenArgs, Target) {
    match args.clone() {
        SetupArgs::Aws { account, partition, .. } => {
            (args.tokens(), Target::Aws { account, partition })
        }
        SetupArgs::Azure { app, tenant, .. } => (args.tokens(), Target::Azure { app, tenant }),
        SetupArgs::Google { project, pool, service_account, .. } => {
            (args.tokens(), Target::Google { project, pool, service_account })
        }
        SetupArgs::Vault { mount, policies, .. } => {
            (args.tokens(), Target::Vault { mount, policies })
        }
    }
}

impl SetupArgs {
    /// Whose tokens, to be filled in.
    pub fn tokens_mut(&mut self) -> &mut TokenArgs {
        match self {
            Self::Aws { tokens, .. }
            | Self::Azure { tokens, .. }
            | Self::Google { tokens, .. }
            | Self::Vault { tokens, .. } => tokens,
        }
    }

    fn tokens(&self) -> &TokenArgs {
        match self {
            Self::Aws { tokens, .. }
            | Self::Azure { tokens, .. }
            | Self::Google { tokens, .. }
            | Self::Vault { tokens, .. } => tokens,
        }
    }
}

/// Whose tokens the flags mean.
fn wanted(args: &TokenArgs) -> Result<Wanted, String> {
    if args.environment.is_some() && args.repository.is_none() && args.pipeline.is_none() {
        return Err("say of what --environment is one: --repository or --pipeline".to_owned());
    }
    let issuer = args.issuer.clone().or_else(|| args.workspace.as_deref().map(issuer));
    let audience = args.audience.clone().or_else(|| args.workspace_uuid.as_deref().map(audience));
    let subject = match (&args.repository, &args.subject) {
        (Some(repository), _) => Subject::bitbucket(repository, args.environment.as_deref()),
        (None, Some(subject)) => Ok(match subject.strip_suffix('*') {
            Some(beginning) => Subject::Beginning(beginning.to_owned()),
            None => Subject::Exact(subject.clone()),
        }),
        (None, None) => return Err("say whose tokens: --subject or --repository".to_owned()),
    };
    Ok(Wanted {
        issuer: issuer.ok_or("say whose tokens: --issuer or --workspace")?,
        audience: audience.ok_or("say what they are for: --audience or --workspace-uuid")?,
        subject: subject.map_err(|it| it.to_string())?,
        name: args.name.clone(),
    })
}

/// The issuer of a workspace of Bitbucket's.
fn issuer(workspace: &str) -> String {
    format!("https://api.bitbucket.org/2.0/workspaces/{workspace}/pipelines-config/identity/oidc")
}

/// The audience of its tokens where nothing else is asked for: the UUID has no braces in it.
fn audience(uuid: &str) -> String {
    format!("ari:cloud:bitbucket::workspace/{}", uuid.trim_matches(['{', '}']))
}
