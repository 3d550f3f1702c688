//! Which SQL texts there are for stores, found in the folders of `sql`, and the same without their store conditions.

use std::collections::BTreeSet;

use colloquy::schema;

use crate::sql::contract::{RUN_BY_MIGRATE, all_paths, code, text_of};

/// Folders whose statements are for administrators, for keys, and for the command line.
const NOT_OF_STORES: [&str; 10] = [
    "archive",
    "customers",
    "database",
    "demo",
    "import",
    "keys",
    "monitoring",
    "recalculation",
    "reconciliation",
    "roles",
];

/// Statements of the other folders that read tables without the barrier, and why.
pub const OUTSIDE: [(&str, &str); 14] = [
    ("dashboard/begin_session.sql", "a session, before there is a store"),
    ("dashboard/end_session.sql", "a session"),
    ("dashboard/stores.sql", "for admin keys: all stores"),
    ("events/dry_run.sql", "as an ingest: rows by their whole keys, whose stores were compared with that of the key"),
    ("gaps/change.sql", "writes"),
    ("gaps/create.sql", "writes"),
    ("quality/scores.sql", "writes"),
    ("stores/change.sql", "writes"),
    ("stores/create.sql", "writes, for admin keys"),
    ("stores/is_origin_allowed.sql", "a preflight, which has no key"),
    ("stores/is_origin_of_key.sql", "an origin, which browsers ask for beside the answer"),
    ("stores/list.sql", "for admin keys: all stores"),
    ("stores/set_roi_assumptions.sql", "writes"),
    ("stores/show.sql", "for admin keys: any store"),
];

/// Statements that run one by one, and are no sources of the schema.
fn statements() -> impl Iterator<Item = String> {
    let applied: BTreeSet<_> = schema::source_paths().chain(RUN_BY_MIGRATE).collect();
    all_paths().into_iter().filter(move |path| !applied.contains(path.as_str()))
}

/// Those that read relations or call functions of schema `tenant`.
pub fn of_tenants() -> Vec<String> {
    let paths: Vec<_> = statements().filter(|path| code(&text_of(path)).contains("tenant.")).collect();
    assert!(paths.len() >= 30, "{paths:?}");
    paths
}

/// Those of stores that name a table with rows of stores and are not behind the barrier.
pub fn outside() -> Vec<String> {
    let tables = [
        "api_keys",
        "archives",
        "content_gap_changes",
        "content_gaps",
        "conversation_events",
        "conversation_measures",
        "conversation_metrics_15m",
        "conversation_quality_scores",
        "conversation_weeks",
        "conversations",
        "daily_metrics",
        "daily_roi",
        "dashboard_sessions",
        "erasures",
        "ingest_rejections",
        "monthly_metrics",
        "period_metrics",
        "recalculations",
        "roi_assumptions",
        "scored_conversations",
        "store_days",
        "stores",
        "weekly_metrics",
    ];
    let names_table = |path: &String| {
        let code = code(&text_of(path));
        let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        words.any(|word| tables.contains(&word.trim_start_matches("analytics.")))
    };
    let is_of_stores = |path: &String| !NOT_OF_STORES.contains(&path.split('/').next().unwrap());
    statements()
        .filter(is_of_stores)
        .filter(|path| !code(&text_of(path)).contains("tenant."))
        .filter(names_table)
        .collect()
}

/// A text without any condition on the store.
pub fn without_store(path: &str, text: &str) -> String {
    let stripped = without_condition(text, "$1", "($1::uuid is null or true)");
    // What is left of $1 goes to functions of schema tenant, whose conditions are taken out as well, or into an answer.
    let calls = text.matches("tenant.").count() > 0 && text.contains("($1");
    assert!(stripped != text || calls, "{path} has no store condition that is known here");
    stripped
}

/// The sources of functions of schema `tenant`, without their store conditions.
pub fn functions() -> Vec<(&'static str, String)> {
    let sources = schema::source_paths().filter(|path| path.starts_with("views/"));
    let stripped = sources.filter_map(|path| {
        let text = text_of(path);
        let stripped = without_condition(&text, "store", "true");
        (stripped != text && (text.contains("function tenant.") || text.contains("%1$I."))).then_some((path, stripped))
    });
    let stripped: Vec<_> = stripped.collect();
    assert!(stripped.len() >= 4, "{stripped:?}");
    stripped
}

/// Puts something else where `store_id = VALUE` stands, with or without a relation and a type.
fn without_condition(text: &str, value: &str, instead: &str) -> String {
    let condition = format!("store_id = {value}");
    let mut parts = text.split(&condition);
    let mut stripped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let part = part.strip_prefix("::uuid").unwrap_or(part);
        if part.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_') {
            stripped.push_str(&condition);
        } else {
            let before = stripped.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.').len();
            stripped.truncate(before);
            stripped.push_str(instead);
        }
        stripped.push_str(part);
    }
    assert!(!stripped.contains(&format!("= {value}::uuid")), "another form of a store condition: {stripped}");
    stripped
}
