//! `colloquy ready`: asks the server of this machine whether it can work, for health checks that have no HTTP client.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::CommandError;

// The server itself gives up on its database after a second.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const REQUEST: &[u8] = b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const ANSWER_BYTES: u64 = 16 * 1024;

/// What the command line gives.
#[derive(Args)]
pub struct ReadyArgs {
    /// Address and port on which the server listens; 0.0.0.0 and [::] stand for this machine
    #[arg(long, env = "COLLOQUY_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// Runs the command.
///
/// # Errors
/// When nobody answers within two seconds, or the answer is that it is not ready.
pub async fn run(args: ReadyArgs) -> Result<(), CommandError> {
    let address = on_this_machine(args.listen);
    let answer = tokio::time::timeout(ANSWER_WITHIN, ask(address)).await;
    match answer {
        Ok(Ok(answer)) if is_ok(&answer) => {
            println!("ready");
            Ok(())
        }
        Ok(Ok(answer)) => {
            Err(CommandError::Refused(format!("the server at {address} is not ready: {}", body(&answer))))
        }
        Ok(Err(error)) => Err(CommandError::Refused(format!("no server answers at {address}: {error}"))),
        Err(_) => Err(CommandError::Refused(format!("the server at {address} does not answer in time"))),
    }
}

/// The address to ask a server that listens on all of them.
fn on_this_machine(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

async fn ask(address: SocketAddr) -> io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    connection.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn is_ok(answer: &str) -> bool {
    answer.split(' ').nth(1) == Some("200")
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body.trim())
}
