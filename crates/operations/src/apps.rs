//! Apps of a forge that are registered from a manifest: begun by a signed call, finished in a
//! browser. Talking to the forge is the server's.

use domain::connection::ProviderType;
use domain::{AccountId, HandshakeId, HookId, RegistrationId, Secret};
use store::{
    AppDraft, AppName, Changes, ConnectionRow, HandshakeRow, HostRow, RegistrationRow, View, Want,
};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::{APP_NAME_CHARS_MAX, HANDSHAKE_SECONDS};
use crate::refusal::Refused;
use crate::registrations::{app_id, of_account, target, wake_waiting, wants_of_target};
use crate::table::operation;
use crate::turn::{Now, Turn};

operation! {
    /// `towpath:StartAppRegistrationHandshake`. The link leads to a page of this server whose button
    /// sends the App's manifest to the forge.
    Start: shapes::StartAppRegistrationHandshakeInput => shapes::StartAppRegistrationHandshakeOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { vec![wants_of_target(caller, &input.host)] }
    decide(caller, input, view, now, mut changes) {
        let (provider, endpoint) = target(caller, input.kind, &input.host, view)?;
        if !matches!(provider, ProviderType::GitHub | ProviderType::GitHubEnterpriseServer) {
            let message = format!("{provider} has no Apps: register an OAuth client of it with RegisterForge.");
            return Err(AwsError::validation(message));
        }
        let state = HandshakeId::new(format!("{}{}", caller.word("state one"), caller.word("state two")));
        let registration = app_id(caller, provider, &endpoint);
        let expires = now.at.plus_seconds(HANDSHAKE_SECONDS);
        // GitHub's Apps have names of their own among all the world's.
        let made_up = format!("Towpath {}", &caller.word("name")[..8]);
        let name = input.app_name.clone().unwrap_or(made_up);
        let draft = AppDraft {
            provider,
            endpoint,
            organisation: input.organization.clone(),
            name: name.chars().take(APP_NAME_CHARS_MAX).collect(),
            hook: HookId::new(caller.word("hook")),
        };
        changes.insert(HandshakeRow {
            state: state.clone(),
            account: caller.account().clone(),
            connection: "".into(),
            registration,
            session: String::new(),
            sealed_verifier: Vec::new(),
            expires,
            used: false,
            redirect_uri: String::new(),
            agreed: None,
            draft: Some(draft),
            offer: None,
            requester: Some(caller.principal.arn.to_string()),
        });
        let registration_url = format!("{}/oauth/register/{state}", caller.public_url);
        Ok((changes, shapes::StartAppRegistrationHandshakeOutput { registration_url, expires_at: expires.into() }))
    }
}

/// What the forge gave for a manifest's code, its secrets sealed.
pub struct Registered {
    /// What a turn needs that acts for the account.
    pub caller: Caller,
    /// What was to be registered.
    pub draft: AppDraft,
    /// Under which id.
    pub registration: RegistrationId,
    /// What the forge calls it.
    pub app: AppName,
    /// Its OAuth client.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: Secret,
    /// Its private key.
    pub private_key: Secret,
    /// What its hook signs with.
    pub hook_secret: Secret,
}

impl Registered {
    fn account(&self) -> &AccountId {
        self.caller.account()
    }
}

impl Turn for Registered {
    type Answer = ();

    fn wants(&self, view: &View) -> Vec<Want> {
        let row = RegistrationRow::at(self.account(), &self.registration);
        let mut wants: Vec<Want> = vec![row.into()];
        wants.extend(wants_of_waiting(&self.caller, view));
        wants
    }

    fn decide(&self, view: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let secrets = AppSecrets {
            client: &self.client_secret,
            key: &self.private_key,
            hook: &self.hook_secret,
        };
        let row = RegistrationRow {
            account: self.account().clone(),
            id: self.registration.clone(),
            provider: self.draft.provider,
            endpoint: self.draft.endpoint.clone(),
            client_id: self.client_id.clone(),
            sealed_secret: Vec::new(),
            created: now.at,
            hook: Some(self.draft.hook.clone()),
            sealed_key: None,
            sealed_hook_secret: None,
            app: Some(self.app.clone()),
        };
        changes.put(view, secrets.sealed_into(&self.caller, row)?);
        wake_waiting(&self.caller, (self.draft.provider, &self.draft.endpoint), view, &mut changes);
        Ok((changes, ()))
    }
}

/// What the connections wait for that miss only a registration.
pub(crate) fn wants_of_waiting(caller: &Caller, view: &View) -> Vec<Want> {
    let mut wants: Vec<Want> = vec![of_account(caller).into()];
    for row in view.known_list::<ConnectionRow>(&of_account(caller)) {
        wants.push(ConnectionRow::at(&row.account, &row.id).into());
        let host = |arn: &domain::HostArn| HostRow::at(&row.account, &arn.id().to_owned()).into();
        wants.extend(row.host_arn.as_ref().map(host));
    }
    wants
}

/// The secrets of an App.
pub(crate) struct AppSecrets<'a> {
    /// Of its OAuth client.
    pub(crate) client: &'a Secret,
    /// Its private key.
    pub(crate) key: &'a Secret,
    /// Of its hook.
    pub(crate) hook: &'a Secret,
}

impl AppSecrets<'_> {
    /// A registration with these secrets, each sealed for its place.
    pub(crate) fn sealed_into(
        &self,
        caller: &Caller,
        row: RegistrationRow,
    ) -> Result<RegistrationRow, Refused> {
        let (account, id) = (&row.account, &row.id);
        let seal = |place: store::Place<'_>, secret: &Secret| {
            caller.sealer.seal(&place, secret).map_err(|_| AwsError::internal())
        };
        let client = seal(store::Place::of_registration(account, id), self.client)?;
        let key = seal(store::Place::of_app_key(account, id), self.key)?;
        let hook = seal(store::Place::of_app_hook(account, id), self.hook)?;
        Ok(RegistrationRow {
            sealed_secret: client,
            sealed_key: Some(key),
            sealed_hook_secret: Some(hook),
            ..row
        })
    }
}
