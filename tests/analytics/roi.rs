//! GET /api/v1/analytics/roi: the numbers of the design to the last digit, overrides, and dated assumptions.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use colloquy::http::App;
use colloquy::http::auth::Scope;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send};

struct Shop {
    app: App,
    client: Client,
    store_id: Uuid,
    key: String,
    _database: TestDatabase,
}

impl Shop {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("UTC").await;
        let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read, Scope::Manage]).await;
        Self { app: database.app(), client: database.client().await, store_id, key, _database: database }
    }

    /// Sends the events of some conversations, the first of them resolved by the AI, the others escalated.
    async fn talk(&self, at: DateTime<Utc>, count: usize, resolved_count: usize) {
        let events: Vec<_> = (0..count)
            .map(|nth| {
                let kind = if nth < resolved_count { "conversation_resolved" } else { "conversation_escalated" };
                format!(
                    "{{\"conversation_id\": \"{}\", \"store_id\": \"{}\", \"event_type\": \"{kind}\", \"timestamp\": \"{}\"}}",
                    Uuid::new_v4(),
                    self.store_id,
                    at.to_rfc3339()
                )
            })
            .collect();
        let post = request("POST", "/api/v1/events", &self.key).body(format!("[{}]", events.join(",")));
        assert_eq!(answer(&self.app, post).await.json["accepted"], count);
    }

    async fn assume(&self, valid_from: NaiveDate, cost_per_hour: &str, minutes: &str, ai_cost: &str) {
        let body = format!(
            "{{\"valid_from\": \"{valid_from}\", \"avg_human_agent_cost_per_hour\": {cost_per_hour}, \
              \"avg_conversation_time_minutes\": {minutes}, \"ai_cost_per_conversation\": {ai_cost}}}"
        );
        let post = request("POST", "/api/v1/store/roi-assumptions", &self.key).body(body);
        assert_eq!(answer(&self.app, post).await.status(), 201);
    }

    /// The fields of the stored formula, which come first.
    async fn roi(&self, query: &str) -> String {
        let answer = self.answer(query).await;
        let (stored, _) = answer.split_once(",\"unsettled_conversations\":null,\"range\":").unwrap();
        format!("{stored}}}")
    }

    async fn answer(&self, query: &str) -> String {
        let answer = send(&self.app, "GET", &format!("/api/v1/analytics/roi{query}"), &self.key).await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.text().to_owned()
    }

    /// The last days, today the last of them.
    async fn days(&self, query: &str) -> String {
        let answer = self.answer(query).await;
        let (_, daily) = answer.split_once(",\"daily\":[").unwrap();
        daily.strip_suffix("]}").unwrap().to_owned()
    }

    /// Noon of a local day, or just before now if noon is still to come.
    async fn noon(&self, days_ago: i64) -> DateTime<Utc> {
        let now: DateTime<Utc> = self.client.query_one("select now()", &[]).await.unwrap().get(0);
        let noon = (now - Duration::days(days_ago)).date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc();
        noon.min(now - Duration::milliseconds(5))
    }
}

#[tokio::test]
async fn the_numbers_of_the_design() {
    let shop = Shop::new().await;
    shop.talk(shop.noon(3).await, 1_000, 700).await;
    let expected = "{\"total_conversations\":1000,\"ai_resolved_conversations\":700,\
        \"avg_human_agent_cost_per_hour\":25.00,\"avg_conversation_time_minutes\":8.0,\"ai_cost_per_conversation\":0.05,\
        \"human_agent_cost\":3333.33,\"ai_cost\":50.00,\"savings\":2298.33,\"roi_percentage\":4596.67,\
        \"assumptions_changed\":false}";
    assert_eq!(shop.roi("").await, expected);
    // Nobody came back, or was escalated: the cases are the same, but the week after is not over.
    let (formula, _) = expected.rsplit_once('}').unwrap();
    let cases = format!(
        "\"low\":{formula},\"unsettled_conversations\":700}},\"high\":{formula},\"unsettled_conversations\":null}},\"daily\":["
    );
    let answer = shop.answer("").await;
    assert!(answer.contains(&cases), "{answer}");
    // The three days before today and today are the last four.
    assert_eq!(shop.roi("?period_days=4").await, expected);
    assert!(shop.roi("?period_days=3").await.starts_with("{\"total_conversations\":0,"));
    // The dashboard shows the same for its period.
    let dashboard = send(&shop.app, "GET", "/api/v1/analytics/dashboard?period=year", &shop.key).await;
    let start_of_year =
        shop.noon(3).await.date_naive() >= shop.noon(0).await.format("%Y-01-01").to_string().parse().unwrap();
    assert_eq!(dashboard.text().contains(&format!("\"roi\":{expected}")), start_of_year, "{}", dashboard.text());
}

