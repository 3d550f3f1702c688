//! What belongs to one request and reaches everything that works on it: who sent it, its id, and how much its key may
//! still ask for.

use std::cell::{Cell, OnceCell};
use std::net::IpAddr;

use super::rate_limits::Remaining;

tokio::task_local! {
    static CONTEXT: Context;
}

struct Context {
    peer: IpAddr,
    request_id: OnceCell<String>,
    remaining: Cell<Option<Remaining>>,
}

/// Handles a request of a peer. Without this, as in tests of single routes, there is no peer and nothing is remembered.
pub async fn handle<T>(peer: IpAddr, request: impl Future<Output = T>) -> T {
    let context = Context { peer, request_id: OnceCell::new(), remaining: Cell::new(None) };
    CONTEXT.scope(context, request).await
}

/// The address of the other end of the connection: that of a proxy, if there is one.
pub(super) fn peer() -> Option<IpAddr> {
    CONTEXT.try_with(|context| context.peer).ok()
}

/// Remembers the id of the request, once.
pub(super) fn set_request_id(id: &str) {
    // Outside of a request there is nobody to tell.
    let _ = CONTEXT.try_with(|context| context.request_id.set(id.to_owned()));
}

/// The id of the request, as its lines in the log have it.
pub(super) fn request_id() -> Option<String> {
    CONTEXT.try_with(|context| context.request_id.get().cloned()).ok().flatten()
}

/// Remembers what the key of the request may still ask for.
pub(super) fn set_remaining(remaining: Remaining) {
    // Outside of a request there is nobody to tell.
    let _ = CONTEXT.try_with(|context| context.remaining.set(Some(remaining)));
}

pub(super) fn remaining() -> Option<Remaining> {
    CONTEXT.try_with(|context| context.remaining.get()).ok().flatten()
}
