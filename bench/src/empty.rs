//! A server that does nothing, to show that the load client is not what is measured.

use std::{convert::Infallible, path::Path, process::Stdio};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use crate::Result;

const ANSWER: &str = r#"{"accepted":1000,"duplicates":0,"rejected":0,"errors":[]}"#;

/// Reads each body and answers 200, until killed. Prints its address first.
///
/// # Errors
/// When no port can be had.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // A client that goes away ends its connection only.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off is answered by nobody's reading.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Full::new(Bytes::from_static(ANSWER.as_bytes()))))
}

/// The server as a process of its own, which ends with this value.
pub struct EmptyHandler {
    _process: Child,
    /// Host and port.
    pub address: String,
}

impl EmptyHandler {
    /// Starts this program once more.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start() -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut process =
            Command::new(Path::new(&program)).arg("empty").stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let address = BufReader::new(output).lines().next_line().await?.ok_or("the empty handler ended")?;
        Ok(Self { _process: process, address })
    }
}
