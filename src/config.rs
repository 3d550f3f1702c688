//! Settings from flags and environment variables, each with its unit and default.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::http::body_limits::BodyLimits;
use crate::http::connections::ConnectionLimits;

/// Where the database is; every command that opens it takes these.
#[derive(Args, Clone)]
pub struct DatabaseArgs {
    /// PostgreSQL URL of the database; understands sslmode=disable|prefer|require|verify-ca|verify-full and sslrootcert=FILE
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: String,
}

/// How the server uses the database.
#[derive(Args, Clone)]
pub struct PoolArgs {
    /// Connections to the database for reading at most; two more store events, four look up keys, two are for /metrics and /health/ready, one may run jobs, one may recalculate, one may listen for live metrics
    #[arg(long, env = "COLLOQUY_POOL_SIZE", value_name = "CONNECTIONS", default_value = "16",
          value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub pool_size: u16,
    /// Time after which a query is cancelled (exports have an hour), in seconds
    #[arg(long, env = "COLLOQUY_STATEMENT_TIMEOUT_SECONDS", value_name = "SECONDS", default_value = "30",
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub statement_timeout_seconds: u32,
}

impl PoolArgs {
    /// Time after which a query is cancelled.
    #[must_use]
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_secs(self.statement_timeout_seconds.into())
    }
}

/// A streaming replica that takes reads off the primary.
#[derive(Args, Clone)]
pub struct ReplicaArgs {
    /// PostgreSQL URL of a streaming replica for analytics, exports and lists; the primary answers while it is gone or too far behind
    #[arg(long, env = "READ_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub read_database_url: Option<String>,
    /// Age of the replica's data from which on the primary answers, in seconds
    #[arg(long, env = "COLLOQUY_MAX_REPLICA_LAG_SECONDS", value_name = "SECONDS", default_value = "30",
          value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub max_replica_lag_seconds: u32,
}

/// How the server talks to its clients.
#[derive(Args, Clone)]
pub struct HttpArgs {
    /// Address and port to listen on
    #[arg(long, env = "COLLOQUY_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Events that may wait for being stored before requests are refused with 503, in events
    #[arg(long, env = "COLLOQUY_INGEST_QUEUE_EVENTS", value_name = "EVENTS", default_value = "50000",
          value_parser = clap::value_parser!(u32).range(10_000..=10_000_000))]
    pub ingest_queue_events: u32,
    /// Size of a request body at most, after decompression, in bytes
    #[arg(long, env = "COLLOQUY_BODY_LIMIT_BYTES", value_name = "BYTES", default_value = "16777216",
          value_parser = clap::value_parser!(u32).range(1024..=1_073_741_824))]
    pub body_limit_bytes: u32,
    /// Requests a second that a key may send to store events and scores, over ten seconds; 0 for no limit
    #[arg(long, env = "COLLOQUY_INGEST_REQUESTS_PER_SECOND", value_name = "REQUESTS", default_value = "1000",
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub ingest_requests_per_second: u32,
    /// Other requests a second that a key may send, pages of the dashboard among them, over ten seconds; 0 for no limit
    #[arg(long, env = "COLLOQUY_REQUESTS_PER_SECOND", value_name = "REQUESTS", default_value = "50",
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub requests_per_second: u32,
    /// Size of all request bodies that are being read, checked or stored, before requests are refused with 503, in bytes
    #[arg(long, env = "COLLOQUY_BODY_MEMORY_BYTES", value_name = "BYTES", default_value = "134217728",
          value_parser = clap::value_parser!(u32).range(1_048_576..))]
    pub body_memory_bytes: u32,
    /// Connections of clients at most, as far as the limit of open files allows; those beyond get 503
    #[arg(long, env = "COLLOQUY_MAX_CONNECTIONS", value_name = "CONNECTIONS", default_value = "4096",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// Time after which a client that stops sending its request or reading its answer is cut off (after 10 at most in
    /// the head of a request, and between two requests), in seconds
    #[arg(long, env = "COLLOQUY_CLIENT_TIMEOUT_SECONDS", value_name = "SECONDS", default_value = "30",
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub client_timeout_seconds: u32,
    /// Time that accepted requests get to finish after SIGTERM or SIGINT, in seconds
    #[arg(long, env = "COLLOQUY_SHUTDOWN_DEADLINE_SECONDS", value_name = "SECONDS", default_value = "30",
          value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub shutdown_deadline_seconds: u32,
}

