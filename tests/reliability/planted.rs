//! Two stores side by side, every text of each with a mark of its own, so that whatever of one shows in the other is found.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::answers::Shop;
use crate::support::http::{Answer, send_json};
use crate::support::oracle::Event;
use crate::support::world::World;

/// Days back to the first conversation.
const DAYS: u64 = 12;

/// Two stores: with a few conversations and with many.
pub struct Planted {
    pub world: World,
    pub own: Store,
    pub other: Store,
    pub admin: String,
}

/// A store and what is known of it.
#[allow(clippy::struct_field_names)]
pub struct Store {
    pub store_id: Uuid,
    /// Part of each of its texts.
    pub mark: String,
    pub conversations: Vec<Uuid>,
    pub event_id: Uuid,
    pub gap_id: String,
    pub recalculation_id: String,
    /// A key of it that nobody uses.
    pub key_id: String,
    /// Texts that stand in its rows and in those of no other store, its ids among them.
    pub texts: BTreeSet<String>,
}

impl Planted {
    /// Makes both stores. An id of a conversation is in both.
    pub async fn new() -> Self {
        let mut planted = Self::without_other().await;
        planted.plant_other().await;
        planted
    }

    /// Makes both stores, the other one without anything in it.
    pub async fn without_other() -> Self {
        let world = World::new(&[chrono_tz::America::St_Johns, chrono_tz::Asia::Kathmandu]).await;
        let admin = world.database.create_admin_key().await;
        let stores = world.store_ids();
        let shared = Uuid::new_v4();
        let own = Store::unplanted(stores[0], "markofown", 8, shared);
        let other = Store::unplanted(stores[1], "markofother", 30, shared);
        let mut planted = Self { world, own, other, admin };
        planted.fill(true).await;
        planted
    }

    /// Fills the other store.
    pub async fn plant_other(&mut self) {
        self.fill(false).await;
    }

    /// The local days that the conversations are in.
    pub fn days() -> (NaiveDate, NaiveDate) {
        let today = Utc::now().date_naive();
        (today - Days::new(DAYS + 3), today)
    }

    /// The id that both stores have a conversation of.
    pub fn shared(&self) -> Uuid {
        self.own.conversations[0]
    }

    async fn fill(&mut self, is_own: bool) {
        let store = if is_own { &self.own } else { &self.other };
        let (shop, mark) = (self.world.shops[usize::from(!is_own)].clone(), store.mark.clone());
        let events = store.events();
        self.world.import(&events).await;
        let (first, last) = Self::days();
        self.world.add_days(first, last).await;
        self.describe(&shop, &mark, is_own).await;
        self.reject_and_score(&shop, &mark, &events).await;
        self.world.call("detect_content_gaps()").await;
        let recalculation_id = self.recalculate(&shop).await;
        let gap = "select gap_id::text from content_gaps where store_id = $1 order by topic limit 1";
        let gap_id: String = self.world.client.query_one(gap, &[&shop.store_id]).await.unwrap().get(0);
        let path = format!("/content-gaps/{gap_id}?store_id={}", shop.store_id);
        self.ask("PATCH", &path, &json!({"status": "in_progress"}), 200).await;
        let key = "select key_id::text from api_keys where store_id = $1 and name = $2";
        let key_id = self.world.client.query_one(key, &[&shop.store_id, &format!("key {mark}")]).await.unwrap().get(0);
        let texts = self.texts(&shop, &mark).await;
        let store = if is_own { &mut self.own } else { &mut self.other };
        (store.recalculation_id, store.gap_id, store.key_id) = (recalculation_id, gap_id, key_id);
        store.texts = texts;
    }

    /// What only the API makes: settings, costs.
    async fn describe(&self, shop: &Shop, mark: &str, is_own: bool) {
        let (currency, cost) = if is_own { ("CAD", 41.17) } else { ("INR", 7793.31) };
        let settings = json!({"name": format!("Store {mark}"), "currency": currency,
            "allowed_origins": [format!("https://{mark}.example")]});
        self.ask("PATCH", &format!("/stores/{}", shop.store_id), &settings, 200).await;
        let costs = json!({"valid_from": "2026-01-01", "avg_human_agent_cost_per_hour": cost,
            "avg_conversation_time_minutes": 8.0, "ai_cost_per_conversation": 0.05});
        self.ask("POST", &format!("/store/roi-assumptions?store_id={}", shop.store_id), &costs, 201).await;
        let key = json!({"name": format!("key {mark}"), "scopes": ["read"]});
        self.ask("POST", &format!("/stores/{}/keys", shop.store_id), &key, 201).await;
        let gap = json!({"topic": format!("gap {mark}"), "example_questions": [format!("What is {mark}?")]});
        self.ask("POST", &format!("/content-gaps?store_id={}", shop.store_id), &gap, 201).await;
    }

