//! What the forms change, for whom, and that no other site can send them.

use colloquy::http::auth::Scope;
use serde_json::json;

use super::{get, post, sign_in};
use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send, send_json};

const COSTS: &str = "avg_human_agent_cost_per_hour=40.5&avg_conversation_time_minutes=6&ai_cost_per_conversation=0.1";

#[tokio::test]
async fn a_button_changes_the_status_of_a_gap() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Manage]).await;
    let gap = send_json(&app, "POST", "/api/v1/content-gaps", &key, &json!({ "topic": "leasing" })).await;
    let gap_id = gap.json["gap_id"].as_str().unwrap();
    let cookie = sign_in(&app, &key).await;
    let path = format!("/quality/gaps/{gap_id}?status=identified");
    let changed = post(&app, &path, &cookie, "status=in_progress").await;
    assert_eq!(changed.status(), 303, "{}", changed.text());
    assert_eq!(changed.header("location"), format!("/quality?status=identified#gap-{gap_id}"));
    let shown = send(&app, "GET", &format!("/api/v1/content-gaps/{gap_id}"), &key).await;
    assert_eq!(shown.json["status"], "in_progress");

    let wrong = post(&app, &path, &cookie, "status=forgotten").await;
    assert!(wrong.status() == 422 && wrong.text().contains("data-state=\"error\""), "{}", wrong.text());
    let unknown = post(&app, &format!("/quality/gaps/{}", uuid::Uuid::nil()), &cookie, "status=resolved").await;
    assert!(unknown.status() == 404 && unknown.text().contains("unknown_content_gap"));
}

