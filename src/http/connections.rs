//! Connections of clients: how many there may be, how slow they may be, and what becomes of those beyond.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::patient_stream::PatientStream;
use super::routes::routes;
use super::{App, busy, context};

/// Also how long a connection may stay idle between two requests.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Connections beyond the most, which get one answer each: 503, or that the server is alive.
const REFUSED_AT_A_TIME: usize = 64;
const REFUSED_WITHIN: Duration = Duration::from_secs(1);
/// A connection that is open but silent when the server stops is closed then; its request may be on the way.
const ARRIVED_WITHIN: Duration = Duration::from_millis(200);
/// Files that are no connections of clients: connections to the database, listeners, logs.
const OTHER_FILES: usize = 128;

/// What clients may take.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Connections at a time.
    pub most: usize,
    /// How long a client may read nothing of its answer.
    pub patience: Duration,
}

impl ConnectionLimits {
    /// With so many connections as the process may have files for, besides its own and those to the database.
    #[must_use]
    pub fn within_open_files(self, database_connections: usize) -> Self {
        let Some(files) = most_open_files() else { return self };
        let most = files.saturating_sub(OTHER_FILES + REFUSED_AT_A_TIME + database_connections).max(1);
        if most < self.most {
            tracing::warn!(most, files, "fewer connections than asked for: the process may not open more files");
        }
        Self { most: self.most.min(most), ..self }
    }
}

/// The soft limit of the process, where the operating system tells.
fn most_open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Accepts connections until the signal comes, and then those that are there already; returns the ones that are still open.
pub async fn accept_until(
    stop: impl Future<Output = ()>,
    listener: TcpListener,
    app: App,
    limits: ConnectionLimits,
) -> GracefulShutdown {
    let connections = GracefulShutdown::new();
    let counted = app.monitor.connections.clone();
    counted.limit(limits.most);
    let service = warp::service(routes(app.clone()));
    let busy = warp::service(busy::routes(app));
    let places = Arc::new(Semaphore::new(limits.most));
    let refusals = Arc::new(Semaphore::new(REFUSED_AT_A_TIME));
    let admit = async |(stream, peer): (TcpStream, SocketAddr)| {
        // Answers are written whole, so waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            let settings = Settings { headers_within: HEADERS_WITHIN.min(limits.patience), keep_alive: true };
            let stream = PatientStream::new(stream, limits.patience);
            serve(stream, peer.ip(), service.clone(), &connections, settings, (place, counted.begin()));
        } else if let Ok(place) = Arc::clone(&refusals).acquire_owned().await {
            let settings = Settings { headers_within: REFUSED_WITHIN, keep_alive: false };
            let stream = PatientStream::new(stream, REFUSED_WITHIN);
            serve(stream, peer.ip(), busy.clone(), &connections, settings, place);
        }
    };
    let accepting = async {
        loop {
            admit(accept(&listener).await).await;
        }
    };
    tokio::select! {
        () = stop => {}
        () = accepting => {}
    }
    // The end of the listener would cut off clients that have connected and wait, with a request that they may have sent.
    for waiting in waiting(listener) {
        admit(waiting).await;
    }
    tokio::time::sleep(ARRIVED_WITHIN).await;
    connections
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Out of file descriptors, as a rule: the pause keeps this loop from spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The connections that the kernel has made and nobody has accepted; nobody can connect any more.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    // The listener of tokio only knows what its last look at the kernel said.
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let accept = || {
        listener.accept().ok().and_then(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
    };
    std::iter::from_fn(accept).collect()
}

#[derive(Clone, Copy)]
struct Settings {
    headers_within: Duration,
    keep_alive: bool,
}

fn serve<F>(
    stream: PatientStream,
    peer: IpAddr,
    service: F,
    connections: &GracefulShutdown,
    settings: Settings,
    // Held until the connection has ended.
    place: impl Send + 'static,
) where
    F: tower_service::Service<
            warp::http::Request<hyper::body::Incoming>,
            Response = warp::reply::Response,
            Error = std::convert::Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static,
{
    let service = service_fn(move |request| {
        let mut service = service.clone();
        context::handle(peer, async move { service.call(request).await })
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.headers_within)
        .keep_alive(settings.keep_alive)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}
