//! Requests with the documented examples are taken, and answered as documented.

use std::collections::BTreeMap;

use chrono::{Days, Duration, Utc};
use colloquy::http::App;
use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;
use warp::test::RequestBuilder;

use super::answers::faults;
use super::{Document, Operation};
use crate::support::http::{answer, request, send_json};
use crate::support::oracle::Event;
use crate::support::world::World;

const CONVERSATION: &str = "0192d1c5-1111-7000-8000-00000000000a";

/// A store with something of everything, and an admin key.
pub struct Filled {
    world: World,
    store_id: String,
    key_id: String,
    key_to_rotate_id: String,
    gap_id: String,
    recalculation_id: String,
    admin: String,
}

impl Filled {
    pub async fn new() -> Self {
        let mut world = World::new(&[chrono_tz::America::New_York]).await;
        let store_id = world.shops[0].store_id;
        world.import(&events(store_id)).await;
        let today = Utc::now().date_naive();
        world.add_days(today - Days::new(20), today).await;
        let admin = world.database.create_admin_key().await;
        world.database.create_key(store_id, &[Scope::Read]).await;
        world.database.create_key(store_id, &[Scope::Read]).await;
        let newest = "select key_id from api_keys where store_id is not null order by created_at desc limit 2";
        let newest = world.client.query(newest, &[]).await.unwrap();
        let [key_id, key_to_rotate_id] = [0, 1].map(|index| newest[index].get::<_, Uuid>(0).to_string());
        world.call("detect_content_gaps()").await;
        let gap_id: Uuid = world.client.query_one("select gap_id from content_gaps", &[]).await.unwrap().get(0);
        let gap_id = gap_id.to_string();
        let recalculation_id = recalculate(&world, &admin).await;
        let store_id = store_id.to_string();
        let filled = Self { world, store_id, key_id, key_to_rotate_id, gap_id, recalculation_id, admin };
        filled.set_up().await;
        filled
    }

    /// What only the API makes.
    async fn set_up(&self) {
        let body = json!({"valid_from": "2026-01-01", "avg_human_agent_cost_per_hour": 30.0,
            "avg_conversation_time_minutes": 8.0, "ai_cost_per_conversation": 0.05});
        let path = format!("/api/v1/store/roi-assumptions?store_id={}", self.store_id);
        assert_eq!(send_json(self.app(), "POST", &path, &self.admin, &body).await.status(), 201);
        let store = format!("/api/v1/stores/{}", self.store_id);
        let origins = json!({"allowed_origins": ["https://own.example"]});
        assert_eq!(send_json(self.app(), "PATCH", &store, &self.admin, &origins).await.status(), 200);
        let key = &self.world.shops[0].key;
        let rated = json!({"conversation_id": CONVERSATION, "overall_score": 0.8});
        assert_eq!(send_json(self.app(), "POST", "/api/v1/quality-scores", key, &rated).await.status(), 200);
        let gap = format!("/api/v1/content-gaps/{}?store_id={}", self.gap_id, self.store_id);
        let status = json!({"status": "in_progress"});
        assert_eq!(send_json(self.app(), "PATCH", &gap, &self.admin, &status).await.status(), 200);
        // Something for a reconciliation to find, in a column that no number is made of.
        let spoil = "update conversations set event_count = event_count + 1 where conversation_id = $1";
        self.world.client.execute(spoil, &[&CONVERSATION.parse::<Uuid>().unwrap()]).await.unwrap();
        let refused = json!({"event_type": "laughed"});
        assert_eq!(send_json(self.app(), "POST", "/api/v1/events", key, &refused).await.status(), 422);
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn app(&self) -> &App {
        &self.world.app
    }

    pub fn admin(&self) -> &str {
        &self.admin
    }

    pub fn client(&self) -> &Client {
        &self.world.client
    }

    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// A key of the store.
    pub async fn key(&self, scope: Scope) -> String {
        self.world.database.create_key(self.world.shops[0].store_id, &[scope]).await
    }

    /// The path of an operation, with ids that exist.
    pub fn path(&self, operation: &Operation<'_>) -> String {
        // The other one is revoked by then.
        let key_id = if operation.path.ends_with("/rotate") { &*self.key_to_rotate_id } else { &*self.key_id };
        operation.path_with(&self.ids_with(key_id))
    }

    /// Ids that exist, by their names in paths.
    pub fn ids(&self) -> [(&str, &str); 6] {
        self.ids_with(&self.key_id)
    }

    fn ids_with<'a>(&'a self, key_id: &'a str) -> [(&'a str, &'a str); 6] {
        [
            ("store_id", &*self.store_id),
            ("key_id", key_id),
            ("conversation_id", CONVERSATION),
            ("gap_id", &*self.gap_id),
            ("recalculation_id", &*self.recalculation_id),
            ("customer_id", "c-0"),
        ]
    }

    /// What the query of an operation must have: the store, dates with conversations, and what is required.
    pub fn query(&self, operation: &Operation<'_>) -> Query {
        let today = Utc::now().date_naive();
        let known = [
            ("store_id", self.store_id.clone()),
            ("start_date", (today - Days::new(20)).to_string()),
            ("end_date", today.to_string()),
        ];
        let mut query: Query = required(operation).collect();
        let known = known.into_iter().filter(|(name, _)| operation.has_parameter(name));
        query.extend(known.map(|(name, value)| (name.to_owned(), value)));
        query
    }

    /// A good request to an operation, as far as its path and query go.
    pub fn url(&self, operation: &Operation<'_>) -> String {
        format!("{}?{}", self.path(operation), query_text(&self.query(operation)))
    }

