//! The second barrier of DESIGN §5: what every query of a store's data shows once its own store condition is taken out.

mod parameters;
mod texts;

use std::collections::BTreeSet;

use colloquy::database::error_chain;
use serde_json::Value;
use tokio_postgres::Client;
use uuid::Uuid;

use super::planted::Planted;
use crate::sql::contract::text_of;
use crate::support::reliability::Figures;
use crate::support::roles::client_of;

/// How a transaction of a store begins: `src/database/tenant.rs`.
const BEGIN: &str = "begin isolation level repeatable read read only";
const ENTER: &str = include_str!("../../sql/database/tenant.sql");
const NOBODY: Uuid = Uuid::from_u128(0x0192_d1c5_9999_7000_8000_0000_0000_0009);

const WITHOUT_INDEX: &str =
    "set local enable_indexscan = off; set local enable_indexonlyscan = off; set local enable_bitmapscan = off";

/// Days, buckets and marks of all conversations, which are too young for `refresh_rollups`, and contacts as if each had
/// gone on after its day.
const SETTLE: &str = "
    do $$
    declare
        days record;
    begin
        for days in
            select d.store_id, array_agg(d.from_at order by d.from_at) as starts, array_agg(d.to_at order by d.from_at) as ends
            from store_days d
            where exists (select from conversations c
                          where c.store_id = d.store_id and c.started_at >= d.from_at and c.started_at < d.to_at)
            group by d.store_id
        loop
            call settle_days_of(array_fill(days.store_id, array[cardinality(days.starts)]), days.starts, days.ends);
        end loop;
        insert into settled_contacts (store_id, from_at, customer_id, contact_windows)
        select s.store_id, s.from_at, c.customer_id, range_agg(c.contact_windows)
        from settled_days s
        join conversations c on c.store_id = s.store_id and c.started_at >= s.from_at and c.started_at < s.to_at
        where c.customer_id is not null
        group by s.store_id, s.from_at, c.customer_id
        on conflict do nothing;
        insert into rollup_pending (store_id, bucket)
        select store_id, time_bucket('15 minutes', started_at) from conversations;
    end $$";

/// Two stores, and a session that a server would have.
struct Barrier {
    planted: Planted,
    session: Client,
}

impl Barrier {
    async fn new() -> Self {
        let planted = Planted::new().await;
        let session = client_of(&planted.world.database, "colloquy_writer").await;
        Self { planted, session }
    }

    /// What a text answers as the tenant: of the store that the transaction is confined to, or without one. Ids of stores
    /// are left out, for some answers repeat the one that was asked for.
    async fn ask(&self, path: &str, text: &str, confined_to: Option<Uuid>, given: Uuid) -> String {
        self.session.batch_execute(BEGIN).await.unwrap();
        match confined_to {
            Some(store_id) => {
                let entered = self.session.query_one(ENTER, &[&store_id]).await.unwrap();
                assert_eq!(entered.get::<_, &str>("role"), "colloquy_tenant");
            }
            None => self.session.batch_execute("set local role colloquy_tenant").await.unwrap(),
        }
        let text = parameters::filled(&self.planted, path, text, given);
        let rows = format!("select coalesce(jsonb_agg(to_jsonb(q)), '[]')::text from (\n{text}\n) q");
        let row =
            self.session.query_one(&rows, &[]).await.unwrap_or_else(|error| panic!("{path}: {}", error_chain(&error)));
        self.session.batch_execute("commit").await.unwrap();
        let stores = [self.planted.own.store_id, self.planted.other.store_id, NOBODY];
        stores.iter().fold(row.get(0), |text: String, id| text.replace(&id.to_string(), "?"))
    }

    /// Fills what is made of conversations.
    async fn settle(&self) {
        let client = &self.planted.world.client;
        client.batch_execute(SETTLE).await.unwrap();
        let is_kept = "select to_regclass('conversation_metrics_15m_aggregate') is not null";
        if client.query_one(is_kept, &[]).await.unwrap().get(0) {
            let refresh = "call refresh_continuous_aggregate('conversation_metrics_15m_aggregate',
                                                             now() - interval '1 year', now())";
            client.batch_execute(refresh).await.unwrap();
        }
    }

    /// Takes the store conditions out of the functions of schema `tenant` too.
    async fn strip_functions(&self) {
        for (path, text) in texts::functions() {
            let done = self.planted.world.client.batch_execute(&text).await;
            done.unwrap_or_else(|error| panic!("{path}: {}", error_chain(&error)));
        }
        let sources = "select p.proname::text from pg_proc p
            where p.pronamespace = 'tenant'::regnamespace and p.prosrc ~ 'store_id = store\\y'";
        assert!(self.planted.world.client.query(sources, &[]).await.unwrap().is_empty());
    }
}

