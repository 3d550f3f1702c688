//! The load client: requests that are ready before the time starts, over connections that are kept.

mod closed;
mod connection;
mod latencies;
mod open;
mod replies;

pub use closed::{Answered, closed};
pub use connection::{Connection, count_lines};
pub use latencies::Latencies;
pub use open::open;
pub use replies::{Replies, planned, repeat};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, header};

use crate::Result;

/// A request that only needs to be sent; a copy of it costs next to nothing.
pub type Prepared = Request<Full<Bytes>>;

/// A server and the key to it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// API key.
    pub key: String,
}

impl Target {
    /// A POST of JSON.
    ///
    /// # Errors
    /// When the path is not one.
    pub fn post(&self, path: &str, body: Bytes) -> Result<Prepared> {
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        Ok(request.body(Full::new(body))?)
    }

    /// A GET.
    ///
    /// # Errors
    /// When the path is not one.
    pub fn get(&self, path: &str) -> Result<Prepared> {
        Ok(self.request(Method::GET, path).body(Full::default())?)
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
    }
}
