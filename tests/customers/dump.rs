//! After an erasure, a search of the whole database dump for the id finds nothing.

use chrono::{DateTime, Duration, Utc};
use colloquy::http::auth::Scope;
use colloquy::schema::Edition;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{erase, token_of};
use crate::support::http::{answer, request, send, send_json};
use crate::support::oracle::Event;
use crate::support::programs::{program, succeed};
use crate::support::world::World;

const CUSTOMER: &str = "Zoë \"O'Neil\" 100%_\\/z@example.com";
const COMPRESSED: &str = "select count(*) from timescaledb_information.chunks
    where hypertable_name = 'conversation_events' and is_compressed";
const PARTIAL: &str = "select count(*) from timescaledb_information.chunks c
    where hypertable_name = 'conversation_events' and is_compressed
      and _timescaledb_functions.chunk_status(format('%I.%I', chunk_schema, chunk_name)::regclass) & 8 <> 0";

/// How often the id stands in a dump, as it is and in the ways in which JSON, COPY and bytea write it.
fn found(world: &World) -> usize {
    let dump = succeed(program("pg_dump").arg(format!("--dbname={}", world.database.url()))).stdout;
    let dump = String::from_utf8_lossy(&dump);
    assert!(dump.contains("PostgreSQL database dump complete") && dump.contains("COPY analytics.conversations"));
    forms().iter().map(|form| dump.matches(form).count()).sum()
}

fn forms() -> Vec<String> {
    let json = json!(CUSTOMER).to_string().trim_matches('"').to_owned();
    let ascii = json.replace('ë', "\\u00eb");
    let written =
        [CUSTOMER.to_owned(), json.clone(), ascii.clone(), json.replace('/', "\\/"), ascii.replace('/', "\\/")];
    let copied = written.clone().map(|form| form.replace('\\', "\\\\"));
    let hex = CUSTOMER.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut forms: Vec<_> = written.into_iter().chain(copied).chain([hex]).collect();
    forms.sort();
    forms.dedup();
    forms
}

/// How many columns have the id among the values that the planner knows.
async fn in_statistics(world: &World) -> i64 {
    let sql =
        "select count(*) from pg_stats where concat(most_common_vals, histogram_bounds, most_common_elems) like $1";
    world.client.query_one(sql, &[&"%z@example.com%"]).await.unwrap().get(0)
}

struct Planted {
    world: World,
    events: Vec<Event>,
}

impl Planted {
    fn add(&mut self, conversation: u128, at: DateTime<Utc>, kind: &str, customer: Option<&str>, data: Value) {
        let id = Uuid::from_u128(0x1000 + conversation);
        let mut event = Event::new(self.world.shops[0].store_id, id, kind, at, data);
        event.customer_id = customer.map(str::to_owned);
        self.events.push(event);
    }

