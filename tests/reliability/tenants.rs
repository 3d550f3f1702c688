//! Row 13: every route with every kind of key, and things of another store wherever a request can name one: nothing of it is
//! seen, nothing of it is changed, and it cannot be told from what does not exist.

mod answers;
mod expected;
mod keys;
mod places;
mod routes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Timelike, Utc};

use answers::{Door, Seen};
use expected::{Expected, expected};
use keys::{Keys, Kind};
use places::{Place, Places, Query, Request, Whose};
use routes::Route;

use super::planted::Planted;
use crate::support::reliability::{Figures, is_full};
use crate::support::server::Server;

/// What is asked, of whom, and what was found.
struct Attack<'a> {
    door: Door,
    places: Places<'a>,
    keys: &'a Keys,
    requests: usize,
    /// Routes that some key was answered well.
    answered: BTreeSet<String>,
    faults: Vec<String>,
}

#[tokio::test]
async fn no_key_gets_at_another_store() {
    let planted = Planted::without_other().await;
    let door = Door::in_process(&planted.world.app);
    let (routes, requests) = attack(planted, door).await;
    assert!(routes >= 50 && requests >= 1_500, "{routes} routes, {requests} requests");
    if is_full() {
        // Once more by a socket, as everybody comes.
        let planted = Planted::without_other().await;
        let mut server = Server::start(&planted.world.database, &["--log-level", "warn,colloquy::commands=info"]).await;
        server.log_to_the_end();
        attack(planted, Door::Socket(server)).await;
    }
}

/// The whole matrix; how many routes there are, and how many requests were sent.
async fn attack(mut planted: Planted, door: Door) -> (usize, usize) {
    let keys = Keys::of(&planted).await;
    let cookie = &keys.get(Kind::Session).as_ref().unwrap().1;
    let routes = routes::all(&planted.world.app, cookie).await;
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
        .count(format!("{} routes, {} kinds of keys:", routes.len(), Kind::STRANGERS.len()), requests, "requests")
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

impl Attack<'_> {
    /// All that a kind of key may try at a route.
    async fn route(&mut self, route: &Route, kind: Kind) {
        if kind == Kind::Session && route.path == "/sign-out" {
            return; // It would be over for the rest.
        }
        for request in self.places.request(route, None, kind == Kind::AdminOfOwn) {
            self.attempt(route, kind, None, &request).await;
        }
        for place in self.places.of(route) {
            if !is_full() && !kind.is_let_in(route) {
                continue; // Refused before anything is looked up, as its first request has shown.
            }
            let is_of_admins = ["store_id", "recalculation_id", "search"].contains(&place.name())
                || route.scope.as_deref() == Some("admin") && place.name() == "cursor";
            if kind.is_admin() && is_of_admins {
                continue;
            }
            let names_store = kind == Kind::AdminOfOwn;
            let others = self.places.request(route, Some((&place, Whose::Other)), names_store);
            let nobodys = self.places.request(route, Some((&place, Whose::Nobody)), names_store);
            for (others, nobodys) in others.iter().zip(&nobodys) {
                let of_other = self.attempt(route, kind, Some((&place, Whose::Other)), others).await;
                let of_nobody = self.attempt(route, kind, Some((&place, Whose::Nobody)), nobodys).await;
                self.compare(route, kind, &place, &of_other, &of_nobody);
            }
        }
    }

    /// Every choice that a parameter has, and every pair of data set and format, with a key that may do all in its store.
    async fn choices(&mut self, route: &Route) {
        let all_formats = route.query.iter().filter(|one| one.name == "format").flat_map(|one| one.choices.clone());
        let all_formats: Vec<String> = all_formats.collect();
        for parameter in route.query.iter().filter(|parameter| is_full() || parameter.name == "dataset") {
            for choice in &parameter.choices {
                let mut formats = if parameter.name == "dataset" { all_formats.clone() } else { Vec::new() };
                formats.push(String::new());
                for format in formats {
                    let mut query = Query::of(route);
                    query.set(&parameter.name, choice.clone());
                    if !format.is_empty() {
                        query.set("format", format);
                    }
                    for request in self.places.request(route, None, false) {
                        let path = request.url.split('?').next().unwrap();
                        let request = Request { url: query.on(path), ..request.clone() };
                        self.attempt(route, Kind::All, None, &request).await;
                    }
                }
            }
        }
    }

    async fn attempt(&mut self, route: &Route, kind: Kind, at: Option<(&Place, Whose)>, request: &Request) -> Seen {
        let seen = self.door.ask(request, self.keys.get(kind), route.is_endless).await;
        self.requests += 1;
        let expected = expected(route, kind, at);
        let is_as_expected = match &expected {
            Expected::Refused(status, _) | Expected::Status(status) if *status != seen.status => false,
            Expected::Refused(_, code) => seen.code() == *code || route.method == "HEAD",
            Expected::Status(_) => true,
            Expected::Taken => ![401, 403].contains(&seen.status) && seen.status < 500,
        };
        let told = format!("{kind:?}: {} {} {at:?}", request.method, request.url);
        if !is_as_expected {
            self.faults.push(format!(
                "{told}: {} {} instead of {expected:?}: {}",
                seen.status,
                seen.code(),
                start(&seen.body)
            ));
        }
        if [200, 201, 202, 204, 207, 303].contains(&seen.status) {
            self.answered.insert(route.name());
        }
        for text in seen.shown(&self.forbidden(route, kind), request) {
            self.faults.push(format!("{told}: shows {text}"));
        }
        seen
    }

    /// What an answer may not show: nothing of the other store, and of the own one only to who has a key of it.
    fn forbidden(&self, route: &Route, kind: Kind) -> BTreeSet<String> {
        let (own, other) = (&self.places.planted.own.texts, &self.places.planted.other.texts);
        let is_of_admins = kind.is_admin() && route.scope.as_deref() == Some("admin");
        if is_of_admins {
            BTreeSet::new()
        } else if kind.refusal().is_some() || route.scope.is_none() && !route.is_page {
            own | other
        } else {
            other.clone()
        }
    }

    fn compare(&mut self, route: &Route, kind: Kind, place: &Place, of_other: &Seen, of_nobody: &Seen) {
        let value = |whose| self.places.value(route, place, whose).unwrap();
        let shapes = (of_other.shape(&value(Whose::Other)), of_nobody.shape(&value(Whose::Nobody)));
        if shapes.0 != shapes.1 {
            let told =
                format!("{kind:?}: {} {place:?}: another store's is answered otherwise than nobody's", route.name());
            self.faults.push(format!("{told}:\n{}", difference(&shapes.0, &shapes.1)));
        }
    }

    /// Who may see the other store sees its texts on every route that reads, so a leak would not go unseen.
    async fn prove_that_leaks_would_be_seen(&mut self, routes: &[Route]) {
        let texts = &self.places.planted.other.texts;
        for route in routes.iter().filter(|route| route.method == "GET") {
            let kind = if route.is_page { Kind::SessionOfOther } else { Kind::AllOfOther };
            let is_of_store =
                route.scope.as_deref() == Some("read") || route.is_page && !routes::is_public(&route.path);
            if !is_of_store || route.path == "/stores" {
                continue;
            }
            let at = route.path_ids().first().cloned().map(Place::Path);
            let request = self.places.request(route, at.as_ref().map(|at| (at, Whose::Other)), false).remove(0);
            let seen = self.door.ask(&request, self.keys.get(kind), route.is_endless).await;
            assert_eq!(seen.status, 200, "{}: {}", request.url, seen.body);
            let nothing = Request { url: String::new(), ..request.clone() };
            let shows_text = !seen.shown(texts, &nothing).is_empty();
            // Numbers of the other store would be seen in those of the own one: see `own_answers`.
            let own = self.places.request(route, None, false).remove(0);
            let own_kind = if route.is_page { Kind::Session } else { Kind::All };
            let of_own = self.door.ask(&own, self.keys.get(own_kind), route.is_endless).await;
            let is_number = !route.is_page && of_own.timeless() != seen.timeless();
            assert!(shows_text || is_number, "{} shows nothing: {}", request.url, seen.body);
        }
    }
}

