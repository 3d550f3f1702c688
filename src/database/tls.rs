//! TLS to the database, with the `sslmode` and `sslrootcert` that libpq understands.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DatabaseError;

/// Which part of the server's certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Nothing,
    Chain,
    ChainAndName,
}

/// Splits the URL into what tokio-postgres understands and how TLS is to be done.
pub(super) fn configure(url: &str) -> Result<(Config, MakeRustlsConnect), DatabaseError> {
    let (rest, mut parameters) = take_ssl_parameters(url);
    let mut config: Config = rest.parse().map_err(|error| DatabaseError::Url(super::error_chain(&error)))?;
    let root = parameters.root.take();
    let (mode, check) = match (parameters.mode.as_deref(), root.as_deref()) {
        (Some("disable"), _) => (SslMode::Disable, Check::Nothing),
        (Some("verify-full"), _) | (_, Some("system")) => (SslMode::Require, Check::ChainAndName),
        (Some("allow" | "prefer") | None, _) => (SslMode::Prefer, Check::Nothing),
        (Some("require"), None) => (SslMode::Require, Check::Nothing),
        // As in libpq, a root certificate makes `require` mean `verify-ca`.
        (Some("require" | "verify-ca"), _) => (SslMode::Require, Check::Chain),
        (Some(other), _) => {
            return Err(DatabaseError::Url(format!(
                "sslmode is {other}, not one of disable, prefer, require, verify-ca, verify-full"
            )));
        }
    };
    config.ssl_mode(mode);
    Ok((config, MakeRustlsConnect::new(client_config(check, root.as_deref())?)))
}

#[derive(Default)]
struct SslParameters {
    mode: Option<String>,
    root: Option<String>,
}

impl SslParameters {
    fn take(&mut self, name: &str, value: &str) -> bool {
        match name {
            "sslmode" => self.mode = Some(value.to_owned()),
            "sslrootcert" => self.root = Some(value.to_owned()),
            _ => return false,
        }
        true
    }
}

/// Takes `sslmode` and `sslrootcert` out of a URL or a key=value string.
fn take_ssl_parameters(url: &str) -> (String, SslParameters) {
    let mut taken = SslParameters::default();
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        let kept: Vec<_> = url
            .split_whitespace()
            .filter(|word| {
                !word.split_once('=').is_some_and(|(name, value)| taken.take(name, value.trim_matches('\'')))
            })
            .collect();
        return (kept.join(" "), taken);
    }
    // Before the first @ a question mark is part of the password, whatever follows it.
    let host_at = url.find('@').unwrap_or_default();
    let Some(query_at) = url[host_at..].find('?').map(|at| host_at + at) else {
        return (url.to_owned(), taken);
    };
    let (base, query) = (&url[..query_at], &url[query_at + 1..]);
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| {
            form_urlencoded::parse(pair.as_bytes()).next().is_none_or(|(name, value)| !taken.take(&name, &value))
        })
        .collect();
    let rest = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    (rest, taken)
}

fn client_config(check: Check, root: Option<&str>) -> Result<ClientConfig, DatabaseError> {
    let provider = Arc::new(ring::default_provider());
    let failed = |error: &dyn std::fmt::Display| DatabaseError::Tls(error.to_string());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    let inner = match check {
        Check::Nothing => None,
        Check::Chain | Check::ChainAndName => {
            let roots = Arc::new(roots(root)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
                .build()
                .map_err(|error| failed(&error))?;
            Some(verifier)
        }
    };
    let verifier = Arc::new(Verifier { check, inner, provider });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn roots(file: Option<&str>) -> Result<RootCertStore, DatabaseError> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(path) if path != "system" => {
            let unreadable = |error: &dyn std::fmt::Display| DatabaseError::Tls(format!("{path}: {error}"));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
            if roots.is_empty() {
                return Err(unreadable(&"there is no certificate in it"));
            }
        }
        _ => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err(DatabaseError::Tls(
                    "this system has no root certificates; name some by sslrootcert".into(),
                ));
            }
        }
    }
    Ok(roots)
}

/// Checks the chain and the name, the chain alone, or nothing; the handshake's signatures always.
#[derive(Debug)]
struct Verifier {
    check: Check,
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else {
            return Ok(ServerCertVerified::assertion());
        };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // rustls looks at the name last, so the chain is good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.check == Check::Chain => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_the_ssl_parameters_out() {
        let (rest, taken) =
            take_ssl_parameters("postgres://u:p@h/d?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Ftmp%2Fa.pem");
        assert_eq!(rest, "postgres://u:p@h/d?connect_timeout=3");
        assert_eq!(taken.mode.as_deref(), Some("verify-full"));
        assert_eq!(taken.root.as_deref(), Some("/tmp/a.pem"));
        let (rest, taken) = take_ssl_parameters("host=h sslmode=require dbname=d");
        assert_eq!((rest.as_str(), taken.mode.as_deref()), ("host=h dbname=d", Some("require")));
    }

    #[test]
    fn a_password_is_not_taken_for_parameters() {
        let url = "postgres://u:12?sslmode=secret&sslrootcert=secret@h/d";
        let (rest, taken) = take_ssl_parameters(&format!("{url}?sslmode=require"));
        assert_eq!((rest.as_str(), taken.mode.as_deref(), taken.root), (url, Some("require"), None));
        assert!(configure(url).is_ok_and(|(config, _)| config.get_password().is_some()));
    }

    #[test]
    fn refuses_an_unknown_mode() {
        let Err(error) = configure("postgres://h/d?sslmode=maybe") else { panic!("sslmode=maybe was taken") };
        assert!(error.to_string().contains("sslmode is maybe"), "{error}");
    }
}
