//! The alert rules: right by Prometheus' own tools, each in the runbook, and about metrics that there are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use chrono::{Duration as Span, Utc};
use colloquy::http::auth::Scope;
use colloquy::schema::Edition;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::send_json;
use crate::support::oracle::Event;
use crate::support::scrape::Scrape;
use crate::support::server::Server;
use crate::support::skipped;
use crate::support::world::World;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(path("scripts/prometheus"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

/// Runs promtool; none, and a word about it, where it cannot be had.
fn promtool(test: &str, arguments: &[&str]) -> Option<Output> {
    let output = program(&[&["promtool"], arguments].concat()).output().unwrap();
    if output.status.code() == Some(77) {
        skipped(&format!("{test}: {}", String::from_utf8_lossy(&output.stderr).trim()));
        return None;
    }
    Some(output)
}

#[track_caller]
fn succeeded(output: &Output) {
    let text = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

/// What follows a word on the lines that begin with it.
fn after<'a>(text: &'a str, word: &'a str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix(word)).map(str::trim).collect()
}

#[test]
fn the_rules_are_right() {
    let Some(checked) = promtool("the_rules_are_right", &["check", "rules", "grafana/alerts.yml"]) else { return };
    succeeded(&checked);
    let Some(tested) = promtool("the_rules_are_right", &["test", "rules", "grafana/alerts_test.yml"]) else { return };
    succeeded(&tested);
}

#[test]
fn every_alert_is_tested_silent_and_firing_and_stands_in_the_runbook() {
    let (rules, tests, runbook) =
        (read("grafana/alerts.yml"), read("grafana/alerts_test.yml"), read("docs/runbook.md"));
    let alerts = after(&rules, "- alert: ");
    assert!(alerts.len() >= 15, "{alerts:?}");
    let headings: Vec<&str> =
        after(&runbook, "## ").into_iter().filter(|heading| heading.starts_with("Colloquy")).collect();
    assert_eq!(headings, alerts, "the runbook has an entry for each alert, in their order");
    let urls: Vec<String> = alerts.iter().map(|alert| format!("docs/runbook.md#{}", alert.to_lowercase())).collect();
    assert_eq!(after(&rules, "runbook_url: "), urls);
    for alert in alerts {
        let cases: Vec<&str> =
            tests.split("- eval_time: ").filter(|case| case.contains(&format!("alertname: {alert}\n"))).collect();
        assert!(cases.iter().any(|case| case.contains("exp_alerts: []")), "{alert} is not tested silent");
        assert!(cases.iter().any(|case| case.contains("exp_labels:")), "{alert} is not tested firing");
        let entry = runbook.split("\n## ").find(|entry| entry.starts_with(&format!("{alert}\n"))).unwrap();
        for part in ["**Means.**", "**Look.**", "**Do.**"] {
            assert!(entry.contains(part), "{alert} has no {part}");
        }
    }
}

/// Names of metrics of ours in a text, without the endings of histograms.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names = words.filter(|word| word.len() > 9 && word.starts_with("colloquy_") || word.starts_with("process_"));
    names
        .map(|name| {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending));
            base.filter(|base| base.ends_with("_seconds") || base.ends_with("_batch_events")).unwrap_or(name).to_owned()
        })
        .collect()
}

/// A scrape of a database in which something of everything has happened.
async fn full_scrape() -> (Scrape, bool) {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let old: Vec<_> = [70, 100]
        .iter()
        .map(|days| {
            let at = Utc::now() - Span::days(*days);
            Event::new(world.shops[0].store_id, Uuid::new_v4(), "message_received", at, json!({}))
        })
        .collect();
    world.import(&old).await;
    let bad = json!({"event_type": "laughed"});
    assert_eq!(send_json(&world.app, "POST", "/api/v1/events", &world.shops[0].key, &bad).await.status(), 422);
    let broken = send_json(&world.app, "POST", "/api/v1/events", &world.shops[0].key, &json!({"events": 1})).await;
    assert!(broken.status() >= 400);
    let young = [Event::new(world.shops[0].store_id, Uuid::new_v4(), "message_received", Utc::now(), json!({}))];
    world.post(&world.shops[0].key.clone(), &young).await;
    let prepare = "call refresh_rollups(); call compress_raw_events(); call sample_ingest();
                   update ingest_rejections set rejected_at = now() - interval '1 minute';
                   update ingest_counters set sampled_at = now() - interval '2 minutes'; call sample_ingest();
                   update ingest_samples set events = 1 where code = '';
                   update installation set raw_complete_from = now() - interval '100 days'; analyze";
    for statement in prepare.split(';') {
        world.client.batch_execute(statement).await.unwrap();
    }
    let is_community = Edition::detect(&world.client).await.unwrap() == Edition::Community;
    // The first scrape is counted in the second.
    Scrape::of(&world.app).await;
    let app = world.app.clone();
    (Scrape::of(&app).await, is_community)
}

