//! Every command that opens the database, with URLs that do not work: no output has the password.

use std::process::Stdio;

use tokio::process::Command;

use super::hunt::Hunt;
use crate::support::database::TestDatabase;
use crate::support::reliability::planned;
use crate::support::roles::{PASSWORD, url_of};

const WRONG: &str = "Wr0ng/S3cret?of%Nobody";
const ID: &str = "0192d1c5-9999-7000-8000-000000000009";

/// Arguments with which each command gets as far as the database. A command that is not here fails the test.
const COMMANDS: [(&str, &[&str]); 19] = [
    ("serve", &["--listen", "127.0.0.1:0"]),
    ("ready", &["--listen", "127.0.0.1:1"]),
    ("migrate", &[]),
    ("import", &["tests/fixtures/mixed.ndjson"]),
    ("archive", &["--list"]),
    ("demo", &[]),
    ("refresh", &[]),
    ("recalculate", &["--from", "2026-01-01", "--to", "2026-01-02"]),
    ("verify", &[]),
    ("erase", &["--store", ID, "nobody"]),
    ("doctor", &[]),
    ("roles apply", &[]),
    ("roles print", &[]),
    ("stores create", &["--name", "x"]),
    ("stores list", &[]),
    ("keys create", &["--admin"]),
    ("keys list", &[]),
    ("keys revoke", &[ID]),
    ("keys rotate", &[ID]),
];

async fn run(words: &str, arguments: &[&str], url: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.args(words.split_whitespace()).args(arguments).args(["--log-level", "trace"]);
    for variable in ["DATABASE_URL", "READ_DATABASE_URL", "COLLOQUY_JOBS_DATABASE_URL"] {
        command.env(variable, url);
    }
    for role in ["OWNER", "WRITER", "READER"] {
        command.env(format!("COLLOQUY_{role}_PASSWORD"), WRONG);
    }
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(std::time::Duration::from_mins(1), output).await.unwrap().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Commands and their subcommands, as the help lists them.
async fn all() -> Vec<String> {
    let named = |help: String| {
        let lines: Vec<_> = help.lines().map(str::to_owned).collect();
        let from = lines.iter().position(|line| line == "Commands:").map_or(lines.len(), |at| at + 1);
        let names = lines[from..].iter().take_while(|line| line.starts_with("  "));
        let names = names.map(|line| line.split_whitespace().next().unwrap().to_owned());
        names.filter(|name| name != "help").collect::<Vec<String>>()
    };
    let mut all = Vec::new();
    for name in named(run("", &["-h"], "").await) {
        let inner = named(run(&name, &["-h"], "").await);
        all.extend(inner.iter().map(|inner| format!("{name} {inner}")));
        if inner.is_empty() {
            all.push(name);
        }
    }
    all
}

#[tokio::test]
async fn no_command_tells_a_password() {
    let database = TestDatabase::new().await;
    let mut names = all().await;
    let mut known = COMMANDS.map(|(name, _)| name.to_owned()).to_vec();
    names.sort();
    known.sort();
    assert_eq!(names, known);
    let mut hunt = Hunt::default();
    hunt.text("the wrong password", WRONG);
    let url = url_of(&database, "colloquy_writer").await;
    let encoded = PASSWORD.replace(' ', "%20");
    let place = url.split_once('@').unwrap().1;
    let user = |password: &str, place: &str| format!("postgres://colloquy_writer:{password}@{place}");
    let wrong = "Wr0ng%2FS3cret%3Fof%25Nobody";
    let host = place.split('?').next().unwrap();
    let urls = [
        user(wrong, place),
        user(WRONG, "127.0.0.1:1/d"),
        user(wrong, &format!("{host}?sslmode=verify-full&sslrootcert=system")),
        user(wrong, "127.0.0.1:1/d"),
        user(wrong, "127.0.0.1:1/d?sslmode=maybe"),
        format!("host=127.0.0.1 port=1 user=x password='{WRONG}"),
    ];
    for url in &urls[..planned(3, urls.len())] {
        let all = COMMANDS.iter().map(|(name, arguments)| async { (*name, run(name, arguments, url).await) });
        for (name, output) in futures_util::future::join_all(all).await {
            hunt.nothing_in(name, &output);
            assert!(name == "roles print" || output.contains("colloquy: "), "{name} took the URL {url}: {output}");
        }
    }
    let mut hunt = Hunt::default();
    hunt.text("the password", &encoded);
    for (name, arguments) in COMMANDS.iter().filter(|(name, _)| !["serve", "ready", "demo", "import"].contains(name)) {
        let output = run(name, arguments, &url).await;
        hunt.nothing_in(name, &output);
        assert!(!output.contains(PASSWORD), "{name}: {output}");
    }
    hunt.nothing_in("the help", &run("serve", &["--help"], &url).await);
}

#[tokio::test]
async fn a_password_in_the_command_line_is_warned_of() {
    let url = format!("postgres://u:{}@127.0.0.1:1/d", "Wr0ngSecret");
    let visible = run("stores list", &["--database-url", &url], "").await;
    assert!(visible.contains("WARN") && visible.contains("can read the password"), "{visible}");
    assert!(!visible.contains("Wr0ngSecret"), "{visible}");
    let hidden = run("stores list", &[], &url).await;
    assert!(!hidden.contains("can read the password") && hidden.contains("colloquy: "), "{hidden}");
}

/// A key is printed once, on a line of its own, and not in the log beside it.
#[tokio::test]
async fn a_new_key_is_in_no_log() {
    let database = TestDatabase::new().await;
    let output = Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(["keys", "create", "--admin", "--log-level", "trace"])
        .env("DATABASE_URL", database.url())
        .output()
        .await
        .unwrap();
    let (key, log) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let mut hunt = Hunt::default();
    hunt.text("the new key", key.trim_end());
    assert!(key.starts_with("clq_a_") && key.lines().count() == 1 && log.contains("TRACE"), "{key}{log}");
    hunt.nothing_in("the log", &log);
}