    /// A good request to an operation: that of its first example.
    pub fn example(&self, operation: &Operation<'_>) -> RequestBuilder {
        let asked = request(&operation.method, &self.url(operation), &self.admin);
        let contents = operation.json["requestBody"]["content"].as_object();
        match contents.and_then(|contents| contents.iter().next()) {
            Some((media_type, content)) => {
                asked.header("content-type", media_type).body(self.body(&content["example"]))
            }
            None => asked,
        }
    }

    /// The example of a body, with the store of this world in it.
    pub fn body(&self, example: &Value) -> String {
        let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        text.replace("0192d1c5-3333-7000-8000-000000000001", &self.store_id)
            .replace("0192d1c5-1111-7000-8000-000000000001", CONVERSATION)
    }
}

/// A recalculation that waits for a server; its id.
async fn recalculate(world: &World, admin: &str) -> String {
    let body = json!({"from": "2026-01-01", "to": "2026-01-02"});
    let answer = send_json(&world.app, "POST", "/api/v1/analytics/recalculate", admin, &body).await;
    assert_eq!(answer.status(), 202, "{}", answer.text());
    answer.json["recalculation_id"].as_str().unwrap().to_owned()
}

/// Parameters by their names.
pub type Query = BTreeMap<String, String>;

pub fn query_text(query: &Query) -> String {
    query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Required parameters, by their examples.
fn required(operation: &Operation<'_>) -> impl Iterator<Item = (String, String)> {
    let parameters = operation.parameters().into_iter().filter(|parameter| parameter["required"] == true);
    parameters.map(|parameter| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&parameter["name"]), text(&parameter["schema"]["examples"][0]))
    })
}

/// Two weeks of conversations with everything that answers show, and one with as little as possible.
fn events(store_id: Uuid) -> Vec<Event> {
    let mut events = Vec::new();
    for day in 0..16_u128 {
        let conversation_id = CONVERSATION.parse::<Uuid>().unwrap().as_u128() + day;
        let start = Utc::now() - Duration::days(1 + i64::try_from(day).unwrap());
        let outcome = if day % 3 == 0 { "conversation_escalated" } else { "conversation_resolved" };
        let told = [
            ("message_received", json!({"subject": "Where is my parcel?", "channel": "web", "language": "en"})),
            ("knowledge_retrieved", json!({"topic": "returns", "question": "How do I return it?", "confidence": 0.2})),
            ("message_sent", json!({"agent": if day % 2 == 0 { "ai" } else { "human" }})),
            ("citation_clicked", json!({})),
            (outcome, json!({"rating": 1 + day % 5})),
            ("message_received", json!({"text": "Thank you"})),
        ];
        let length = if day % 4 == 3 { told.len() } else { told.len() - 1 };
        for (nth, (event_type, event_data)) in told.into_iter().take(length).enumerate() {
            events.push(Event {
                store_id,
                conversation_id: Uuid::from_u128(conversation_id),
                event_id: Uuid::new_v4(),
                event_type: event_type.into(),
                customer_id: (nth == 0).then(|| format!("c-{day}")),
                timestamp: start + Duration::seconds(i64::try_from(nth).unwrap() * 7),
                event_data,
            });
        }
    }
    events.push(Event {
        conversation_id: Uuid::new_v4(),
        event_id: Uuid::new_v4(),
        event_type: "conversation_started".into(),
        customer_id: None,
        timestamp: Utc::now() - Duration::days(3),
        event_data: json!({}),
        ..events[0].clone()
    });
    events
}

#[tokio::test]
async fn examples_of_requests_are_taken() {
    let filled = Filled::new().await;
    let document = Document::new();
    let mut found = Vec::new();
    for operation in document.operations().iter().filter(|operation| !operation.is_get() && operation.needs_key()) {
        let path = filled.url(operation);
        let contents = operation.json["requestBody"]["content"].as_object();
        let mut requests = Vec::new();
        for (media_type, content) in contents.into_iter().flatten() {
            let body = filled.body(&content["example"]);
            requests
                .push(request(&operation.method, &path, &filled.admin).header("content-type", media_type).body(body));
        }
        if requests.is_empty() {
            requests.push(request(&operation.method, &path, &filled.admin));
        }
        for request in requests {
            let answer = answer(filled.app(), request).await;
            assert!((200..300).contains(&answer.status()), "{}: {}", operation.name(), answer.text());
            let faults = faults(&document, operation, &answer);
            found.extend(faults.iter().map(|fault| format!("{}: {fault}", operation.name())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn preflights_are_answered_as_documented() {
    let filled = Filled::new().await;
    let document = Document::new();
    let operations = document.operations();
    let operation = operations.iter().find(|operation| operation.method == "OPTIONS").unwrap();
    let ask = request("OPTIONS", operation.path, "").header("origin", "https://shop.example");
    let refused = answer(filled.app(), ask).await;
    assert_eq!((refused.status(), faults(&document, operation, &refused)), (403, Vec::new()));

    let store = format!("/api/v1/stores/{}", filled.store_id);
    let body = json!({"allowed_origins": ["https://shop.example"]});
    assert_eq!(send_json(filled.app(), "PATCH", &store, &filled.admin, &body).await.status(), 200);
    let ask = request("OPTIONS", operation.path, "").header("origin", "https://shop.example");
    let allowed = answer(filled.app(), ask).await;
    assert_eq!((allowed.status(), faults(&document, operation, &allowed)), (204, Vec::new()));
}
