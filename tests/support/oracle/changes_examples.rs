//! Samples and changes worked out by hand.

use chrono::Duration;
use serde_json::json;

use super::changes::{Measured, changes};
use super::metrics_examples::{STORE, four_rows, start};
use super::samples::{METRICS, samples};
use super::{Conversation, equal, metrics};

fn measured(rows: &[Conversation]) -> Measured {
    let end = start() + Duration::hours(1);
    Measured { metrics: metrics(rows, STORE, start(), end), samples: samples(rows, STORE, start(), end) }
}

#[test]
fn parts_of_every_metric_of_four_conversations() {
    let of = measured(&four_rows());
    let denominators: Vec<i64> = of.samples.iter().map(|(_, sample)| sample.denominator).collect();
    let total = [4; 12];
    let times = [6, 3, 3, 3, 2];
    let expected = [&total[..], &times, &[4, 4, 4, 2, 4, 4, 4, 2]].concat();
    assert_eq!(denominators, expected);
    assert_eq!(of.samples[12].1.numerator, Some(11.0));
    assert_eq!(of.samples[16].1.numerator, Some(20_000.0));
    assert_eq!((of.samples[14].1.numerator, of.samples[24].1.numerator), (None, Some(1.0)));
}

#[test]
fn a_numerator_over_its_denominator_is_the_metric() {
    for rows in [four_rows(), four_rows()[..1].to_vec(), Vec::new()] {
        let of = measured(&rows);
        let values = of.metrics.to_json();
        // The three samples that answers show are no metrics with a sample of their own.
        assert_eq!(values.as_object().unwrap().len(), METRICS.len() + 3);
        for (name, sample) in of.samples {
            let value = &values[name];
            let Some(numerator) = sample.numerator else { continue };
            if value.is_i64() {
                assert_eq!(value.as_f64(), Some(numerator), "{name}");
            } else {
                let denominator = f64::from(i32::try_from(sample.denominator).unwrap());
                let want = (denominator > 0.0).then(|| numerator / denominator);
                assert!(equal(&json!(want), value), "{name}: {want:?} and {value}");
            }
        }
    }
}

#[test]
fn rates_change_in_points_and_the_rest_relatively() {
    let all = four_rows();
    let changed = changes(&measured(&all), &measured(&all[..1]));
    let json = |name| changed[name].to_json();
    let expected = json!({"change": 3.0, "kind": "relative", "sample": 4, "previous_sample": 1});
    assert_eq!(json("total_conversations"), expected);
    let expected = json!({"change": -0.5, "kind": "points", "sample": 4, "previous_sample": 1});
    assert_eq!(json("resolution_rate"), expected);
    let expected = json!({"change": -0.5, "kind": "points", "sample": 2, "previous_sample": 1});
    assert_eq!(json("csat"), expected);
    // From nothing there is no relative change, and from nothing to nothing none at all.
    let expected = json!({"change": null, "kind": "relative", "sample": 4, "previous_sample": 1});
    assert_eq!(json("escalated_conversations"), expected);
    let expected = json!({"change": 0.0, "kind": "relative", "sample": 4, "previous_sample": 1});
    assert_eq!(json("abandoned_conversations"), expected);
    let expected = json!({"change": null, "kind": "points", "sample": 2, "previous_sample": 0});
    assert_eq!(json("citation_click_rate"), expected);
    assert_eq!(
        (changed["avg_conversation_length"].kind, changed["avg_response_time_ms"].kind),
        ("relative", "relative")
    );
    // 11 ÷ 6 after 4 ÷ 2 milliseconds.
    assert!(equal(&json!(-1.0 / 12.0), &json!(changed["avg_response_time_ms"].change)));
    assert_eq!(changed.len(), METRICS.len());
}
