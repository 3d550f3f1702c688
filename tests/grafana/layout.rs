//! What every dashboard must have: ids that stay, a place for each panel, words and a unit for each number.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::assembly::{DASHBOARDS, dashboard, text};

fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().unwrap()
}

#[test]
fn uids_and_ids_are_unique() {
    let mut uids = HashSet::new();
    for name in DASHBOARDS {
        let dashboard = dashboard(name);
        assert_eq!(dashboard["schemaVersion"], 42, "{name}");
        let uid = dashboard["uid"].as_str().unwrap().to_owned();
        assert!(uid.len() <= 40 && uids.insert(uid), "{name}: {}", dashboard["uid"]);
        let mut ids = HashSet::new();
        let mut titles = HashSet::new();
        for panel in panels(&dashboard) {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: {}", panel["id"]);
            assert!(titles.insert(panel["title"].as_str().unwrap()), "{name}: two panels {}", panel["title"]);
        }
    }
}

#[test]
fn panels_have_their_own_place_within_24_columns() {
    for name in DASHBOARDS {
        let mut taken = HashSet::new();
        for panel in panels(&dashboard(name)) {
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
            assert!(w >= 3 && h >= 1 && x + w <= 24, "{name}: {} is outside", panel["title"]);
            for column in x..x + w {
                for line in y..y + h {
                    assert!(taken.insert((column, line)), "{name}: {} lies on another panel", panel["title"]);
                }
            }
        }
        // Grafana would move panels up into gaps.
        let lines: BTreeSet<u64> = taken.iter().map(|(_, line)| *line).collect();
        assert_eq!(lines.len() as u64, lines.last().unwrap() + 1, "{name}: an empty line");
    }
}

#[test]
fn every_panel_says_what_its_number_means() {
    for name in DASHBOARDS {
        for panel in panels(&dashboard(name)).iter().filter(|panel| panel["type"] != "row") {
            let title = panel["title"].as_str().unwrap();
            assert!(!title.is_empty(), "{name}: {}", panel["id"]);
            let description = panel["description"].as_str().unwrap();
            assert!(description.len() > 30 && description.ends_with('.'), "{name}: {title}: {description}");
            let defaults = &panel["fieldConfig"]["defaults"];
            assert!(defaults["unit"].is_string(), "{name}: {title} has no unit");
            assert_eq!(defaults["noValue"], "–", "{name}: {title}");
            if panel["type"] == "stat" {
                let steps = defaults["thresholds"]["steps"].as_array().unwrap();
                assert!(steps[0]["value"].is_null(), "{name}: {title}: the first threshold is below everything");
                let bounds: Vec<f64> = steps.iter().skip(1).map(|step| step["value"].as_f64().unwrap()).collect();
                assert!(bounds.is_sorted(), "{name}: {title}: {bounds:?}");
            }
        }
    }
}

#[test]
fn links_lead_to_dashboards_of_ours() {
    let mut uids = HashSet::new();
    let mut links = HashSet::new();
    for name in DASHBOARDS {
        let dashboard = dashboard(name);
        uids.insert(dashboard["uid"].as_str().unwrap().to_owned());
        for panel in panels(&dashboard).iter().filter(|panel| panel["type"] != "row") {
            for property in panel["fieldConfig"]["overrides"].as_array().unwrap().iter().flat_map(|override_| {
                override_["properties"].as_array().unwrap().iter().filter(|property| property["id"] == "links")
            }) {
                let url = property["value"][0]["url"].as_str().unwrap();
                let uid = url.strip_prefix("/d/").and_then(|rest| rest.split_once('?')).unwrap().0;
                links.insert(uid.to_owned());
            }
        }
    }
    assert!(links.len() == 2 && links.is_subset(&uids), "{links:?}");
}

#[test]
fn titles_name_variables_of_their_dashboard() {
    for name in DASHBOARDS {
        let dashboard = dashboard(name);
        let variables: HashSet<&str> = dashboard["templating"]["list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|variable| variable["name"].as_str().unwrap())
            .collect();
        for panel in panels(&dashboard) {
            for reference in panel["title"].as_str().unwrap().split("${").skip(1) {
                let variable = reference.split_once('}').unwrap().0;
                assert!(variables.contains(variable), "{name}: {}", panel["title"]);
            }
        }
    }
}

/// Macros in a comment would be expanded too, and Grafana's users read it first.
#[test]
fn sql_files_begin_with_what_they_answer() {
    for name in DASHBOARDS {
        for item in super::assembly::items(&super::assembly::layout(name)) {
            let file = item["sql"].as_str().unwrap();
            let sql = text(&format!("sql/{file}"));
            let header: Vec<&str> = sql.lines().take_while(|line| line.starts_with("-- ")).collect();
            assert!(!header.join("\n").contains('$'), "{file}: a comment names a variable or a macro");
            assert!(header[0].ends_with('.') || header[1].starts_with("-- "), "{file}");
            let said = |word: &str| header.iter().find_map(|line| line.strip_prefix(&format!("-- {word} ")));
            assert!(said("returns").is_some(), "{file}: no returns");
            let reads: BTreeSet<&str> =
                said("reads").unwrap_or_else(|| panic!("{file}: no reads")).split(", ").collect();
            assert_eq!(reads, relations(&sql), "{file}: reads");
        }
    }
}

/// What stands after `from` and `join`, apart from the query's own names and functions of PostgreSQL.
fn relations(sql: &str) -> BTreeSet<&str> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let words: Vec<&str> = code
        .iter()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()))
        .collect();
    let own: BTreeSet<&str> = words.windows(2).filter(|pair| pair[1] == "as").map(|pair| pair[0]).collect();
    let mut relations = BTreeSet::new();
    for (nth, word) in words.iter().enumerate() {
        let named = match (*word, words.get(nth + 1).copied()) {
            ("from" | "join", Some("lateral")) => words.get(nth + 2).copied(),
            ("from" | "join", next) => next,
            _ => None,
        };
        let is_other =
            |name: &str| ["select", "generate_series", "unnest", "now", "c", "s"].contains(&name) || own.contains(name);
        relations.extend(named.filter(|name| !is_other(name)));
    }
    relations
}
