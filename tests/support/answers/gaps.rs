//! Questions about content gaps.

use std::fmt::Write;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Answers, Wrong, instant};
use crate::support::oracle::event::decimal;
use crate::support::oracle::gaps::Gap;

const PAGE: usize = 3;

/// Which gaps to list, in which order.
#[derive(Debug, Clone, Copy)]
pub struct GapQuestion<'a> {
    /// `cost`, `frequency`, `last_seen_at` or `topic`.
    pub order: &'a str,
    pub status: Option<&'a str>,
    /// A part of the topic, in any case.
    pub topic: Option<&'a str>,
}

impl Answers<'_> {
    /// Lists gaps page by page; `expected` are all of the store's.
    pub async fn content_gaps(&self, question: GapQuestion<'_>, expected: &[Gap]) -> Vec<String> {
        let mut path = format!("content-gaps?order={}&limit={PAGE}", question.order);
        for (name, value) in [("status", question.status), ("topic", question.topic)] {
            if let Some(value) = value {
                let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                let _ = write!(path, "&{name}={value}");
            }
        }
        let part = question.topic.map(str::to_lowercase);
        let expected: Vec<&Gap> = expected
            .iter()
            .filter(|gap| question.status.is_none_or(|status| status == gap.status))
            .filter(|gap| part.as_ref().is_none_or(|part| gap.topic.to_lowercase().contains(part)))
            .collect();
        let (listed, mut wrong) = self.pages(&path, expected.len()).await;
        wrong.value("length", &json!(expected.len()), &json!(listed.len()));
        for pair in listed.windows(2) {
            if !in_order(question.order, &pair[0], &pair[1]) {
                wrong.note("order", &format!("{} must not stand before {}", pair[0], pair[1]));
            }
        }
        for gap in expected {
            match listed.iter().find(|got| got["topic"] == gap.topic) {
                Some(got) => wrong.gap(gap, got),
                None => wrong.note(&gap.topic, "is missing"),
            }
        }
        if let Some(first) = listed.first() {
            let (answer, _, of_one) = self.both(&format!("content-gaps/{}", first["gap_id"].as_str().unwrap())).await;
            wrong.found.extend(of_one.found);
            for (name, want) in first.as_object().unwrap() {
                wrong.value(&format!("by id: {name}"), want, &answer[name]);
            }
            wrong.value("by id: changes is an array", &json!(true), &json!(answer["changes"].is_array()));
        }
        wrong.found
    }

    /// The rows of all pages, and what is wrong with the pages themselves.
    async fn pages(&self, path: &str, number: usize) -> (Vec<Value>, Wrong) {
        let mut listed: Vec<Value> = Vec::new();
        let mut of_page = path.to_owned();
        let mut all = Wrong::new(&format!("{path} of {}", self.shop.store_id));
        // One page more than there may be, so that a cursor that goes round is seen as too many rows.
        for _ in 0..=number.div_ceil(PAGE) {
            let (answer, _, wrong) = self.both(&of_page).await;
            all.found.extend(wrong.found);
            listed.extend(answer["content_gaps"].as_array().cloned().unwrap_or_default());
            let header = self.get(&of_page).await.header("x-next-cursor").to_owned();
            let Some(cursor) = answer["next_cursor"].as_str() else {
                all.value("X-Next-Cursor", &json!(""), &json!(header));
                break;
            };
            all.value("X-Next-Cursor", &json!(cursor), &json!(header));
            let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            of_page = format!("{path}&cursor={cursor}");
        }
        (listed, all)
    }
}

impl Wrong {
    fn gap(&mut self, want: &Gap, got: &Value) {
        let place = &want.topic;
        for (name, want) in [
            ("status", json!(want.status)),
            ("frequency", json!(want.frequency)),
            ("example_questions", json!(want.example_questions)),
            ("conversations", json!(want.conversations)),
            ("escalated_conversations", json!(want.escalated_conversations)),
            ("abandoned_conversations", json!(want.abandoned_conversations)),
            ("reopened_count", json!(want.reopened_count)),
        ] {
            self.value(&format!("{place}.{name}"), &want, &got[name]);
        }
        for (name, want) in [
            ("confidence_threshold", Some(want.confidence_threshold)),
            ("best_confidence", want.best_confidence),
            ("human_cost", Some(want.human_cost)),
        ] {
            if number(&got[name]) != want {
                self.note(&format!("{place}.{name}"), &format!("expected {want:?}, got {}", got[name]));
            }
        }
        for (name, want) in [
            ("first_seen_at", Some(want.first_seen_at)),
            ("last_seen_at", Some(want.last_seen_at)),
            ("resolved_at", want.resolved_at),
        ] {
            if instant(&got[name]) != want {
                self.note(&format!("{place}.{name}"), &format!("expected {want:?}, got {}", got[name]));
            }
        }
    }
}

fn number(value: &Value) -> Option<Decimal> {
    Some(decimal(value.as_number()?))
}

/// Whether one row may stand right before another: the largest first, topics from A on, ties by id.
fn in_order(order: &str, first: &Value, second: &Value) -> bool {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let by_key = match order {
        "cost" => number(&second["human_cost"]).cmp(&number(&first["human_cost"])),
        "frequency" => second["frequency"].as_i64().cmp(&first["frequency"].as_i64()),
        "last_seen_at" => instant(&second["last_seen_at"]).cmp(&instant(&first["last_seen_at"])),
        _ => text(first, "topic").cmp(&text(second, "topic")),
    };
    by_key.then(text(first, "gap_id").cmp(&text(second, "gap_id"))).is_lt()
}
