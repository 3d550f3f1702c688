//! Keys, tokens of sessions and passwords of the database stand in no log, answer, list of processes or statement.

mod commands;
mod hunt;

use std::path::Path;

use colloquy::http::auth::Scope;
use colloquy::keys::ApiKey;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::Client;

use crate::support::database::TestDatabase;
use crate::support::reliability::Figures;
use crate::support::roles::{PASSWORD, url_of};
use crate::support::server::Server;
use crate::support::skipped;
use hunt::Hunt;

/// All that a log can be made to tell.
const LEVEL: &str = "trace,tokio_postgres::query=trace,warp=trace,hyper=trace";

/// A server whose log is kept, and the secrets that it came to know.
struct Told {
    server: Server,
    hunt: Hunt,
    requests: usize,
}

impl Told {
    /// Sends a request and looks at the answer, in which only what is allowed may stand.
    async fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut connection = self.server.connect().await;
        let length = body.len();
        let request = format!("{method} {path} HTTP/1.0\r\nhost: x\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        self.requests += 1;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn ask_in_vain(&mut self, method: &str, path: &str, headers: &str, body: &str) {
        let answer = self.ask(method, path, headers, body).await;
        self.hunt.nothing_in(&format!("the answer to {method} {path}"), &answer);
    }
}

#[tokio::test]
async fn a_server_tells_no_secret_in_json() {
    tells_no_secret("json").await;
}

#[tokio::test]
async fn a_server_tells_no_secret_in_text() {
    tells_no_secret("text").await;
}

async fn tells_no_secret(format: &str) {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    for setting in ["log_statement = 'all'", "log_min_duration_statement = 0", "log_parameter_max_length = -1"] {
        client.batch_execute(&format!("alter database {} set {setting}", database.name())).await.unwrap();
    }
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Ingest, Scope::Manage]).await;
    let (admin, unknown) = (database.create_admin_key().await, ApiKey::generate(&[Scope::Read]).unwrap());
    let mut hunt = Hunt::default();
    for (name, secret) in [("the key", key.as_str()), ("the admin key", &admin), ("the unknown key", unknown.as_str())]
    {
        hunt.text(name, secret);
    }
    hunt.text("the password", PASSWORD);
    let url = url_of(&database, "colloquy_writer").await;
    let mut server = Server::start_on(&url, &["--log-format", format, "--log-level", LEVEL]).await;
    let log = server.log_to_the_end();
    let mut told = Told { server, hunt, requests: 0 };
    use_keys(&mut told, &key, &admin, unknown.as_str()).await;
    let token = use_session(&mut told, &key, unknown.as_str()).await;
    told.hunt.text("the token of the session", &token);
    let made =
        told.ask("POST", &format!("/api/v1/stores/{store_id}/keys"), &bearer(&admin), r#"{"scopes": ["read"]}"#).await;
    let made = made.split("\"key\":\"").nth(1).unwrap().split('"').next().unwrap();
    told.hunt.text("the new key", made);
    fail(&mut told, &client, &key, &token).await;
    // What other programs can see of it.
    told.hunt.nothing_in("the command line", &told.server.command_line());
    let activity = "select coalesce(string_agg(to_jsonb(a)::text, ' '), '') from pg_stat_activity a where datname = current_database()";
    told.hunt.nothing_in("pg_stat_activity", client.query_one(activity, &[]).await.unwrap().get(0));
    told.server.signal("TERM").await;
    let log = log.await.unwrap();
    assert!(log.matches("answered").count() >= told.requests, "{log}");
    told.hunt.nothing_in("the log", &log);
    log_of_database(&told.hunt);
    Figures::of(
        13,
        "secrets",
        if format == "json" { "no secret in logs in JSON" } else { "no secret in logs as text" },
    )
    .count(told.requests, told.requests, "requests")
    .measured(format!("0 secrets in {} lines at level trace", log.lines().count()))
    .record(&client)
    .await;
}

/// Good and bad keys, where they belong and where not.
async fn use_keys(told: &mut Told, key: &str, admin: &str, unknown: &str) {
    for key in [key, admin, unknown] {
        for path in ["/api/v1/store", "/api/v1/analytics/dashboard", "/api/v1/stores", "/api/v1/store?store_id=x"] {
            told.ask_in_vain("GET", path, &bearer(key), "").await;
        }
        told.ask_in_vain("GET", "/api/v1/store", &format!("authorization: Basic {key}\r\n"), "").await;
        told.ask_in_vain("GET", "/api/v1/store", &format!("cookie: colloquy_session={key}\r\n"), "").await;
        let unread = format!("user-agent: {key}\r\nreferer: http://x/{key}\r\nx-forwarded-for: {key}\r\n");
        told.ask_in_vain("GET", "/health/live", &unread, "").await;
        told.ask_in_vain("GET", "/api/v1/store", &format!("x-request-id: {key}\r\n"), "").await;
        for path in ["/api/v1/content-gaps/", "/api/v1/stores/", "/", "/api/v1/customers/"] {
            told.ask_in_vain("GET", &format!("{path}{key}"), "", "").await;
        }
        for query in ["store_id", "key"] {
            told.ask_in_vain("GET", &format!("/api/v1/store?{query}={key}"), &bearer(admin), "").await;
        }
    }
    let event = json!({"conversation_id": "0192d1c5-1111-7000-8000-000000000001", "event_type": "message_received"});
    told.ask_in_vain("POST", "/api/v1/events", &bearer(key), &event.to_string()).await;
    told.ask_in_vain("POST", "/api/v1/events", &bearer(key), "{").await;
    for path in ["/metrics", "/openapi.json", "/health/ready"] {
        told.ask_in_vain("GET", path, "", "").await;
    }
}

