//! Every snippet of docs/integrate.md runs, against a real server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use chrono::Utc;
use colloquy::http::auth::Scope;
use serde_json::{Deserializer, Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::server::Server;
use crate::support::skipped;

#[path = "../../examples/send_events.rs"]
#[allow(dead_code)]
mod send_events;

const ORIGIN: &str = "https://shop.example";
const SECRET: &str = "a secret of the webhook";

/// What a browser does with the snippet for pages, and with its requests to another origin.
const BROWSER: &str = r#"
const listeners = [];
const sent = [];
const overTheWire = globalThis.fetch;
globalThis.document = { addEventListener: (type, listener) => listeners.push([type, listener]) };
globalThis.fetch = (url, options) => {
  const answer = crossOrigin(url, options);
  sent.push(answer);
  return answer;
};
async function crossOrigin(url, options) {
  const names = Object.keys(options.headers).map((name) => name.toLowerCase()).sort();
  const asked = await overTheWire(url, { method: "OPTIONS", headers: { Origin: ORIGIN,
    "Access-Control-Request-Method": options.method, "Access-Control-Request-Headers": names.join(",") } });
  const allowed = asked.headers.get("access-control-allow-headers")?.split(", ") ?? [];
  if (!asked.ok || !isReadable(asked) || !names.every((name) => allowed.includes(name))) throw new Error("preflight");
  const answer = await overTheWire(url, { ...options, headers: { ...options.headers, Origin: ORIGIN } });
  if (!isReadable(answer)) throw new Error("not readable");
  return answer;
}
function isReadable(answer) {
  return answer.headers.get("access-control-allow-origin") === ORIGIN;
}
"#;
const CLICKS: &str = r#"
const link = { href: "https://shop.example/returns", dataset: { citation: "0192d1c5-5555-7000-8000-0000000000c1" } };
for (const [type, listener] of listeners) {
  if (type !== "click") throw new Error(type);
  listener({ target: { closest: () => null } });
  listener({ target: { closest: (selector) => (selector === "a[data-citation]" ? link : null) } });
}
for (const answer of await Promise.all(sent)) console.log(await answer.text());
"#;

/// Languages and texts of the code blocks, in order.
fn blocks() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/integrate.md")).unwrap();
    let mut blocks = Vec::new();
    for (nth, part) in page.split("\n```").enumerate().skip(1) {
        if nth % 2 == 1 {
            let (language, text) = part.split_once('\n').unwrap();
            blocks.push((language.to_owned(), format!("{text}\n")));
        }
    }
    blocks
}

fn blocks_in(language: &str) -> Vec<String> {
    blocks().into_iter().filter(|(name, _)| name == language).map(|(_, text)| text).collect()
}

/// A server with a store, and an empty folder to run snippets in.
struct Site {
    client: Client,
    server: Server,
    store_id: Uuid,
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
    // Dropped last, or the server would still use it.
    _database: TestDatabase,
}

