//! The small step from layouts and SQL files to dashboards. `scripts/grafana` runs it to write them; without it, it checks
//! that they are what it would write.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

pub const DASHBOARDS: [&str; 4] = ["all_stores", "one_store", "roi_and_quality", "pipeline_health"];

/// A file below `grafana/`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana").join(name)
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("grafana/{name}: {error}"))
}

pub fn json_of(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("grafana/{name}: {error}"))
}

pub fn layout(dashboard: &str) -> Value {
    json_of(&format!("layouts/{dashboard}.json"))
}

pub fn dashboard(name: &str) -> Value {
    json_of(&format!("dashboards/{name}.json"))
}

/// Panels and variables of a layout, which name a file below `grafana/sql` each.
pub fn items(layout: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["variables", "panels"].map(|list| layout[list].as_array().unwrap());
    lists.into_iter().flatten().filter(|item| item["kind"] != "row")
}

fn datasource() -> Value {
    json!({"type": "grafana-postgresql-datasource", "uid": "colloquy"})
}

fn sql(item: &Value) -> String {
    text(&format!("sql/{}", item["sql"].as_str().unwrap_or_else(|| panic!("{item} has no sql")))).trim_end().to_owned()
}

/// The dashboard of a layout.
fn assemble(layout: &Value, kinds: &Value) -> Value {
    let panels = layout["panels"].as_array().unwrap().iter().enumerate();
    json!({
        "uid": layout["uid"],
        "title": layout["title"],
        "description": layout["description"],
        "tags": ["colloquy"],
        "schemaVersion": 42,
        "editable": true,
        "graphTooltip": 1,
        "timezone": "browser",
        "weekStart": "monday",
        "time": {"from": layout["time"][0], "to": layout["time"][1]},
        "refresh": layout["refresh"],
        "timepicker": {},
        "annotations": {"list": []},
        "links": [{"type": "dashboards", "title": "Colloquy", "tags": ["colloquy"], "asDropdown": false,
                   "includeVars": false, "keepTime": true, "targetBlank": false, "icon": "external link",
                   "tooltip": "", "url": ""}],
        "templating": {"list": layout["variables"].as_array().unwrap().iter().map(variable).collect::<Vec<_>>()},
        "panels": panels.map(|(nth, item)| panel(nth + 1, item, kinds)).collect::<Vec<_>>(),
    })
}

fn variable(item: &Value) -> Value {
    let is_multi = item["multi"] == true;
    let query = sql(item);
    json!({
        "name": item["name"],
        "label": item["label"],
        "type": "query",
        "datasource": datasource(),
        "query": query,
        "definition": query,
        "refresh": 1,
        "regex": "",
        "sort": 0,
        "multi": is_multi,
        "includeAll": is_multi,
        "hide": if item["hidden"] == true { 2 } else { 0 },
        "skipUrlSync": item["hidden"] == true,
        "options": [],
        "current": if is_multi { json!({"text": ["All"], "value": ["$__all"]}) } else { json!({}) },
    })
}

fn panel(id: usize, item: &Value, kinds: &Value) -> Value {
    let kind = &kinds[item["kind"].as_str().unwrap()];
    assert!(kind.is_object(), "kind {}", item["kind"]);
    let [x, y, w, h] = [0, 1, 2, 3].map(|nth| &item["at"][nth]);
    let mut panel = json!({"id": id, "type": kind["type"], "title": item["title"],
                           "gridPos": {"x": x, "y": y, "w": w, "h": h}});
    if item["kind"] == "row" {
        panel["collapsed"] = kind["collapsed"].clone();
        panel["panels"] = kind["panels"].clone();
        return panel;
    }
    panel["description"] = item["description"].clone();
    panel["datasource"] = datasource();
    panel["options"] = merged(&kind["options"], &item["options"]);
    panel["fieldConfig"] = json!({"defaults": field_defaults(item, kind), "overrides": overrides(item)});
    panel["targets"] = json!([{"refId": "A", "datasource": datasource(), "format": kind["format"], "rawQuery": true,
                               "editorMode": "code", "rawSql": sql(item)}]);
    if item["interval"].is_string() {
        panel["interval"] = item["interval"].clone();
    }
    panel
}

fn field_defaults(item: &Value, kind: &Value) -> Value {
    let mut own = Map::new();
    for name in ["unit", "decimals", "min", "max", "custom"] {
        if !item[name].is_null() {
            own.insert(name.to_owned(), item[name].clone());
        }
    }
    if let Some(steps) = item["thresholds"].as_array() {
        let steps: Vec<_> = steps.iter().map(|step| json!({"value": step[0], "color": step[1]})).collect();
        own.insert("thresholds".to_owned(), json!({"mode": "absolute", "steps": steps}));
    }
    merged(&kind["defaults"], &Value::Object(own))
}

/// One override for each column that the layout says something about.
fn overrides(item: &Value) -> Vec<Value> {
    let columns = item["columns"].as_object().into_iter().flatten();
    columns
        .map(|(name, properties)| {
            let properties = properties.as_object().unwrap().iter();
            let properties: Vec<_> = properties.map(|(id, value)| json!({"id": id, "value": value})).collect();
            json!({"matcher": {"id": "byName", "options": name}, "properties": properties})
        })
        .collect()
}

/// The first with what the second says otherwise, at any depth.
fn merged(base: &Value, other: &Value) -> Value {
    match (base, other) {
        (Value::Object(base), Value::Object(other)) => {
            let mut all = base.clone();
            for (name, value) in other {
                all.insert(name.clone(), merged(&base.get(name).cloned().unwrap_or_default(), value));
            }
            Value::Object(all)
        }
        (base, Value::Null) => base.clone(),
        (_, other) => other.clone(),
    }
}

#[test]
fn dashboards_are_what_layouts_and_sql_make() {
    let kinds = json_of("layouts/kinds.json");
    for name in DASHBOARDS {
        let assembled = assemble(&layout(name), &kinds);
        if std::env::var_os("COLLOQUY_WRITE_DASHBOARDS").is_some() {
            let text = serde_json::to_string_pretty(&assembled).unwrap() + "\n";
            std::fs::write(path(&format!("dashboards/{name}.json")), text).unwrap();
        }
        assert!(dashboard(name) == assembled, "grafana/dashboards/{name}.json is not what scripts/grafana would write");
    }
}

#[test]
fn every_sql_file_belongs_to_one_panel_or_variable() {
    let mut used = BTreeSet::new();
    for name in DASHBOARDS {
        for item in items(&layout(name)) {
            let file = item["sql"].as_str().unwrap().to_owned();
            assert!(file.starts_with(&format!("{name}/")), "{file} belongs to another dashboard than {name}");
            assert!(used.insert(file.clone()), "{file} is used twice");
        }
    }
    let mut files = BTreeSet::new();
    for folder in std::fs::read_dir(path("sql")).unwrap().map(|entry| entry.unwrap().path()) {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            files.insert(file.strip_prefix(path("sql")).unwrap().to_str().unwrap().to_owned());
        }
    }
    assert_eq!(used, files);
    let on_disk: BTreeSet<String> = std::fs::read_dir(path("dashboards"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(on_disk, DASHBOARDS.iter().map(|name| format!("{name}.json")).collect());
}
