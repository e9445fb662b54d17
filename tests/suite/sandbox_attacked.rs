//! The embedded cluster and clients that send nonsense, too much, too little or not at all: they are refused or cut off, memory
//! stays within bounds, and everybody else is served.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A wait that ends when it must, however slow the machine is.
const WITHIN: Duration = Duration::from_secs(120);

/// The built program, serving. It ends with this.
struct Served {
    child: Child,
    address: String,
    token: String,
    tls: TlsConnector,
    _temporary: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .args(["demo", "--serve"])
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let file = line.trim().strip_prefix("export KUBECONFIG=").unwrap();
        let config: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let cluster = &config["clusters"][0]["cluster"];
        let authority = BASE64
            .decode(cluster["certificate-authority-data"].as_str().unwrap())
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&authority).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let server = cluster["server"].as_str().unwrap();
        Self {
            child,
            address: server.strip_prefix("https://").unwrap().to_owned(),
            token: config["users"][0]["user"]["token"].as_str().unwrap().to_owned(),
            tls: TlsConnector::from(Arc::new(tls)),
            _temporary: temporary,
        }
    }

    async fn open(&self) -> std::io::Result<TlsStream<tokio::net::TcpStream>> {
        let stream = tokio::net::TcpStream::connect(&self.address).await?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        self.tls.connect(name, stream).await
    }

    /// What comes back for those bytes, until the answer's end or the connection's.
    async fn told(&self, bytes: &[u8]) -> String {
        let mut stream = self.open().await.unwrap();
        // The server may have heard enough before it has heard all.
        drop(stream.write_all(bytes).await);
        drop(stream.flush().await);
        let mut told = Vec::new();
        let reading = stream.read_to_end(&mut told);
        drop(
            tokio::time::timeout(WITHIN, reading)
                .await
                .expect("an answer or an end"),
        );
        String::from_utf8_lossy(&told).into_owned()
    }

    fn request(&self, line: &str, headers: &str) -> String {
        let token = &self.token;
        format!(
            "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{headers}\r\n"
        )
    }

    async fn is_well(&self) {
        let told = self
            .told(self.request("GET /api/v1/namespaces/shop", "").as_bytes())
            .await;
        assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    }

    /// What it holds of memory, in MB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_refused_and_the_demo_goes_on() {
    let served = Served::start();
    for (bytes, wanted) in [
        ("\0\x01\x02 garbage\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        (
            "GET /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(),
            "HTTP/1.1 401",
        ),
        (served.request("GET /api/v1/pods/../../x", ""), "HTTP/1.1 404"),
        (served.request("TRACE /api/v1/pods", ""), "HTTP/1.1 4"),
        (
            served.request("GET /api/v1/namespaces/%ff/pods", ""),
            "HTTP/1.1 404",
        ),
        (served.request("GET /api/v1/pods?limit=-1", ""), "HTTP/1.1 200"),
        (
            served.request("GET /api", &format!("x: {}\r\n", "y".repeat(1 << 20))),
            "HTTP/1.1 431",
        ),
        (
            served.request("POST /api/v1/namespaces", "Content-Length: 9\r\n") + "{\"a\":nope",
            "HTTP/1.1 400",
        ),
        (
            served.request(
                "POST /api/v1/namespaces",
                "Content-Type: application/vnd.kubernetes.protobuf\r\nContent-Length: 4\r\n",
            ) + "k8s\0",
            "HTTP/1.1 415",
        ),
        (
            served.request("POST /api/v1/namespaces", "Content-Length: 104857600\r\n"),
            "HTTP/1.1 413",
        ),
        (
            served.request("POST /api/v1/namespaces", "Transfer-Encoding: chunked\r\n") + "zz\r\n",
            "HTTP/1.1 400",
        ),
    ] {
        let told = served.told(bytes.as_bytes()).await;
        let start: String = bytes.chars().take(60).collect();
        assert!(told.starts_with(wanted), "{start:?}: {told:?}");
    }
    // Nested deeper than anybody reads.
    let deep = "[".repeat(100_000);
    let length = format!("Content-Length: {}\r\n", deep.len());
    let told = served
        .told((served.request("POST /api/v1/namespaces", &length) + &deep).as_bytes())
        .await;
    assert!(told.starts_with("HTTP/1.1 400"), "{told}");
    // No TLS at all.
    let mut plain = TcpStream::connect(&served.address).unwrap();
    std::io::Write::write_all(&mut plain, b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut told = Vec::new();
    drop(plain.read_to_end(&mut told));
    assert!(!told.starts_with(b"HTTP"), "{told:?}");
    served.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_is_taken_is_not_kept_in_memory() {
    let served = Served::start();
    let before = served.memory();
    let mut senders = tokio::task::JoinSet::new();
    let served = Arc::new(served);
    for number in 0..24_u32 {
        let served = Arc::clone(&served);
        senders.spawn(async move {
            // Half of them say how much it will be, a third shows no token.
            let size = if number.is_multiple_of(2) {
                "Content-Length: 104857600\r\n"
            } else {
                "Transfer-Encoding: chunked\r\n"
            };
            let mut request = served.request("POST /api/v1/namespaces", size);
            if number.is_multiple_of(3) {
                request = request.replace(&served.token, "wrong");
            }
            let mut stream = served.open().await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let part = [b"100000\r\n".to_vec(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
            // Until it is cut off, or has sent all.
            for _ in 0..100 {
                if stream.write_all(&part).await.is_err() {
                    return true;
                }
            }
            false
        });
    }
    let ends = tokio::time::timeout(WITHIN, senders.join_all())
        .await
        .expect("all end");
    assert!(ends.iter().all(|was_cut_off| *was_cut_off), "{ends:?}");
    let after = served.memory();
    assert!(after < before + 100, "{before} MB became {after} MB");
    served.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_say_nothing_make_room_for_those_who_do() {
    let served = Served::start();
    let before = served.memory();
    let mut idle = Vec::new();
    for number in 0..300_u32 {
        // Some do not even begin with TLS, some begin a request and stop.
        if number.is_multiple_of(2) {
            idle.push((
                Some(tokio::net::TcpStream::connect(&served.address).await.unwrap()),
                None,
            ));
        } else if let Ok(mut stream) = served.open().await {
            drop(stream.write_all(b"GET /api HTTP/1.1\r\nHost:").await);
            idle.push((None, Some(stream)));
        }
    }
    served.is_well().await;
    let after = served.memory();
    assert!(after < before + 100, "{before} MB became {after} MB");
    let (mut first, _) = idle.swap_remove(0);
    let mut byte = [0];
    let read = tokio::time::timeout(WITHIN, first.as_mut().unwrap().read(&mut byte)).await;
    assert!(
        matches!(read, Ok(Ok(0) | Err(_))),
        "the oldest is cut off: {read:?}"
    );
}
