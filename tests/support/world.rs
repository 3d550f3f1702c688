//! A database under test, beside everything that the oracle knows of it.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use colloquy::events::store::{Exception, Frozen, prepare, store};
use colloquy::events::validate::{Origin, validate};
use colloquy::http::App;
use colloquy::http::auth::Scope;
use colloquy::stores::create::insert as insert_store;
use colloquy::stores::settings::StoreSettings;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::answers::{Answers, Shop};
use super::conversations::{row_differences, stored};
use super::database::TestDatabase;
use super::http::{Answer, send_json};
use super::oracle::quality::Score;
use super::oracle::{Conversation, Event, conversations};

const TIMEOUTS: &str = "select store_id, conversation_id, event_id, event_data, created_at from conversation_events
    where event_type = 'conversation_abandoned' and event_data ->> 'reason' = 'timeout'
    order by store_id, conversation_id, created_at, event_id";

const EVENTS: &str = "select store_id, conversation_id, event_id, event_type, customer_id, event_data, created_at
    from conversation_events
    where event_type <> 'conversation_abandoned' or event_data ->> 'reason' is distinct from 'timeout'
    order by created_at, event_id, received_at";

/// A database with shops, and the events that have arrived in it.
pub struct World {
    pub database: TestDatabase,
    pub app: App,
    pub client: Client,
    pub shops: Vec<Shop>,
    /// Events that producers sent, in the order in which they arrived.
    pub events: Vec<Event>,
    timeouts: Vec<Event>,
    store_statement: Statement,
}

impl World {
    /// One shop for each timezone, which times out after 30 minutes.
    pub async fn new(timezones: &[Tz]) -> Self {
        Self::with_timeouts(&timezones.iter().map(|tz| (*tz, 30)).collect::<Vec<_>>()).await
    }

    /// One shop for each timezone and number of minutes until a conversation is abandoned.
    pub async fn with_timeouts(shops: &[(Tz, i64)]) -> Self {
        Self::of(TestDatabase::new().await, shops).await
    }

    /// The same in a given database.
    pub async fn of(database: TestDatabase, shops: &[(Tz, i64)]) -> Self {
        let client = database.client().await;
        let store_statement = prepare(&client).await.unwrap();
        let app = database.app();
        let mut world = Self {
            database,
            app,
            client,
            shops: Vec::new(),
            events: Vec::new(),
            timeouts: Vec::new(),
            store_statement,
        };
        for (tz, minutes) in shops {
            world.open_shop(*tz, *minutes).await;
        }
        world
    }

    /// The same shops and events, as they should be in a copy of the database.
    pub async fn moved_to(self, database: TestDatabase) -> Self {
        let client = database.client().await;
        let store_statement = prepare(&client).await.unwrap();
        Self { app: database.app(), database, client, store_statement, ..self }
    }

    async fn open_shop(&mut self, tz: Tz, minutes: i64) {
        let settings = StoreSettings {
            name: Some(format!("A shop in {tz}")),
            timezone: Some(tz.name().into()),
            ..StoreSettings::default()
        };
        let store_id = insert_store(self.database.pool(), None, &settings).await.unwrap().unwrap().get("store_id");
        let seconds = f64::from(i32::try_from(minutes).unwrap()) * 60.0;
        let set = "update stores set abandon_after = make_interval(secs => $2) where store_id = $1";
        self.client.execute(set, &[&store_id, &seconds]).await.unwrap();
        let key = self.database.create_key(store_id, &[Scope::Read, Scope::Ingest]).await;
        let abandon_after = Duration::minutes(minutes);
        self.shops.push(Shop { store_id, tz, key, abandon_after, assumptions: Vec::new() });
    }

    pub fn store_ids(&self) -> Vec<Uuid> {
        self.shops.iter().map(|shop| shop.store_id).collect()
    }

    pub fn shop(&self, store_id: Uuid) -> &Shop {
        self.shops.iter().find(|shop| shop.store_id == store_id).unwrap()
    }

