//! Every case of the contract on both clusters, the embedded one and the real one, side by side.

use std::fmt::Write as _;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::json;

use crate::contract::{self, CASES, Case, Embedded, play};
use crate::lab::{Caller, ControlPlane, Identity, lab};

/// Cases played at the same time in each world.
const AT_ONCE: usize = 8;

/// The real control plane as a world for cases.
struct Real(&'static ControlPlane);

impl contract::Lab for Real {
    fn caller(&self, token: Option<&str>) -> contract::Caller {
        let admin = Identity::Admin.token();
        contract::Caller::new(self.0.url(), token.unwrap_or(&admin), &self.0.ca())
    }

    /// What came before the lab was ready is made forgotten, which no case needs. Of Events no cache remembers it either.
    fn forgotten(&self) -> BoxFuture<'_, contract::Forgotten> {
        async {
            let forget = json!({ "revision": "5" });
            Caller::new(self.0.etcd_url(), None, None)
                .attempt(
                    http::Method::POST,
                    "/v3/kv/compaction",
                    "application/json",
                    Some(&forget),
                )
                .await
                .expect("etcd answers");
            let page = json!({ "v": "meta.k8s.io/v1", "rv": 2, "start": "a\u{0}" }).to_string();
            contract::Forgotten {
                version: "2".to_owned(),
                page: base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, page),
            }
        }
        .boxed()
    }
}

/// `FLIGHTDECK_CASES` names a part of the list, for somebody who works on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_cluster_and_the_real_one_keep_the_same_promises() {
    let part = std::env::var("FLIGHTDECK_CASES").unwrap_or_default();
    let cases: Vec<Case> = CASES
        .iter()
        .copied()
        .filter(|(name, _)| name.contains(&part))
        .collect();
    let real: Arc<dyn contract::Lab> = Arc::new(Real(lab()));
    let embedded: Arc<dyn contract::Lab> = Arc::new(Embedded::start().await);
    let (embedded, real) = (
        play(embedded, &cases, AT_ONCE).await,
        play(real, &cases, AT_ONCE).await,
    );
    let mut table = format!("{:78} sandbox  real\n", "case");
    let word = |why: &Option<String>| if why.is_none() { "ok" } else { "FAILED" };
    for (name, why) in &embedded {
        let other = real.get(name).expect("both played it");
        let _ = writeln!(table, "{name:78} {:8} {}", word(why), word(other));
    }
    let count = |told: &std::collections::BTreeMap<&str, Option<String>>| {
        told.values().filter(|why| why.is_none()).count()
    };
    let held = format!("of {} cases held", cases.len());
    let _ = writeln!(table, "{held:78} {:<8} {}", count(&embedded), count(&real));
    // Past the capture of test output: the table is what this is for.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), table.as_bytes());
    let failed: Vec<String> = [("sandbox", &embedded), ("real", &real)]
        .into_iter()
        .flat_map(|(world, told)| {
            told.iter()
                .filter_map(move |(name, why)| Some(format!("{world}, {name}: {}", why.as_ref()?)))
        })
        .collect();
    assert!(failed.is_empty() && !cases.is_empty(), "{}", failed.join("\n\n"));
}
