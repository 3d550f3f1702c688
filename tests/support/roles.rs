//! Sessions of the roles of the database, logged in by password as programs would.

use colloquy::database;
use colloquy::roles::set_login;
use tokio_postgres::Client;

use super::database::{TestDatabase, server_url};

/// Roles belong to the whole server, and tests run side by side: every one gives the same password.
pub const PASSWORD: &str = "the password of tests";

/// The URL of the database for a role, which can log in from now on.
pub async fn url_of(database: &TestDatabase, role: &str) -> String {
    let mut maintenance = database::connect(&server_url()).await.unwrap();
    set_login(&mut maintenance, role, PASSWORD).await.unwrap();
    url_for(database.url(), role, PASSWORD)
}

/// The URL with another user and password.
pub fn url_for(url: &str, user: &str, password: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{user}:{}@{place}", password.replace(' ', "%20"))
}

/// A connection of a role.
pub async fn client_of(database: &TestDatabase, role: &str) -> Client {
    database::connect(&url_of(database, role).await).await.unwrap()
}