    /// The id in every place where events can have it.
    fn everywhere(&mut self) {
        let day = |days: i64| Utc::now() - Duration::days(days);
        let minute = |days: i64, minutes| day(days) + Duration::minutes(minutes);
        // In a compressed chunk, in one that is not, and where raw events will have been dropped.
        for (nth, days) in [(1, 70), (2, 3), (3, 120)] {
            self.add(
                nth,
                day(days),
                "conversation_started",
                Some(CUSTOMER),
                json!({"channel": "web", "customer_id": CUSTOMER, "subject": format!("I am {CUSTOMER}"),
                    "browser": {"user": [CUSTOMER], CUSTOMER: 1}}),
            );
            self.add(nth, minute(days, 1), "knowledge_retrieved", None,
                json!({"topic": "billing", "question": format!("Why did {CUSTOMER} pay twice in {nth}?"), "confidence": 0.1}));
            self.add(
                nth,
                minute(days, 2),
                "knowledge_retrieved",
                None,
                json!({"topic": "billing", "question": format!("What do I owe {nth}?"), "confidence": 0.2}),
            );
            self.add(nth, minute(days, 3), "message_received", None, json!({"text": "Nothing else", "rating": 5}));
            self.add(
                nth,
                minute(days, 4),
                "conversation_resolved",
                None,
                json!({"reason": format!("{CUSTOMER} is happy")}),
            );
        }
        // A guest who turns out to be the customer, and a customer who is named in event_data only.
        self.add(4, day(66), "message_received", Some("guest-77"), json!({"text": "Can you see my order?"}));
        self.add(4, minute(66, 1), "message_received", Some(CUSTOMER), json!({"text": "I have logged in"}));
        self.add(5, day(5), "message_received", None, json!({"customer_id": CUSTOMER}));
        // Conversations of others that speak of the customer, in texts and in labels.
        self.add(
            6,
            day(65),
            "message_received",
            Some("someone-else"),
            json!({"text": format!("I know {CUSTOMER}!"), "note": "kept"}),
        );
        self.add(6, minute(65, 1), "knowledge_retrieved", None,
            json!({"topic": format!("parcel of {CUSTOMER}"), "question": format!("Where is {CUSTOMER}?"), "confidence": 0.1}));
        self.add(
            7,
            day(4),
            "message_received",
            Some("someone-else"),
            json!({"channel": CUSTOMER, "language": CUSTOMER}),
        );
    }
}

/// A shop in which the id stands wherever a request can bring it.
async fn planted() -> (World, String) {
    let mut planted = Planted { world: World::new(&[chrono_tz::UTC]).await, events: Vec::new() };
    planted.everywhere();
    let Planted { mut world, events } = planted;
    world.import(&events).await;
    let manage = world.database.create_key(world.shops[0].store_id, &[Scope::Manage, Scope::Read]).await;
    for (topic, example) in [(CUSTOMER, "no question of theirs"), ("by hand", &*format!("{CUSTOMER}, why?"))] {
        let body = json!({"topic": topic, "example_questions": [example, "Another one?"]});
        assert_eq!(send_json(&world.app, "POST", "/api/v1/content-gaps", &manage, &body).await.status(), 201);
    }
    world.call("detect_content_gaps()").await;
    reject(&world).await;
    world.call("drop_raw_events()").await;
    world.call("compress_raw_events()").await;
    world.call("refresh_rollups()").await;
    let numbered = "select count(*) from customer_numbers where customer_id = $1";
    assert_eq!(world.client.query_one(numbered, &[&CUSTOMER]).await.unwrap().get::<_, i64>(0), 1);
    (world, manage)
}

/// Rejected events: with the id, with it in escapes within broken JSON, of a conversation of the customer, of others.
async fn reject(world: &World) {
    let key = &world.shops[0].key;
    let event = |data: Value| {
        json!({"store_id": world.shops[0].store_id, "conversation_id": Uuid::new_v4(),
        "event_type": "laughed", "event_data": data})
    };
    let mut of_conversation = event(json!({"text": "quoted"}));
    of_conversation["conversation_id"] = json!(Uuid::from_u128(0x1001));
    let broken = format!("{{\"customer_id\": {}", forms().iter().find(|form| form.contains("\\u00eb")).unwrap());
    let bodies = [
        event(json!({"customer_id": CUSTOMER})).to_string(),
        of_conversation.to_string(),
        broken,
        event(json!({"customer_id": "other"})).to_string(),
        json!({CUSTOMER: 1}).to_string(),
    ];
    for body in bodies {
        let refused = request("POST", "/api/v1/events", key).header("content-type", "application/json").body(body);
        assert_eq!(answer(&world.app, refused).await.status(), 422);
    }
}

