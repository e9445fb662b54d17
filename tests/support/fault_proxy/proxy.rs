//! The listener and its switches. What becomes of a single request is `respond`'s.

use std::net::SocketAddr;
use std::sync::mpsc as std_mpsc;

use http::Method;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::fault::{Rule, State};
use super::respond::respond;
use super::{Fault, Seen, Upstream};

enum Order {
    Gone,
    Back,
    DropConnections,
}

/// Ends with its value.
pub(crate) struct FaultProxy {
    url: String,
    state: watch::Sender<State>,
    orders: mpsc::Sender<(Order, std_mpsc::Sender<()>)>,
}

impl FaultProxy {
    /// Listens on a free loopback port and passes everything on.
    pub(crate) fn start(upstream: Upstream) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let state = watch::Sender::new(State::default());
        let (orders, received) = mpsc::channel(4);
        let shared = state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(listen(listener, address, upstream, shared, received));
        });
        Self {
            url: format!("http://{address}"),
            state,
            orders,
        }
    }

    /// What a kubeconfig names as `server`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Every request from now on.
    pub(crate) fn all(&self, fault: Fault) {
        self.rule(None, "", fault, None);
    }

    /// Every request whose path and query begin so.
    pub(crate) fn path(&self, prefix: &str, fault: Fault) {
        self.rule(None, prefix, fault, None);
    }

    /// Requests of one method only.
    pub(crate) fn method(&self, method: Method, prefix: &str, fault: Fault) {
        self.rule(Some(method), prefix, fault, None);
    }

    /// The next request of a method whose path begins so, and no other.
    pub(crate) fn once(&self, method: Method, prefix: &str, fault: Fault) {
        self.rule(Some(method), prefix, fault, Some(1));
    }

    /// No faults any more; what hung flows again, except requests that were never passed on.
    pub(crate) fn heal(&self) {
        self.state.send_modify(|state| state.rules.clear());
    }

    /// Connections are refused and open ones cut, as when the server is gone.
    pub(crate) fn gone(&self) {
        self.order(Order::Gone);
    }

    /// Listens again, on the same port.
    pub(crate) fn back(&self) {
        self.order(Order::Back);
    }

    /// Cuts all connections, once: what a load balancer does when it restarts.
    pub(crate) fn drop_connections(&self) {
        self.order(Order::DropConnections);
    }

    /// All requests, in the order in which they came.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.borrow().seen.clone()
    }

    /// The requests of a method that the server itself has answered.
    pub(crate) fn reached(&self, method: &Method) -> Vec<Seen> {
        self.seen()
            .into_iter()
            .filter(|seen| seen.method == *method && seen.answered.is_some())
            .collect()
    }

    fn rule(&self, method: Option<Method>, prefix: &str, fault: Fault, times: Option<usize>) {
        self.state.send_modify(|state| {
            state.rules.push(Rule {
                method,
                prefix: prefix.to_owned(),
                fault,
                times,
            });
        });
    }

    fn order(&self, order: Order) {
        let (done, wait) = std_mpsc::channel();
        assert!(
            self.orders.try_send((order, done)).is_ok(),
            "the proxy takes orders"
        );
        wait.recv().expect("the proxy carries out orders");
    }
}

async fn listen(
    listener: std::net::TcpListener,
    address: SocketAddr,
    upstream: Upstream,
    state: watch::Sender<State>,
    mut orders: mpsc::Receiver<(Order, std_mpsc::Sender<()>)>,
) {
    let mut listener = TcpListener::from_std(listener).ok();
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                match order {
                    Order::Gone => { listener = None; connections.shutdown().await; }
                    Order::Back => listener = Some(TcpListener::bind(address).await.expect("the port is still free")),
                    Order::DropConnections => connections.shutdown().await,
                }
                let _ = done.send(());
            }
            accepted = accept => if let Ok((stream, _)) = accepted {
                connections.spawn(serve(stream, upstream.clone(), state.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, upstream: Upstream, state: watch::Sender<State>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(request, upstream.clone(), state.clone()));
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