impl HttpArgs {
    /// What bodies of requests may take.
    #[must_use]
    pub fn body_limits(&self) -> BodyLimits {
        let (each_bytes, all_bytes) = (number(self.body_limit_bytes), number(self.body_memory_bytes));
        BodyLimits { each_bytes, all_bytes, patience: self.client_timeout() }
    }

    /// What connections of clients may take.
    #[must_use]
    pub fn connection_limits(&self) -> ConnectionLimits {
        ConnectionLimits { most: number(self.max_connections), patience: self.client_timeout() }
    }

    fn client_timeout(&self) -> Duration {
        Duration::from_secs(self.client_timeout_seconds.into())
    }
}

fn number(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Logs, which go to standard error.
#[derive(Args, Clone)]
pub struct LogArgs {
    /// Format of the log lines
    #[arg(long, env = "COLLOQUY_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    /// Lowest level that is logged (error, warn, info, debug, trace), or directives as in `info,colloquy=debug`
    #[arg(long, env = "RUST_LOG", value_name = "LEVEL", default_value = "info,warp=warn,tokio_postgres=warn,refinery_core=warn", global = true,
          value_parser = log_level)]
    pub log_level: String,
}

/// How a log line looks.
#[derive(Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl LogArgs {
    /// Sends the logs of this process to standard error from now on, by a thread that writes what is left when the value
    /// is dropped. A log that nobody reads stops nobody: once so many lines wait, more are left out.
    pub fn start(&self) -> WorkerGuard {
        const MOST_WAITING_LINES: usize = 10_000;
        let lines = NonBlockingBuilder::default().buffered_lines_limit(MOST_WAITING_LINES);
        let (writer, guard) = lines.finish(std::io::stderr());
        // warp would add lines of its own to the one line of each request; it and tokio-postgres would also write parts of
        // paths and the parameters of statements, customers among them.
        let quiet =
            "warp::filters::trace=off,warp::filters::path=off,warp::filters::body=off,tokio_postgres::query=info";
        let filter = EnvFilter::new(format!("{},{quiet}", self.log_level));
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(writer);
        // Fails only if logging has been started before, which then goes on.
        let _ = match self.log_format {
            LogFormat::Text => logs.try_init(),
            LogFormat::Json => logs.json().flatten_event(true).try_init(),
        };
        guard
    }
}

/// Warns when the command line of this process holds a password, which everybody on the machine can read.
pub fn warn_of_visible_password(arguments: impl Iterator<Item = String>) {
    if arguments.into_iter().any(|argument| holds_password(&argument)) {
        tracing::warn!(
            "other users of this machine can read the password in the command line; give the URL in the environment"
        );
    }
}

/// Whether an argument is a database URL, in either form, with a password in it.
fn holds_password(argument: &str) -> bool {
    let url = argument.strip_prefix("--").and_then(|flag| flag.split_once('=')).map_or(argument, |(_, value)| value);
    let (start, _) = url.split_once('@').unwrap_or_default();
    (start.starts_with("postgres") && start.matches(':').count() > 1) || url.contains("password=")
}

fn log_level(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::holds_password;

    #[test]
    fn passwords_in_arguments_are_noticed() {
        for argument in [
            "postgres://u:p@h/d",
            "--database-url=postgresql://u:p@h",
            "host=h password=p",
            "postgres://h/d?password=p",
        ] {
            assert!(holds_password(argument), "{argument}");
        }
        for argument in ["postgres://u@h:5432/d", "--database-url", "postgres://h:5432/d", "--name=a:b:c@d", "serve"] {
            assert!(!holds_password(argument), "{argument}");
        }
    }
}
