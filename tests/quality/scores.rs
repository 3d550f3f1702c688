//! POST /api/v1/quality-scores: exact decimals, one fault of a score leaves its neighbours, scoring again replaces.

use colloquy::http::App;
use colloquy::http::auth::Scope;
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{Answer, answer, request, send};

const SCORES: &str = "/api/v1/quality-scores";

struct Shop {
    database: TestDatabase,
    client: Client,
    app: App,
    store_id: Uuid,
    key: String,
}

impl Shop {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("UTC").await;
        let key = database.create_key(store_id, &[Scope::Ingest]).await;
        Self { client: database.client().await, app: database.app(), database, store_id, key }
    }

    async fn conversation(&self, store_id: Uuid) -> Uuid {
        let conversation_id = Uuid::new_v4();
        self.track(conversation_id, store_id).await;
        conversation_id
    }

    async fn track(&self, conversation_id: Uuid, store_id: Uuid) {
        let track = "select track_conversation_started($1, $2)";
        self.client.query(track, &[&conversation_id, &store_id]).await.unwrap();
    }

    async fn post(&self, body: &str) -> Answer {
        self.post_with(&self.key, body).await
    }

    async fn post_with(&self, key: &str, body: &str) -> Answer {
        answer(&self.app, request("POST", SCORES, key).body(body)).await
    }

    /// The four scores of each stored row as they are in the table, in order.
    async fn stored(&self) -> Vec<String> {
        let sql = "select concat_ws(' ', overall_score, coalesce(helpfulness_score::text, '-'),
                          coalesce(accuracy_score::text, '-'), coalesce(politeness_score::text, '-'))
                   from conversation_quality_scores order by 1";
        self.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

fn counts(answer: &Answer) -> (u16, i64, i64, i64) {
    let count = |name: &str| answer.json[name].as_i64().unwrap_or(-1);
    (answer.status(), count("accepted"), count("replaced"), count("rejected"))
}

/// Index, code and field of each error.
fn errors(answer: &Answer) -> Vec<(i64, &str, &str)> {
    let errors = answer.json["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["detail"].is_string()), "{}", answer.text());
    errors
        .iter()
        .map(|error| {
            let field = error["field"].as_str().unwrap_or_default();
            (error["index"].as_i64().unwrap(), error["code"].as_str().unwrap(), field)
        })
        .collect()
}

#[tokio::test]
async fn decimals_are_kept_as_written() {
    let shop = Shop::new().await;
    let ids = [(); 4].map(|()| Uuid::new_v4());
    for id in ids {
        shop.track(id, shop.store_id).await;
    }
    let one = format!(
        "{{\"conversation_id\": \"{}\", \"overall_score\": 0.57, \"helpfulness_score\": 1.00, \
          \"accuracy_score\": 0, \"politeness_score\": 0.29, \"scored_at\": \"2026-01-02T03:04:05.678901+05:30\"}}",
        ids[0]
    );
    assert_eq!(counts(&shop.post(&one).await), (200, 1, 0, 0));
    let list = format!(
        "[{{\"conversation_id\": \"{}\", \"overall_score\": 1, \"accuracy_score\": null}}, \
          {{\"conversation_id\": \"{}\", \"overall_score\": 0.1, \"store_id\": \"{}\"}}]",
        ids[1], ids[2], shop.store_id
    );
    assert_eq!(counts(&shop.post(&list).await), (200, 2, 0, 0));
    let named = format!("{{\"scores\": [{{\"conversation_id\": \"{}\", \"overall_score\": 0.850}}]}}", ids[3]);
    assert_eq!(counts(&shop.post(&named).await), (200, 1, 0, 0));
    assert_eq!(shop.stored().await, ["0.10 - - -", "0.57 1.00 0.00 0.29", "0.85 - - -", "1.00 - - -"]);
    let times = "select count(*) filter (where scored_at = '2026-01-01 21:34:05.678901+00'),
                        count(*) filter (where scored_at > now() - interval '1 minute')
                 from conversation_quality_scores";
    let row = shop.client.query_one(times, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 3));
}

