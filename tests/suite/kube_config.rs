//! Kubeconfig files: which are read, what wins, and errors that name file, line and remedy.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use flightdeck::adapters::kube::{
    ConnectError, Connected, Flags, KubeconfigError, Surroundings, connect, load, pin_now,
};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::support::fake_api::{FakeApi, Reply, always};

const TWO: &str = "
apiVersion: v1
kind: Config
current-context: prod-eu
clusters:
- name: eu
  cluster: {server: 'https://eu.example:6443', insecure-skip-tls-verify: true}
- name: us
  cluster: {server: 'https://us.example:6443'}
- name: nowhere
  cluster: {}
contexts:
- name: prod-eu
  context: {cluster: eu, user: jane, namespace: shop}
- name: prod-us
  context: {cluster: us, user: jane}
- name: lost
  context: {cluster: gone, user: jane}
- name: nobody
  context: {cluster: eu, user: jan}
- name: empty
  context: {cluster: nowhere}
users:
- name: jane
  user: {token: abc}
";

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn add(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

fn file(path: &Path) -> Flags {
    Flags {
        kubeconfig: Some(path.to_owned()),
        ..Flags::default()
    }
}

async fn connected(flags: &Flags) -> Connected {
    connect(flags, &Surroundings::default())
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

async fn words(flags: &Flags) -> String {
    match connect(flags, &Surroundings::default()).await {
        Ok(connected) => panic!("connected to {}", connected.server_url),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_current_context_and_what_flags_say_instead() {
    let files = Files::new();
    let path = files.add("config", TWO);
    let plain = connected(&file(&path)).await;
    assert_eq!(
        (
            plain.context.as_deref(),
            plain.cluster.as_str(),
            plain.user.as_deref(),
            plain.namespace.as_str()
        ),
        (Some("prod-eu"), "eu", Some("jane"), "shop")
    );
    assert_eq!(plain.server_url, "https://eu.example:6443/");
    assert_eq!(plain.contexts.len(), 5);
    assert!(!plain.pin.verified);

    let other = connected(&Flags {
        context: Some("prod-us".to_owned()),
        namespace: Some("infra".to_owned()),
        server: Some("https://10.0.0.1".to_owned()),
        ..file(&path)
    })
    .await;
    assert_eq!(
        (other.namespace.as_str(), other.server_url.as_str()),
        ("infra", "https://10.0.0.1/")
    );
    assert!(other.pin.verified);
    assert_ne!(plain.pin, other.pin);
}

#[tokio::test]
async fn files_are_merged_the_first_wins_and_missing_ones_are_skipped() {
    let files = Files::new();
    let first = files.add(
        "first",
        "contexts:\n- name: own\n  context: {cluster: eu}\ncurrent-context: own\n",
    );
    let second = files.add("second", TWO);
    let list: OsString = std::env::join_paths([Path::new("/no/such"), &first, &second]).unwrap();
    let around = Surroundings {
        kubeconfig: Some(list),
        ..Surroundings::default()
    };
    let loaded = load(&Flags::default(), &around).unwrap().unwrap();
    assert_eq!(
        (loaded.context_name.as_deref(), loaded.cluster_name.as_str()),
        (Some("own"), "eu")
    );
    assert_eq!(loaded.contexts.len(), 6);

    let home = Surroundings {
        home: Some(files.0.path().to_owned()),
        ..Surroundings::default()
    };
    let missing = load(&Flags::default(), &home).unwrap_err();
    assert!(missing.to_string().contains(".kube/config"), "{missing}");
    files.add(".kube/config", TWO);
    assert_eq!(load(&Flags::default(), &home).unwrap().unwrap().namespace, "shop");
}

#[test]
fn without_any_file_a_pod_uses_its_own_account() {
    let pod = Surroundings {
        in_cluster: true,
        home: Some("/no/such".into()),
        ..Surroundings::default()
    };
    assert!(load(&Flags::default(), &pod).unwrap().is_none());
    let missing = load(&file(Path::new("/no/such")), &pod).unwrap_err();
    assert!(
        matches!(missing, KubeconfigError::Missing { .. }),
        "a file that was asked for is never skipped"
    );
}

#[tokio::test]
async fn a_broken_file_is_named_with_its_line() {
    let files = Files::new();
    let path = files.add(
        "broken",
        "apiVersion: v1\nclusters:\n- name: eu\n  cluster: {server: 'https://x\n",
    );
    let told = words(&file(&path)).await;
    assert!(told.contains("broken:"), "{told}");
    let line = files.add("typo", "apiVersion: v1\nclusters:\n- name: a\n   cluster: b\n");
    let told = words(&file(&line)).await;
    assert!(told.contains("typo:4:") || told.contains("typo:3:"), "{told}");
    let shape = files.add("shape", "apiVersion: v1\nclusters: 5\n");
    let told = words(&file(&shape)).await;
    assert!(told.contains("shape:2:"), "{told}");
    let told = words(&file(files.0.path())).await;
    assert!(told.contains("cannot be read"), "{told}");
}

#[tokio::test]
async fn names_that_lead_nowhere_are_told_with_what_is_there() {
    let files = Files::new();
    let path = files.add("config", TWO);
    let with = |context: &str| Flags {
        context: Some(context.to_owned()),
        ..file(&path)
    };
    let told = words(&with("prod-eus")).await;
    assert!(
        told.contains("did you mean `prod-eu`") && told.contains("prod-us, lost"),
        "{told}"
    );
    let told = words(&with("lost")).await;
    assert!(
        told.contains("`lost`") && told.contains("cluster `gone`"),
        "{told}"
    );
    let told = words(&with("nobody")).await;
    assert!(
        told.contains("user `jan`") && told.contains("did you mean `jane`"),
        "{told}"
    );
    let told = words(&with("empty")).await;
    assert!(
        told.contains("`nowhere` has no `server`") && told.contains("--server"),
        "{told}"
    );
    let told = words(&Flags {
        cluster: Some("es".to_owned()),
        ..file(&path)
    })
    .await;
    assert!(told.contains("--cluster names the cluster `es`"), "{told}");
    let none = files.add("none", "contexts:\n- name: a\n  context: {cluster: b}\n");
    let told = words(&file(&none)).await;
    assert!(
        told.contains("no context is chosen") && told.contains('a'),
        "{told}"
    );
}

#[tokio::test]
async fn certificates_are_read_from_the_files_own_folder_and_named_when_missing() {
    let files = Files::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls/");
    files.add(
        "pki/ca.pem",
        &fs::read_to_string(format!("{folder}good.pem")).unwrap(),
    );
    let config = |ca: &str, user: &str| {
        format!(
            "current-context: a\ncontexts:\n- name: a\n  context: {{cluster: a, user: a}}\n\
             clusters:\n- name: a\n  cluster: {{server: 'https://a.example', {ca}}}\n\
             users:\n- name: a\n  user: {{{user}}}\n"
        )
    };
    let good = files.add("good", &config("certificate-authority: pki/ca.pem", ""));
    let pin = connected(&file(&good)).await.pin;
    assert!(pin.authority.is_some());
    assert_eq!(
        pin_now(&file(&good), &Surroundings::default()).unwrap(),
        Some(pin.clone())
    );
    files.add(
        "pki/ca.pem",
        &fs::read_to_string(format!("{folder}elsewhere.pem")).unwrap(),
    );
    assert_ne!(
        pin_now(&file(&good), &Surroundings::default()).unwrap(),
        Some(pin),
        "the authority changed"
    );

    for (ca, user, expected) in [
        ("certificate-authority: gone.pem", "", "certificate-authority: "),
        ("certificate-authority-data: '***'", "", "not base64"),
        ("certificate-authority-data: aGVsbG8=", "", "no certificate"),
        ("", "client-certificate: gone.pem", "client-certificate: "),
        ("", "client-certificate-data: aGVsbG8=", "no key"),
        ("", "client-key-data: aGVsbG8=", "no certificate"),
        ("", "tokenFile: gone", "tokenFile: "),
    ] {
        let path = files.add("bad", &config(ca, user));
        let told = words(&file(&path)).await;
        assert!(told.contains(expected), "{ca} {user}: {told}");
    }
    let path = files.add("bad", &config("certificate-authority: gone.pem", ""));
    let told = words(&file(&path)).await;
    assert!(
        told.contains(&files.0.path().join("gone.pem").display().to_string()),
        "{told}"
    );
}

#[tokio::test]
async fn credentials_and_impersonation_travel_with_every_request() {
    let mut api = FakeApi::start(always(Reply::json(200, "{}"))).await;
    let flags = Flags {
        server: Some(api.url()),
        token: Some(SecretString::from("t0ken")),
        impersonate: Some("jane".to_owned()),
        impersonate_groups: vec!["ops".to_owned(), "dev".to_owned()],
        impersonate_uid: Some("7".to_owned()),
        ..Flags::default()
    };
    let client = connected(&flags).await.client;
    client
        .get_raw("/version", std::time::Duration::from_secs(10))
        .await
        .unwrap();
    let headers = &api.seen()[0].headers;
    assert_eq!(headers["authorization"], "Bearer t0ken");
    assert_eq!(
        (&headers["impersonate-user"], &headers["impersonate-uid"]),
        (&"jane".parse().unwrap(), &"7".parse().unwrap())
    );
    assert_eq!(headers.get_all("impersonate-group").iter().count(), 2);
    assert!(!format!("{flags:?}").contains("t0ken"));
}

fn with_plugin(server: &str, command: &str, args: &str) -> String {
    format!(
        "current-context: a\ncontexts:\n- name: a\n  context: {{cluster: a, user: a}}\n\
         clusters:\n- name: a\n  cluster: {{server: '{server}'}}\nusers:\n- name: a\n  user:\n    exec:\n\
         \x20     apiVersion: client.authentication.k8s.io/v1\n      command: {command}\n      args: [{args}]\n\
         \x20     interactiveMode: IfAvailable\n"
    )
}

#[tokio::test]
async fn a_login_plugin_that_fails_is_told_in_its_own_words_with_its_command() {
    let files = Files::new();
    let script = "echo one >&2; echo 'session expired, log in first' >&2; exit 3";
    let path = files.add(
        "config",
        &with_plugin("https://a.example", "sh", &format!("-c, {script:?}")),
    );
    let told = words(&file(&path)).await;
    assert!(told.contains("session expired, log in first"), "{told}");
    assert!(told.contains("run `sh -c echo"), "{told}");

    let path = files.add("config", &with_plugin("https://a.example", "no-such-plugin", ""));
    let told = words(&file(&path)).await;
    assert!(
        told.contains("cannot be started") && told.contains("`no-such-plugin"),
        "{told}"
    );
    let path = files.add("config", &with_plugin("https://a.example", "echo", "nonsense"));
    assert!(words(&file(&path)).await.contains("logging in failed"));
}

#[tokio::test]
async fn a_login_plugin_is_not_interactive_and_its_token_is_used() {
    let files = Files::new();
    let mut api = FakeApi::start(always(Reply::status(401, "Unauthorized", "Unauthorized"))).await;
    // It succeeds only if it is told that it may not ask.
    let script = r#"case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 1;; esac
        printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"fresh"}}'"#;
    let plugin = files.add("plugin", script);
    let path = files.add(
        "config",
        &with_plugin(&api.url(), "sh", &plugin.display().to_string()),
    );
    let client = connected(&file(&path)).await.client;
    let refused = client
        .get_raw("/version", std::time::Duration::from_secs(10))
        .await
        .unwrap_err();
    assert_eq!(api.seen()[0].headers["authorization"], "Bearer fresh");
    assert!(
        refused.sentence().contains("log in again, for example with `sh "),
        "{}",
        refused.sentence()
    );
}

#[tokio::test]
async fn an_address_or_proxy_that_cannot_be_used_is_told() {
    let told = words(&Flags {
        server: Some("ftp://x".to_owned()),
        ..Flags::default()
    })
    .await;
    assert!(told.contains("https://HOST:PORT"), "{told}");
    let around = Surroundings {
        https_proxy: Some("socks4://p:1".to_owned()),
        ..Surroundings::default()
    };
    let flags = Flags {
        server: Some("https://a.example".to_owned()),
        ..Flags::default()
    };
    let error = connect(&flags, &around).await.err().expect("no such proxy");
    assert!(
        matches!(error, ConnectError::Kubeconfig(KubeconfigError::BadProxy { .. })),
        "{error}"
    );
    let around = Surroundings {
        https_proxy: Some("http://me:secret@proxy.example:3128".to_owned()),
        no_proxy: Some("proxy.example,, ".to_owned()),
        ..Surroundings::default()
    };
    let through = connect(&flags, &around)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        through.proxy.as_deref().map(|proxy| proxy.trim_end_matches('/')),
        Some("http://proxy.example:3128")
    );
}
