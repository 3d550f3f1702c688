//! Pages of a list: complete, without overlap, and good for their own store and query only.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::http::send;
use crate::support::pages::follow;
use crate::support::world::World;

use super::list::{FROM_TO, filled};

#[tokio::test]
async fn every_row_is_on_one_page_newest_first() {
    let world = filled().await;
    let shop = &world.shops[0];
    let whole = follow(&world.app, &shop.key, &format!("/api/v1/conversations?{FROM_TO}&limit=200")).await;
    let expected = world.rows(None).iter().filter(|row| row.store_id == shop.store_id).count();
    assert_eq!(whole.len(), expected);
    let keys: Vec<(&str, &str)> = whole.iter().map(key).collect();
    assert!(keys.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    for limit in [1, 7, 50] {
        let pages = follow(&world.app, &shop.key, &format!("/api/v1/conversations?{FROM_TO}&limit={limit}")).await;
        assert_eq!(pages, whole, "limit={limit}");
    }
}

fn key(row: &Value) -> (&str, &str) {
    (row["started_at"].as_str().unwrap(), row["conversation_id"].as_str().unwrap())
}

#[tokio::test]
async fn a_cursor_is_good_for_its_store_and_query_only() {
    let world = filled().await;
    let [shop, other] = &world.shops[..] else { panic!("two shops") };
    let first = format!("/api/v1/conversations?{FROM_TO}&limit=1");
    let cursor = cursor_of(&world, &shop.key, &first).await;
    let at_another_page_size = format!("/api/v1/conversations?{FROM_TO}&limit=2&cursor={cursor}");
    assert_eq!(send(&world.app, "GET", &at_another_page_size, &shop.key).await.status(), 200);
    let bad = [
        (format!("{first}&cursor={cursor}"), &other.key),
        (format!("{first}&outcome=resolved&cursor={cursor}"), &shop.key),
        (format!("{first}&cursor={}", &cursor[..cursor.len() - 2]), &shop.key),
        (format!("{first}&cursor={cursor}AA"), &shop.key),
        (format!("{first}&cursor="), &shop.key),
        (format!("{first}&cursor=../../etc"), &shop.key),
        (format!("/api/v1/conversations?start_date=2026-01-01&end_date=2026-01-02&cursor={cursor}"), &shop.key),
    ];
    for (path, key) in bad {
        let answer = send(&world.app, "GET", &path, key).await;
        assert_eq!(answer.status(), 400, "{path}: {}", answer.text());
        assert_eq!(answer.faults(), [("cursor", "invalid_cursor")], "{path}");
    }
}

async fn cursor_of(world: &World, key: &str, path: &str) -> String {
    let answer = send(&world.app, "GET", path, key).await;
    assert_eq!(answer.header("x-next-cursor"), answer.json["next_cursor"].as_str().unwrap());
    answer.header("x-next-cursor").to_owned()
}
