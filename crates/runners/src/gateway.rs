//! A step's gateway: the one way out of a step whose network is its own.
//!
//! It is a listener on the step's loopback that is there before its first command, and that this
//! process accepts on. Nothing runs inside for it. What is offered there, and to whom, is left to
//! whoever serves it; that it is a step who asked who it is, to whoever listens to the run.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

/// Where a step finds it. Nobody else is in that network yet, so the port is free; it is none that
/// programs are known by, nor one that connections are given.
pub const GATEWAY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 27_700);

/// Serves a step's gateway until what it returns is dropped, which is when the step is gone.
/// Accepting on the listener does not block.
pub type Serve = Box<dyn FnOnce(TcpListener) -> io::Result<Open> + Send>;

/// A gateway that is open. Dropped, it is shut.
pub type Open = Box<dyn Send>;