/// Signs in with wrong keys and a right one; the token of the session.
async fn use_session(told: &mut Told, key: &str, unknown: &str) -> String {
    for wrong in [unknown, &key[..54], "clq_r_wrong"] {
        told.ask_in_vain("POST", "/sign-in", "", &format!("key={wrong}&next=%2Froi")).await;
    }
    let answer = told.ask("POST", "/sign-in", "", &format!("key={key}&next=%2Froi")).await;
    let token = answer.split("colloquy_session=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    assert!(answer.starts_with("HTTP/1.0 303") && token.len() == 43, "{answer}");
    for path in ["/roi", "/stores", "/api/v1/store", "/conversations?period=x", "/nowhere"] {
        let page =
            told.ask("GET", path, &format!("cookie: colloquy_session={token}\r\naccept: text/html\r\n"), "").await;
        assert!(!page.contains(&token), "{page}");
    }
    token
}

/// Statements that fail while they look for a key, and a database that is gone for a moment.
async fn fail(told: &mut Told, client: &Client, key: &str, token: &str) {
    for (spoil, mend) in [
        ("alter table api_keys rename to no_keys", "alter table no_keys rename to api_keys"),
        ("alter table api_keys rename key_sha256 to hash", "alter table api_keys rename hash to key_sha256"),
    ] {
        client.batch_execute(spoil).await.unwrap();
        told.ask_in_vain("GET", "/api/v1/store", &bearer(key), "").await;
        told.ask_in_vain("GET", "/roi", &format!("cookie: colloquy_session={token}\r\n"), "").await;
        told.ask_in_vain("POST", "/sign-in", "", &format!("key={key}")).await;
        client.batch_execute(mend).await.unwrap();
    }
    let end = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name = 'colloquy'";
    client.query(end, &[]).await.unwrap();
    told.ask_in_vain("GET", "/api/v1/store", &bearer(key), "").await;
}

/// Statements of the server have keys as parameters only, and there as hashes.
fn log_of_database(hunt: &Hunt) {
    let Some(data) = std::env::var_os("TIMESCALEDB_DATA") else {
        return skipped("the log of PostgreSQL: it is not an embedded server");
    };
    let log = std::fs::read(Path::new(&data).join("server.log")).unwrap();
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("join api_keys k on k.key_sha256 = w.key_sha256"), "statements are not logged");
    hunt.nothing_but_hashes_in("the log of PostgreSQL", &log);
}

fn bearer(key: &str) -> String {
    format!("authorization: Bearer {key}\r\n")
}

/// Says of a type whether it has a text for people who debug: the inherent method is there only if so.
struct Probe<T>(std::marker::PhantomData<T>);

trait Silent {
    fn is_shown(&self) -> bool {
        false
    }
}

impl<T> Silent for &Probe<T> {}

impl<T: std::fmt::Debug> Probe<T> {
    #[allow(clippy::unused_self, reason = "stands beside the method of the trait")]
    fn is_shown(&self) -> bool {
        true
    }
}

#[test]
fn what_holds_a_secret_has_no_debug_text() {
    macro_rules! is_shown {
        ($kind:ty) => {
            (&Probe::<$kind>(std::marker::PhantomData)).is_shown()
        };
    }
    assert!(is_shown!(String), "the probe finds nothing");
    assert!(!is_shown!(ApiKey));
    assert!(!is_shown!(colloquy::config::DatabaseArgs));
    assert!(!is_shown!(colloquy::config::ReplicaArgs));
    assert!(!is_shown!(colloquy::commands::serve::ServeArgs));
    assert!(!is_shown!(colloquy::commands::roles::ApplyArgs));
    // Private to the library, so by its text.
    let session = include_str!("../../src/dashboard/session.rs");
    let (before, _) = session.split_once("pub struct SessionToken").unwrap();
    let derived = before.lines().last().unwrap();
    assert!(!derived.contains("derive") && !session.contains("Debug for SessionToken"), "{derived}");
}