#[tokio::test]
async fn costs_are_kept_from_a_date_on() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read, Scope::Manage]).await;
    let cookie = sign_in(&app, &key).await;
    let kept = post(&app, "/roi/assumptions?period_days=7", &cookie, &format!("{COSTS}&valid_from=2026-11-01")).await;
    assert_eq!((kept.status(), kept.header("location")), (303, "/roi?period_days=7"), "{}", kept.text());
    let stored = send(&app, "GET", "/api/v1/store/roi-assumptions", &key).await;
    assert_eq!(stored.json["roi_assumptions"][0]["avg_human_agent_cost_per_hour"], 40.5);
    assert_eq!(stored.json["roi_assumptions"][0]["valid_from"], "2026-11-01");

    let wrong = post(&app, "/roi/assumptions", &cookie, "avg_human_agent_cost_per_hour=a lot").await;
    assert_eq!(wrong.status(), 422);
    for field in
        ["avg_human_agent_cost_per_hour", "avg_conversation_time_minutes", "ai_cost_per_conversation", "valid_from"]
    {
        assert!(wrong.text().contains(field), "{field}: {}", wrong.text());
    }
    let stored = send(&app, "GET", "/api/v1/store/roi-assumptions", &key).await;
    assert_eq!(stored.json["roi_assumptions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_may_only_read_and_who_is_another_changes_nothing() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let (own, other) = (database.create_store("UTC").await, database.create_store("UTC").await);
    let key = database.create_key(own, &[Scope::Read, Scope::Manage]).await;
    let gap = send_json(&app, "POST", "/api/v1/content-gaps", &key, &json!({ "topic": "leasing" })).await;
    let gap_path = format!("/quality/gaps/{}", gap.json["gap_id"].as_str().unwrap());
    let (costs, status) = (format!("{COSTS}&valid_from=2026-11-01"), "status=resolved");

    let reader = sign_in(&app, &database.create_key(own, &[Scope::Read]).await).await;
    assert!(!get(&app, "/quality", &reader).await.text().contains("name=\"status\" value="), "no button");
    assert!(!get(&app, "/roi", &reader).await.text().contains("/roi/assumptions"), "no button");
    let stranger = sign_in(&app, &database.create_key(other, &[Scope::Read, Scope::Manage]).await).await;
    for (who, path, body, status) in [
        (&reader, gap_path.as_str(), status, 403),
        (&reader, "/roi/assumptions", &costs, 403),
        (&stranger, &gap_path, status, 404),
        (&stranger, &format!("{gap_path}?store_id={own}"), status, 403),
        (&stranger, &format!("/roi/assumptions?store_id={own}"), &costs, 403),
        (&String::new(), &gap_path, status, 303),
    ] {
        assert_eq!(post(&app, path, who, body).await.status(), status, "{path}");
    }
    let manager = sign_in(&app, &key).await;
    for path in [gap_path.as_str(), "/roi/assumptions", "/sign-out"] {
        for site in ["cross-site", "same-site"] {
            let forged = request("POST", path, "").header("cookie", &manager).header("sec-fetch-site", site);
            let forged = answer(&app, forged.body(format!("{costs}&{status}"))).await;
            assert!(forged.status() == 403 && forged.text().contains("cross_site"), "{path}: {}", forged.text());
        }
    }
    let client = database.client().await;
    let untouched = "select count(*) from content_gaps where status = 'identified'";
    assert_eq!(client.query_one(untouched, &[]).await.unwrap().get::<_, i64>(0), 1);
    assert_eq!(client.query_one("select count(*) from roi_assumptions", &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(get(&app, "/", &manager).await.status(), 200, "still signed in");
}

/// Anybody may send the form of `/sign-in`, so little is read for it, and nothing is unpacked.
#[tokio::test]
async fn forms_are_small() {
    let database = TestDatabase::not_yet();
    let app = database.app();
    for path in ["/sign-in", "/roi/assumptions", &format!("/quality/gaps/{}", uuid::Uuid::nil())] {
        let large = post(&app, path, "", &"a&".repeat(16 * 1024)).await;
        assert_eq!(large.problem(), (413, "body_too_large"), "{path}");
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, "a&".repeat(1024 * 1024).as_bytes()).unwrap();
    let form = request("POST", "/sign-in", "").header("content-encoding", "gzip").body(packed.finish().unwrap());
    assert_eq!(answer(&app, form).await.status(), 401, "it is no form with a key");
}

/// Over plain HTTP browsers name the origin of a form only.
#[tokio::test]
async fn without_fetch_metadata_the_origin_must_be_this_host() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read]).await;
    let send = async |origin: &str, host: &str, forwarded: &str| {
        let form = request("POST", "/sign-in", "").header("origin", origin).header("host", host);
        let form = if forwarded.is_empty() { form } else { form.header("x-forwarded-host", forwarded) };
        answer(&app, form.body(format!("key={key}"))).await.status()
    };
    for (origin, host, forwarded, status) in [
        ("http://10.0.0.5:8080", "10.0.0.5:8080", "", 303),
        ("http://10.0.0.5:3000", "10.0.0.5:8080", "", 403),
        ("http://evil.example", "10.0.0.5:8080", "", 403),
        ("null", "10.0.0.5:8080", "", 403),
        ("http://shop.example", "127.0.0.1:8080", "shop.example", 303),
        ("http://evil.example", "127.0.0.1:8080", "shop.example", 403),
    ] {
        assert_eq!(send(origin, host, forwarded).await, status, "{origin} to {host} {forwarded}");
    }
}

/// As the field of the form shows them and as people type them.
#[tokio::test]
async fn numbers_of_forms_keep_every_digit() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let key = database.create_key(database.create_store("UTC").await, &[Scope::Read, Scope::Manage]).await;
    let cookie = sign_in(&app, &key).await;
    for (given, stored) in
        [("0.000005", "0.000005"), (".5", "0.5"), ("05", "5"), ("0.1234567890123456789", "0.1234567890123456789")]
    {
        let form = format!(
            "avg_human_agent_cost_per_hour=1&avg_conversation_time_minutes=1&ai_cost_per_conversation={given}&valid_from=2026-11-01"
        );
        let kept = post(&app, "/roi/assumptions", &cookie, &form).await;
        assert_eq!(kept.status(), 303, "{given}: {}", kept.text());
        let row =
            database.client().await.query_one("select ai_cost_per_conversation::text from roi_assumptions", &[]).await;
        assert_eq!(row.unwrap().get::<_, String>(0), stored);
        let page = get(&app, "/roi", &cookie).await;
        let field = page.text().split("name=\"ai_cost_per_conversation\"").nth(1).unwrap().split('>').next().unwrap();
        assert!(!field.contains("e-"), "{field}");
    }
}