/// The places where two texts begin to differ.
fn difference(one: &str, other: &str) -> String {
    let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count().saturating_sub(60);
    let part = |text: &str| start(text.get(text.floor_char_boundary(at)..).unwrap_or_default()).to_owned();
    format!("{}\n--\n{}", part(one), part(other))
}

fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(600)]
}

impl Planted {
    /// All rows of the other store, and rows without a store that name it; times of use apart.
    async fn rows_of_other(&self) -> Vec<String> {
        let tables = "select c.relname::text from pg_class c
            where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'r' and c.relname <> 'dashboard_sessions'";
        let mut rows = Vec::new();
        for table in self.world.client.query(tables, &[]).await.unwrap() {
            let table: String = table.get(0);
            let sql = format!(
                "select '{table} ' || row::text
                 from (select to_jsonb(t) - 'last_used_at' as row from analytics.{table} t) r
                 where row ->> 'store_id' = $1 or (row ->> 'store_id' is null and position($1 in row::text) > 0)
                 order by 1"
            );
            let found = self.world.client.query(&sql, &[&self.other.store_id.to_string()]).await.unwrap();
            rows.extend(found.iter().map(|row| row.get::<_, String>(0)));
        }
        rows
    }

    /// Any changed column of any table with rows of the other store is a difference.
    async fn prove_that_changes_would_be_seen(&self, before: &[String]) {
        assert!(before.len() > 200, "{}", before.len());
        let change = "update content_gaps set status = 'in_progress' where gap_id = $1::text::uuid";
        assert_eq!(self.world.client.execute(change, &[&self.other.gap_id]).await.unwrap(), 1);
        assert_ne!(before, self.rows_of_other().await);
    }
}
