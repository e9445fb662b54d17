//! Certificates and keys that a kubeconfig points at or carries, checked before they are used so that errors name them.

use std::fs;
use std::path::Path;

use k8s_openapi::ByteString;
use kube::config::{AuthInfo, Cluster};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret;
use serde::Deserialize as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::KubeconfigError;
use super::kubeconfig::shown;

/// The certificate authority as PEM, if the cluster names one.
pub(super) fn authority(cluster: &Cluster) -> Result<Option<Vec<u8>>, KubeconfigError> {
    let data = cluster
        .certificate_authority_data
        .as_deref()
        .filter(|data| !data.is_empty());
    let file = cluster
        .certificate_authority
        .as_deref()
        .filter(|file| !file.is_empty());
    match (data, file) {
        (Some(data), _) => decode("certificate-authority-data", data).map(Some),
        (None, Some(file)) => read("certificate-authority", file).map(Some),
        (None, None) => Ok(None),
    }
}

/// The certificates in `pem`, as `kube` wants them.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, KubeconfigError> {
    const FIELD: &str = "certificate-authority";
    let bad = |why: String| KubeconfigError::BadData { field: FIELD, why };
    let found = CertificateDer::pem_slice_iter(pem)
        .map(|certificate| certificate.map(|der| der.as_ref().to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| bad(format!("the certificate is damaged ({error})")))?;
    if found.is_empty() {
        return Err(bad("there is no certificate in it".to_owned()));
    }
    Ok(found)
}

/// An empty text is how many tools write that there is none.
pub(super) fn drop_empty(cluster: &mut Cluster, user: &mut AuthInfo) {
    let texts = [
        &mut cluster.certificate_authority,
        &mut cluster.certificate_authority_data,
        &mut cluster.proxy_url,
        &mut cluster.tls_server_name,
        &mut user.username,
        &mut user.token_file,
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &mut user.client_key,
        &mut user.impersonate,
    ];
    for text in texts {
        text.take_if(|text| text.is_empty());
    }
    for secret in [&mut user.token, &mut user.password, &mut user.client_key_data] {
        secret.take_if(|secret| secret.expose_secret().is_empty());
    }
}

/// Reads what the user's entry points at, to fail here and by name rather than later and without one.
pub(super) fn check_user(user: &AuthInfo) -> Result<(), KubeconfigError> {
    let has = |data: Option<&str>, file: Option<&str>| data.or(file).is_some_and(|text| !text.is_empty());
    let certificate = user.client_certificate_data.as_deref();
    let key = user.client_key_data.as_ref().map(ExposeSecret::expose_secret);
    match (certificate, user.client_certificate.as_deref()) {
        (Some(data), _) => drop(decode("client-certificate-data", data)?),
        (None, Some(file)) => drop(read("client-certificate", file)?),
        (None, None) => {}
    }
    match (key, user.client_key.as_deref()) {
        (Some(data), _) => drop(decode("client-key-data", data)?),
        (None, Some(file)) => drop(read("client-key", file)?),
        (None, None) => {}
    }
    let with_certificate = has(certificate, user.client_certificate.as_deref());
    if with_certificate != has(key, user.client_key.as_deref()) {
        let (field, why) = if with_certificate {
            ("client-key", "the user has a client certificate and no key to it")
        } else {
            (
                "client-certificate",
                "the user has a client key and no certificate to it",
            )
        };
        return Err(KubeconfigError::BadData {
            field,
            why: why.to_owned(),
        });
    }
    Ok(())
}

/// `kube` reads token files as they are, but a line end, as editors leave it, cannot stand in a header. Such a file is read
/// once here, and not again when it changes.
pub(super) fn trim_token(user: &mut AuthInfo) -> Result<(), KubeconfigError> {
    if let (None, Some(file)) = (&user.token, &user.token_file) {
        let bytes = read("tokenFile", file)?;
        let text = String::from_utf8_lossy(&bytes);
        if text.trim().len() != text.len() {
            user.token = Some(text.trim().into());
        }
    }
    Ok(())
}

fn read(field: &'static str, file: &str) -> Result<Vec<u8>, KubeconfigError> {
    fs::read(file).map_err(|error| KubeconfigError::MissingFile {
        field,
        file: shown(Path::new(file)),
        why: error.to_string(),
    })
}

/// Base64 as the API's own types decode it; white space is what YAML folding leaves behind.
fn decode(field: &'static str, data: &str) -> Result<Vec<u8>, KubeconfigError> {
    let packed: String = data.split_whitespace().collect();
    let source: StrDeserializer<'_, ValueError> =
        serde::de::IntoDeserializer::into_deserializer(packed.as_str());
    ByteString::deserialize(source)
        .map(|bytes| bytes.0)
        .map_err(|error| KubeconfigError::BadData {
            field,
            why: format!("it is not base64 ({error})"),
        })
}
