//! The document has every route, with every method of it, and no other.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Document;
use crate::support::database::TestDatabase;
use crate::support::http::send;

/// The paths of the API in `routes.rs`, each id as `{}`.
fn paths_of_source() -> BTreeSet<String> {
    paths_of(|function| !function.starts_with("pages("))
}

fn paths_of(is_wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let source = include_str!("../../../src/http/routes.rs");
    let mut paths = BTreeSet::new();
    for function in source.split("\nfn ").filter(|function| is_wanted(function)) {
        let is_of_api = !function.starts_with("routes_without_key") && !function.starts_with("pages(");
        let prefix = if is_of_api { "/api/v1" } else { "" };
        for route in function.split("url!(").skip(1) {
            let (segments, _) = route.split_once(')').unwrap();
            let segments = segments.split('/').map(|segment| match segment.trim() {
                "Uuid" | "String" => "/{}".to_owned(),
                text => format!("/{}", text.trim_matches('"')),
            });
            paths.insert(format!("{prefix}{}", segments.collect::<String>()));
        }
    }
    assert!(paths.len() >= 13, "{paths:?}");
    paths
}

#[test]
fn every_page_of_the_dashboard_is_one_of_its_paths() {
    let named: BTreeSet<_> = colloquy::dashboard::PATHS.into_iter().map(anonymous).collect();
    assert_eq!(paths_of(|function| function.starts_with("pages(")), named);
}

/// Without the names of the ids.
fn anonymous(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_is_documented_and_every_documented_path_is_a_route() {
    let document = Document::new();
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in document.operations() {
        let methods = documented.entry(anonymous(operation.path)).or_default();
        methods.insert(operation.method.clone());
        if operation.is_get() {
            methods.insert("HEAD".to_owned());
        }
    }
    let database = TestDatabase::new().await;
    let app = database.app();
    let mut routes = BTreeMap::new();
    for path in paths_of_source() {
        let refused = send(&app, "TRACE", &path.replace("{}", &Uuid::nil().to_string()), "").await;
        assert_eq!(refused.problem(), (405, "method_not_allowed"), "{path}");
        let methods: BTreeSet<_> = refused.header("allow").split(", ").map(str::to_owned).collect();
        routes.insert(path, methods);
    }
    assert_eq!(documented, routes);
}

#[test]
fn operations_have_ids_of_their_own_and_a_summary() {
    let document = Document::new();
    let mut ids = BTreeSet::new();
    for operation in document.operations() {
        assert!(ids.insert(operation.json["operationId"].as_str().unwrap().to_owned()), "{}", operation.name());
        assert!(operation.json["summary"].as_str().is_some_and(|text| !text.is_empty()), "{}", operation.name());
        let needs_key = operation.path.contains("/api/") && operation.method != "OPTIONS";
        assert_eq!(needs_key, operation.needs_key(), "{}", operation.name());
    }
}
