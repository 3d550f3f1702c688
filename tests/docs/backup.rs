//! The commands of docs/backup.md run as they stand there; what comes back is compared table by table and asked again.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{Duration, Utc};
use colloquy::schema::Edition;
use serde_json::Value;
use tokio::process::Command;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::{TestDatabase, server_url};
use crate::support::http::send;
use crate::support::programs::program;
use crate::support::roles::url_of;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

/// The commands, and the statement between them that pauses the jobs.
fn blocks() -> ([String; 3], String) {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/backup.md")).unwrap();
    let in_language = |language: &str| -> Vec<String> {
        page.split(&format!("\n```{language}\n"))
            .skip(1)
            .map(|rest| rest.split("\n```").next().unwrap().to_owned())
            .collect()
    };
    let [pause] = in_language("sql").try_into().unwrap();
    (in_language("sh").try_into().unwrap(), pause)
}

/// A folder to run commands in, with the programs that they call: those of the server under test.
struct Shell {
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Shell {
    fn new(variables: Vec<(&'static str, String)>) -> Self {
        let folder = std::env::temp_dir().join(format!("colloquy_backup_{}", Uuid::new_v4()));
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        let shell = Self { folder, variables };
        for name in ["pg_dump", "pg_restore", "psql"] {
            let command = program(name);
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
            shell.program(name, &words.join(" "));
        }
        shell.program("colloquy", concat!("'", env!("CARGO_BIN_EXE_colloquy"), "'"));
        shell
    }

    fn program(&self, name: &str, command: &str) {
        let file = self.folder.join("bin").join(name);
        // Programs of the path, not this file again.
        let text = format!("#!/bin/sh\nPATH=${{PATH#*:}}\nexec {command} \"$@\"\n");
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a block to its end, and returns what it printed.
    async fn run(&self, block: &str) -> String {
        let path = format!("{}:{}", self.folder.join("bin").display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-euc", block])
            .current_dir(&self.folder)
            .env("PATH", path)
            .envs(self.variables.iter().cloned())
            .output()
            .await
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{block}\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
        printed
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Rows of each table and view of schema `analytics`, and a hash of all of them.
async fn contents(client: &Client) -> BTreeMap<String, (i64, String)> {
    let sql = "select c.relname::text from pg_class c
               where c.relnamespace = 'analytics'::regnamespace and c.relkind in ('r', 'p', 'v')";
    let mut contents = BTreeMap::new();
    for row in client.query(sql, &[]).await.unwrap() {
        let name: String = row.get(0);
        let sql =
            format!("select count(*), coalesce(md5(string_agg(r::text, '|' order by r::text)), '') from {name} r");
        let row = client.query_one(&sql, &[]).await.unwrap();
        contents.insert(name, (row.get(0), row.get(1)));
    }
    contents
}

/// What was done, but for roles.
async fn recorded(client: &Client) -> Vec<String> {
    let sql = "select a::text from admin_actions a where action <> 'apply_roles' order by action_id";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Answers of the API to questions whose numbers cannot change with the time of day.
async fn answers(database: &TestDatabase, key: &str) -> Vec<Value> {
    let today = Utc::now().date_naive();
    let range = format!("start_date={}&end_date={}", today - Duration::days(70), today - Duration::days(1));
    let mut answers = Vec::new();
    for path in [
        format!("metrics?{range}&compare=none"),
        format!("conversations/trends?{range}&granularity=week"),
        format!("breakdown?by=channel&{range}"),
        format!("export?{range}&format=json"),
        "dashboard?period=year&compare=full".to_owned(),
    ] {
        let answer = send(&database.app(), "GET", &format!("/api/v1/analytics/{path}"), key).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        let mut json = answer.json;
        // "Until now" moves.
        if let Some(range) = json.get_mut("range") {
            *range = Value::Null;
        }
        answers.push(json);
    }
    answers
}

#[tokio::test]
async fn a_dump_comes_back_whole_and_works_on() {
    let ([dump, restore, finish], pause) = blocks();
    let mut world = World::new(&[chrono_tz::Europe::Berlin, chrono_tz::Asia::Kathmandu]).await;
    let now = Utc::now();
    let stores = world.store_ids();
    let options = |from: i64, to: i64, conversation_ids: usize| Options {
        stores: stores.clone(),
        conversation_ids,
        from: now - Duration::days(from),
        to: now - Duration::days(to),
        timezones: vec![],
        largest_batch: 100,
    };
    let (old, late) = (options(80, 3, 80), options(50, 4, 20));
    let events = generate(11, &old).concat();
    world.import(&events).await;
    world.call("compress_raw_events()").await;
    world.call("refresh_rollups()").await;

    let restored = TestDatabase::not_yet();
    let shell = Shell::new(vec![
        ("OWNER_URL", url_of(&world.database, "colloquy_owner").await),
        ("ADMIN_URL", server_url()),
        ("RESTORED", restored.name().to_owned()),
        ("RESTORED_URL", restored.url().to_owned()),
    ]);
    shell.run(&dump).await;
    let (before, answered) = (contents(&world.client).await, answers(&world.database, &world.shops[0].key).await);
    shell.run(&restore).await;
    restored.client().await.batch_execute(&pause).await.unwrap();
    let told = shell.run(&finish).await;
    assert!(told.contains("0 migrations and 0 SQL files applied"), "{told}");

    let client = restored.client().await;
    let after = contents(&client).await;
    for (name, contents) in &before {
        // When it was applied last is no content, and neither are ages and sizes. Below for the record.
        if !["applied_sql", "pipeline_health", "admin_actions"].contains(&name.as_str()) {
            assert_eq!(after.get(name), Some(contents), "{name}");
        }
    }
    assert_eq!(recorded(&client).await, recorded(&world.client).await);
    assert_eq!(after["admin_actions"].0, before["admin_actions"].0 + 1, "that roles were applied to the copy");
    assert!(before["conversations"].0 >= 80 && before["daily_metrics"].0 >= 30, "{before:?}");
    assert_eq!(answers(&restored, &world.shops[0].key).await, answered);
    let setting = "select current_setting('search_path'), current_setting('timescaledb.restoring')";
    let plain =
        tokio_postgres::connect(&url_of(&restored, "colloquy_reader").await, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(plain.1);
    let row = plain.0.query_one(setting, &[]).await.unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("analytics, public", "off"));
    let limit: String = plain.0.query_one("show statement_timeout", &[]).await.unwrap().get(0);
    assert_eq!(limit, "1min");

    // It works on: late events into restored chunks, refreshed by the job of the owner.
    let mut copy = world.moved_to(restored).await;
    let late = generate(12, &late).concat();
    copy.import(&late).await;
    assert_eq!(copy.row_differences(&copy.rows(None)).await, Vec::<String>::new(), "late events");
    if Edition::detect(&copy.client).await.unwrap() == Edition::Community {
        let sql = "select job_id from timescaledb_information.jobs where proc_name = 'refresh_rollups' and owner::text = 'colloquy_owner'";
        let job: i32 = copy.client.query_one(sql, &[]).await.unwrap().get(0);
        copy.client.batch_execute(&format!("call public.run_job({job})")).await.unwrap();
    } else {
        copy.call("refresh_rollups()").await;
    }
    let sql =
        "select (select sum(total_conversations)::bigint from daily_metrics), (select count(*) from conversations),
                      (select count(*) from rollup_pending)";
    let row = copy.client.query_one(sql, &[]).await.unwrap();
    let (in_views, in_table, pending): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert!(in_views == in_table && pending == 0, "{in_views} {in_table} {pending}");
}
