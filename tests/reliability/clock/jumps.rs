//! The clock of the server jumps, that of the database does not: what depends on which, and that nothing else changes.

use chrono::{DateTime, Duration, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::fake::Clock;
use crate::http::openapi::Document;
use crate::support::client::{Reply, exchange};
use crate::support::conversations::{row_differences, stored};
use crate::support::reliability::{Figures, planned};
use crate::support::server::Server;
use crate::support::skipped;
use crate::support::world::World;

/// Hours ahead of the database, one after the other: a minute more than the five that are allowed, summer time, days,
/// longer than an event may be late.
fn jumps() -> Vec<Duration> {
    let all = [0, 6, 60, -60, 180, -180, 24 * 60, -24 * 60, 56 * 24 * 60, -56 * 24 * 60, 366 * 24 * 60, 0];
    let some = [0, 6, -180, 56 * 24 * 60, -56 * 24 * 60];
    planned(&some[..], &all[..]).iter().map(|minutes| Duration::minutes(*minutes)).collect()
}

struct Shop {
    world: World,
    server: Server,
    admin: String,
    /// Good for half an hour of the database's time.
    short: String,
    cookie: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_clock_jumps_gives_a_code_or_a_right_number() {
    let Some(clock) = Clock::right() else { return skipped("libfaketime cannot be had") };
    let shop = Shop::open(&clock).await;
    let mut answers = 0;
    for ahead in jumps() {
        clock.set(ahead);
        shop.takes_events_by_its_own_clock(ahead).await;
        shop.judges_times_by_its_own_clock(ahead).await;
        shop.counts_by_the_clock_of_the_database(ahead).await;
        shop.lets_in_by_the_clock_of_the_database(ahead).await;
        answers += shop.answers_everything(ahead).await;
    }
    let Shop { mut world, server, .. } = shop;
    world.learn_events().await;
    // Those from 56 days ahead and behind are events as all others.
    let wrong = row_differences(&world.rows(None), &stored(&world.client).await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));
    Figures::of(15, "clock", "jumps of the server's clock")
        .count(jumps().len(), jumps().len(), "jumps")
        .measured(format!("{answers} answers, none of them a 5xx; all conversations equal to the oracle"))
        .record(&world.client)
        .await;
}

impl Shop {
    async fn open(clock: &Clock) -> Self {
        let world = World::new(&[chrono_tz::Australia::Lord_Howe]).await;
        let admin = world.database.create_admin_key().await;
        let server = clock
            .serve(
                &world.database,
                &["--requests-per-second", "0", "--log-level", "error,colloquy::commands::serve=info"],
            )
            .await;
        let mut shop = Self { world, server, admin, short: String::new(), cookie: String::new() };
        let store_id = shop.world.shops[0].store_id;
        let body = json!({"scopes": ["read"], "expires_at": Utc::now() + Duration::minutes(30)});
        let path = format!("/stores/{store_id}/keys");
        let created = shop.ask("POST", &path, &shop.admin, &body.to_string()).await;
        created.json["key"].as_str().unwrap().clone_into(&mut shop.short);
        shop.cookie = shop.sign_in().await;
        shop
    }

    async fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Reply {
        exchange(self.server.address(), method, path, key, body).await.unwrap()
    }

    /// With the clock right; the cookie.
    async fn sign_in(&self) -> String {
        use tokio::io::AsyncWriteExt;
        let mut connection = self.server.connect().await;
        let form = format!("key={}", self.world.shops[0].key);
        let request = format!(
            "POST /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        let cookie =
            answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn send_event(&self, timestamp: Option<DateTime<Utc>>) -> (Uuid, Reply) {
        let id = Uuid::new_v4();
        let store_id = self.world.shops[0].store_id;
        let mut event = json!({"store_id": store_id, "conversation_id": id, "event_type": "message_received"});
        if let Some(timestamp) = timestamp {
            event["timestamp"] = json!(timestamp);
        }
        (id, self.ask("POST", "/events", &self.world.shops[0].key, &event.to_string()).await)
    }

    /// An event without a timestamp happened now by the clock of the server.
    async fn takes_events_by_its_own_clock(&self, ahead: Duration) {
        let before = Utc::now();
        let (id, reply) = self.send_event(None).await;
        assert_eq!((reply.status, &reply.json["accepted"]), (200, &json!(1)), "{ahead}: {}", reply.json);
        let sql = "select created_at, received_at from conversation_events where conversation_id = $1";
        let row = self.world.client.query_one(sql, &[&id]).await.unwrap();
        let (created_at, received_at): (DateTime<Utc>, DateTime<Utc>) = (row.get(0), row.get(1));
        let second = TimeDelta::seconds(1);
        let span = (before - second)..(Utc::now() + second);
        assert!(span.contains(&(created_at - ahead)), "{ahead}: it happened {created_at}");
        assert!(span.contains(&received_at), "{ahead}: it was received {received_at}");
    }

    /// So does what is too far ahead and too old.
    async fn judges_times_by_its_own_clock(&self, ahead: Duration) {
        let (minute, day) = (Duration::minutes(1), Duration::days(1));
        for (from_server, code) in [
            (minute * 4, None),
            (minute * 6, Some("timestamp_in_future")),
            (-day * 54, None),
            (-day * 56, Some("timestamp_too_old")),
            (-ahead, code_of(-ahead)),
        ] {
            let (_, reply) = self.send_event(Some(Utc::now() + ahead + from_server)).await;
            let found = reply.json["errors"][0]["code"].as_str();
            let status = if code.is_some() { 422 } else { 200 };
            assert_eq!((reply.status, found), (status, code), "{ahead} ahead, {from_server} from it: {}", reply.json);
        }
    }

    /// Today is the day of the database, until now by its clock.
    async fn counts_by_the_clock_of_the_database(&self, ahead: Duration) {
        let shop = &self.world.shops[0];
        let answer = self.ask("GET", "/analytics/dashboard?period=day", &shop.key, "").await;
        assert_eq!(answer.status, 200, "{ahead}: {}", answer.json);
        let at = |name: &str| answer.json["range"][name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        let (from, to) = (at("from"), at("to"));
        assert!((Utc::now() - to).abs() < Duration::seconds(60), "{ahead}: today ends {to}");
        let sql = "select count(*) from conversations where store_id = $1 and started_at >= $2 and started_at < $3";
        let expected: i64 = self.world.client.query_one(sql, &[&shop.store_id, &from, &to]).await.unwrap().get(0);
        assert_eq!(answer.json["metrics"]["total_conversations"], json!(expected), "{ahead}");
        assert!(expected > 0, "{ahead}: nothing was counted");
    }

    /// Keys and sessions expire by the clock of the database; only a new key's expiry is judged by that of the server.
    async fn lets_in_by_the_clock_of_the_database(&self, ahead: Duration) {
        let status = async |key: &str| self.ask("GET", "/store", key, "").await.status;
        assert_eq!(status(&self.short).await, 200, "{ahead}: a key that has not expired");
        let path = format!("/stores/{}/keys", self.world.shops[0].store_id);
        let body = json!({"scopes": ["read"], "expires_at": Utc::now() + ahead + Duration::hours(1)});
        let created = self.ask("POST", &path, &self.admin, &body.to_string()).await;
        assert_eq!(created.status, 201, "{ahead}: {}", created.json);
        let expected = if ahead > -Duration::hours(1) { 200 } else { 401 };
        assert_eq!(status(created.json["key"].as_str().unwrap()).await, expected, "{ahead}: a new key");
        let cookie = format!("cookie: {}\r\n", self.cookie);
        let mut page = self.server.request("GET", "/store", "", &cookie, "").await;
        let mut answer = String::new();
        page.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 401"), "{ahead}: {answer}");
    }

    /// No question makes the server fail.
    async fn answers_everything(&self, ahead: Duration) -> usize {
        let document = Document::new();
        let store_id = self.world.shops[0].store_id.to_string();
        let today = Utc::now().date_naive().to_string();
        let mut count = 0;
        for operation in document.operations().iter().filter(|one| one.is_get() && !one.is_endless()) {
            let Some(path) = operation.path.strip_prefix("/api/v1") else { continue };
            let ids = ["store_id", "key_id", "conversation_id", "gap_id", "recalculation_id", "customer_id"];
            let path = ids.iter().fold(path.to_owned(), |path, id| path.replace(&format!("{{{id}}}"), &store_id));
            let mut query = vec![format!("store_id={store_id}")];
            query.retain(|_| operation.has_parameter("store_id"));
            for name in ["start_date", "end_date"].into_iter().filter(|name| operation.has_parameter(name)) {
                query.push(format!("{name}={today}"));
            }
            let more = ["by=channel"].into_iter().filter(|_| operation.has_parameter("by")).map(str::to_owned);
            query.extend(more);
            if operation.has_parameter("format") && path.ends_with("/export") {
                query.push("format=json".into());
            }
            let reply = self.ask("GET", &format!("{path}?{}", query.join("&")), &self.admin, "").await;
            assert!(reply.status < 500, "{ahead}: {path}: {}", reply.json);
            let is_good = reply.status == 200 || reply.json["code"].is_string();
            assert!(is_good && reply.json != Value::Null, "{ahead}: {path}: {}", reply.json);
            count += 1;
        }
        count
    }
}

/// What becomes of an event at a time, told from the clock of the server.
fn code_of(from_server: Duration) -> Option<&'static str> {
    if from_server > Duration::minutes(5) {
        Some("timestamp_in_future")
    } else if from_server < -Duration::days(55) {
        Some("timestamp_too_old")
    } else {
        None
    }
}
