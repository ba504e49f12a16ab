//! How a call came in, as policies may ask of it. What is read from the connection, and what a
//! proxy in front is believed, is the server's.

use std::net::IpAddr;

use domain::Region;
use identity::policy::{Context, Value};
use wire::s3::Signed;

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
    /// The version of TLS that it came over: `1.3`. `None` in clear, and from a proxy, which says none.
    pub tls: Option<&'static str>,
    /// How it was signed; `None` where it is no call of S3's.
    pub signed: Option<Signed>,
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
        if let Some(signed) = &self.signed {
            keys.extend(&self.keys_of_s3(signed));
        }
        keys
    }

    /// Those that every call of S3's has besides.
    fn keys_of_s3(&self, signed: &Signed) -> Context {
        let mut keys = Context::default();
        keys.set("s3:authType", [Value::from(signed.place)]);
        keys.set("s3:signatureversion", [Value::from(signed.version)]);
        keys.set("s3:signatureAge", signed.age.map(Value::Number));
        keys.set("s3:x-amz-content-sha256", [Value::from(&*signed.content)]);
        keys.set("s3:TlsVersion", self.tls.map(Value::from));
        keys
    }
}
