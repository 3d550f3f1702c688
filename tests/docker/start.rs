//! What the compose file starts, in its order and with the rights that it gives, but on the server under test.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloquy::database::connect;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use uuid::Uuid;

use super::files::{environment, exec_form, last_stage, services, texts};
use crate::support::database::{as_role, server_url};

/// A database that nobody has migrated.
struct Empty {
    name: String,
    url: String,
}

impl Empty {
    async fn new() -> Self {
        // Named so that a later run drops what a killed one leaves behind.
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let name = format!("colloquy_test_{seconds}_{}", Uuid::new_v4().simple());
        let server = server_url();
        let (base, query) =
            server.split_once('?').map_or((&*server, String::new()), |(base, query)| (base, format!("?{query}")));
        let url = format!("{}/{name}{query}", base.rsplit_once('/').unwrap().0);
        let maintenance = connect(&server).await.unwrap();
        maintenance.batch_execute(&format!("create database {name}")).await.unwrap();
        Self { name, url }
    }

    /// The URL of a service, as the user that the compose file names.
    fn url_for(&self, service: &Value) -> String {
        let url = environment(service).remove("DATABASE_URL").unwrap();
        let user = url.strip_prefix("postgres://").unwrap().split(':').next().unwrap().to_owned();
        if user == "colloquy" { self.url.clone() } else { as_role(&self.url, &user) }
    }

    async fn drop(self) {
        let maintenance = connect(&server_url()).await.unwrap();
        maintenance.batch_execute(&format!("drop database {} with (force)", self.name)).await.unwrap();
    }
}

fn colloquy(arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.args(arguments).kill_on_drop(true);
    command
}

/// Passwords are left out: roles belong to the whole server, where other tests log in by them.
#[tokio::test]
async fn services_do_their_work_in_their_order_with_their_rights() {
    let services: BTreeMap<String, Value> = services();
    let database = Empty::new().await;
    for name in ["roles", "migrate"] {
        let service = &services[name];
        let mut command = colloquy(&texts(&service["command"]));
        let output = command.env("DATABASE_URL", database.url_for(service)).output().await.unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }

    let server = &services["server"];
    let mut child = colloquy(&texts(&server["command"]))
        .env("DATABASE_URL", database.url_for(server))
        .env("COLLOQUY_LISTEN", "127.0.0.1:0")
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = tokio::time::timeout(Duration::from_secs(20), log.next_line()).await.unwrap().unwrap();
        if let Some((_, address)) = line.expect("the server ended").split_once("listening on http://") {
            break address.trim().trim_end_matches(|end: char| !end.is_ascii_digit()).to_owned();
        }
    };
    let check = last_stage("HEALTHCHECK");
    let check = exec_form(check.split_once("CMD ").unwrap().1);
    let output = colloquy(&check[1..]).env("COLLOQUY_LISTEN", &address).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let reader = connect(&as_role(&database.url, "colloquy_reader")).await.unwrap();
    let figures: i64 = reader.query_one("select count(*) from pipeline_health", &[]).await.unwrap().get(0);
    assert!(figures > 10, "{figures} figures");
    let refused = reader.batch_execute("delete from stores").await;
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "42501");

    child.kill().await.unwrap();
    drop(reader);
    database.drop().await;
}
