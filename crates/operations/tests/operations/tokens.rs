//! Two servers renew the tokens of one connection, at a forge that ends a refresh token with its
//! first use and the whole family with its second; and they die.

use domain::connection::{ConnectionStatus, Lost, Missing};
use domain::{ConnectionArn, HolderId, RegistrationId, Timestamp};
use engine::{Effect, HookOutcome, RegisteredHook};
use operations::handshake::Granted;
use operations::hooks::HookDone;
use operations::revocations::Revoked;
use operations::tokens::{Prospect, Renewed, TokenLost, WantNewer};
use serde_json::json;
use store::{ConnectionRow, EffectRow, HookRow, NewTokens, TokenRow, View};
use wire::Service::CodeConnections;

use crate::world::{ACCOUNT, CONNECTION, World, with_pipeline};

/// How many renewals of the long story a server dies over.
const KILLS: u64 = 100;

/// Renewals of the long story; more where `TOWPATH_DEEP` is set.
fn renewals() -> u64 {
    if std::env::var_os("TOWPATH_DEEP").is_some() { 10_000 } else { 1_000 }
}

/// What the forge gave: one refresh token is good, no other ever again.
#[derive(Default)]
struct Forge {
    good: u64,
    revoked: bool,
}

impl Forge {
    /// Shows a refresh token; the next one, or nothing any more.
    fn renew(&mut self, shown: u64) -> Option<u64> {
        self.revoked |= shown != self.good;
        self.good += 1;
        (!self.revoked).then_some(self.good)
    }

    /// A person authorises again.
    fn authorise(&mut self) -> u64 {
        *self = Self { good: self.good + 1, revoked: false };
        self.good
    }
}

/// In this story a sealed token is its number.
fn sealed(token: u64) -> Vec<u8> {
    token.to_be_bytes().to_vec()
}

fn opened(sealed: &[u8]) -> u64 {
    u64::from_be_bytes(sealed.try_into().expect("a number"))
}

/// A hook that went while the connection did not work is made again with the next authorisation, and
/// shows anew that it reaches us.
#[test]
fn whoever_authorises_again_has_the_hooks_looked_at() {
    let mut story = Story { world: with_pipeline(), forge: Forge::default() };
    let hook = story.world.hook();
    let row = |story: &Story| {
        let hooks = HookRow::of_connection(&ACCOUNT.into(), &CONNECTION.into(), 10);
        story.world.list::<HookRow>(hooks).remove(0)
    };
    story.authorise();
    let open = story.world.list::<EffectRow>(EffectRow::of_holder(&"server".into(), 100));
    let registers =
        |it: &EffectRow| matches!(&it.effect, Effect::RegisterHook { hook: id, .. } if *id == hook);
    let effect = open.into_iter().find(registers).expect("the hook is looked at").id;
    let done = |id: &str, made: bool| RegisteredHook {
        forge_hook_id: Some(id.to_owned()),
        repository_id: "7".to_owned(),
        known_as: None,
        signs: true,
        made,
        heads: Vec::new(),
    };
    // The first one is made, and heard of before that is known; a forge that lost all it had counts
    // from one again.
    let forge = [("1", true, true), ("1", false, true), ("1", true, false), ("2", false, false)];
    for (id, made, is_verified) in forge {
        story.world.change(HookRow { verified: Some(story.world.at), ..row(&story) });
        let (account, outcome) = (ACCOUNT.into(), HookOutcome::Registered(done(id, made)));
        let done = HookDone { hook: hook.clone(), effect: effect.clone(), account, outcome };
        story.world.take(&done).expect("it is taken");
        assert_eq!(row(&story).verified.is_some(), is_verified, "{id}, made: {made}");
        assert_eq!(row(&story).asked, Some(story.world.at));
    }
}

