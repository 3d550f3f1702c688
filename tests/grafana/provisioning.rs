//! The files that Grafana reads at its start.

use std::collections::HashSet;

use serde_json::Value;

use super::assembly::{DASHBOARDS, dashboard, path, text};

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&text(name)).unwrap_or_else(|error| panic!("grafana/{name}: {error}"))
}

#[test]
fn every_datasource_that_is_used_is_provisioned() {
    let file = yaml("provisioning/datasources/colloquy.yml");
    let datasources = file["datasources"].as_array().unwrap();
    let provisioned: HashSet<(&str, &str)> = datasources
        .iter()
        .map(|datasource| (datasource["type"].as_str().unwrap(), datasource["uid"].as_str().unwrap()))
        .collect();
    assert_eq!(provisioned.len(), datasources.len(), "two of one uid");
    let mut used = Vec::new();
    for name in DASHBOARDS {
        collect(&dashboard(name), &mut used);
    }
    assert!(used.len() > 100, "each panel, query and variable names one");
    for (kind, uid) in &used {
        assert!(provisioned.contains(&(kind, uid)), "{kind} {uid} is not provisioned");
    }
}

fn collect(node: &Value, used: &mut Vec<(String, String)>) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| collect(node, used)),
        Value::Object(fields) => {
            if let Some(datasource) = fields.get("datasource") {
                let text = |name: &str| datasource[name].as_str().unwrap().to_owned();
                used.push((text("type"), text("uid")));
            }
            fields.values().for_each(|node| collect(node, used));
        }
        _ => {}
    }
}

#[test]
fn the_datasource_reads_as_colloquy_reader_and_knows_timescaledb() {
    let file = yaml("provisioning/datasources/colloquy.yml");
    let datasource = &file["datasources"][0];
    assert_eq!(datasource["user"], "colloquy_reader");
    assert_eq!(datasource["jsonData"]["timescaledb"], true);
    // Grafana 12 does not look at the field of this name one level above.
    assert!(datasource["jsonData"]["database"].is_string() && datasource.get("database").is_none());
    let password = datasource["secureJsonData"]["password"].as_str().unwrap();
    assert!(password.starts_with("$__env{"), "the password stands in the environment, not in a file: {password}");
}

#[test]
fn the_provider_looks_for_dashboards_where_compose_puts_them() {
    let file = yaml("provisioning/dashboards/colloquy.yml");
    let provider = &file["providers"][0];
    assert_eq!((&provider["type"], &provider["allowUiUpdates"]), (&"file".into(), &false.into()));
    let folder = provider["options"]["path"].as_str().unwrap();
    assert!(folder.starts_with("/etc/grafana/colloquy/") && folder.ends_with("/dashboards"));
    assert!(path("dashboards").is_dir());
}
