//! A database per test, made from a template that is migrated once.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloquy::database;
use colloquy::events::writer::Writer;
use colloquy::http::App;
use colloquy::http::auth::Scope;
use colloquy::keys::create::{NewKey, insert as insert_key};
use colloquy::schema;
use colloquy::stores::create::insert as insert_store;
use colloquy::stores::settings::StoreSettings;
use deadpool_postgres::Pool;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

const LEFTOVER_SECONDS: u64 = 3600;
const QUEUE_EVENTS: usize = 50_000;
const BODY_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// A migrated database of its own, dropped with this value. Jobs in it never run by themselves.
pub struct TestDatabase {
    /// None of a database that goes with its server.
    server: Option<String>,
    name: String,
    url: String,
    pool: Pool,
    server_pool: Pool,
}

impl TestDatabase {
    pub async fn new() -> Self {
        let template = template().await;
        let name = new_name();
        let maintenance = database::connect(&server_url()).await.unwrap();
        create_from(&maintenance, &name, &template).await;
        Self::of(server_url(), name).await
    }

    /// On a server of the test's own, where there is no template yet.
    pub async fn on(server: &str) -> Self {
        let name = new_name();
        let maintenance = database::connect(server).await.unwrap();
        maintenance.batch_execute(&format!("create database {name}")).await.unwrap();
        fill_template(&in_database(server, &name)).await;
        Self::of(server.to_owned(), name).await
    }

    async fn of(server: String, name: String) -> Self {
        let maintenance = database::connect(&server).await.unwrap();
        // Settings of a database are not copied from its template. Sets of the smallest days too, or tests would have none.
        for setting in ["search_path = analytics, public", "colloquy.least_settled_set = 1"] {
            maintenance.batch_execute(&format!("alter database {name} set {setting}")).await.unwrap();
        }
        let url = in_database(&server, &name);
        let pool = database::pool(&url, 8, Duration::from_secs(30)).unwrap();
        let server_pool = database::pool(&as_role(&url, "colloquy_writer"), 8, Duration::from_secs(30)).unwrap();
        Self { server: Some(server), name, url, pool, server_pool }
    }

    /// A database that nobody has migrated. Its server has all rights.
    pub async fn empty() -> Self {
        let database = Self::not_yet();
        let maintenance = database::connect(&server_url()).await.unwrap();
        maintenance.batch_execute(&format!("create database {}", database.name)).await.unwrap();
        database
    }

    /// A database that the test will make by itself.
    pub fn not_yet() -> Self {
        let name = new_name();
        let mut database = Self::at(&in_database(&server_url(), &name));
        (database.server, database.name) = (Some(server_url()), name);
        database
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// A database of a server of the test's own, as it is; not dropped. Its server has all rights.
    pub fn at(url: &str) -> Self {
        let pool = database::pool(url, 8, Duration::from_secs(30)).unwrap();
        Self { server: None, name: String::new(), url: url.to_owned(), server_pool: pool.clone(), pool }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of the same database on another server.
    pub fn url_on(&self, server: &str) -> String {
        in_database(server, &self.name)
    }

    /// A connection outside the pool.
    pub async fn client(&self) -> Client {
        database::connect(&self.url).await.unwrap()
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Connections with the rights of `colloquy_writer`, as a server should have them.
    pub fn server_pool(&self) -> &Pool {
        &self.server_pool
    }

    /// What the routes need, with the default limits and the rights of `colloquy_writer`.
    pub fn app(&self) -> App {
        self.app_with_body_limit(BODY_LIMIT_BYTES)
    }

    pub fn app_with_body_limit(&self, limit_bytes: usize) -> App {
        let (writer, _) = Writer::start(&self.server_pool, QUEUE_EVENTS, 2);
        App::new(self.server_pool.clone(), writer, limit_bytes)
    }

    pub async fn create_store(&self, timezone: &str) -> Uuid {
        let settings = StoreSettings {
            name: Some("A test store".into()),
            timezone: Some(timezone.into()),
            ..StoreSettings::default()
        };
        insert_store(&self.pool, None, &settings).await.unwrap().unwrap().get("store_id")
    }

    /// A key of a store.
    pub async fn create_key(&self, store_id: Uuid, scopes: &[Scope]) -> String {
        self.insert_key(Some(store_id), scopes).await
    }

    pub async fn create_admin_key(&self) -> String {
        self.insert_key(None, &[Scope::Admin]).await
    }

    async fn insert_key(&self, store_id: Option<Uuid>, scopes: &[Scope]) -> String {
        let new = NewKey { store_id, name: String::new(), scopes: scopes.to_vec(), expires_at: None };
        let (key, _) = insert_key(&self.pool, &new).await.unwrap();
        key.as_str().to_owned()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else { return };
        let sql = format!("drop database if exists {} with (force)", self.name);
        // The runtime of the test cannot wait inside drop, hence a thread with one of its own.
        let (sender, dropped) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let result = runtime.block_on(async { Ok(database::connect(&server).await?.batch_execute(&sql).await?) });
            // Nobody may listen any more.
            let _ = sender.send(result.map_err(|error: database::DatabaseError| error.to_string()));
        });
        // PostgreSQL waits for sessions that are still logging in, and those for this thread's runtime: it goes on after
        // two seconds, and they end with it. A database that stays is dropped by a later run.
        if let Ok(Err(error)) = dropped.recv_timeout(Duration::from_secs(2)) {
            eprintln!("{} was not dropped: {error}", self.name);
        }
    }
}

pub fn server_url() -> String {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(url) if !url.is_empty() => url,
        _ => panic!("TEST_DATABASE_URL is not set; run the tests by `make test`"),
    }
}

