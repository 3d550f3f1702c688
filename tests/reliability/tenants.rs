//! Row 13: every route with every kind of key, and things of another store wherever a request can name one: nothing of it is
//! seen, nothing of it is changed, and it cannot be told from what does not exist.

mod answers;
mod attack;
mod expected;
mod keys;
mod places;
mod routes;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Timelike, Utc};

use answers::Door;
use attack::{Attack, difference};
use keys::{Keys, Kind};
use places::{Places, Query, Request};
use routes::Route;

use super::planted::Planted;
use crate::support::reliability::{Figures, is_full};
use crate::support::server::Server;

#[tokio::test]
async fn no_key_gets_at_another_store() {
    let planted = Planted::without_other().await;
    let door = Door::in_process(&planted.world.app);
    let (routes, requests) = matrix(planted, door).await;
    assert!(routes >= 50 && requests >= 1_000, "{routes} routes, {requests} requests");
    if is_full() {
        // Once more by a socket, as everybody comes.
        let planted = Planted::without_other().await;
        // Without budgets, whose headers differ from answer to answer.
        let budgets = ["--requests-per-second", "0", "--ingest-requests-per-second", "0"];
        let arguments = [&budgets[..], &["--log-level", "warn,colloquy::commands=info"]].concat();
        let mut server = Server::start(&planted.world.database, &arguments).await;
        server.log_to_the_end();
        matrix(planted, Door::Socket(Box::new(server))).await;
    }
}

/// The whole matrix; how many routes there are, and how many requests were sent.
async fn matrix(mut planted: Planted, door: Door) -> (usize, usize) {
    let keys = Keys::of(&planted).await;
    let cookie = &keys.get(Kind::Session).as_ref().unwrap().1;
    let mut routes = routes::all(&planted.world.app, cookie).await;
    // Before the key is revoked.
    routes.sort_by_key(|route| !route.path.ends_with("/rotate"));
    let (hour, alone) = (Utc::now().hour(), own_answers(&planted, &keys, &routes).await);
    planted.plant_other().await;
    for (of_now, of_before) in own_answers(&planted, &keys, &routes).await.iter().zip(&alone) {
        // Some answers are of the last hours.
        let is_same = of_now == of_before || Utc::now().hour() != hour;
        assert!(
            is_same,
            "the own store is answered otherwise since the other one is full: {}",
            difference(of_before, of_now)
        );
    }
    let before = planted.rows_of_other().await;
    let places = Places { planted: &planted, cursors: cursors(&door, &routes, &keys).await };
    let what = door.name();
    let mut attack = Attack { door, places, keys: &keys, requests: 0, answered: BTreeSet::new(), faults: Vec::new() };
    attack.prove_that_leaks_would_be_seen(&routes).await;
    for route in &routes {
        // What needs no key does not look at any.
        let is_public = route.scope.is_none() && (!route.is_page || routes::is_public(&route.path));
        let kinds = if is_public { &[Kind::None, Kind::All][..] } else { &Kind::STRANGERS };
        for kind in kinds {
            attack.route(route, *kind).await;
        }
        attack.choices(route).await;
    }
    let (requests, faults) = (attack.requests, attack.faults);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let silent = routes.iter().map(Route::name).filter(|name| !attack.answered.contains(name));
    let silent: Vec<_> = silent.filter(|name| !NEVER_ANSWERED.contains(&name.as_str())).collect();
    assert!(silent.is_empty(), "no key got an answer, so nothing was proven: {silent:?}");
    assert_eq!(before, planted.rows_of_other().await, "rows of the other store have changed");
    planted.prove_that_changes_would_be_seen(&before).await;
    Figures::of(13, "tenants", what)
        .count(
            format!("{} routes × {} kinds of", routes.len(), Kind::STRANGERS.len()),
            format!("{requests} requests"),
            "keys",
        )
        .measured("0 leaks, 0 changed rows")
        .record(&planted.world.client)
        .await;
    (routes.len(), requests)
}

/// What the own store is answered by every route of the API that reads: all its numbers.
async fn own_answers(planted: &Planted, keys: &Keys, routes: &[Route]) -> Vec<String> {
    let places = Places { planted, cursors: BTreeMap::new() };
    let door = Door::in_process(&planted.world.app);
    let mut answers = Vec::new();
    for route in routes.iter().filter(|route| route.method == "GET" && route.scope.as_deref() == Some("read")) {
        let request = places.request(route, None, false).remove(0);
        let seen = door.ask(&request, keys.get(Kind::All), route.is_endless).await;
        assert_eq!(seen.status, 200, "{}: {}", request.url, seen.body);
        answers.push(format!("{}: {}", request.url, seen.timeless()));
    }
    answers
}

/// What has no good answer here: assets of a made-up name, a form with a wrong key, a page that no store lists.
const NEVER_ANSWERED: [&str; 4] =
    ["GET /assets/{version}/{name}", "HEAD /assets/{version}/{name}", "POST /sign-in", "OPTIONS /api/v1/events"];

/// The cursors that lists give the other store.
async fn cursors(door: &Door, routes: &[Route], keys: &Keys) -> BTreeMap<String, String> {
    let mut cursors = BTreeMap::new();
    for route in routes.iter().filter(|route| route.takes("cursor") && route.takes("limit") && route.method == "GET") {
        let kind = if route.scope.as_deref() == Some("admin") { Kind::Admin } else { Kind::AllOfOther };
        let mut query = Query::of(route);
        query.set("limit", "1".to_owned());
        let request = Request { method: "GET".into(), url: query.on(&route.path), body: None };
        let seen = door.ask(&request, keys.get(kind), false).await;
        let cursor =
            serde_json::from_str::<serde_json::Value>(&seen.body).unwrap()["next_cursor"].as_str().map(str::to_owned);
        let cursor = cursor.unwrap_or_else(|| panic!("{} has one page: {}", route.name(), seen.body));
        // The page of the same list hands it on.
        let page = route.path.trim_start_matches("/api/v1").replace("/content-gaps", "/quality");
        cursors.extend([(route.path.clone(), cursor.clone()), (page, cursor)]);
    }
    cursors
}
