//! `colloquy ready`, run as the health check of the container runs it.

use std::process::Output;

use crate::support::database::TestDatabase;
use crate::support::server::Server;

async fn ready(listen: &str) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.arg("ready").env("COLLOQUY_LISTEN", listen).output().await.unwrap()
}

#[tokio::test]
async fn it_succeeds_while_the_server_can_work() {
    let database = TestDatabase::new().await;
    let server = Server::start(&database, &[]).await;
    let url = server.url();
    let address = url.strip_prefix("http://").unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    for listen in [address.to_owned(), format!("0.0.0.0:{port}")] {
        let output = ready(&listen).await;
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stdout, b"ready\n");
    }

    // The server lives on, but it would answer nothing.
    database.client().await.batch_execute("alter table applied_sql rename to elsewhere").await.unwrap();
    let output = ready(address).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("is not ready") && error.contains("not_ready"), "{error}");

    server.stop().await;
    let output = ready(address).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("no server answers at") && error.lines().count() == 1, "{error}");
}
