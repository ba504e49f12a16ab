//! Steps that mean harm: what they can see, and where they end (threat T21).

use serde_json::json;
use store::{ConnectionRow, Place, TokenRow};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, Scene, World};

/// Runs one step with settings; the world, and the step's log.
async fn ran(settings: &[(&'static str, &str)], lines: &[&str]) -> (World, Vec<String>) {
    let mut scene = Scene::default();
    for (name, value) in settings {
        scene = scene.set(name, value);
    }
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Step", lines))).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    (world, log)
}

/// A step that must end at a limit, which the person finds in the action's error.
async fn check(settings: &[(&'static str, &str)], line: &str, limit: &str) {
    let (world, log) = ran(settings, &["echo begun", line]).await;
    let step = world.action("app", "Next", "Step").await;
    let said = step["errorDetails"].to_string();
    assert_eq!(step["status"], "Failed", "{line}: {:?}", log.last());
    assert_eq!(step["errorDetails"]["code"], "LimitReached", "{line}: {said}");
    assert!(said.contains(limit), "{line}: {said}");
    assert!(log.last().is_some_and(|it| it.contains(limit)), "{line}: {:?}", log.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_ends_at_its_time() {
    check(&[("limits.step_seconds_max", "1")], "while :; do :; done", "limits.step_seconds_max")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_of_output_ends_at_its_bytes() {
    let small = [("limits.step_log_bytes_max", "65536")];
    check(&small, "head -c 1000000000 /dev/zero | tr '\\0' x", "limits.step_log_bytes_max").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_ends_at_its_processes() {
    if !std::path::Path::new("/sys/fs/cgroup/pids").exists() && !domain_is_root() {
        return println!(
            "skipped: processes are counted by a control group, which needs root here"
        );
    }
    let small = [("limits.step_processes_max", "64")];
    let bomb = "bomb() { bomb | bomb & }; bomb; sleep 600";
    check(&small, bomb, "limits.step_processes_max").await;
}

fn domain_is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_there_is_only_a_loopback() {
    let (world, log) =
        ran(&[("steps.network", "none")], &["cat /proc/net/dev | tail -n +3 | cut -d: -f1"]).await;
    assert_eq!(world.latest("app").await.status, "Succeeded", "{log:#?}");
    let devices: Vec<&str> =
        log.iter().map(|line| line.trim()).filter(|line| !line.starts_with('+')).collect();
    assert_eq!(devices, ["lo"]);
}

/// Everything that a step can read outside of the system's own programs, and every environment and
/// command line that it can see.
const WALK: &str = "set +x; (find / -xdev \\( -path '/usr' -o -path '/lib*' -o -path '/dev' -o -path '/proc' \
    -o -path '/sys' \\) -prune -o -type f -size +0c -size -2048k -exec head -c 2000000 {} \\;; \
    for it in . \"$HOME\" /tmp /var /run /root /home; do find \"$it\" -type f -size +0c -exec head -c 2000000 {} \\;; done; \
    for it in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do head -c 100000 \"$it\"; done; env) \
    2>/dev/null < /dev/null | tr '\\0' '\\n'";

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_looks_everywhere_finds_none_of_the_servers_secrets() {
    let (world, log) = ran(&[], &[WALK]).await;
    let step = world.action("app", "Next", "Step").await;
    assert_eq!(step["status"], "Succeeded", "{step} {:?}", log.last());
    assert!(log.iter().any(|line| line.contains("A practice repository.")), "it did look");
    for (what, secret) in secrets(&world).await {
        let found = log.iter().find(|line| line.contains(&secret));
        assert_eq!(found, None, "{what}");
    }
}

/// Every secret that the server has by now.
async fn secrets(world: &World) -> Vec<(&'static str, String)> {
    let (shared, account) = (world.shared(), ACCOUNT.into());
    let hook = world.hook().await;
    let place = Place::of_hook(&hook.account, &hook.id);
    let hook_secret = shared.vault.unseal(&place, &hook.sealed_secret).expect("it opens");
    let connections = ConnectionRow::of_account(&account, "", 10);
    let connections = shared.desk.store.list::<ConnectionRow>(connections).await;
    let connection = connections.expect("the store answers").remove(0);
    let token = TokenRow::at(&account, &connection.arn);
    let token = shared.desk.store.get::<TokenRow>(token).await.expect("the store answers");
    let token = token.expect("a token");
    let place = Place::of_access_token(&account, &connection.id, token.generation);
    let token = shared.vault.unseal(&place, &token.sealed_access);
    let sealing_key = std::fs::read_to_string(&world.config.sealing_key).expect("the key is there");
    vec![
        ("the hook's secret", hook_secret.expose().to_owned()),
        ("the forge's token", token.expect("it opens").expose().to_owned()),
        ("the access key's secret", world.caller.credentials.secret_access_key.expose().to_owned()),
        ("the sealing key", sealing_key.trim().to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_would_be_a_command_is_only_text() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut step = commands("Step", &["printf '%s\\n' \"$MESSAGE\""]);
    let value = "$(touch /tmp/owned) `id` ; echo \u{1b}[31mred";
    step["environmentVariables"] = json!([{ "name": "MESSAGE", "value": value }]);
    world.create(&app(&connection, step)).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    assert!(log.iter().any(|line| line == value), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_step_prints_hides_the_servers_own_secrets() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Step", &["true"]))).await;
    world.settle().await;
    let known = secrets(&world).await;
    let hidden = ["the forge's token", "the access key's secret"];
    let known = known.into_iter().filter(|(what, _)| hidden.contains(what));
    for (number, (what, secret)) in known.enumerate() {
        let mut declared =
            app(&connection, commands("Step", &[&format!("echo {secret} | rev; echo {secret}")]));
        declared["name"] = json!(format!("app-{number}"));
        world.create(&declared).await;
        world.begin(&format!("app-{number}")).await;
        world.settle().await;
        let run = world.latest(&format!("app-{number}")).await;
        let log = world.log(&format!("app-{number}"), &run.id, "Next", "Step").await;
        assert!(log.iter().any(|line| line == "****"), "{what}: {log:#?}");
        assert!(!log.iter().any(|line| line.contains(&secret)), "{what}");
    }
}
