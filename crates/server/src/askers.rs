//! The steps that run and may ask for more than they began with: further tokens, and keys by their
//! tokens. What they are given is masked in their logs from then on.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{AccessKeyId, ActionExecutionId, Digest, Secret};
use effects::Bearer;
use masking::{FURTHER_MAX, Further};
use operations::federation::NamedStep;
use serde_json::Value;

use crate::limits::MINTED_PER_STEP_MAX;

/// By what a step is known that asks for further tokens: the hash of the word that it was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asking(String);

impl Asking {
    /// Who asks with this word.
    pub fn with(word: &str) -> Self {
        Self(Digest::of(word.as_bytes()).0)
    }
}

/// The steps that run and may ask for further tokens.
#[derive(Default)]
pub struct Askers(Mutex<HashMap<Asking, Asker>>);

/// One of them.
struct Asker {
    attempt: ActionExecutionId,
    bearer: Arc<Bearer>,
    /// What its log is masked of besides.
    masked: Arc<Further>,
    /// Tokens that it asked for.
    minted: u32,
    /// The keys that it was given, by their ids; the newest.
    keys: VecDeque<String>,
}

impl Askers {
    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Asking, Asker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a step in that asks with this word; where its log looks for what it is given.
    pub(crate) fn admit(
        &self,
        word: &Secret,
        attempt: &ActionExecutionId,
        bearer: &Bearer,
    ) -> Arc<Further> {
        let (attempt, bearer, masked) =
            (attempt.clone(), Arc::new(bearer.clone()), Arc::<Further>::default());
        let asker =
            Asker { attempt, bearer, masked: masked.clone(), minted: 0, keys: VecDeque::new() };
        self.known().insert(Asking::with(word.expose()), asker);
        masked
    }

    /// An attempt is over: none of its steps is given anything more.
    pub fn forget(&self, attempt: &ActionExecutionId) {
        self.known().retain(|_, asker| asker.attempt != *attempt);
    }

    /// Who asks so, counted once more, and where its log looks for what it is given.
    pub(crate) fn ask(&self, asking: &Asking) -> Result<(Arc<Bearer>, Arc<Further>), NotGiven> {
        let mut known = self.known();
        let asker = known.get_mut(asking).ok_or(NotGiven::Over)?;
        asker.minted += 1;
        match asker.minted > MINTED_PER_STEP_MAX {
            true => Err(NotGiven::TooMany),
            false => Ok((asker.bearer.clone(), asker.masked.clone())),
        }
    }

    /// An answer is about to go to a step that showed its token, or to whoever signed with keys that a
    /// step was given. Where there are keys in it, the step's log is masked of them before it has
    /// them, and what is opened with them is its too.
    pub fn give(&self, to: To<'_>, answer: &Value) {
        let made = ["Credentials", "AccessKey"].iter().find_map(|name| answer.get(name));
        let Some(credentials) = made else { return };
        let mut known = self.known();
        let Some(asker) = known.values_mut().find(|asker| asker.is(&to)) else { return };
        for name in ["SecretAccessKey", "SessionToken"] {
            let secret = credentials[name].as_str();
            secret.into_iter().for_each(|secret| asker.masked.add(Secret::new(secret)));
        }
        asker.keys.extend(credentials["AccessKeyId"].as_str().map(str::to_owned));
        if asker.keys.len() > FURTHER_MAX {
            asker.keys.pop_front();
        }
    }
}

impl Asker {
    fn is(&self, to: &To<'_>) -> bool {
        let own = &self.bearer.step;
        match to {
            To::Step(step) => own.attempt == step.attempt && own.step_uuid == step.uuid,
            To::Key(id) => self.keys.iter().any(|key| key == id.as_str()),
        }
    }
}

/// Whom credentials are given to.
pub enum To<'a> {
    /// The step whose token was taken.
    Step(&'a NamedStep),
    /// Whoever signed with this key.
    Key(&'a AccessKeyId),
}

/// Why a step gets no further token.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    /// Nobody asks with this, or not any more.
    #[error("no step that runs asks with this: its attempt is over, or it never asked who it is")]
    Over,
    /// It had very many.
    #[error("the step has asked for {MINTED_PER_STEP_MAX} tokens, the most that one is given")]
    TooMany,
    /// The server failed.
    #[error("the token could not be made; the server's log says why")]
    Failed(#[from] anyhow::Error),
}