/// Answers of a text by its own store, by the other one, and by one that is not there.
type Expected = (String, String, String);

impl Barrier {
    /// With the barrier gone too, every text shows rows of the other store, or says of the one that is not there what it
    /// says of others: so it is the barrier that holds.
    async fn prove_that_rows_would_be_seen(&self, paths: &[String], expected: &[Expected]) {
        let views = "select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c
            where c.relnamespace = 'tenant'::regnamespace and c.relkind = 'v'";
        for row in self.planted.world.client.query(views, &[]).await.unwrap() {
            let (name, text): (String, String) = (row.get(0), row.get(1));
            let open = text.replace(IS_OWN, "store_id is not null");
            assert_ne!(open, text, "{name} has no barrier that is known here");
            let replace = format!("create or replace view {name} with (security_barrier) as {open}");
            self.planted.world.client.batch_execute(&replace).await.unwrap();
        }
        let own = self.planted.own.store_id;
        for (path, (of_own, _, of_nobody)) in paths.iter().zip(expected) {
            let text = texts::without_store(path, &text_of(path));
            let is_open = self.ask(path, &text, Some(own), own).await != *of_own
                || self.ask(path, &text, None, own).await != *of_nobody;
            assert!(is_open, "{path} shows the same without any barrier");
        }
    }
}

/// The condition of each view of schema `tenant`, as PostgreSQL writes it.
const IS_OWN: &str = "store_id = (NULLIF(current_setting('colloquy.store_id'::text, true), ''::text))::uuid";

#[tokio::test]
async fn a_query_without_its_store_condition_shows_no_other_store() {
    let barrier = Barrier::new().await;
    let (own, other) = (barrier.planted.own.store_id, barrier.planted.other.store_id);
    let paths = texts::of_tenants();
    // By the texts as they are.
    let mut expected: Vec<Expected> = Vec::new();
    for path in &paths {
        let text = text_of(path);
        let of = async |confined_to, given| barrier.ask(path, &text, confined_to, given).await;
        let (of_own, of_other) = (of(Some(own), own).await, of(Some(other), other).await);
        let of_nobody = of(Some(NOBODY), NOBODY).await;
        assert!(
            of_own != of_other || of_own != of_nobody,
            "{path} says the same of all, which proves nothing: {of_own}"
        );
        // Whoever gives the id of another store to a query or to a function gets what nobody has.
        assert_eq!(of(Some(own), other).await, of_nobody, "{path} with the id of the other store");
        expected.push((of_own, of_other, of_nobody));
    }
    barrier.strip_functions().await;
    for (path, (of_own, of_other, of_nobody)) in paths.iter().zip(&expected) {
        let text = texts::without_store(path, &text_of(path));
        for given in [own, other] {
            let of = async |confined_to| barrier.ask(path, &text, confined_to, given).await;
            assert_eq!(&of(Some(own)).await, of_own, "{path} shows more than its store");
            assert_eq!(&of(Some(other)).await, of_other, "{path}: it was the condition that kept rows out");
            assert_eq!(&of(None).await, of_nobody, "{path} shows something without a store");
        }
    }
    barrier.prove_that_rows_would_be_seen(&paths, &expected).await;
    let runs = paths.len() * 6;
    Figures::of(13, "second_barrier", "second barrier in the database")
        .count(runs, runs, "runs")
        .measured(format!("{} query texts without their store condition, 0 rows of another store", paths.len()))
        .record(&barrier.planted.world.client)
        .await;
}

/// What a store is shown comes from behind the barrier, or is named here with the reason.
#[test]
fn what_stores_read_is_behind_the_barrier() {
    let outside: BTreeSet<_> = texts::outside().into_iter().collect();
    let named: BTreeSet<_> = texts::OUTSIDE.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(outside, named, "read tables without the barrier, are named in OUTSIDE");
}

