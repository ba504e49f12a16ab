//! Which system calls a step may not make: those that administer the machine, that open new ways
//! into the kernel, or that make namespaces in which a step would be root.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, sock_filter,
};
use std::collections::BTreeMap;

/// Namespaces that clone and unshare can make (`CLONE_NEW*`, linux/sched.h).
const NAMESPACES: [i32; 8] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    0x80, // CLONE_NEWTIME
];

/// Calls refused with EPERM whatever their arguments; the list of what container runtimes refuse to
/// a container without capabilities, by the names of Linux 6.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_name_to_handle_at,
    libc::SYS_nfsservctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// The filter as bubblewrap's `--seccomp` reads it: an array of `struct sock_filter`.
pub(crate) fn filter() -> Result<Vec<u8>, seccompiler::Error> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_clone, namespaces()?);
    rules.insert(libc::SYS_unshare, namespaces()?);
    // Typing into the terminal of whoever started us (CVE-2017-5226), and its selection.
    let terminal = [libc::TIOCSTI, libc::TIOCLINUX];
    let ioctl = terminal.map(|request| rule(1, SeccompCmpOp::Eq, request));
    rules.insert(libc::SYS_ioctl, ioctl.into_iter().collect::<Result<_, _>>()?);
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    Ok(preamble().iter().chain(&program).flat_map(bytes).collect())
}

fn namespaces() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let set = |flag: i32| rule(0, SeccompCmpOp::MaskedEq(flag as u64), flag as u64);
    NAMESPACES.into_iter().map(set).collect()
}

fn rule(argument: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::Error> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)?;
    Ok(SeccompRule::new(vec![condition])?)
}

/// Two answers that seccompiler cannot express, before its own program. Both calls "do not exist":
/// clone3 hides its flags behind a pointer, and C libraries fall back to clone; the x32 calls would
/// pass under numbers that no rule names.
fn preamble() -> Vec<sock_filter> {
    const X32: u32 = 0x4000_0000;
    let statement = |code: u32, k: u32| sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let refuse = || statement(libc::BPF_RET, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    let jump_over = |code: u32, k: u32, hit: u8| sock_filter {
        code: (libc::BPF_JMP | code | libc::BPF_K) as u16,
        jt: 1 - hit,
        jf: hit,
        k,
    };
    vec![
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0),
        jump_over(libc::BPF_JEQ, libc::SYS_clone3 as u32, 1),
        refuse(),
        jump_over(libc::BPF_JGE, X32, 1),
        refuse(),
    ]
}

fn bytes(instruction: &sock_filter) -> Vec<u8> {
    let sock_filter { code, jt, jf, k } = instruction;
    let code = code.to_ne_bytes();
    [&code[..], &[*jt, *jf], &k.to_ne_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_whole_instructions_and_short_enough_for_the_kernel() {
        let filter = filter().unwrap();
        assert_eq!(filter.len() % 8, 0);
        assert!(filter.len() / 8 <= 4096, "{} instructions", filter.len() / 8);
    }
}
