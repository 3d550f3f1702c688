//! Every query of every dashboard on demo data, as Grafana sends it and as the role that Grafana has.

use std::collections::HashSet;

use chrono::{Days, Utc};
use colloquy::demo::{SHOPS, Shop};
use serde_json::Value;
use tokio_postgres::types::Type;

use super::assembly::{DASHBOARDS, items, json_of, layout};
use super::demo::{Demo, Question};
use super::frame::{Cell, Frame};
use super::{plans, totals};

/// Files whose answer may be empty: nothing is wrong then.
const MAY_BE_EMPTY: [&str; 1] = ["pipeline_health/unhealthy_figures.sql"];

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_answers_what_the_api_answers() {
    let demo = Demo::load().await;
    let now = Utc::now();
    let mut question = Question::about(&SHOPS[0], now - Days::new(29), now);
    question.stores = SHOPS.iter().map(Shop::store_id).collect();
    let kinds = json_of("layouts/kinds.json");
    let mut asked = 0;
    for dashboard in DASHBOARDS {
        for item in items(&layout(dashboard)) {
            let file = item["sql"].as_str().unwrap();
            let frame = demo.ask(file, &question).await;
            assert!(!frame.rows.is_empty() || MAY_BE_EMPTY.contains(&file), "{file} answers nothing");
            match item["kind"].as_str() {
                None => assert_variable(file, &frame),
                Some(kind) => assert_panel(file, item, &kinds[kind], &frame),
            }
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked} queries");
    totals::check(&demo).await;
    plans::check(&demo).await;
}

fn assert_variable(file: &str, frame: &Frame) {
    let names: Vec<&str> = frame.columns.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["__text", "__value"], "{file}");
    let texts = frame.texts("__text");
    assert_eq!(texts.iter().collect::<HashSet<_>>().len(), texts.len(), "{file}: Grafana drops one of two equal texts");
    assert!(frame.texts("__value").iter().chain(&frame.texts("__text")).all(|text| !text.is_empty()), "{file}");
}

fn assert_panel(file: &str, item: &Value, kind: &Value, frame: &Frame) {
    let is_number = |column: &str| frame.column(column).iter().all(|cell| matches!(cell, Cell::Number(_) | Cell::Null));
    match (kind["type"].as_str().unwrap(), kind["format"].as_str().unwrap()) {
        ("timeseries", "time_series") => {
            assert_eq!(frame.columns[0], ("time".to_owned(), Type::TIMESTAMPTZ), "{file}");
            let times = frame.column("time");
            let instants = times.iter().map(|cell| match cell {
                Cell::Time(instant) => *instant,
                other => panic!("{file}: {other:?} is no instant"),
            });
            assert!(instants.is_sorted(), "{file}: the rows are not in order of time");
            for (name, _) in frame.columns.iter().skip(1) {
                assert!(name == "metric" || is_number(name), "{file}: {name}");
            }
            let is_wide = !frame.has("metric");
            let distinct = times.windows(2).all(|pair| pair[0] != pair[1]);
            assert!(!is_wide || distinct, "{file}: two rows of one time");
        }
        ("stat", "table") => {
            assert_eq!(frame.rows.len(), 1, "{file}");
            assert!(frame.columns.iter().all(|(name, _)| is_number(name)), "{file}");
        }
        ("barchart", "table") => {
            let x = item["options"]["xField"].as_str().unwrap();
            assert!(frame.texts(x).len() > 1, "{file}");
            assert!(frame.columns.iter().all(|(name, _)| name == x || is_number(name)), "{file}");
        }
        ("table", "table") => {}
        other => panic!("{file}: {other:?}"),
    }
    // What the layout says about a column must be about one that is there.
    for column in item["columns"].as_object().into_iter().flatten().map(|(name, _)| name) {
        let is_metric = frame.has("metric");
        assert!(is_metric || frame.has(column), "{file} has no column {column}");
    }
}
