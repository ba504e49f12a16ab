//! What it takes to match a push: with 100,000 pipelines that watch other repositories, with others
//! on the same one, and with ten thousand changed files against 24 filters.
//!
//! A turn's look and decision on a SQLite database on disk, without the commit: how many pipelines
//! there are must not matter. `cargo xtask bench --match` runs it and prints what it says:
//! one line a figure, nanoseconds, in the order measured.

#[path = "../tests/operations/world.rs"]
#[allow(dead_code, missing_docs)]
mod world;

use std::hint::black_box;
use std::time::Instant;

use domain::connection::ProviderType;
use domain::forge_event::{ChangedFiles, GitRef};
use domain::pipeline::PipelineDeclaration;
use domain::{ConnectionArn, HolderId, HookId, PipelineName, RepositoryName};
use engine::{News, What, match_news};
use operations::intake::Intake;
use operations::turn::{Now, Turn};
use serde_json::json;
use store::sqlite::Core;
use store::{Changes, HookRow, PipelineRow, Vault, WatchRow};

use world::{ACCOUNT, CONNECTION, World, pipeline, watched};

const ELSEWHERE: usize = 100_000;
const BESIDE: usize = 1_000;
const IN_ONE_TRANSACTION: usize = 5_000;
const PUSHES: usize = 300;
const FILES: usize = 10_000;
const COMPARISONS: usize = 50;

fn main() {
    let folder = tempfile::tempdir_in(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let folder = folder.expect("a folder on disk");
    let core = Core::open(&folder.path().join("store.db")).expect("a database on disk");
    let vault = Vault::open(&folder.path().join("key")).expect("a key");
    let mut world = watched(World::on(core, vault, ProviderType::GitHub));

    print("push 1 pipeline", pushes(&mut world, PUSHES));
    add(&mut world, ELSEWHERE, |n| format!("other/repository-{n}"));
    print("push 1 pipeline, 100000 elsewhere", pushes(&mut world, PUSHES));
    add(&mut world, BESIDE, |_| "ada/engine".to_owned());
    print("push 1001 pipelines", pushes(&mut world, PUSHES / 10));
    print("10000 files, 24 filters", files());
}

/// Adds pipelines that are started by branches that nobody pushes.
fn add(world: &mut World, count: usize, repository: impl Fn(usize) -> String) {
    let template =
        world.list::<PipelineRow>(PipelineRow::of_account(&ACCOUNT.into(), &"".into(), 1));
    let template = template.first().expect("a pipeline");
    let of_connection = HookRow::of_connection(&ACCOUNT.into(), &CONNECTION.into(), 1);
    let hook = world.list::<HookRow>(of_connection).remove(0);
    for first in (0..count).step_by(IN_ONE_TRANSACTION) {
        let mut changes = Changes::of_loop();
        for n in first..(first + IN_ONE_TRANSACTION).min(count) {
            let place = repository(n);
            let name = PipelineName::new(format!("p-{}-{n}", place.replace('/', "-")));
            let repository = RepositoryName::new(&place);
            changes.insert(WatchRow {
                account: ACCOUNT.into(),
                connection: ConnectionArn::new(CONNECTION),
                repository: repository.clone(),
                pipeline: name.clone(),
            });
            let declaration = declared(&name, &place, &["release/**"], &[]);
            changes.insert(PipelineRow { name, declaration, ..template.clone() });
            if hook.repository != repository {
                let id = HookId::new(format!("hook-{n}"));
                changes.insert(HookRow { id, repository, ..hook.clone() });
            }
        }
        world.core.commit(changes).expect("they are new");
    }
}

fn declared(
    name: &PipelineName,
    place: &str,
    branches: &[&str],
    filters: &[serde_json::Value],
) -> PipelineDeclaration {
    let mut made = pipeline();
    made["name"] = json!(name);
    made["stages"][0]["actions"][0]["configuration"]["FullRepositoryId"] = json!(place);
    let push = &mut made["triggers"][0]["gitConfiguration"]["push"];
    *push = match filters {
        [] => json!([{"branches": {"includes": branches}}]),
        filters => json!(filters),
    };
    serde_json::from_value(made).expect("a declaration")
}

/// The durations of looking at and deciding one push each.
fn pushes(world: &mut World, count: usize) -> Vec<u128> {
    let body = world.push("refs/heads/main", Some("a"));
    let (delivery, said) = world.arrive(&format!("forge-{count}-{}", body.len()), "push", &body);
    let turn = || Intake::new(delivery.clone(), &said, Default::default(), [0; 16]);
    let (holder, limits) = (HolderId::new("server"), engine::Limits::default());
    let now = Now { at: world.at, holder, epoch: 1, limits, rules: engine::decide };
    let once = || {
        let begun = Instant::now();
        let turn = turn();
        let decided = turn.decide(&world.look(&turn), &now).expect("it is not refused");
        black_box(decided);
        begun.elapsed().as_nanos()
    };
    (0..count.div_ceil(10)).for_each(|_| _ = once());
    (0..count).map(|_| once()).collect()
}

/// The worst of it: no filter lets anything in, so that every file is held against every pattern.
fn files() -> Vec<u128> {
    let filter = |n: usize| {
        json!({
            "branches": {"includes": ["**"]},
            "filePaths": {"includes": [format!("**/module-{n}/**/*.rs"), format!("docs-{n}/**")],
                "excludes": [format!("**/generated-{n}/**")]},
        })
    };
    let filters: Vec<_> = (0..24).map(filter).collect();
    let declaration = declared(&"p".into(), "ada/engine", &[], &filters);
    let paths = (0..FILES).map(|n| format!("services/part-{}/src/deep/er/file-{n}.ts", n % 97));
    let files = ChangedFiles::Known(paths.collect());
    let (connection, repository) =
        (ConnectionArn::new(CONNECTION), RepositoryName::new("ada/engine"));
    let git_ref = GitRef::branch("main");
    let once = || {
        let news = News {
            connection: &connection,
            repository: &repository,
            what: What::Push(&git_ref),
            files: Some(&files),
        };
        let begun = Instant::now();
        black_box(match_news(&declaration, news));
        begun.elapsed().as_nanos()
    };
    (0..COMPARISONS).map(|_| once()).collect()
}

fn print(of: &str, durations: Vec<u128>) {
    let text = durations.iter().map(u128::to_string).collect::<Vec<_>>().join(" ");
    println!("{of}\t{text}");
}