#[tokio::test]
async fn every_metric_is_documented_and_what_pages_and_alerts_name_exists() {
    let (scrape, is_community) = full_scrape().await;
    let scraped: BTreeSet<String> = scrape.samples.iter().map(|sample| scrape.family(sample).to_owned()).collect();
    let page = read("docs/monitoring.md");
    let rows: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once(['`', '{']).map(|(name, _)| name.to_owned()))
        .filter(|name| name.starts_with("colloquy_") || name.starts_with("process_"))
        .collect();
    // Without a columnstore there is nothing to say of it.
    let of_community = ["colloquy_columnstore_backlog_chunks", "colloquy_columnstore_ratio"].map(str::to_owned);
    let mut expected = scraped.clone();
    // The tests of replicas scrape a server that has one.
    expected.extend(["colloquy_replica_in_use", "colloquy_replica_lag_seconds"].map(str::to_owned));
    if !is_community {
        expected.extend(of_community);
    }
    assert_eq!(rows, expected, "docs/monitoring.md lists the metrics");
    for name in ["grafana/alerts.yml", "grafana/alerts_test.yml", "docs/runbook.md", "docs/monitoring.md"] {
        let unknown: Vec<_> = named(&read(name)).into_iter().filter(|name| !expected.contains(name)).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
    // Figures that an alert picks out by name.
    for metric in read("grafana/alerts.yml").split("colloquy_figure_healthy{metric=").skip(1) {
        for metric in metric.split('"').nth(1).unwrap().split('|') {
            let judged = !scrape.all("colloquy_figure_healthy", &[("metric", metric)]).is_empty();
            assert!(judged || !is_community && metric == "columnstore_backlog_chunks", "{metric}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_reads_the_metrics_and_evaluates_the_rules() {
    let Some(version) = promtool("prometheus_reads_the_metrics_and_evaluates_the_rules", &["--version"]) else {
        return;
    };
    succeeded(&version);
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Ingest]).await;
    let server = Server::start(&database, &[]).await;
    let events: Vec<Value> = (0..7)
        .map(|_| json!({"store_id": store_id, "conversation_id": Uuid::new_v4(), "event_type": "message_received"}))
        .collect();
    let headers = "content-type: application/json\r\n";
    let mut answer = String::new();
    server
        .request("POST", "/events", &key, headers, &json!(events).to_string())
        .await
        .read_to_string(&mut answer)
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let folder = std::env::temp_dir().join(format!("colloquy-prometheus-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = json!({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [path("grafana/alerts.yml")],
        "scrape_configs": [{"job_name": "colloquy", "static_configs": [{"targets": [server.url().trim_start_matches("http://")]}]}],
    });
    std::fs::write(folder.join("prometheus.yml"), config.to_string()).unwrap();
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut prometheus = program(&["prometheus"])
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={listen}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let found = tokio::task::spawn_blocking(move || wait_for_prometheus(&format!("http://{listen}"))).await;
    prometheus.kill().unwrap();
    prometheus.wait().unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    let (accepted, rules) = found.unwrap();
    assert_eq!(accepted, "7");
    let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), after(&read("grafana/alerts.yml"), "- alert: ").len());
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    server.stop().await;
}

/// Accepted events, and the rules once all have been evaluated.
fn wait_for_prometheus(url: &str) -> (String, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let get = |path: &str| -> Option<Value> {
        let text = agent.get(format!("{url}{path}")).call().ok()?.body_mut().read_to_string().ok()?;
        serde_json::from_str(&text).ok()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        std::thread::sleep(Duration::from_millis(200));
        assert!(Instant::now() < deadline, "Prometheus has not read anything within 30 s");
        let Some(answer) = get("/api/v1/query?query=colloquy_ingest_events_total%7Bresult%3D%22accepted%22%7D") else {
            continue;
        };
        let Some(accepted) = answer["data"]["result"][0]["value"][1].as_str() else { continue };
        let Some(rules) = get("/api/v1/rules") else { continue };
        let is_evaluated = |rule: &Value| rule["health"] != "unknown";
        let Some(all) = rules["data"]["groups"][0]["rules"].as_array() else { continue };
        if all.iter().all(is_evaluated) {
            return (accepted.to_owned(), rules);
        }
    }
}

#[tokio::test]
async fn promtool_finds_no_fault_in_the_metrics() {
    let test = "promtool_finds_no_fault_in_the_metrics";
    if promtool(test, &["--version"]).is_none() {
        return;
    }
    let world = World::new(&[chrono_tz::UTC]).await;
    let answer = crate::support::http::send(&world.app, "GET", "/metrics", "").await;
    let mut command = program(&["promtool", "check", "metrics"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), answer.response.body()).unwrap();
    succeeded(&child.wait_with_output().unwrap());
}