#[tokio::test]
async fn the_dump_holds_the_id_no_more() {
    let (world, manage) = planted().await;
    let admin = world.database.create_admin_key().await;
    let is_community = Edition::detect(&world.client).await.unwrap() == Edition::Community;
    let compressed: i64 = world.client.query_one(COMPRESSED, &[]).await.unwrap().get(0);
    assert_eq!(compressed > 0, is_community);
    world
        .client
        .batch_execute(
            "analyze conversation_events; analyze conversations; analyze content_gaps; analyze customer_numbers",
        )
        .await
        .unwrap();
    assert!(in_statistics(&world).await > 5);
    let before = found(&world);
    assert!(before > 15, "{before}: a search that finds nothing proves nothing");

    let receipt = erase(&world, &admin, CUSTOMER).await;
    assert_eq!(receipt.status(), 200, "{}", receipt.text());
    assert!(!receipt.text().contains("example.com"));
    assert_eq!((found(&world), in_statistics(&world).await), (0, 0));
    // Five conversations name the customer, 13 of whose 18 raw events are there; 3 events of others speak of them.
    let counts = ["conversations", "example_questions", "rejections", "labels", "kept_labels"];
    assert_eq!(counts.map(|name| receipt.json[name].as_i64().unwrap()), [5, 7, 4, 2, 0], "{}", receipt.text());
    assert_eq!(receipt.json["events"], 16);

    // What the columnstore still holds is packed in the dump, so unpack it; then let the job pack it again.
    world.call("compress_raw_events()").await;
    if is_community {
        let partial: i64 = world.client.query_one(PARTIAL, &[]).await.unwrap().get(0);
        assert_eq!(partial, 0, "chunks that stay half unpacked");
        let unpack = "select public.decompress_chunk(c, true) from show_chunks('analytics.conversation_events') c";
        world.client.query(unpack, &[]).await.unwrap();
        assert_eq!(found(&world), 0, "in the columnstore");
    }
    what_is_left_is_right(&world, &manage, receipt.json["token"].as_str().unwrap()).await;
}

async fn texts(world: &World, sql: &str) -> Vec<String> {
    world.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn what_is_left_is_right(world: &World, manage: &str, token: &str) {
    let rows = texts(world, "select customer_id from conversations order by conversation_id").await;
    assert_eq!(rows, [token, token, token, "guest-77", token, "someone-else", "someone-else"]);
    let guest = texts(
        world,
        "select customer_id || event_data from conversation_events
                      where conversation_id = '00000000-0000-0000-0000-000000001004' order by created_at",
    )
    .await;
    assert_eq!(guest, ["guest-77{}", &format!("{token}{{}}")]);
    // Of somebody else goes what holds the id, and nothing more.
    let other = texts(world, "select event_data::text from conversation_events where event_data ? 'note'").await;
    assert_eq!(other, ["{\"note\": \"kept\"}"]);
    let gaps = send(&world.app, "GET", "/api/v1/content-gaps?order=topic", manage).await;
    let gaps: Vec<_> = gaps.json["content_gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| (gap["topic"].as_str().unwrap(), gap["frequency"].as_i64().unwrap(), &gap["example_questions"]))
        .collect();
    assert_eq!(gaps[0], ("billing", 6, &json!([])));
    assert_eq!(gaps[1], ("by hand", 0, &json!(["Another one?"])));
    assert_eq!(gaps.len(), 4);
    let kept = texts(world, "select coalesce(payload, 'erased') from ingest_rejections order by rejection_id").await;
    assert_eq!(kept.iter().map(|text| text == "erased").collect::<Vec<_>>(), [true, true, true, false, true]);
}

#[tokio::test]
async fn an_import_of_the_same_events_again_brings_nothing_back_that_is_still_there() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let store_id = world.shops[0].store_id;
    let mut event = Event::new(
        store_id,
        Uuid::new_v4(),
        "message_received",
        Utc::now() - Duration::days(2),
        json!({"text": "Hello"}),
    );
    event.customer_id = Some(CUSTOMER.into());
    world.import(std::slice::from_ref(&event)).await;
    let admin = world.database.create_admin_key().await;
    let token = token_of(&world, &admin, CUSTOMER).await;
    world.import(&[event]).await;
    assert_eq!(found(&world), 0);
    let row = world.client.query_one("select customer_id from conversations", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), token);
}
