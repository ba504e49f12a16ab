//! The server's certificate and key, read once at start.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// An acceptor for the chain and key in two PEM files; HTTP/2 and HTTP/1.1 are offered.
///
/// # Errors
/// A file cannot be read, holds no certificate or key, or the two do not belong together.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let pem = read("--tls-cert", certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.unwrap_or_default();
    ensure!(!chain.is_empty(), "--tls-cert {}: no certificate in PEM", certificate.display());
    // The parser's own words would repeat a line of the file, which may be the key.
    let key_der = PrivateKeyDer::from_pem_slice(&read("--tls-key", key)?).map_err(|_| {
        anyhow!("--tls-key {}: no private key in PEM that has no passphrase", key.display())
    })?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .with_context(|| {
            let (certificate, key) = (certificate.display(), key.display());
            format!("--tls-cert {certificate} and --tls-key {key} do not go together")
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{flag} {} cannot be read", path.display()))
}
