//! Every test of Colloquy, in one binary.
#![allow(clippy::unwrap_used)]

mod analytics;
mod commands;
mod conversations;
mod customers;
mod dashboard;
mod database;
mod docker;
mod docs;
mod events;
mod gaps;
mod grafana;
mod http;
mod jobs;
mod monitoring;
mod quality;
mod recalculation;
mod reconciliation;
mod reliability;
mod roles;
mod schema;
mod sql;
mod stores;
mod support;

/// A merge that loses a line above would leave out a folder of tests without a word.
#[test]
fn every_folder_of_tests_is_in_this_binary() {
    let lines: Vec<_> = include_str!("suite.rs").lines().collect();
    let folders = std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")).unwrap();
    for folder in folders.map(|entry| entry.unwrap().path()).filter(|path| path.join("mod.rs").is_file()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(lines.contains(&format!("mod {name};").as_str()), "tests/{name}");
    }
}
