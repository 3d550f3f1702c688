//! Content gaps: found, listed, made and moved.

mod change;
mod create;
mod detect;
mod list;
mod retention;
mod settled;

use chrono::{DateTime, Duration, Utc};
use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::http::{Answer, send, send_json};
use crate::support::oracle::Event;
use crate::support::world::World;

const GAPS: &str = "/api/v1/content-gaps";
const DETECT: &str = "detect_content_gaps()";

/// Two shops, and a key of the first that may read and manage.
struct Shops {
    world: World,
    key: String,
}

impl Shops {
    async fn new() -> Self {
        let world = World::new(&[chrono_tz::Asia::Kolkata, chrono_tz::UTC]).await;
        let key = world.database.create_key(world.shops[0].store_id, &[Scope::Read, Scope::Manage]).await;
        Self { world, key }
    }

    async fn get(&self, query: &str) -> Answer {
        send(&self.world.app, "GET", &format!("{GAPS}{query}"), &self.key).await
    }

    /// The gaps of a query that must be good.
    async fn gaps(&self, query: &str) -> Vec<Value> {
        let answer = self.get(query).await;
        assert_eq!(answer.status(), 200, "{query}: {}", answer.text());
        answer.json["content_gaps"].as_array().unwrap().clone()
    }

    async fn gap(&self, topic: &str) -> Value {
        let found = self.gaps("").await.into_iter().find(|gap| gap["topic"] == topic);
        found.unwrap_or_else(|| panic!("there is no gap {topic}"))
    }

    async fn topics(&self, query: &str) -> Vec<String> {
        self.gaps(query).await.iter().map(|gap| gap["topic"].as_str().unwrap().to_owned()).collect()
    }

    async fn post(&self, body: &Value) -> Answer {
        send_json(&self.world.app, "POST", GAPS, &self.key, body).await
    }

    async fn patch(&self, gap: &Value, body: &Value) -> Answer {
        let path = format!("{GAPS}/{}", gap["gap_id"].as_str().unwrap());
        send_json(&self.world.app, "PATCH", &path, &self.key, body).await
    }

    /// A gap as its own path shows it.
    async fn shown(&self, gap: &Value) -> Value {
        let answer = self.get(&format!("/{}", gap["gap_id"].as_str().unwrap())).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json
    }

    /// A conversation with one retrieval a minute, each a topic, its confidence and a question (null for none).
    fn conversation(&self, from: DateTime<Utc>, retrievals: &[(&str, Value, &str)]) -> Vec<Event> {
        let conversation_id = Uuid::new_v4();
        let data = retrievals.iter().map(|(topic, confidence, question)| {
            let question = if question.is_empty() { Value::Null } else { json!(question) };
            json!({"topic": topic, "confidence": confidence, "question": question})
        });
        let at = |nth: i32| from + Duration::minutes(nth.into());
        (0..).zip(data).map(|(nth, data)| self.event(conversation_id, "knowledge_retrieved", at(nth), data)).collect()
    }

    fn event(&self, conversation_id: Uuid, event_type: &str, at: DateTime<Utc>, event_data: Value) -> Event {
        Event::new(self.world.shops[0].store_id, conversation_id, event_type, at, event_data)
    }

    /// The whole tables, whose every column must stay as it is.
    async fn tables(&self) -> Vec<String> {
        let sql = "select g::text from content_gaps g union all select c::text from content_gap_changes c order by 1";
        self.world.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

fn ago(hours: i64) -> DateTime<Utc> {
    Utc::now() - Duration::hours(hours)
}
