//! Keys: malformed, unknown, revoked, expired, without the scope, of another store, and of admins.

use colloquy::http::auth::Scope;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send};

const STORE: &str = "/api/v1/store";

#[tokio::test]
async fn a_request_without_a_good_key_is_refused() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;

    let missing = send(&app, "GET", STORE, "").await;
    assert_eq!(missing.problem(), (401, "missing_key"));
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    let unknown = colloquy::keys::ApiKey::generate(&[Scope::Read]).unwrap();
    for bad in ["x", "clq_r_", &key[..54], &format!("{key}0"), &key.replace("clq_r", "clq_m"), unknown.as_str()] {
        assert_eq!(send(&app, "GET", STORE, bad).await.problem(), (401, "invalid_key"), "{bad}");
    }
    let basic = request("GET", STORE, "").header("authorization", format!("Basic {key}"));
    assert_eq!(answer(&app, basic).await.problem(), (401, "invalid_key"));
    assert_eq!(send(&app, "GET", STORE, &key).await.status(), 200);
}

#[tokio::test]
async fn a_mistyped_key_costs_no_query() {
    let database = TestDatabase::new().await;
    let app = database.app();
    database.server_pool().close();
    assert_eq!(send(&app, "GET", STORE, "clq_r_mistyped").await.problem(), (401, "invalid_key"));
    let good_form = colloquy::keys::ApiKey::generate(&[Scope::Read]).unwrap();
    assert_eq!(send(&app, "GET", STORE, good_form.as_str()).await.problem(), (503, "database_unavailable"));
}

/// They are looked up together, and each must get what its own key opens.
#[tokio::test]
async fn requests_at_the_same_time_get_what_their_own_keys_open() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let mut keys = Vec::new();
    for _ in 0..4 {
        let store_id = database.create_store("UTC").await;
        keys.push((Some(store_id), database.create_key(store_id, &[Scope::Read]).await));
        // Well-formed, so that it is looked up, too.
        keys.push((None, colloquy::keys::ApiKey::generate(&[Scope::Read]).unwrap().as_str().to_owned()));
    }
    let admin = database.create_admin_key().await;
    let named = keys
        .iter()
        .filter_map(|(store_id, _)| *store_id)
        .map(|store_id| (Some(store_id), format!("{STORE}?store_id={store_id}"), admin.as_str()));
    let own = keys.iter().map(|(store_id, key)| (*store_id, STORE.to_owned(), key.as_str()));
    let requests: Vec<_> = own.chain(named).collect();
    for _ in 0..10 {
        let answers = requests.iter().map(|(_, path, key)| send(&app, "GET", path, key));
        for (answer, (store_id, path, _)) in join_all(answers).await.into_iter().zip(&requests) {
            let opened = answer.json["store_id"].as_str().map(|id| id.parse::<Uuid>().unwrap());
            assert_eq!((answer.status(), opened), (if store_id.is_some() { 200 } else { 401 }, *store_id), "{path}");
        }
    }
}

#[tokio::test]
async fn revoked_and_expired_keys_are_told_apart() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    for (change, code) in [
        ("update api_keys set revoked_at = now()", "revoked_key"),
        ("update api_keys set revoked_at = null, expires_at = now()", "expired_key"),
    ] {
        let key = database.create_key(store_id, &[Scope::Read]).await;
        database.client().await.batch_execute(change).await.unwrap();
        assert_eq!(send(&app, "GET", STORE, &key).await.problem(), (401, code));
    }
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_in_its_own_store() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let other_id = database.create_store("UTC").await;
    let ingest = database.create_key(store_id, &[Scope::Ingest]).await;
    assert_eq!(send(&app, "GET", STORE, &ingest).await.problem(), (403, "missing_scope"));
    assert_eq!(send(&app, "GET", "/api/v1/stores", &ingest).await.problem(), (403, "missing_scope"));

    let read = database.create_key(store_id, &[Scope::Read]).await;
    assert_eq!(send(&app, "PATCH", STORE, &read).await.problem(), (403, "missing_scope"));
    let own = send(&app, "GET", &format!("{STORE}?store_id={store_id}"), &read).await;
    assert_eq!(own.json["store_id"], store_id.to_string());
    let foreign = send(&app, "GET", &format!("{STORE}?store_id={other_id}"), &read).await;
    assert_eq!(foreign.problem(), (403, "foreign_store"));
    let nobodys = send(&app, "GET", &format!("{STORE}?store_id={}", Uuid::new_v4()), &read).await;
    assert_eq!(nobodys.problem(), (403, "foreign_store"));
}

#[tokio::test]
async fn an_admin_names_the_store() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let admin = database.create_admin_key().await;
    let get = async |query: &str| send(&app, "GET", &format!("{STORE}{query}"), &admin).await;
    assert_eq!(get("").await.problem(), (400, "missing_parameter"));
    assert_eq!(get("").await.faults(), [("store_id", "missing_parameter")]);
    assert_eq!(get("?store_id=7").await.problem(), (400, "invalid_parameter"));
    assert_eq!(get(&format!("?store_id={store_id}&store_id={store_id}")).await.problem(), (400, "repeated_parameter"));
    assert_eq!(get(&format!("?store_id={}", Uuid::new_v4())).await.problem(), (404, "unknown_store"));
    assert_eq!(get(&format!("?store_id={store_id}")).await.status(), 200);
}

#[tokio::test]
async fn an_archived_store_can_be_read() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    database.client().await.batch_execute("update stores set archived_at = now()").await.unwrap();
    assert_eq!(send(&database.app(), "GET", STORE, &key).await.status(), 200);
}

#[tokio::test]
async fn the_use_of_a_key_is_recorded() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Read]).await;
    send(&app, "GET", STORE, &key).await;
    let client = database.client().await;
    let used = "select 1 from api_keys where last_used_at > now() - interval '1 minute'";
    for _ in 0..100 {
        if client.query_opt(used, &[]).await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("last_used_at stayed null");
}
