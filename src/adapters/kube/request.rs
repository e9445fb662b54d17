//! Single reads: an object byte for byte, who we are, which server and which cluster this is. And notes about an object.

use std::time::Duration;

use http::{HeaderValue, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::Untrusted;

use super::client::{get, post};
use super::{ApiClient, ApiFailure, RawAnswer};

/// Small questions are answered at once, or the server has other worries.
const SMALL: Duration = Duration::from_secs(10);

/// The form of an object without its contents.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

#[derive(Deserialize)]
struct WithMeta {
    metadata: Meta,
}

#[derive(Deserialize)]
struct Meta {
    uid: String,
}

#[derive(Deserialize)]
struct SelfReview {
    status: SelfStatus,
}

#[derive(Deserialize)]
struct SelfStatus {
    #[serde(rename = "userInfo")]
    user_info: UserInfo,
}

#[derive(Deserialize)]
struct UserInfo {
    username: String,
}

impl ApiClient {
    /// Reads a path. Without a `resourceVersion` in it this is a quorum read: the newest there is.
    ///
    /// # Errors
    ///
    /// When there is no readable answer within `limit`, or it is no success.
    pub async fn get_raw(&self, path: &str, limit: Duration) -> Result<RawAnswer, ApiFailure> {
        self.read(get(path)?, &format!("reading {}", Untrusted::from(path)), limit)
            .await
    }

    /// Reads name, uid and managers of the object at `path`, and nothing of what it holds.
    ///
    /// # Errors
    ///
    /// As [`Self::get_raw`].
    pub async fn get_metadata(&self, path: &str, limit: Duration) -> Result<RawAnswer, ApiFailure> {
        let mut request = get(path)?;
        request
            .headers_mut()
            .insert(header::ACCEPT, HeaderValue::from_static(METADATA_ONLY));
        self.read(request, &format!("reading {}", Untrusted::from(path)), limit)
            .await
    }

    /// The server's version, such as `v1.36.3`.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn server_version(&self) -> Result<Untrusted, ApiFailure> {
        let answer = self
            .read(get("/version")?, "asking for the server's version", SMALL)
            .await?;
        Ok(Untrusted::from(parse::<Version>(&answer.body)?.git_version))
    }

    /// What makes a cluster itself: the uid of its namespace `kube-system`. `None` when it may not be read.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn kube_system_uid(&self) -> Result<Option<Untrusted>, ApiFailure> {
        let path = "/api/v1/namespaces/kube-system";
        match self.read(get(path)?, "identifying the cluster", SMALL).await {
            Ok(answer) => Ok(Some(Untrusted::from(
                parse::<WithMeta>(&answer.body)?.metadata.uid,
            ))),
            Err(ApiFailure::Forbidden { .. } | ApiFailure::NotFound { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Posts a note about an object, once.
    ///
    /// # Errors
    ///
    /// When it was not taken, or that is not known.
    pub async fn post_note(&self, path: &str, body: String) -> Result<(), ApiFailure> {
        let request = post(path, body)?;
        self.read(request, "posting an Event", SMALL).await.map(drop)
    }

    /// The user as the server knows it. `None` when the server does not tell (before 1.28, or not allowed).
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn whoami(&self) -> Result<Option<Untrusted>, ApiFailure> {
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let body = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;
        match self
            .read(post(path, body.to_owned())?, "asking who we are", SMALL)
            .await
        {
            Ok(answer) => {
                let name = parse::<SelfReview>(&answer.body)?.status.user_info.username;
                Ok(Some(Untrusted::from(name)))
            }
            Err(ApiFailure::Forbidden { .. } | ApiFailure::NotFound { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// Reads the few fields that are wanted of an answer.
pub(super) fn parse<T: DeserializeOwned>(body: &str) -> Result<T, ApiFailure> {
    serde_json::from_str(body).map_err(|error| ApiFailure::BadAnswer {
        why: Untrusted::from(error.to_string()),
    })
}
