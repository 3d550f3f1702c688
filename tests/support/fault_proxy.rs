//! A proxy on the loopback address between Colloquy and PostgreSQL that refuses, swallows, delays, or cuts a connection at
//! a chosen message. It reads the protocol, so the URL says `sslmode=disable`.

pub mod cuts;
mod frames;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use cuts::{Act, Cuts, Direction, Watch};
use frames::Frames;

/// What happens to connections from now on, those that are open included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Closes them, new ones at once.
    Refuse,
    /// Accepts them, takes everything and says nothing; closes them when this ends.
    Swallow,
    /// Delivers each packet so much later, in both directions.
    Delay(Duration),
}

/// Ends with its connections when it is dropped.
pub struct FaultProxy {
    address: String,
    upstream: String,
    fault: watch::Sender<Fault>,
    cuts: Arc<Cuts>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// In front of the server of a URL.
    pub async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let upstream = authority(url).to_owned();
        let (fault, watched) = watch::channel(Fault::None);
        let cuts = Arc::new(Cuts::default());
        let accepting = tokio::spawn(accept(listener, upstream.clone(), watched, Arc::clone(&cuts)));
        Self { address, upstream, fault, cuts, accepting }
    }

    /// A URL of the server, by way of the proxy.
    pub fn url(&self, url: &str) -> String {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{}{separator}sslmode=disable", url.replacen(&self.upstream, &self.address, 1))
    }

    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Where connections that store events are cut.
    pub fn cuts(&self) -> &Cuts {
        &self.cuts
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.fault.send_replace(Fault::Refuse);
        self.accepting.abort();
    }
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    let rest = rest.split(['/', '?']).next().unwrap();
    rest.rsplit_once('@').map_or(rest, |(_, place)| place)
}

async fn accept(listener: TcpListener, upstream: String, fault: watch::Receiver<Fault>, cuts: Arc<Cuts>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (upstream, mut ends, fault, cuts) = (upstream.clone(), fault.clone(), fault.clone(), Arc::clone(&cuts));
        tokio::spawn(async move {
            tokio::select! {
                () = relay(client, &upstream, &fault, &cuts) => {}
                () = has_ended(&mut ends) => {}
            }
        });
    }
}

/// Returns when the connection has to be closed by the fault.
async fn has_ended(fault: &mut watch::Receiver<Fault>) {
    let met = fault.wait_for(|fault| matches!(fault, Fault::Refuse | Fault::Swallow)).await.map(|fault| *fault);
    if met.is_ok_and(|fault| fault == Fault::Swallow) {
        let _ = fault.wait_for(|fault| *fault != Fault::Swallow).await;
    }
}

async fn relay(client: TcpStream, upstream: &str, fault: &watch::Receiver<Fault>, cuts: &Cuts) {
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let watched = Watch::of(cuts);
    tokio::select! {
        () = pass(from_client, to_server, Frames::of_client(), Direction::ToServer, fault, &watched) => {}
        () = pass(from_server, to_client, Frames::of_server(), Direction::ToClient, fault, &watched) => {}
    }
}

/// One direction: a line that holds each packet as long as it is delayed.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut frames: Frames,
    direction: Direction,
    fault: &watch::Receiver<Fault>,
    watched: &Watch<'_>,
) {
    let (line, mut delayed) = mpsc::channel::<(Instant, Bytes)>(1024);
    let reading = async move {
        let mut packet = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut packet).await {
            let delay = if let Fault::Delay(delay) = *fault.borrow() { delay } else { Duration::ZERO };
            let _ = line.send((Instant::now() + delay, Bytes::copy_from_slice(&packet[..length]))).await;
        }
    };
    let writing = async move {
        while let Some((due, packet)) = delayed.recv().await {
            sleep_until(due).await;
            frames.push(&packet);
            while let Some(frame) = frames.next() {
                let (forwarded, is_end) = match watched.act(direction, &frame) {
                    Act::Forward => (frame.bytes.len(), false),
                    Act::Hold => (0, false),
                    Act::Cut { after_bytes } => (after_bytes, true),
                };
                let is_swallowed = *fault.borrow() == Fault::Swallow;
                if !is_swallowed && to.write_all(&frame.bytes[..forwarded]).await.is_err() || is_end {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = writing => {}
        // The end of what is read ends the line, once all of it has been written.
        () = async { reading.await; std::future::pending().await } => {}
    }
}