    pub fn answers<'a>(&'a self, shop: &'a Shop, rows: &'a [Conversation]) -> Answers<'a> {
        Answers { app: &self.app, shop, rows }
    }

    /// The rows that the oracle makes of all events; with `now`, as if every silent one had been timed out.
    pub fn rows(&self, now: Option<DateTime<Utc>>) -> Vec<Conversation> {
        let events: Vec<Event> = self.events.iter().chain(&self.timeouts).cloned().collect();
        conversations(&events, &|store_id| self.shop(store_id).abandon_after, now)
    }

    /// What is wrong with the table `conversations`.
    pub async fn row_differences(&self, expected: &[Conversation]) -> Vec<String> {
        row_differences(expected, &stored(&self.client).await)
    }

    /// Takes note of the events that the database holds already, timeouts apart.
    pub async fn learn_events(&mut self) {
        for row in self.client.query(EVENTS, &[]).await.unwrap() {
            self.events.push(Event {
                store_id: row.get("store_id"),
                conversation_id: row.get("conversation_id"),
                event_id: row.get("event_id"),
                event_type: row.get("event_type"),
                customer_id: row.get("customer_id"),
                timestamp: row.get("created_at"),
                event_data: row.get("event_data"),
            });
        }
    }

    /// Takes note of the timeouts that sweeps have made; says which of them have no right to be there.
    pub async fn learn_timeouts(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for row in self.client.query(TIMEOUTS, &[]).await.unwrap() {
            let event = Event {
                store_id: row.get("store_id"),
                conversation_id: row.get("conversation_id"),
                event_id: row.get("event_id"),
                event_type: "conversation_abandoned".to_owned(),
                customer_id: None,
                timestamp: row.get("created_at"),
                event_data: row.get::<_, Value>("event_data"),
            };
            if self.timeouts.contains(&event) {
                continue;
            }
            let after = event.after().unwrap();
            let follows = |other: &&Event| {
                (other.store_id, other.conversation_id, other.timestamp)
                    == (event.store_id, event.conversation_id, after)
            };
            if event.timestamp != after + self.shop(event.store_id).abandon_after
                || event.timestamp > Utc::now()
                || self.timeouts.iter().any(|other| other.event_id == event.event_id)
                || !self.events.iter().any(|other| follows(&other))
            {
                wrong.push(format!("a timeout that should not be: {event:?}"));
            }
            self.timeouts.push(event);
        }
        wrong
    }

    /// Sends events of one store over HTTP and asserts that all were taken.
    pub async fn post(&self, key: &str, events: &[Event]) -> Answer {
        let events: Vec<Value> = events.iter().map(Event::to_json).collect();
        let answer = send_json(&self.app, "POST", "/api/v1/events", key, &json!(events)).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer
    }

    /// Sends scores of a shop over HTTP and asserts that all were taken.
    pub async fn post_scores(&self, shop: &Shop, scores: &[Score]) {
        for some in scores.chunks(100) {
            let body: Vec<Value> = some.iter().map(Score::to_json).collect();
            let answer = send_json(&self.app, "POST", "/api/v1/quality-scores", &shop.key, &json!(body)).await;
            assert_eq!((answer.status(), &answer.json["accepted"]), (200, &json!(some.len())), "{}", answer.text());
        }
    }

    /// Stores events as import does.
    pub async fn import(&mut self, events: &[Event]) -> Vec<Exception> {
        let checked: Vec<_> = events.iter().map(checked).collect();
        let references: Vec<_> = checked.iter().collect();
        let exceptions = store(&self.client, &self.store_statement, &references, Frozen::Replace).await.unwrap();
        self.events.extend_from_slice(events);
        exceptions
    }

    /// The local days of old events, which import adds.
    pub async fn add_days(&self, first: NaiveDate, last: NaiveDate) {
        let add = "select add_store_days(store_id, $1, $2) from stores";
        self.client.query(add, &[&first, &last]).await.unwrap();
    }

    /// Calls a procedure of ours, which commits by itself.
    pub async fn call(&self, procedure: &str) {
        call(&self.client, procedure).await;
    }
}

/// Calls a procedure of ours on a connection that is in no transaction.
pub async fn call(client: &Client, procedure: &str) {
    let done = client.batch_execute(&format!("call {procedure}")).await;
    done.unwrap_or_else(|error| panic!("{procedure}: {}", colloquy::database::error_chain(&error)));
}

fn checked(event: &Event) -> colloquy::events::Event {
    let json = to_raw_value(&event.to_json()).unwrap();
    validate(&json, Origin::File, event.timestamp, 0).unwrap()
}
