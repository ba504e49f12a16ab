//! A listener in the network of a process that is kept in, for this process to accept on.
//!
//! A child joins that network, opens the socket there and is gone. It shares this process's descriptors,
//! so the socket is this process's at once: whoever is kept in sees no program, file or descriptor more.

use super::child;
use rustix::io::Errno;
use rustix::net::sockopt::set_ip_freebind;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::process::{Pid, PidfdFlags};
use rustix::thread::{ThreadNameSpaceType, move_into_thread_name_spaces};
use std::io;
use std::net::{SocketAddrV4, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Connections that wait to be accepted.
const WAITING_MAX: i32 = 64;

/// Listens at `address` in the network of `process`, which `user` made (this process's own where
/// absent). Accepting does not block.
pub(crate) fn listen(
    process: Pid,
    user: Option<u32>,
    address: SocketAddrV4,
) -> io::Result<TcpListener> {
    let process = rustix::process::pidfd_open(process, PidfdFlags::empty())?;
    let mut opened = Err(Errno::CANCELED);
    let mut work = || opened = open(process.as_fd(), user, address);
    // SAFETY: it makes system calls and nothing else.
    let child = unsafe { child::borrow(&mut work, libc::CLONE_FILES) }?;
    child::wait(child)?;
    Ok(opened?.into())
}

/// Whoever made a user namespace may do everything in it: so it is joined, and the network with it. As
/// root of the machine that would not be needed, and as root of a container it would not be allowed.
fn open(
    process: BorrowedFd<'_>,
    user: Option<u32>,
    address: SocketAddrV4,
) -> rustix::io::Result<OwnedFd> {
    user.map_or(Ok(()), child::become_user)?;
    let (user, network) = (ThreadNameSpaceType::USER, ThreadNameSpaceType::NETWORK);
    move_into_thread_name_spaces(process, user | network)?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    // The loopback there may not be up yet.
    set_ip_freebind(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, WAITING_MAX)?;
    Ok(socket)
}
