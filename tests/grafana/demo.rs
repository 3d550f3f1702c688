//! A database with the last weeks of the demo, asked as Grafana asks it: by `colloquy_reader`.

use std::collections::HashMap;

use chrono::{DateTime, Days, Utc};
use colloquy::demo::{self, SHOPS, Shop};
use colloquy::http::App;
use colloquy::http::auth::Scope;
use colloquy::import::{Loader, Placed, Progress, Session, Span, Stop, Summary};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use super::assembly::{items, layout, text};
use super::frame::Frame;
use super::macros::{Range, Variable, expand};
use crate::support::database::{TestDatabase, as_role};
use crate::support::http::{send, send_json};

/// Of events: enough for two weeks, the two before them, and chunks that have to be left out.
const DAYS: u64 = 40;

pub struct Demo {
    pub app: App,
    pub reader: Client,
    pub owner: Client,
    keys: HashMap<Uuid, String>,
    // Last, so that it goes when nobody is connected any more.
    _database: TestDatabase,
}

impl Demo {
    pub async fn load() -> Self {
        let database = TestDatabase::new().await;
        let owner = database.client().await;
        create_stores(&owner).await;
        load_events(database.client().await).await;
        let mut keys = HashMap::new();
        for shop in SHOPS.iter() {
            let key = database.create_key(shop.store_id(), &[Scope::Read, Scope::Ingest]).await;
            keys.insert(shop.store_id(), key);
        }
        let ids: Vec<Uuid> = SHOPS.iter().map(Shop::store_id).collect();
        owner.execute(include_str!("../../sql/demo/create_quality_scores.sql"), &[&ids]).await.unwrap();
        // As sample_ingest counts them: 120 events in a minute.
        let sample = "insert into ingest_samples (code, sampled_at, from_at, events)
                      values ('', now() - interval '1 minute', now() - interval '2 minutes', 120)";
        owner.batch_execute(sample).await.unwrap();
        owner.batch_execute("analyze").await.unwrap();
        let reader = reader(&database).await;
        let demo = Self { app: database.app(), reader, owner, keys, _database: database };
        demo.be_refused().await;
        demo
    }

    /// Two events that are rejected, for the panels about that.
    async fn be_refused(&self) {
        let shop = &SHOPS[0];
        let events = json!([{"store_id": shop.store_id(), "event_type": "nonsense", "conversation_id": Uuid::new_v4()},
                            {"store_id": shop.store_id(), "event_type": "message_sent"}]);
        let answer = send_json(&self.app, "POST", "/api/v1/events", &self.keys[&shop.store_id()], &events).await;
        assert_eq!((answer.status(), &answer.json["rejected"]), (422, &json!(2)), "{}", answer.text());
    }

    /// The answer of the API about a shop.
    pub async fn api(&self, shop: &Shop, path: &str) -> Value {
        let answer = send(&self.app, "GET", &format!("/api/v1/{path}"), &self.keys[&shop.store_id()]).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        answer.json
    }

    /// The answer to a panel or variable, and the query as PostgreSQL got it.
    pub async fn ask(&self, file: &str, question: &Question) -> Frame {
        let sql = question.sql(file);
        Frame::read(&self.reader, &sql).await.unwrap_or_else(|error| panic!("{file}: {error}\n{sql}"))
    }
}

/// What is chosen in a dashboard.
pub struct Question {
    pub range: Range,
    pub stores: Vec<Uuid>,
}

impl Question {
    /// The shop from an instant to another.
    pub fn about(shop: &Shop, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { range: Range { from, to, interval: "1h" }, stores: vec![shop.store_id()] }
    }

    /// The query of a file below `grafana/sql` as PostgreSQL gets it.
    pub fn sql(&self, file: &str) -> String {
        let dashboard = file.split('/').next().unwrap();
        let layout = layout(dashboard);
        let variables = layout["variables"].as_array().unwrap().iter();
        let variables: Vec<Variable> = variables.map(|variable| self.variable(variable)).collect();
        assert!(items(&layout).any(|item| item["sql"] == file), "{file} is in no layout");
        expand(&text(&format!("sql/{file}")), &variables, &self.range)
    }

    fn variable(&self, variable: &Value) -> Variable {
        let name = variable["name"].as_str().unwrap();
        let values = match name {
            "store" => self.stores.iter().map(Uuid::to_string).collect(),
            "area" => AREAS.iter().map(ToString::to_string).collect(),
            _ => vec!["not used in queries".to_owned()],
        };
        Variable { name: name.to_owned(), values, multi: variable["multi"] == true }
    }
}

/// Areas of the view `pipeline_health` that are asked for.
pub const AREAS: [&str; 7] = ["ingest", "jobs", "local_days", "raw", "rollups", "server", "storage"];

async fn create_stores(client: &Client) {
    let ids: Vec<Uuid> = SHOPS.iter().map(Shop::store_id).collect();
    let names: Vec<&str> = SHOPS.iter().map(|shop| shop.name).collect();
    let timezones: Vec<&str> = SHOPS.iter().map(|shop| shop.timezone.name()).collect();
    let locales: Vec<&str> = SHOPS.iter().map(|shop| shop.locale).collect();
    let currencies: Vec<&str> = SHOPS.iter().map(|shop| shop.currency).collect();
    let create = include_str!("../../sql/demo/create_stores.sql");
    client.execute(create, &[&ids, &names, &timezones, &locales, &currencies]).await.unwrap();
    // Another one of the same name, which must be told apart.
    client.execute("insert into stores (name) values ($1)", &[&SHOPS[0].name]).await.unwrap();
    let today = Utc::now().date_naive();
    let days = "select add_store_days(store_id, $1, $2) from stores";
    client.query(days, &[&(today - Days::new(DAYS + 2)), &(today + Days::new(2))]).await.unwrap();
    // The costs change within the month that is looked at.
    let roi = "insert into roi_assumptions values ($1, $2, 340.00, 7.5, 1.80), ($1, $3, 395.00, 7.5, 1.85)";
    client.execute(roi, &[&SHOPS[0].store_id(), &(today - Days::new(200)), &(today - Days::new(11))]).await.unwrap();
}

async fn load_events(client: Client) {
    let until = Utc::now();
    let mut events = demo::events(demo::DEFAULT_SEED, until);
    let mut first_at: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
    for event in &events {
        let at = first_at.entry(event.conversation_id).or_insert(event.created_at);
        *at = event.created_at.min(*at);
    }
    let from = until - Days::new(DAYS);
    // A third of the conversations, which is quicker.
    events.retain(|event| first_at[&event.conversation_id] > from && event.conversation_id.as_u128() % 3 == 0);
    events.sort_by_key(|event| {
        (first_at[&event.conversation_id], event.conversation_id, event.created_at, event.event_id)
    });
    let ids: Vec<Uuid> = SHOPS.iter().map(Shop::store_id).collect();
    let session = Session::open(client).await.unwrap();
    let (progress, stop) = (Progress::silent(), Stop::never());
    let mut loader = Loader::new(&session, &progress, &stop);
    loader.load(events.into_iter().map(|event| Placed { event, file: 0, line: 0 }).collect()).await.unwrap();
    loader.finish(Some(Span::new(from, until)), &ids, &mut Summary::default()).await.unwrap();
}

/// A session with the rights of `colloquy_reader`, as Grafana has it.
async fn reader(database: &TestDatabase) -> Client {
    let client = colloquy::database::connect(&as_role(database.url(), "colloquy_reader")).await.unwrap();
    let refused = client.query("select * from api_keys", &[]).await;
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "42501", "the keys must not be readable");
    client
}
