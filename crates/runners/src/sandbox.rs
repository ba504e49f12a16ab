//! What bubblewrap is told: what a step sees of the machine. Pure, but for the look at which of the
//! top folders are links.

use crate::Network;
use crate::layout::{INSIDE, Layout, STEP_ID};
use std::collections::BTreeMap;
use std::fs;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

/// Read-only, as they are.
const TOP: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// Folders of `/etc` that programs need, read-only.
const ETC_FOLDERS: &[&str] = &[
    "/etc/alternatives",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/java-11-openjdk",
    "/etc/java-17-openjdk",
    "/etc/java-21-openjdk",
    "/etc/perl",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
];

/// Files of `/etc` that programs need. They are copied: a copy costs a tenth of a mount. Nothing here
/// holds a password or a token: no `shadow`, no host keys, no `gitconfig`, `npmrc`, `pip.conf`.
const ETC_FILES: &[&str] = &[
    "/etc/debian_version",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
];

/// Where an isolated step finds its files.
pub(crate) fn inside() -> Layout {
    Layout::below(Path::new(INSIDE))
}

/// What is copied into a step's `/etc`: from where on the host, to where.
pub(crate) fn copies(host: &Layout) -> Vec<(PathBuf, &'static str)> {
    let own = [("passwd", "/etc/passwd"), ("group", "/etc/group")];
    let own = own.map(|(name, to)| (host.control.join(name), to));
    own.into_iter().chain(ETC_FILES.iter().map(|path| (PathBuf::from(path), *path))).collect()
}

/// Bubblewrap's options for one step, to be handed to it by a descriptor: the environment is among
/// them, and nothing of it may stand on a command line. `copied` are open files, and where they go.
/// `own_user` says whether the step runs as a user of its own, to whom only some of its files belong.
pub(crate) fn options(
    host: &Layout,
    own_user: bool,
    environment: &BTreeMap<String, String>,
    network: Network,
    tmp_bytes_max: u64,
    copied: &[(RawFd, &str)],
) -> Vec<String> {
    let mut all = Options::default();
    all.add(&["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]);
    all.add(&["--unshare-cgroup-try", "--die-with-parent", "--new-session"]);
    if network == Network::None {
        all.add(&["--unshare-net"]);
    }
    let id = STEP_ID.to_string();
    all.add(&["--uid", &id, "--gid", &id, "--hostname", "step"]);
    for path in TOP {
        all.top(path);
    }
    for path in ETC_FOLDERS.iter().filter(|path| Path::new(path).is_dir()) {
        all.add(&["--ro-bind-try", path, path]);
    }
    for (descriptor, path) in copied {
        all.add(&["--perms", "0444", "--file", &descriptor.to_string(), path]);
    }
    let tmp = tmp_bytes_max.to_string();
    all.add(&["--proc", "/proc", "--dev", "/dev", "--size", &tmp, "--tmpfs", "/tmp"]);
    all.add(&["--symlink", "../tmp", "/var/tmp"]);
    all.files(host, own_user);
    // The root itself is a fresh tmpfs; what is mounted on it stays as it is.
    all.add(&["--remount-ro", "/", "--chdir", &inside().workspace.to_string_lossy()]);
    for (name, value) in environment {
        all.add(&["--setenv", name, value]);
    }
    all.0
}

#[derive(Default)]
struct Options(Vec<String>);

impl Options {
    fn add(&mut self, options: &[&str]) {
        self.0.extend(options.iter().map(|option| (*option).to_owned()));
    }

    /// The step's own files. Its own user can change what was given to it; as the server's user it
    /// could change the scripts too, so there each writable part is a mount, at some tenths of a
    /// millisecond each.
    fn files(&mut self, host: &Layout, own_user: bool) {
        if own_user {
            return self.add(&["--bind", &host.root.to_string_lossy(), INSIDE]);
        }
        self.add(&["--ro-bind", &host.root.to_string_lossy(), INSIDE]);
        let (host, inside) = (host.writable(), inside().writable());
        for (from, to) in host.iter().zip(&inside) {
            self.add(&["--bind", &from.to_string_lossy(), &to.to_string_lossy()]);
        }
    }

    /// A folder at the top, or the link that stands for it where `/usr` holds everything.
    fn top(&mut self, path: &str) {
        match fs::read_link(path) {
            Ok(target) => self.add(&["--symlink", &target.to_string_lossy(), path]),
            Err(_) => self.add(&["--ro-bind-try", path, path]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_sees_what_the_house_names_and_nothing_else() {
        let environment = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
        let host = Layout::below(Path::new("/var/tmp/job/step"));
        let all = options(&host, true, &environment, Network::None, 1, &[(7, "/etc/hosts")]);
        let shown = all.join(" ");
        assert!(shown.contains("--unshare-net") && shown.ends_with("--setenv A b"));
        assert!(shown.contains("--file 7 /etc/hosts"));
        for (at, option) in all.iter().enumerate() {
            let from = all.get(at + 1).map(String::as_str).unwrap_or_default();
            match option.as_str() {
                "--bind" => assert_eq!(from, "/var/tmp/job/step", "writable"),
                "--ro-bind" | "--ro-bind-try" => {
                    assert!(TOP.contains(&from) || ETC_FOLDERS.contains(&from), "{from}");
                }
                _ => {}
            }
        }
        let copied = copies(&host);
        let taken = copied.iter().map(|(from, _)| from.to_string_lossy().into_owned());
        let taken = taken.chain(all).collect::<Vec<_>>().join(" ");
        for secret in ["shadow", "/etc/ssl ", "gitconfig", "npmrc", "/run", "/root", "/proc/"] {
            assert!(!taken.contains(secret), "{secret}");
        }
        let shared = options(&host, true, &environment, Network::Host, 1, &[]);
        assert!(!shared.contains(&"--unshare-net".to_owned()));
    }

    #[test]
    fn a_step_of_the_servers_own_user_gets_each_writable_part_by_itself() {
        let host = Layout::below(Path::new("/var/tmp/job/step"));
        let all = options(&host, false, &BTreeMap::new(), Network::Host, 1, &[]).join(" ");
        assert!(all.contains("--ro-bind /var/tmp/job/step /build --bind"), "{all}");
        assert!(all.contains("--bind /var/tmp/job/step/home /build/home"), "{all}");
        assert!(!all.contains("--bind /var/tmp/job/step/control /build"), "{all}");
    }
}