#[test]
fn tokens_for_a_connection_that_is_gone_are_not_left_at_the_forge() {
    let mut story = Story::new();
    let tokens = story.tokens();
    let gone = json!({ "ConnectionArn": CONNECTION }).to_string();
    story.world.ask(ACCOUNT, CodeConnections, "DeleteConnection", &gone).expect("deleted");
    let granted = Granted { login: "ada".to_owned(), tokens: TokenRow { generation: 7, ..tokens } };
    assert!(!story.world.take(&granted).expect("not refused"), "nobody is connected by it");
    let effects = story.world.list::<EffectRow>(EffectRow::of_holder(&HolderId::new("server"), 10));
    let revoked = effects.into_iter().find_map(|row| match row.effect {
        Effect::RevokeToken { generation, .. } => Some((row.id, generation)),
        _ => None,
    });
    let (effect, generation) = revoked.expect("it is revoked");
    assert_eq!(generation, 7);
    let (account, connection) = (ACCOUNT.into(), ConnectionArn::new(CONNECTION));
    let left = Some("a token of it: no".to_owned());
    let revoked = Revoked { account, connection, generation, effect, left };
    story.world.take(&revoked).expect("not refused");
    let audited = story.world.audited(ACCOUNT);
    let told = audited.iter().any(|entry| entry.resource.ends_with(": a token of it: no"));
    assert!(told, "{audited:?}");
}

struct Story {
    world: World,
    forge: Forge,
}

impl Story {
    fn new() -> Self {
        let mut story = Self { world: World::new(), forge: Forge::default() };
        story.authorise();
        story
    }

    fn authorise(&mut self) {
        let token = self.forge.authorise();
        let tokens = TokenRow {
            account: ACCOUNT.into(),
            connection: CONNECTION.into(),
            sealed_access: sealed(token),
            sealed_refresh: Some(sealed(token)),
            expires: Some(self.world.at.plus_seconds(7200)),
            scopes: Vec::new(),
            generation: 1_000_000 + token as i64,
            granted: self.world.at,
            registration: RegistrationId::new("reg"),
            endpoint: None,
        };
        let granted = Granted { login: "ada".to_owned(), tokens };
        assert!(self.world.take(&granted).expect("not refused"), "the connection is there");
    }

    fn tokens(&self) -> TokenRow {
        let mut seen = View::new();
        let key = TokenRow::at(&ACCOUNT.into(), &CONNECTION.into());
        self.world.core.load(&[key.clone().into()], &mut seen).expect("it reads");
        seen.row::<TokenRow>(key).expect("there are tokens").clone()
    }

    fn status(&self) -> ConnectionStatus {
        let all = ConnectionRow::of_account(&ACCOUNT.into(), "", 10);
        self.world.list::<ConnectionRow>(all)[0].status
    }

    fn want(&mut self, server: &str, generation: i64) -> Prospect {
        let want = WantNewer { account: ACCOUNT.into(), connection: CONNECTION.into(), generation };
        self.world.take_as(server, &want).expect("not refused")
    }

    /// The renewals that a server holds.
    fn held(&self, server: &str) -> Vec<EffectRow> {
        let all = self.world.list::<EffectRow>(EffectRow::of_holder(&HolderId::new(server), 10));
        let renews = |row: &EffectRow| matches!(row.effect, Effect::RenewToken { .. });
        all.into_iter().filter(renews).collect()
    }

    /// A server asks the forge; what it learns, and has not written down yet.
    fn ask(&mut self, effect: &EffectRow) -> Renewed {
        let row = self.tokens();
        let shown = opened(row.sealed_refresh.as_deref().expect("renewable"));
        let interrupted = if effect.tries > 0 { Lost::Interrupted } else { Lost::Revoked };
        let outcome = self.forge.renew(shown).ok_or(interrupted).map(|token| NewTokens {
            generation: row.generation + 1,
            sealed_access: sealed(token),
            sealed_refresh: sealed(token),
            expires_in_seconds: Some(7200),
            scopes: Vec::new(),
        });
        let (account, connection) = (ACCOUNT.into(), ConnectionArn::new(CONNECTION));
        Renewed { account, connection, generation: row.generation, outcome }
    }

    /// The other server holds what the dead one held, as `server` takes over.
    fn take_over(&mut self, dead: &str, by: &str) {
        for row in self.held(dead) {
            let (holder, tries) = (HolderId::new(by), row.tries + 1);
            self.world.change(EffectRow { holder, tries, ..row });
        }
    }
}

#[test]
fn no_two_servers_show_one_refresh_token() {
    let mut story = Story::new();
    let old = story.tokens().generation;
    assert_eq!(story.want("one", old), Prospect::UnderWay);
    assert_eq!(story.want("two", old), Prospect::UnderWay, "it waits for the first");
    assert_eq!((story.held("one").len(), story.held("two").len()), (1, 0));
    let renewed = story.ask(&story.held("one")[0].clone());
    story.world.take_as("one", &renewed).expect("it is kept");
    assert_eq!(story.want("two", old), Prospect::Newer);
    assert_eq!(story.held("one").len(), 0, "the renewal is done");
}

