//! Customers, and how they are erased.

mod commands;
mod concurrency;
mod dump;
mod erase;
mod labels;
mod logs;
mod numbers;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::support::http::{Answer, send};
use crate::support::world::World;

/// The path of a customer of a store.
fn path(store_id: Uuid, customer: &str) -> String {
    format!("/api/v1/customers/{}?store_id={store_id}", utf8_percent_encode(customer, NON_ALPHANUMERIC))
}

/// Asks for the end of a customer of the first shop.
async fn erase(world: &World, admin: &str, customer: &str) -> Answer {
    send(&world.app, "DELETE", &path(world.shops[0].store_id, customer), admin).await
}

/// Erases a customer of the first shop, who must be there, and returns the token.
async fn token_of(world: &World, admin: &str, customer: &str) -> String {
    let answer = erase(world, admin, customer).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let token = answer.json["token"].as_str().unwrap().to_owned();
    let (_, random) = token.split_once("erased-").unwrap();
    assert!(random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    token
}