impl Site {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store("UTC").await;
        let server = Server::start(&database, &[]).await;
        let folder = std::env::temp_dir().join(format!("colloquy_integrate_{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let mut variables = vec![("COLLOQUY_URL", server.url()), ("COLLOQUY_STORE", store_id.to_string())];
        for (name, scope) in [
            ("COLLOQUY_KEY", Scope::Ingest),
            ("COLLOQUY_READ_KEY", Scope::Read),
            ("COLLOQUY_MANAGE_KEY", Scope::Manage),
        ] {
            variables.push((name, database.create_key(store_id, &[scope]).await));
        }
        Self { client: database.client().await, server, store_id, folder, variables, _database: database }
    }

    fn key(&self) -> &str {
        &self.variables[2].1
    }

    fn command(&self, program: &str, name: &str, text: &str) -> Command {
        let file = self.folder.join(name);
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(program);
        command.arg(file).current_dir(&self.folder).envs(self.variables.iter().cloned()).kill_on_drop(true);
        command
    }

    /// Runs a snippet to its end, and returns the JSON values that it printed.
    async fn run(&self, program: &str, name: &str, text: &str) -> Vec<Value> {
        let Output { status, stdout, stderr } = self.command(program, name, text).output().await.unwrap();
        let printed = String::from_utf8(stdout).unwrap();
        assert!(status.success(), "{printed}\n{}", String::from_utf8_lossy(&stderr));
        Deserializer::from_str(&printed).into_iter().map(Result::unwrap).collect()
    }

    async fn text(&self, sql: &str) -> String {
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Types of all stored events by time, with their agents.
    async fn events(&self) -> String {
        let sql = "select coalesce(string_agg(concat_ws(' ', event_type, event_data ->> 'agent'), ', '
                                              order by created_at, event_id), '') from conversation_events";
        self.text(sql).await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether a program is here; says so if it is not.
async fn is_here(program: &str, test: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    let is_here = found.is_ok_and(|status| status.success());
    if !is_here {
        skipped(&format!("{test}: {program} is missing"));
    }
    is_here
}

fn taken(count: usize) -> Value {
    json!({"accepted": count, "duplicates": 0, "rejected": 0, "errors": []})
}

#[test]
fn every_snippet_has_a_test() {
    let mut found = BTreeMap::new();
    for (language, _) in blocks() {
        *found.entry(language).or_insert(0) += 1;
    }
    let expected = [("html", 1), ("js", 1), ("json", 1), ("python", 2), ("rust", 1), ("sh", 4), ("sql", 3)];
    assert_eq!(found, expected.map(|(language, count)| (language.to_owned(), count)).into());
}

#[tokio::test]
async fn curl() {
    if !is_here("curl", "curl").await {
        return;
    }
    let site = Site::new().await;
    let [one, compressed, rejections, origins] = blocks_in("sh").try_into().unwrap();
    assert_eq!(site.run("sh", "one.sh", &one).await, [taken(2)]);
    let mut dry = taken(3);
    dry["dry_run"] = true.into();
    assert_eq!(site.run("sh", "compressed.sh", &compressed).await, [dry, taken(3)]);
    let sql = "insert into ingest_rejections (store_id, code, detail, events) select store_id, 'x', '', 1 from stores";
    site.client.batch_execute(sql).await.unwrap();
    let told = site.run("sh", "rejections.sh", &rejections).await;
    assert_eq!((&told[0]["counts"][0]["code"], &told[0]["examples"][0]["code"]), (&json!("x"), &json!("x")));
    let store = site.run("sh", "origins.sh", &origins).await;
    assert_eq!(store[0]["allowed_origins"], json!([ORIGIN, "http://localhost:3000"]));
    assert_eq!(site.text("select count(*)::text from conversation_events").await, "5");
}

#[tokio::test]
async fn python() {
    if !is_here("python3", "python").await {
        return;
    }
    let site = Site::new().await;
    assert_eq!(site.run("python3", "send.py", &blocks_in("python")[0]).await, [taken(3)]);
    assert_eq!(site.events().await, "message_received, message_sent ai, conversation_resolved");
}

#[tokio::test]
async fn node() {
    if !is_here("node", "node").await {
        return;
    }
    let site = Site::new().await;
    assert_eq!(site.run("node", "send.mjs", &blocks_in("js")[0]).await, [taken(3)]);
    // Of events within a millisecond only the types are sure.
    let sql = "select string_agg(event_type, ', ' order by event_type) from conversation_events";
    assert_eq!(site.text(sql).await, "conversation_resolved, message_received, message_sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rust() {
    assert_eq!(blocks_in("rust")[0], include_str!("../../examples/send_events.rs"));
    let site = Site::new().await;
    let (url, key, store_id) = (site.server.url(), site.key().to_owned(), site.store_id);
    let sent = tokio::task::spawn_blocking(move || {
        send_events::report_chat(&url, &key, store_id).map_err(|error| error.to_string())
    });
    assert_eq!(sent.await.unwrap(), Ok(taken(3)));
    assert_eq!(site.events().await, "message_received, message_sent ai, conversation_resolved");
}

#[tokio::test]
async fn page() {
    if !is_here("node", "page").await {
        return;
    }
    let site = Site::new().await;
    let set = "update stores set allowed_origins = array['https://shop.example']";
    site.client.batch_execute(set).await.unwrap();
    let html = blocks_in("html").remove(0);
    let script = html.trim().strip_prefix("<script>").unwrap().strip_suffix("</script>").unwrap();
    for placeholder in ["https://colloquy.example", "\"clq_i_…\"", "\"0192…\""] {
        assert!(script.contains(placeholder));
    }
    let script = script
        .replace("https://colloquy.example", &site.server.url())
        .replace("clq_i_…", site.key())
        .replace("\"0192…\"", &format!("\"{}\"", site.store_id));
    let text = format!("const ORIGIN = \"{ORIGIN}\";\n{BROWSER}\n{script}\n{CLICKS}");
    assert_eq!(site.run("node", "page.mjs", &text).await, [taken(1)]);
    let sql = "select concat_ws(' ', conversation_id, event_type, event_data ->> 'url') from conversation_events";
    let expected = "0192d1c5-5555-7000-8000-0000000000c1 citation_clicked https://shop.example/returns";
    assert_eq!(site.text(sql).await, expected);
}

#[tokio::test]
async fn same_database() {
    let site = Site::new().await;
    // As a producer is connected: without our search path.
    site.client.batch_execute("set search_path = public").await.unwrap();
    for sql in blocks_in("sql") {
        site.client.batch_execute(&sql).await.unwrap();
    }
    let (chat, other) = (Uuid::new_v4(), Uuid::new_v4());
    let chats = "insert into shop.chats (chat_id, store_id) values ($1, $3), ($2, $3)";
    site.client.execute(chats, &[&chat, &other, &site.store_id]).await.unwrap();
    let messages = "insert into shop.messages (chat_id, author, customer, written_at)
                    select c, author, customer, now() - interval '1 minute' + n * interval '1 second'
                    from (values ($1::uuid, 'customer', 'c-17', 1), ($1, 'ai', null, 2), ($2::uuid, 'human', null, 3),
                                 ($2, 'customer', '', 4)) as m (c, author, customer, n)";
    site.client.execute(messages, &[&chat, &other]).await.unwrap();
    site.client
        .batch_execute("insert into shop.messages (chat_id, author) select null, null where false")
        .await
        .unwrap();
    let close = "update shop.chats set closed_at = now() where chat_id = $1";
    assert_eq!(site.client.execute(close, &[&chat]).await.unwrap(), 1);
    site.client.batch_execute("set search_path = analytics, public").await.unwrap();
    assert_eq!(site.events().await, "message_received, message_sent ai, message_sent human, conversation_resolved");
    let sql = "select concat_ws(' ', outcome, ai_resolved, customer_id, event_count)
               from conversations where messages_received = 1";
    assert_eq!(site.text(sql).await, "resolved t c-17 3");
    assert_eq!(site.text("select string_agg(code, ', ') from ingest_rejections").await, "invalid_customer_id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhook() {
    if !is_here("python3", "webhook").await {
        return;
    }
    let site = Site::new().await;
    let mut receiver = site.command("python3", "receiver.py", &blocks_in("python")[1]);
    receiver.env("WEBHOOK_SECRET", SECRET).env("WEBHOOK_PORT", "0").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut receiver = receiver.spawn().unwrap();
    let line = BufReader::new(receiver.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
    let url = line.split(' ').next_back().unwrap().to_owned();

    let shown: Value = serde_json::from_str(&blocks_in("json")[0]).unwrap();
    let now = Utc::now().timestamp();
    let webhook = |id: &str, topic: &str, seconds: i64, data: Value| {
        let mut webhook = shown.clone();
        (webhook["id"], webhook["topic"], webhook["created_at"]) =
            (id.into(), topic.into(), (now - 60 + seconds).into());
        for (name, value) in data.as_object().unwrap() {
            webhook["data"][name] = value.clone();
        }
        webhook.to_string()
    };
    let by = |author: &str| json!({"author": {"type": author}});
    let message = "conversation.message.created";
    let webhooks = [
        webhook("1", "conversation.created", 0, json!({"language": "de"})),
        webhook("2", message, 1, by("user")),
        webhook("3", message, 2, by("bot")),
        webhook("4", "conversation.assigned", 3, json!({})),
        webhook("5", message, 4, by("admin")),
        webhook("6", "conversation.closed", 5, json!({})),
        webhook("7", "conversation.rated", 6, json!({"rating": 5})),
        webhook("8", "contact.updated", 7, json!({})),
        webhook("9", "conversation.rated", 8, json!({"rating": 6})),
    ];
    for _ in 0..2 {
        for body in &webhooks {
            assert_eq!(post(&url, body, &signature(body)).await, 204, "{body}");
        }
    }
    assert_eq!(post(&url, &webhooks[0], &signature(&webhooks[1])).await, 401);
    assert_eq!(post(&url, "{}", &signature("{}")).await, 400);
    let sql = "select concat_ws(' ', outcome, customer_id, channel, language, messages_received, messages_sent, rating,
                                event_count, count(*) over ()) from conversations";
    assert_eq!(site.text(sql).await, "resolved u-17 web de 1 2 5 7 1");
    assert_eq!(site.text("select string_agg(code, ', ') from ingest_rejections").await, "invalid_value, invalid_value");

    // Colloquy is away: the sender has to try again.
    site.server.stop().await;
    let later = webhook("10", message, 9, by("user"));
    assert_eq!(post(&url, &later, &signature(&later)).await, 503);
}

async fn post(url: &str, body: &str, signature: &str) -> u16 {
    let (url, body, signature) = (url.to_owned(), body.to_owned(), signature.to_owned());
    let sent = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.post(url).header("x-signature", signature).send(body).unwrap().status().as_u16()
    });
    sent.await.unwrap()
}

/// HMAC-SHA256, as RFC 2104 has it.
fn signature(body: &str) -> String {
    let mut key = [0; 64];
    key[..SECRET.len()].copy_from_slice(SECRET.as_bytes());
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(body).finalize();
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    let hex: Vec<_> = outer.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", hex.concat())
}
