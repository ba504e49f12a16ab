//! A step that looks for what is not its own, everywhere it can reach, and finds nothing.

mod world;

use runners::End;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use world::{World, job, step};

const CANARY: &str = "canary-7f1d9a";

/// Puts canaries where a server keeps secrets, readable by root alone and by everybody.
fn plant(world: &World) -> Vec<tempfile::TempDir> {
    let data = world.folder.path();
    for (name, mode) in [("towpath.db", 0o600), ("sealing.key", 0o600), ("careless", 0o644)] {
        let path = data.join(name);
        world::write(&path, CANARY);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    world.blobs.put(CANARY.as_bytes()).unwrap();
    let places = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/root", "/home", "/srv", "/opt"];
    let planted = places.into_iter().filter_map(|place| {
        let folder = tempfile::tempdir_in(place).ok()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).ok()?;
        fs::write(folder.path().join("careless"), CANARY).ok()?;
        Some(folder)
    });
    planted.collect()
}

#[test]
fn a_walk_over_files_processes_and_environments_finds_no_canary() {
    let Some(world) = World::isolated() else { return };
    let planted = plant(&world);
    println!("canaries in {} places outside the data folder", planted.len());
    let places: Vec<_> = planted.iter().map(|place| place.path().display().to_string()).collect();
    let search = format!("grep -rl {CANARY} {} || true", places.join(" "));
    let host = World::on_the_host().run(&job([step(&[&search])]));
    assert!(host.of("o").iter().any(|line| line.ends_with("/careless")), "the search finds them");
    let seen = world.run(&job([step(&[
        // The word is put together here, or the step would find its own script.
        "word=canary-; word=${word}7f1d9a",
        "grep -rIl --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr -e $word / 2>/dev/null | grep -v ^/build/control/ || true",
        "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -e [C]ARGO -e [c]${word#c} || true",
        "find / -path /proc -prune -o -name careless -print 2>/dev/null || true",
        "echo end",
    ])]));
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    let found: Vec<_> = seen.of("o").into_iter().filter(|line| !line.starts_with("+ ")).collect();
    assert_eq!(found, ["end"]);
}

#[test]
fn other_peoples_folders_descriptors_and_processes_are_not_there() {
    let Some(world) = World::isolated() else { return };
    let data = world.folder.path().display().to_string();
    let seen = world.run(&job([step(&[
        &format!("for f in /root /run /sys /srv /home/*/.ssh /var/lib /boot {data}; do test -e $f && echo sees $f; done; true"),
        "for f in /etc/shadow /etc/ssh /etc/ssl/private /etc/gitconfig /etc/npmrc /etc/pip.conf; do test -e $f && echo sees $f; done; true",
        "for f in /proc/self/fd/*; do case $f in */0|*/1|*/2) ;; *) echo \"$f $(readlink $f)\" ;; esac; done",
        "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null; echo; done | grep -v -e bash -e bwrap -e ^tr -e '^ *$' || true",
        "test $(id -u) = 1000 && test $(id -un) = step && echo plain",
    ])]));
    let found: Vec<_> = seen.of("o").into_iter().filter(|line| !line.starts_with("+ ")).collect();
    // The shell reads its script through a descriptor of its own.
    let found: Vec<_> =
        found.into_iter().filter(|line| !line.ends_with("/build/control/main")).collect();
    let own = |line: &String| line.starts_with("/proc/self/fd/") && line.ends_with(' ');
    let found: Vec<_> = found.into_iter().filter(|line| !own(line)).collect();
    assert_eq!(found, ["plain"], "{:?}", seen.of("e"));
}

#[test]
fn nothing_but_its_own_folders_can_be_written() {
    let Some(world) = World::isolated() else { return };
    let seen = world.run(&job([step(&[
        "for f in / /usr /usr/bin /etc /build /build/control /lib /bin /var /proc /home; do \
         touch $f/new 2>/dev/null && echo wrote $f; done; true",
        "for f in /build/control/main /build/control/passwd /etc/passwd /etc/hosts; do \
         ( : >> $f ) 2>/dev/null && echo wrote $f; done; true",
        "rm -f /build/control/variables 2>/dev/null && echo removed; true",
        "for f in /build/workspace ~ /build/inputs /tmp /var/tmp /dev/shm; do touch $f/new; done",
        "echo end",
    ])]));
    let found: Vec<_> = seen.of("o").into_iter().filter(|line| !line.starts_with("+ ")).collect();
    assert_eq!(found, ["end"], "{:?}", seen.of("e"));
}

#[test]
fn a_step_has_no_privileges_and_cannot_get_any() {
    let Some(world) = World::isolated() else { return };
    let seen = world.run(&job([step(&[
        "grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t ' ' '",
        "for what in -U -Ur -m -n -p -i -u; do unshare $what true 2>/dev/null && echo unshared $what; done; true",
        "mount -t tmpfs none /tmp 2>/dev/null && echo mounted; true",
        "chroot / true 2>/dev/null && echo chrooted; true",
        "dmesg >/dev/null 2>&1 && echo dmesg; true",
        "sysctl -w kernel.hostname=x >/dev/null 2>&1 && echo sysctl; true",
        "mknod /tmp/disk b 254 0 2>/dev/null && echo device; true",
        "cp /bin/true /tmp/true && chown root /tmp/true 2>/dev/null && echo chowned; true",
    ])]));
    let found: Vec<_> = seen.of("o").into_iter().filter(|line| !line.starts_with("+ ")).collect();
    let none = "0000000000000000";
    let expect = [
        format!("CapPrm: {none}"),
        format!("CapEff: {none}"),
        format!("CapBnd: {none}"),
        "NoNewPrivs: 1".to_owned(),
        "Seccomp: 2".to_owned(),
    ];
    assert_eq!(found, expect);
}

#[test]
fn where_the_server_is_root_a_step_is_somebody_else_outside_too() {
    let Some(world) = World::isolated() else { return };
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: this process is not root");
    }
    let mut owner = None;
    let jobs = world.jobs.clone();
    let plan = job([step(&["touch made; echo made; sleep 0.1"])]);
    let abandon = runners::Abandon::new().unwrap();
    world.listen(&plan, &[], &abandon, |line| {
        if line == "o made" {
            let mut all = fs::read_dir(&jobs).unwrap();
            let made = all.next().unwrap().unwrap().path().join("step/workspace/made");
            owner = Some(fs::metadata(made).unwrap().uid());
        }
    });
    assert!(runners::STEP_UIDS.contains(&owner.unwrap()), "{owner:?}");
}

#[test]
fn on_the_host_a_step_is_not_root_and_has_none_of_the_servers_environment() {
    let world = World::on_the_host();
    let seen =
        world.run(&job([step(&["id -u", "env | grep CARGO || echo none", "pwd; echo $HOME"])]));
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    assert_ne!(seen.of("o")[1], "0");
    assert!(seen.of("o").contains(&"none".to_owned()));
    assert!(seen.of("s").iter().any(|line| line.contains("without isolation")));
    let looped = world.run(&{
        let mut plan = job([step(&["sleep 600 & while :; do :; done"])]);
        plan.limits.step_seconds_max = 1;
        plan
    });
    assert!(matches!(looped.outcome.end, End::LimitReached { .. }), "{:?}", looped.lines);
}

#[test]
fn without_isolation_nothing_runs_and_the_package_is_named() {
    let world = World::without_isolation();
    let seen = world.run(&job([step(&["echo ran"])]));
    let text = seen.outcome.end.to_string();
    assert!(text.starts_with("IsolationUnavailable") && text.contains("`bubblewrap`"), "{text}");
    assert!(seen.lines.is_empty());
}