/// A session can leave its role and name another store: what holds is that no text does, and that texts are constants.
#[test]
fn no_text_of_a_tenant_leaves_the_barrier() {
    for path in texts::of_tenants() {
        let code = crate::sql::contract::code(&text_of(&path));
        for word in ["set_config", "set", "reset", "role", "execute", "dblink", "query_to_xml", "security"] {
            let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            assert!(!words.into_iter().any(|found| found == word), "{path} has {word}");
        }
    }
}

#[tokio::test]
async fn a_leaky_condition_runs_on_no_row_of_another_store() {
    let barrier = Barrier::new().await;
    barrier.settle().await;
    let (admin, mark) = (&barrier.planted.world.client, &barrier.planted.other.mark);
    // As cheap as can be, so that it would run before the condition of the view.
    let leak = format!(
        "create function public.leak(row_text text) returns boolean language plpgsql cost 0.0000001 as
         $$ begin if position('{mark}' in row_text) > 0 then raise 'leaked' using errcode = 'ZZ001'; end if; return true; end $$"
    );
    admin.batch_execute(&leak).await.unwrap();
    let views = "select c.relname::text, has_table_privilege('colloquy_tenant', c.oid, 'select') from pg_class c
        where c.relnamespace = 'tenant'::regnamespace and c.relkind = 'v' and c.relname !~ '^(daily|weekly|monthly)_'";
    let views: Vec<String> = admin.query(views, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(views.len() >= 10, "{views:?}");
    let leaked = async |view: &str, condition: &str| {
        barrier.session.batch_execute(BEGIN).await.unwrap();
        barrier.session.query_one(ENTER, &[&barrier.planted.own.store_id]).await.unwrap();
        // An index on the store would find its rows first, barrier or not.
        barrier.session.batch_execute(WITHOUT_INDEX).await.unwrap();
        let asked =
            barrier.session.query_one(&format!("select count(*) from tenant.{view} v where {condition}"), &[]).await;
        barrier.session.batch_execute("rollback").await.unwrap();
        asked.map(|row| row.get::<_, i64>(0)).map_err(|error| error.code().unwrap().code().to_owned())
    };
    let by_division = format!("1 / (position('{mark}' in v::text) - position('{mark}' in v::text || '{mark}')) < 2");
    for view in &views {
        let seen = leaked(view, "public.leak(v::text)").await.unwrap_or_else(|code| panic!("{view}: {code}"));
        assert!(seen > 0, "{view} shows nothing");
        let divided = leaked(view, &by_division).await;
        assert!(divided.is_ok(), "{view}: {divided:?}");
    }
    // Without the barrier both tell.
    admin.batch_execute("alter view tenant.content_gaps set (security_barrier = false)").await.unwrap();
    assert_eq!(leaked("content_gaps", "public.leak(v.topic)").await, Err("ZZ001".to_owned()));
}

#[tokio::test]
async fn the_tenant_has_nothing_beside_the_views() {
    let barrier = Barrier::new().await;
    let refused = async |sql: &str| {
        barrier.session.batch_execute(BEGIN).await.unwrap();
        barrier.session.query_one(ENTER, &[&barrier.planted.own.store_id]).await.unwrap();
        let done = barrier.session.batch_execute(sql).await;
        barrier.session.batch_execute("rollback").await.unwrap();
        done.err().and_then(|error| Some(error.code()?.code().to_owned())).unwrap_or_default()
    };
    for table in ["conversations", "conversation_events", "api_keys", "dashboard_sessions", "stores", "erasures"] {
        assert_eq!(refused(&format!("select from analytics.{table}")).await, "42501", "{table}");
    }
    for sql in ["set role colloquy_owner", "set role colloquy_reader", "set session authorization colloquy_owner"] {
        assert_eq!(refused(sql).await, "42501", "{sql}");
    }
    // Whoever leaves the role still writes nothing, and the store is that of one transaction only.
    assert_eq!(refused("reset role; delete from analytics.dashboard_sessions").await, "25006");
    let left = "select coalesce(current_setting('colloquy.store_id', true), '') || current_user";
    let left: Value = barrier.session.query_one(left, &[]).await.unwrap().get::<_, String>(0).into();
    assert_eq!(left, "colloquy_writer");
}
