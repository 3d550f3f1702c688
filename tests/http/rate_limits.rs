//! A key that asks too much is told so and waits; nobody else does.

use std::net::{IpAddr, Ipv4Addr};

use colloquy::events::writer::Writer;
use colloquy::http::auth::Scope;
use colloquy::http::rate_limits::RateLimits;
use colloquy::http::{App, Setup, context};
use tokio::io::AsyncReadExt;
use warp::test::RequestBuilder;

use crate::support::database::TestDatabase;
use crate::support::http::{self, Answer, request};
use crate::support::server::Server;

const STORE: &str = "/api/v1/store";
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// One request a second of each kind, hence ten at once.
fn limited(database: &TestDatabase) -> App {
    let pool = database.server_pool().clone();
    let (writer, _) = Writer::start(&pool, 50_000, 1);
    App::of(Setup { rate_limits: RateLimits::new(1, 1), ..Setup::of(pool, writer, 1 << 20) })
}

async fn answer(app: &App, peer: IpAddr, request: RequestBuilder) -> Answer {
    context::handle(peer, http::answer(app, request)).await
}

/// Sends the same until it is refused; how many were answered before, and the refusal.
async fn until_refused(app: &App, peer: IpAddr, make: impl Fn() -> RequestBuilder) -> (usize, Answer) {
    for nth in 0..100 {
        let answered = answer(app, peer, make()).await;
        if answered.status() == 429 {
            return (nth, answered);
        }
    }
    panic!("nothing was refused");
}

#[tokio::test]
async fn a_key_has_a_budget_for_events_and_one_for_all_else() {
    let database = TestDatabase::new().await;
    let app = limited(&database);
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Ingest]).await;
    let other = database.create_key(store_id, &[Scope::Read]).await;

    let first = answer(&app, PEER, request("GET", STORE, &key)).await;
    assert_eq!(
        (first.header("ratelimit-policy"), first.header("ratelimit")),
        ("\"requests\";q=10;w=10", "\"requests\";r=9;t=1")
    );
    let (answered, refused) = until_refused(&app, PEER, || request("GET", STORE, &key)).await;
    // The bucket leaks meanwhile.
    assert!((9..=15).contains(&answered), "{answered}");
    assert_eq!((refused.problem(), refused.header("retry-after")), ((429, "too_many_requests"), "1"));
    assert_eq!((refused.header("ratelimit"), refused.json["status"].as_u64()), ("\"requests\";r=0;t=10", Some(429)));

    // Refused again without being looked up, it still is a problem document with a time.
    let again = answer(&app, PEER, request("GET", STORE, &key)).await;
    assert_eq!((again.problem(), again.header("retry-after")), ((429, "too_many_requests"), "1"));
    assert_eq!(answer(&app, PEER, request("GET", STORE, &other)).await.status(), 200);
    let events = || request("POST", "/api/v1/events", &key).body("[]");
    let ingest = answer(&app, PEER, events()).await;
    assert_eq!((ingest.status(), ingest.header("ratelimit")), (422, "\"ingest\";r=9;t=1"));
    assert_eq!(until_refused(&app, PEER, events).await.1.problem(), (429, "too_many_requests"));

    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(answer(&app, PEER, request("GET", STORE, &key)).await.status(), 200, "the budget does not come back");
}

#[tokio::test]
async fn pages_count_with_the_key_of_their_session() {
    let database = TestDatabase::new().await;
    let app = limited(&database);
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    let signed_in = answer(&app, PEER, request("POST", "/sign-in", "").body(format!("key={key}"))).await;
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = || request("GET", "/staffing", "").header("cookie", &cookie);
    let (answered, refused) = until_refused(&app, PEER, page).await;
    assert!((9..=15).contains(&answered), "{answered}");
    assert!(refused.text().contains("Too many requests"), "{}", refused.text());
    assert_eq!((refused.header("retry-after"), refused.header("content-type")), ("1", "text/html; charset=utf-8"));
    assert_eq!(answer(&app, PEER, request("GET", STORE, &key)).await.status(), 429);
}

#[tokio::test]
async fn an_address_may_try_to_sign_in_only_so_often() {
    let database = TestDatabase::new().await;
    let app = limited(&database);
    let attempt = || request("POST", "/sign-in", "").body("key=clq_r_wrong");
    let (answered, refused) = until_refused(&app, PEER, attempt).await;
    assert!((50..=60).contains(&answered), "{answered}");
    assert!(refused.text().contains("data-code=\"too_many_requests\""), "{}", refused.text());
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(answer(&app, elsewhere, attempt()).await.status(), 401);
}

#[tokio::test]
async fn the_flags_of_the_server_set_the_budgets() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    for (flag, expected) in [("3", Some("ratelimit: \"requests\";r=29;t=1\r\n")), ("0", None)] {
        let server = Server::start(&database, &["--requests-per-second", flag]).await;
        let mut answer = String::new();
        server.request("GET", "/store", &key, "", "").await.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        match expected {
            Some(header) => assert!(answer.contains(header), "{answer}"),
            None => assert!(!answer.contains("ratelimit"), "{answer}"),
        }
    }
}
