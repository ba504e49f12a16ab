//! How a call came in, as policies may ask of it. What is read from the connection, and what a
//! proxy in front is believed, is the server's.

use std::net::IpAddr;

use domain::Region;
use identity::policy::{Context, Value};

/// What a request brings besides who asks and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Where it came from, as far as that is known.
    pub address: Option<IpAddr>,
    /// Whether nobody on its way could read it.
    pub secure: bool,
    /// What the client calls itself.
    pub agent: Option<String>,
    /// The region that was asked.
    pub region: Region,
}

impl Arrival {
    /// The condition keys of it ("AWS global condition context keys", IAM user guide).
    pub fn keys(&self) -> Context {
        let mut keys = Context::default();
        keys.set("aws:SourceIp", self.address.map(Value::Address));
        keys.set("aws:SecureTransport", [Value::Flag(self.secure)]);
        keys.set("aws:UserAgent", self.agent.as_deref().map(Value::from));
        keys.set("aws:RequestedRegion", [Value::from(self.region.as_str())]);
        // No service here passes on what its callers ask for.
        keys.set("aws:ViaAWSService", [Value::Flag(false)]);
        keys
    }
}