    async fn reject_and_score(&self, shop: &Shop, mark: &str, events: &[Event]) {
        let refused = json!({"event_type": format!("laughed {mark}"), "customer_id": format!("customer {mark}")});
        assert_eq!(self.send("/events", &shop.key, &refused).await.status(), 422);
        let rated: BTreeSet<Uuid> = events.iter().map(|event| event.conversation_id).collect();
        let scores: Vec<Value> = rated
            .iter()
            .map(|id| json!({"conversation_id": id, "overall_score": 0.11, "accuracy_score": 0.9}))
            .collect();
        let taken = self.send("/quality-scores", &shop.key, &json!(scores)).await;
        assert_eq!(taken.status(), 200, "{}", taken.text());
    }

    async fn recalculate(&self, shop: &Shop) -> String {
        let range = json!({"from": "2026-01-01", "to": "2026-01-02", "store_id": shop.store_id});
        let asked = self.ask("POST", "/analytics/recalculate", &range, 202).await;
        asked.json["recalculation_id"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, method: &str, path: &str, body: &Value, status: u16) -> Answer {
        let answer = send_json(&self.world.app, method, &format!("/api/v1{path}"), &self.admin, body).await;
        assert_eq!(answer.status(), status, "{}", answer.text());
        answer
    }

    async fn send(&self, path: &str, key: &str, body: &Value) -> Answer {
        send_json(&self.world.app, "POST", &format!("/api/v1{path}"), key, body).await
    }

    /// The mark, and every UUID of the rows of a store but the shared one.
    async fn texts(&self, shop: &Shop, mark: &str) -> BTreeSet<String> {
        let mut texts = BTreeSet::from([mark.to_owned(), shop.store_id.to_string(), shop.tz.name().to_owned()]);
        let tables = "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'r' and a.attname = 'store_id'";
        for table in self.world.client.query(tables, &[]).await.unwrap() {
            // All texts of a row that look like ids, whatever its columns are called.
            let ids = format!(
                "select distinct m[1] from analytics.{} t, regexp_matches(to_jsonb(t)::text,
                     '[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}', 'g') m where t.store_id = $1",
                table.get::<_, String>(0)
            );
            let found = self.world.client.query(&ids, &[&shop.store_id]).await.unwrap();
            texts.extend(found.iter().map(|row| row.get::<_, String>(0)));
        }
        texts.remove(&self.shared().to_string());
        // Recalculations and costs name the key that asked for them.
        let admins = self.world.client.query("select key_id::text from api_keys where store_id is null", &[]).await;
        for row in admins.unwrap() {
            texts.remove(row.get::<_, &str>(0));
        }
        texts
    }
}

impl Store {
    fn unplanted(store_id: Uuid, mark: &str, count: usize, shared: Uuid) -> Self {
        let others = std::iter::repeat_with(Uuid::new_v4).take(count - 1);
        Self {
            store_id,
            mark: mark.to_owned(),
            conversations: std::iter::once(shared).chain(others).collect(),
            event_id: Uuid::new_v4(),
            gap_id: String::new(),
            recalculation_id: String::new(),
            key_id: String::new(),
            texts: BTreeSet::new(),
        }
    }

    /// The customer of its second conversation.
    pub fn customer(&self) -> String {
        format!("customer {} 1", self.mark)
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (nth, conversation_id) in self.conversations.iter().enumerate() {
            events.extend(self.conversation(nth, *conversation_id));
        }
        events[0].event_id = self.event_id;
        events
    }

    fn conversation(&self, nth: usize, id: Uuid) -> Vec<Event> {
        let mark = &self.mark;
        // The shared one lies in different weeks.
        let hours = if nth == 0 { 8 * self.conversations.len() } else { 7 * nth };
        let start: DateTime<Utc> = Utc::now() - TimeDelta::hours(3 + i64::try_from(hours).unwrap());
        let outcome = if nth.is_multiple_of(3) { "conversation_escalated" } else { "conversation_resolved" };
        let told = [
            (
                "message_received",
                json!({"subject": format!("subject {mark}"), "channel": mark, "language": mark, "text": mark}),
            ),
            (
                "knowledge_retrieved",
                json!({"topic": format!("topic {mark}"), "question": format!("Where is {mark}?"), "confidence": 0.1}),
            ),
            ("message_sent", json!({"agent": if nth.is_multiple_of(4) { "human" } else { "ai" }, "text": mark})),
            ("citation_clicked", json!({"url": format!("https://{mark}.example/{nth}")})),
            (outcome, json!({"rating": 1 + nth % 5, "reason": format!("because {mark}")})),
        ];
        let event = |(second, (kind, data)): (usize, (&str, Value))| {
            let at = start + TimeDelta::seconds(9 * i64::try_from(second + nth).unwrap());
            Event {
                customer_id: Some(format!("customer {mark} {nth}")),
                ..Event::new(self.store_id, id, kind, at, data)
            }
        };
        told.into_iter().enumerate().map(event).collect()
    }
}