#[test]
fn who_was_taken_for_dead_while_it_asked_still_brings_the_newer_tokens() {
    let mut story = Story::new();
    let old = story.tokens().generation;
    story.want("one", old);
    let late = story.ask(&story.held("one")[0].clone());
    story.take_over("one", "two");
    story.world.take_as("one", &late).expect("it is kept");
    assert_eq!(story.held("two").len(), 0, "there is nothing left to renew");
    assert_eq!(story.want("two", old), Prospect::Newer);
}

#[test]
fn a_refusal_of_older_tokens_says_nothing_about_newer_ones() {
    let mut story = Story::new();
    let generation = story.tokens().generation;
    story.want("one", generation);
    let renewed = story.ask(&story.held("one")[0].clone());
    story.world.take(&renewed).expect("it is kept");
    let (account, connection) = (ACCOUNT.into(), ConnectionArn::new(CONNECTION));
    let lost = TokenLost { account, connection, generation, lost: Lost::Revoked };
    story.world.take(&lost).expect("not refused");
    assert_eq!(story.status(), ConnectionStatus::Available);
}

#[test]
fn a_thousand_renewals_with_a_hundred_kills_lock_nobody_out_but_by_the_one_window() {
    let (mut story, mut locked_out, mut windows) = (Story::new(), 0, 0);
    let (renewals, every) = (renewals(), renewals() / KILLS);
    for round in 0..renewals {
        let (holder, other) = if round % 3 == 0 { ("one", "two") } else { ("two", "one") };
        let old = story.tokens().generation;
        story.want(holder, old);
        story.want(other, old);
        let effect = story.held(holder).pop().expect("the first holds it");
        // Where it dies: before it asks, after the answer and before that is kept, or afterwards.
        let dies = (round % every == 0).then_some(round / every % 3);
        let asked = (dies != Some(0)).then(|| story.ask(&effect));
        let kept = asked.filter(|_| dies != Some(1));
        windows += u64::from(dies == Some(1));
        match kept {
            Some(renewed) => story.world.take_as(holder, &renewed).expect("it is kept"),
            None => {
                story.take_over(holder, other);
                let effect = story.held(other).pop().expect("it was taken over");
                let renewed = story.ask(&effect);
                story.world.take_as(other, &renewed).expect("it is written down");
            }
        }
        let lost = ConnectionStatus::Error(Missing::AuthorisationAgain(Lost::Interrupted));
        match story.status() {
            ConnectionStatus::Available => {
                assert_eq!(opened(&story.tokens().sealed_access), story.forge.good);
            }
            status => {
                assert_eq!((status, dies), (lost, Some(1)), "round {round}");
                assert_eq!(story.tokens().sealed_refresh, None, "nobody tries it again");
                locked_out += 1;
                story.authorise();
            }
        }
        assert_eq!(story.held("one").len() + story.held("two").len(), 0);
    }
    println!(
        "{renewals} renewals, {KILLS} kills, {windows} in the window, {locked_out} locked out"
    );
    assert_eq!(locked_out, windows);
}

#[test]
fn what_cannot_be_renewed_stands_in_nobodys_way() {
    let mut story = Story::new();
    let sample = story.tokens();
    let of = |n: i64| TokenRow {
        connection: ConnectionArn::new(format!("{CONNECTION}-{n}")),
        expires: Some(Timestamp(n / 2)),
        sealed_refresh: sample.sealed_refresh.clone().filter(|_| n % 3 != 0),
        ..sample.clone()
    };
    (0..30).for_each(|n| story.world.put(of(n)));
    let (mut after, mut found) = (of(-1), Vec::new());
    loop {
        let (end, account) = (after.expires.unwrap_or_default(), &after.account);
        let page = TokenRow::expiring(Timestamp(10), end, account, &after.connection, 4);
        let rows = story.world.list::<TokenRow>(page);
        let Some(last) = rows.last() else { break };
        after = last.clone();
        found.extend(rows.into_iter().map(|row| row.connection));
    }
    let mut expect: Vec<_> = (0..20).filter(|n| n % 3 != 0).map(|n| of(n).connection).collect();
    expect.sort_by_key(|arn| {
        (
            arn.as_str().rsplit('-').next().and_then(|n| n.parse::<i64>().ok()).map(|n| n / 2),
            arn.clone(),
        )
    });
    assert_eq!(found, expect, "page by page, the first to end first, none twice");
}
