//! Lists that come in pages.

use colloquy::http::App;
use serde_json::Value;

use super::http::send;

/// All rows of a list, page after page. The list is the one array in the answer.
pub async fn follow(app: &App, key: &str, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = String::new();
    loop {
        let answer = send(app, "GET", &format!("{path}{next}"), key).await;
        assert_eq!(answer.status(), 200, "{path}{next}: {}", answer.text());
        let fields = answer.json.as_object().unwrap();
        let page = fields.values().find_map(Value::as_array).unwrap();
        rows.extend(page.iter().cloned());
        let Some(cursor) = answer.json["next_cursor"].as_str() else { return rows };
        assert!(!page.is_empty(), "{path}{next}: an empty page has no next one");
        next = format!("&cursor={cursor}");
    }
}
