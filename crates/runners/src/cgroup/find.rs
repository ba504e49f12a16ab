//! Finding the folder under which groups of a controller can be made (cgroups(7)).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A controller and the folder in which steps get their groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Controller {
    pub folder: PathBuf,
    pub is_v2: bool,
}

impl Controller {
    /// Makes the folder, with the controllers handed down where that must be said.
    pub(super) fn make_folder(&self) -> io::Result<()> {
        match fs::create_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            made => made?,
        }
        if self.is_v2 {
            hand_down(&self.folder);
        }
        Ok(())
    }
}

/// One mounted hierarchy, and where in it this process is.
#[derive(Debug, PartialEq, Eq)]
struct Hierarchy {
    mount: PathBuf,
    /// The process's own group, as a folder below `mount`.
    own: PathBuf,
    is_v2: bool,
    /// Of version 1 alone; version 2 says it in a file.
    controllers: Vec<String>,
}

/// Every hierarchy of a machine.
pub(super) struct Found(Vec<Hierarchy>);

/// Reads `mountinfo` and `cgroup` of a process.
pub(super) fn find(process: &Path) -> Found {
    let read = |name: &str| fs::read_to_string(process.join(name)).unwrap_or_default();
    Found(hierarchies(&read("mountinfo"), &read("cgroup")))
}

impl Found {
    /// Where groups of this controller can be made: below our own group, or at the top, where only
    /// root may; `None` where neither is possible.
    pub(super) fn controller(&self, name: &str) -> Option<Controller> {
        self.0.iter().find_map(|hierarchy| hierarchy.controller(name))
    }
}

impl Hierarchy {
    fn controller(&self, name: &str) -> Option<Controller> {
        if !self.is_v2 && !self.controllers.iter().any(|offered| offered == name) {
            return None;
        }
        let places = [&self.own, &self.mount];
        places.into_iter().find_map(|place| {
            if self.is_v2 && !offers(place, name) {
                return None;
            }
            let folder = place.join(format!("towpath-{}", std::process::id()));
            sweep(place);
            let controller = Controller { folder, is_v2: self.is_v2 };
            controller.make_folder().ok().map(|()| controller)
        })
    }
}

/// Whether a group of version 2 hands the controller down to its children, or can be made to.
fn offers(place: &Path, name: &str) -> bool {
    let listed = |file: &str| {
        let text = fs::read_to_string(place.join(file)).unwrap_or_default();
        text.split_whitespace().any(|offered| offered == name)
    };
    if !listed("cgroup.controllers") {
        return false;
    }
    hand_down(place);
    if !listed("cgroup.subtree_control") {
        // A group with processes hands nothing down (the "no internal processes" rule): step aside.
        let aside = place.join("towpath-server");
        let _ = fs::create_dir(&aside);
        let _ = fs::write(aside.join("cgroup.procs"), "0");
        hand_down(place);
    }
    listed("cgroup.subtree_control")
}

fn hand_down(place: &Path) {
    for name in ["+memory", "+pids", "+cpu"] {
        let _ = fs::write(place.join("cgroup.subtree_control"), name);
    }
}

/// Removes the groups of servers that are gone.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.strip_prefix("towpath-").and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            remove_group(&entry.path());
        }
    }
}

/// Removes a group and those in it, as far as they are empty of processes.
pub(super) fn remove_group(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_group(&entry.path());
        }
    }
    // A process that was just killed may be counted for a moment yet; the next start sweeps it.
    let _ = fs::remove_dir(folder);
}

fn hierarchies(mountinfo: &str, cgroup: &str) -> Vec<Hierarchy> {
    mountinfo.lines().filter_map(|line| hierarchy(line, cgroup)).collect()
}

/// `36 35 0:29 /root /mount options - cgroup source rw,memory` (proc(5)).
fn hierarchy(line: &str, cgroup: &str) -> Option<Hierarchy> {
    let (mount, kind) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (root, mount) = (mount.next()?, PathBuf::from(mount.next()?));
    let mut kind = kind.split(' ');
    let is_v2 = match kind.next()? {
        "cgroup" => false,
        "cgroup2" => true,
        _ => return None,
    };
    let options = kind.nth(1).unwrap_or_default();
    let controllers: Vec<String> = match is_v2 {
        true => Vec::new(),
        false => options.split(',').map(str::to_owned).collect(),
    };
    let path = own_path(cgroup, is_v2, &controllers)?;
    let below = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
    let own = Some(mount.join(below)).filter(|own| own.is_dir()).unwrap_or_else(|| mount.clone());
    Some(Hierarchy { mount, own, is_v2, controllers })
}

/// `4:memory:/path`, or `0::/path` for version 2.
fn own_path<'a>(cgroup: &'a str, is_v2: bool, controllers: &[String]) -> Option<&'a str> {
    cgroup.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (named, path) = (parts.next()?, parts.next()?);
        let same = match is_v2 {
            true => named.is_empty(),
            false => named.split(',').any(|name| controllers.iter().any(|one| one == name)),
        };
        same.then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_side_by_side_are_told_apart() {
        let mountinfo = "\
            30 23 0:25 / /nowhere/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
            31 23 0:26 / /nowhere/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
            32 23 0:27 / /nowhere/unified rw - cgroup2 cgroup2 rw\n\
            33 23 0:28 / /proc rw - proc proc rw\n";
        let cgroup = "4:memory:/a/b\n2:cpu,cpuacct:/\n0::/\n";
        let found = hierarchies(mountinfo, cgroup);
        let shown: Vec<_> =
            found.iter().map(|one| (one.mount.to_str().unwrap(), one.is_v2)).collect();
        let expect =
            [("/nowhere/memory", false), ("/nowhere/cpu", false), ("/nowhere/unified", true)];
        assert_eq!(shown, expect);
        assert_eq!(found[1].controllers, ["rw", "cpu", "cpuacct"]);
        assert_eq!(own_path(cgroup, false, &["memory".to_owned()]), Some("/a/b"));
        assert_eq!(own_path(cgroup, true, &[]), Some("/"));
        assert!(hierarchies("", "").is_empty());
    }

    #[test]
    fn our_own_group_is_found_below_what_is_mounted() {
        let world = tempfile::tempdir().unwrap();
        let mount = world.path().join("memory");
        fs::create_dir_all(mount.join("inner")).unwrap();
        let line = |root: &str| {
            format!("30 23 0:25 {root} {} rw - cgroup cgroup rw,memory\n", mount.display())
        };
        let own = |root: &str, path: &str| {
            hierarchies(&line(root), &format!("4:memory:{path}\n")).remove(0).own
        };
        assert_eq!(own("/", "/inner"), mount.join("inner"));
        assert_eq!(own("/outer", "/outer/inner"), mount.join("inner"));
        assert_eq!(own("/", "/not/visible"), mount);
    }

    #[test]
    fn a_group_is_made_where_a_controller_is_offered() {
        let world = tempfile::tempdir().unwrap();
        let (mount, own) = (world.path().to_path_buf(), world.path().join("own"));
        fs::create_dir(&own).unwrap();
        let controllers = vec!["memory".to_owned()];
        let v1 = Hierarchy { mount, own, is_v2: false, controllers };
        assert_eq!(v1.controller("pids"), None);
        let folder = v1.controller("memory").unwrap().folder;
        assert!(folder.starts_with(&v1.own) && folder.is_dir());

        // Of version 2, with files where the kernel has its own.
        let v2 = Hierarchy { is_v2: true, controllers: Vec::new(), ..v1 };
        assert_eq!(v2.controller("memory"), None, "nothing offered");
    }
}