#[tokio::test]
async fn overrides_stand_in_for_assumptions_on_every_day() {
    let shop = Shop::new().await;
    shop.talk(shop.noon(2).await, 3, 2).await;
    let numbers = |text: &str| text.split_once("\"human_agent_cost\":").unwrap().1.to_owned();
    // 3 × 7.5 ÷ 60 × 19.99 = 7.49625; 2 × 7.5 ÷ 60 × 19.99 = 4.9975.
    let query = "?avg_human_agent_cost_per_hour=19.99&avg_conversation_time_minutes=7.5&ai_cost_per_conversation=0.125";
    let expected = "7.50,\"ai_cost\":0.38,\"savings\":4.75,\"roi_percentage\":1266.00,\"assumptions_changed\":false}";
    assert_eq!(numbers(&shop.roi(query).await), expected);
    let shown = "\"avg_human_agent_cost_per_hour\":19.99,\"avg_conversation_time_minutes\":7.5,\"ai_cost_per_conversation\":0.125,";
    assert!(shop.roi(query).await.contains(shown));
    // An AI that costs nothing has no percentage.
    let expected = "10.00,\"ai_cost\":0.00,\"savings\":6.67,\"roi_percentage\":0.00,\"assumptions_changed\":false}";
    assert_eq!(numbers(&shop.roi("?ai_cost_per_conversation=0").await), expected);
    // An AI that costs more than people has negative savings.
    let expected =
        "10.00,\"ai_cost\":30.00,\"savings\":-13.33,\"roi_percentage\":-44.44,\"assumptions_changed\":false}";
    assert_eq!(numbers(&shop.roi("?ai_cost_per_conversation=10").await), expected);
}

#[tokio::test]
async fn each_day_counts_with_the_assumptions_in_force_on_it() {
    let shop = Shop::new().await;
    let days = [shop.noon(6).await, shop.noon(4).await, shop.noon(2).await];
    for day in days {
        shop.talk(day, 6, 3).await;
    }
    shop.assume(days[1].date_naive(), "30", "10.0", "0.10").await;
    shop.assume(days[2].date_naive(), "60.00", "5", "0.2").await;
    // 6 × 8 ÷ 60 × 25 = 20; 6 × 10 ÷ 60 × 30 = 30; 6 × 5 ÷ 60 × 60 = 30. AI: 0.30 + 0.60 + 1.20.
    let expected = "{\"total_conversations\":18,\"ai_resolved_conversations\":9,\
        \"avg_human_agent_cost_per_hour\":60.00,\"avg_conversation_time_minutes\":5,\"ai_cost_per_conversation\":0.2,\
        \"human_agent_cost\":80.00,\"ai_cost\":2.10,\"savings\":38.95,\"roi_percentage\":1854.76,\
        \"assumptions_changed\":true}";
    assert_eq!(shop.roi("").await, expected);
    // Only the last of them applies to the last three days.
    let recent = shop.roi("?period_days=3").await;
    assert!(recent.contains("\"human_agent_cost\":30.00,\"ai_cost\":1.20,"), "{recent}");
    assert!(recent.ends_with("\"assumptions_changed\":false}"), "{recent}");
    // An override of one leaves the others dated.
    let minutes = shop.roi("?avg_conversation_time_minutes=60").await;
    assert!(minutes.contains("\"human_agent_cost\":690.00,\"ai_cost\":2.10,"), "{minutes}");
    // Assumptions from tomorrow on change nothing yet.
    shop.assume(shop.noon(0).await.date_naive() + Duration::days(1), "99", "99", "99").await;
    assert_eq!(shop.roi("").await, expected);
}

#[tokio::test]
async fn every_day_of_the_range_is_there_with_its_own_assumptions() {
    let shop = Shop::new().await;
    let days = [shop.noon(3).await, shop.noon(2).await, shop.noon(1).await];
    shop.talk(days[0], 1, 1).await;
    shop.talk(days[2], 7, 5).await;
    shop.assume(days[2].date_naive(), "60", "5", "0.2").await;
    let day = |ago: usize, rest: &str| format!("{{\"date\":\"{}\",{rest}}}", days[ago].date_naive());
    // 8 ÷ 60 × 25 = 3.3333…; 7 × 5 ÷ 60 × 60 = 35 and 5 × 5 − 5 × 0.2 = 24.
    let expected = [
        day(
            0,
            "\"total_conversations\":1,\"ai_resolved_conversations\":1,\"human_agent_cost\":3.33,\"ai_cost\":0.05,\"savings\":3.28",
        ),
        day(
            1,
            "\"total_conversations\":0,\"ai_resolved_conversations\":0,\"human_agent_cost\":0.00,\"ai_cost\":0.00,\"savings\":0.00",
        ),
        day(
            2,
            "\"total_conversations\":7,\"ai_resolved_conversations\":5,\"human_agent_cost\":35.00,\"ai_cost\":1.40,\"savings\":24.00",
        ),
    ];
    let found = shop.days("?period_days=4").await;
    assert!(found.starts_with(&expected.join(",")), "{found}");
    assert_eq!(found.matches("\"date\"").count(), 4);
    // An override holds on every day.
    let found = shop.days("?period_days=4&avg_conversation_time_minutes=0").await;
    assert!(found.contains("\"human_agent_cost\":0.00,\"ai_cost\":1.40,\"savings\":-1.00}"), "{found}");
}

#[tokio::test]
async fn days_are_rounded_one_by_one() {
    let shop = Shop::new().await;
    for ago in 1..=4 {
        shop.talk(shop.noon(ago).await, 1, 1).await;
    }
    // Four times 3.3333… is 13.3333…, of which four times 3.33 lacks a cent.
    let whole = shop.roi("?period_days=5").await;
    assert!(whole.contains("\"human_agent_cost\":13.33,\"ai_cost\":0.20,\"savings\":13.13,"), "{whole}");
    let days = shop.days("?period_days=5").await;
    assert_eq!(days.matches("\"human_agent_cost\":3.33,\"ai_cost\":0.05,\"savings\":3.28}").count(), 4, "{days}");
}