fn new_name() -> String {
    format!("colloquy_test_{}_{}", now_seconds(), Uuid::new_v4().simple())
}

/// The URL of a server with another database in it.
pub fn in_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(base, query)| (base, Some(query)));
    let authority_at = base.find("://").expect("TEST_DATABASE_URL must be a URL") + 3;
    let path_at = base[authority_at..].find('/').map_or(base.len(), |at| authority_at + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..path_at])
}

/// The URL of a session that begins with the rights of a role.
pub fn as_role(url: &str, role: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-c%20role%3D{role}")
}

/// The name of the template, made by whichever test of whichever process comes first.
async fn template() -> String {
    static MADE: OnceLock<tokio::sync::OnceCell<String>> = OnceLock::new();
    MADE.get_or_init(tokio::sync::OnceCell::new).get_or_init(make_template).await.clone()
}

async fn make_template() -> String {
    let name = format!("colloquy_template_{}", &schema::fingerprint()[..16]);
    let maintenance = database::connect(&server_url()).await.unwrap();
    maintenance.batch_execute("select pg_advisory_lock(hashtext('colloquy.template'), 0)").await.unwrap();
    drop_leftovers(&maintenance).await;
    let is_made = "select 1 from pg_database where datname = $1 and not datallowconn";
    if maintenance.query_opt(is_made, &[&name]).await.unwrap().is_none() {
        drop_database(&maintenance, &name).await;
        maintenance.batch_execute(&format!("create database {name}")).await.unwrap();
        fill_template(&in_database(&server_url(), &name)).await;
        maintenance.batch_execute(&format!("alter database {name} with allow_connections false")).await.unwrap();
        let comment = format!("comment on database {name} is 'colloquy_template {}'", now_seconds());
        maintenance.batch_execute(&comment).await.unwrap();
    }
    name
}

async fn fill_template(url: &str) {
    let mut client = database::connect(url).await.unwrap();
    let migrated =
        schema::migrate(&mut client).await.unwrap_or_else(|error| panic!("{}", database::error_chain(&error)));
    schema::apply_roles(&client).await.unwrap();
    // So that tests find only what they do.
    let forget = "set session_replication_role = replica; delete from admin_actions; reset session_replication_role";
    client.batch_execute(forget).await.unwrap();
    if migrated.edition == schema::Edition::Community {
        client
            .batch_execute("select alter_job(job_id, scheduled => false) from timescaledb_information.jobs")
            .await
            .unwrap();
    }
}

/// What earlier runs that were killed left behind, and templates of schemas that nobody has tested for a day.
async fn drop_leftovers(maintenance: &Client) {
    let sql = "select datname from pg_database
               where case when datname ~ '^colloquy_test_\\d+_'
                          then split_part(datname, '_', 3)::bigint < $1::bigint - $2::bigint
                          when datname ~ '^colloquy_template_'
                          then split_part(shobj_description(oid, 'pg_database'), ' ', 2)::bigint < $1::bigint - 86400
                     end";
    let now = i64::try_from(now_seconds()).unwrap();
    let old = i64::try_from(LEFTOVER_SECONDS).unwrap();
    for row in maintenance.query(sql, &[&now, &old]).await.unwrap() {
        drop_database(maintenance, row.get(0)).await;
    }
}

async fn drop_database(maintenance: &Client, name: &str) {
    let sql = format!("drop database if exists {name} with (force)");
    maintenance.batch_execute(&sql).await.unwrap();
}

/// Tries again while a background worker of TimescaleDB still looks at the template.
async fn create_from(maintenance: &Client, name: &str, template: &str) {
    let sql = format!("create database {name} template {template}");
    let others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    for _ in 0..50 {
        match maintenance.batch_execute(&sql).await {
            Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
                maintenance.query(others, &[&template]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            result => return result.unwrap(),
        }
    }
    panic!("the template {template} stays in use");
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