#[tokio::test]
async fn scoring_again_replaces_and_the_last_of_a_request_wins() {
    let shop = Shop::new().await;
    let id = shop.conversation(shop.store_id).await;
    let score = |rest: &str| format!("{{\"conversation_id\": \"{id}\", {rest}}}");
    let twice =
        format!("[{}, {}]", score("\"overall_score\": 0.9, \"accuracy_score\": 0.9"), score("\"overall_score\": 0.4"));
    assert_eq!(counts(&shop.post(&twice).await), (200, 2, 0, 0));
    assert_eq!(shop.stored().await, ["0.40 - - -"]);
    let again = score("\"overall_score\": 0.3, \"politeness_score\": 0.2, \"scored_at\": \"2020-01-01T00:00:00Z\"");
    assert_eq!(counts(&shop.post(&again).await), (200, 1, 1, 0));
    assert_eq!(shop.stored().await, ["0.30 - - 0.20"]);
    assert_eq!(counts(&shop.post(&twice).await), (200, 2, 2, 0));
    assert_eq!(shop.stored().await, ["0.40 - - -"]);
}

#[tokio::test]
async fn each_fault_is_named_and_stores_nothing() {
    let shop = Shop::new().await;
    let id = shop.conversation(shop.store_id).await;
    let other_store = shop.database.create_store("UTC").await;
    let foreign = shop.conversation(other_store).await;
    let good = format!("\"conversation_id\": \"{id}\"");
    let overall = |number: &str| format!("{{{good}, \"overall_score\": {number}}}");
    let with = |more: &str| format!("{{{good}, \"overall_score\": 0.5, {more}}}");
    let soon = (chrono::Utc::now() + chrono::Duration::minutes(6)).to_rfc3339();
    let cases = [
        (overall("0.855"), "invalid_field", "overall_score"),
        (overall("-0.01"), "invalid_field", "overall_score"),
        (overall("1.01"), "invalid_field", "overall_score"),
        (overall("1e-1"), "invalid_field", "overall_score"),
        (overall("\"0.5\""), "invalid_field", "overall_score"),
        (overall("\"NaN\""), "invalid_field", "overall_score"),
        (overall("true"), "invalid_field", "overall_score"),
        (overall(&format!("0.{}", "3".repeat(60))), "invalid_field", "overall_score"),
        (overall("null"), "missing_field", "overall_score"),
        (format!("{{{good}}}"), "missing_field", "overall_score"),
        ("{\"overall_score\": 0.5}".to_owned(), "missing_field", "conversation_id"),
        ("{\"overall_score\": 0.5, \"conversation_id\": \"x\"}".to_owned(), "invalid_field", "conversation_id"),
        (
            format!("{{\"overall_score\": 0.5, \"conversation_id\": \"{}\"}}", Uuid::new_v4()),
            "unknown_conversation",
            "conversation_id",
        ),
        (
            format!("{{\"overall_score\": 0.5, \"conversation_id\": \"{foreign}\"}}"),
            "unknown_conversation",
            "conversation_id",
        ),
        (with("\"helpfulness_score\": 0.333"), "invalid_field", "helpfulness_score"),
        (with("\"accuracy_score\": 2"), "invalid_field", "accuracy_score"),
        (with("\"politeness_score\": []"), "invalid_field", "politeness_score"),
        (with("\"scored_at\": \"yesterday\""), "invalid_field", "scored_at"),
        (with("\"scored_at\": 1700000000"), "invalid_field", "scored_at"),
        (with(&format!("\"scored_at\": \"{soon}\"")), "timestamp_in_future", "scored_at"),
        (with("\"tone_score\": 1"), "unknown_field", "tone_score"),
        (with("\"store_id\": \"shop\""), "invalid_field", "store_id"),
        (with(&format!("\"store_id\": \"{other_store}\"")), "foreign_store", "store_id"),
        ("7".to_owned(), "invalid_score", ""),
        ("[[]]".to_owned(), "invalid_score", ""),
    ];
    for (body, code, field) in &cases {
        let answer = shop.post(body).await;
        assert_eq!(answer.problem(), (422, "no_valid_score"), "{body}: {}", answer.text());
        assert_eq!((counts(&answer), errors(&answer)), ((422, 0, 0, 1), vec![(0, *code, *field)]), "{body}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert!(shop.stored().await.is_empty());

    let together = format!("[{}, {}, {}]", overall("7"), overall("0.25"), with("\"accuracy_score\": 0.001, \"a\": 1"));
    let answer = shop.post(&together).await;
    assert_eq!(counts(&answer), (207, 1, 0, 2));
    let expected =
        [(0, "invalid_field", "overall_score"), (2, "invalid_field", "accuracy_score"), (2, "unknown_field", "a")];
    assert_eq!(errors(&answer), expected);
    assert_eq!(shop.stored().await, ["0.25 - - -"]);
}

#[tokio::test]
async fn faults_of_the_request_store_nothing() {
    let shop = Shop::new().await;
    let id = shop.conversation(shop.store_id).await;
    let many = |count: usize| json!(vec![json!({"conversation_id": id, "overall_score": 1}); count]).to_string();
    for (body, problem) in [
        ("{\"overall_score\": NaN}".to_owned(), (422, "invalid_json")),
        ("{\"overall_score\": 0.5".to_owned(), (422, "invalid_json")),
        (String::new(), (422, "invalid_json")),
        ("[]".to_owned(), (422, "no_scores")),
        ("{\"scores\": []}".to_owned(), (422, "no_scores")),
        ("{\"scores\": 1}".to_owned(), (422, "invalid_field")),
        ("{\"scores\": [], \"x\": 1}".to_owned(), (422, "unknown_field")),
        (many(1001), (413, "too_many_scores")),
    ] {
        let answer = shop.post(&body).await;
        assert_eq!(answer.problem(), problem, "{}", answer.text());
    }
    assert!(shop.stored().await.is_empty());
    assert_eq!(counts(&shop.post(&many(1000)).await), (200, 1000, 0, 0));
    let text = request("POST", SCORES, &shop.key).header("content-type", "text/csv").body(many(1));
    assert_eq!(answer(&shop.app, text).await.problem(), (415, "unsupported_media_type"));
    let parameter = request("POST", &format!("{SCORES}?dry=1"), &shop.key).body(many(1));
    assert_eq!(answer(&shop.app, parameter).await.problem(), (400, "unknown_parameter"));
    let reader = shop.database.create_key(shop.store_id, &[Scope::Read, Scope::Manage]).await;
    assert_eq!(shop.post_with(&reader, &many(1)).await.problem(), (403, "missing_scope"));
    assert_eq!(shop.post_with("", &many(1)).await.problem(), (401, "missing_key"));
    let got = send(&shop.app, "GET", SCORES, &shop.key).await;
    assert_eq!((got.problem(), got.header("allow")), ((405, "method_not_allowed"), "POST"));
}

#[tokio::test]
async fn an_admin_names_the_store_in_each_score() {
    let shop = Shop::new().await;
    let admin = shop.database.create_admin_key().await;
    let other_store = shop.database.create_store("UTC").await;
    let archived = shop.database.create_store("UTC").await;
    let id = shop.conversation(shop.store_id).await;
    shop.track(id, other_store).await;
    shop.track(id, archived).await;
    shop.client.execute("update stores set archived_at = now() where store_id = $1", &[&archived]).await.unwrap();
    let score =
        |store_id: Uuid, overall: f64| json!({"store_id": store_id, "conversation_id": id, "overall_score": overall});
    let body = json!([
        score(shop.store_id, 0.25),
        {"conversation_id": id, "overall_score": 0.5},
        score(other_store, 0.75),
        score(Uuid::new_v4(), 0.5),
        score(archived, 0.5),
    ]);
    let answer = shop.post_with(&admin, &body.to_string()).await;
    assert_eq!(counts(&answer), (207, 2, 0, 3));
    let expected =
        [(1, "missing_field", "store_id"), (3, "unknown_store", "store_id"), (4, "archived_store", "store_id")];
    assert_eq!(errors(&answer), expected);
    // The same conversation id in two stores is two conversations.
    assert_eq!(shop.stored().await, ["0.25 - - -", "0.75 - - -"]);
}
