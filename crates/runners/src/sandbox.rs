//! What bubblewrap is told: what a step sees of the machine. Pure, but for the look at which of the
//! top folders are links.

use crate::Network;
use crate::layout::{HOME, Layout, STEP_ID};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Read-only, as they are.
const TOP: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// What programs need of `/etc`, read-only. Nothing that holds a password or a token: no `shadow`, no
/// host keys, no private half of `/etc/ssl`, no `gitconfig`, `npmrc`, `pip.conf`, `environment`.
const ETC: &[&str] = &[
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "fonts",
    "gai.conf",
    "host.conf",
    "hosts",
    "java-11-openjdk",
    "java-17-openjdk",
    "java-21-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "perl",
    "pki/tls/certs",
    "protocols",
    "python3",
    "python3.11",
    "resolv.conf",
    "rpc",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
];

/// Where an isolated step finds its files.
pub(crate) fn inside() -> Layout {
    let [workspace, inputs, home, control] =
        ["/workspace", "/inputs", HOME, "/towpath"].map(PathBuf::from);
    Layout { workspace, inputs, home, control }
}

/// Bubblewrap's options for one step, to be handed to it by a descriptor: the environment is among
/// them, and nothing of it may stand on a command line.
pub(crate) fn options(
    host: &Layout,
    environment: &BTreeMap<String, String>,
    network: Network,
    tmp_bytes_max: u64,
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
    for name in ETC {
        let path = format!("/etc/{name}");
        all.add(&["--ro-bind-try", &path, &path]);
    }
    let tmp = tmp_bytes_max.to_string();
    all.add(&["--proc", "/proc", "--dev", "/dev", "--size", &tmp, "--tmpfs", "/tmp"]);
    all.add(&["--symlink", "../tmp", "/var/tmp"]);
    all.files(host);
    // The root itself is a fresh tmpfs; what is mounted on it stays as it is.
    all.add(&["--remount-ro", "/", "--chdir", "/workspace"]);
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

    /// A folder at the top, or the link that stands for it where `/usr` holds everything.
    fn top(&mut self, path: &str) {
        match fs::read_link(path) {
            Ok(target) => self.add(&["--symlink", &target.to_string_lossy(), path]),
            Err(_) => self.add(&["--ro-bind-try", path, path]),
        }
    }

    fn files(&mut self, host: &Layout) {
        let inside = inside();
        let mut bind = |how: &str, from: &Path, to: &Path| {
            self.add(&[how, &from.to_string_lossy(), &to.to_string_lossy()]);
        };
        bind("--bind", &host.workspace, &inside.workspace);
        bind("--bind", &host.inputs, &inside.inputs);
        bind("--bind", &host.home, &inside.home);
        bind("--ro-bind", &host.control, &inside.control);
        bind("--bind", &host.variables(), &inside.variables());
        bind("--ro-bind", &host.control.join("passwd"), Path::new("/etc/passwd"));
        bind("--ro-bind", &host.control.join("group"), Path::new("/etc/group"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_sees_what_the_house_names_and_nothing_else() {
        let environment = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
        let host = Layout::below(Path::new("/var/tmp/job/step"));
        let all = options(&host, &environment, Network::None, 1);
        let shown = all.join(" ");
        assert!(shown.contains("--unshare-net") && shown.ends_with("--setenv A b"));
        let own = |from: &str| from.starts_with("/var/tmp/job/step/");
        let system = |from: &str| TOP.contains(&from) || from.starts_with("/etc/");
        for (at, option) in all.iter().enumerate() {
            let from = all.get(at + 1).map(String::as_str).unwrap_or_default();
            match option.as_str() {
                "--bind" => assert!(own(from), "writable: {from}"),
                "--ro-bind" | "--ro-bind-try" => assert!(own(from) || system(from), "{from}"),
                _ => {}
            }
        }
        for secret in ["shadow", "/etc/ssl ", "gitconfig", "npmrc", "/run", "/root", "/proc/"] {
            assert!(!shown.contains(secret), "{secret}");
        }
        assert!(!options(&host, &environment, Network::Host, 1).contains(&"--unshare-net".into()));
    }
}
