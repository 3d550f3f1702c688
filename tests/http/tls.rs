//! TLS to PostgreSQL, as libpq means each `sslmode`.

use colloquy::database;

use crate::support::database::server_url;
use crate::support::skipped;

/// The server's URL without its own TLS parameters, and with these.
fn url_with(parameters: &str) -> String {
    let url = server_url();
    let base = url.split_once('?').map_or(url.as_str(), |(base, _)| base);
    format!("{base}?{parameters}")
}

async fn connects(parameters: &str) -> Result<bool, String> {
    let client = database::connect(&url_with(parameters)).await.map_err(|error| error.to_string())?;
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    Ok(client.query_one(sql, &[]).await.unwrap().get(0))
}

#[tokio::test]
async fn each_sslmode_encrypts_and_verifies_as_libpq_does() {
    let Ok(certificate) = std::env::var("TEST_DATABASE_CERTIFICATE") else {
        skipped("TEST_DATABASE_CERTIFICATE is not set, so TLS to the database is not tested");
        return;
    };
    assert_eq!(connects("sslmode=disable").await, Ok(false));
    assert_eq!(connects("sslmode=prefer").await, Ok(true));
    assert_eq!(connects("sslmode=require").await, Ok(true));
    assert_eq!(connects(&format!("sslmode=verify-full&sslrootcert={certificate}")).await, Ok(true));

    let unknown_issuer = connects("sslmode=verify-full").await.unwrap_err();
    assert!(unknown_issuer.contains("certificate"), "{unknown_issuer}");
    let no_file = connects("sslmode=verify-full&sslrootcert=/nonexistent.pem").await.unwrap_err();
    assert!(no_file.contains("/nonexistent.pem"), "{no_file}");
    let unknown_mode = connects("sslmode=always").await.unwrap_err();
    assert!(unknown_mode.contains("sslmode is always"), "{unknown_mode}");
}
