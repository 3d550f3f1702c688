//! ROI worked out by hand.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::roi::{Assumptions, Overrides, RoiDay, day_differences, roi};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(date: &str, total_conversations: i64, ai_resolved_conversations: i64) -> RoiDay {
    RoiDay { date: date.parse().unwrap(), total_conversations, ai_resolved_conversations }
}

#[test]
fn the_vector_of_the_design() {
    let answer = roi(&[day("2026-11-22", 1000, 700)], &[], Overrides::default());
    assert_eq!(answer.human_agent_cost, decimal("3333.33"));
    assert_eq!(answer.ai_cost, decimal("50.00"));
    assert_eq!(answer.savings, decimal("2298.33"));
    assert_eq!(answer.roi_percentage, decimal("4596.67"));
    assert!(!answer.assumptions_changed);
    let mut actual = json!({
        "total_conversations": 1000, "ai_resolved_conversations": 700, "avg_human_agent_cost_per_hour": 25.0,
        "avg_conversation_time_minutes": 8.0, "ai_cost_per_conversation": 0.05, "human_agent_cost": 3333.33,
        "ai_cost": 50.0, "savings": 2298.33, "roi_percentage": 4596.67, "assumptions_changed": false
    });
    assert_eq!(answer.differences(&actual), Vec::<String>::new());
    actual["savings"] = json!("2298.33");
    assert_eq!(answer.differences(&actual), ["savings: expected 2298.33, got \"2298.33\""]);
}

#[test]
fn each_day_counts_with_the_assumptions_of_its_date() {
    let dearer = Assumptions {
        avg_human_agent_cost_per_hour: decimal("30"),
        avg_conversation_time_minutes: decimal("10"),
        ai_cost_per_conversation: decimal("0.10"),
    };
    let dated = [("2026-11-22".parse().unwrap(), dearer)];
    let days = [day("2026-11-21", 30, 15), day("2026-11-22", 10, 5)];
    let answer = roi(&days, &dated, Overrides::default());
    // 30 · 8/60 · 25 = 100 and 10 · 10/60 · 30 = 50; 30 · 0.05 = 1.50 and 10 · 0.10 = 1.00.
    assert_eq!((answer.human_agent_cost, answer.ai_cost), (decimal("150"), decimal("2.50")));
    // 50 − 0.75 and 25 − 0.50; 73.75 / 2.50.
    assert_eq!((answer.savings, answer.roi_percentage), (decimal("73.75"), decimal("2950")));
    assert_eq!(answer.assumptions, dearer);
    assert!(answer.assumptions_changed);
    assert!(!roi(&days[1..], &dated, Overrides::default()).assumptions_changed);
}

#[test]
fn a_day_has_the_money_of_a_range_of_one_day() {
    let mut actual = json!({
        "date": "2026-11-22", "total_conversations": 1, "ai_resolved_conversations": 1, "human_agent_cost": 3.33,
        "ai_cost": 0.05, "savings": 3.28
    });
    let faults = |actual: &Value| day_differences(day("2026-11-22", 1, 1), &[], Overrides::default(), actual);
    assert_eq!(faults(&actual), Vec::<String>::new());
    actual["savings"] = json!(3.29);
    assert_eq!(faults(&actual), ["savings: expected 3.28, got 3.29"]);
    actual["date"] = json!("2026-11-23");
    assert_eq!(faults(&actual).len(), 2);
}

#[test]
fn overrides_hold_on_every_day_and_free_ai_has_no_percentage() {
    let overrides = Overrides { ai_cost_per_conversation: Some(Decimal::ZERO), ..Overrides::default() };
    let answer = roi(&[day("2026-11-21", 3, 3), day("2026-11-22", 0, 0)], &[], overrides);
    assert_eq!((answer.ai_cost, answer.roi_percentage), (Decimal::ZERO, Decimal::ZERO));
    assert_eq!(answer.savings, decimal("10"));
    assert_eq!(answer.assumptions.ai_cost_per_conversation, Decimal::ZERO);
}

#[test]
fn half_a_cent_is_rounded_away_from_zero() {
    let overrides = Overrides {
        avg_human_agent_cost_per_hour: Some(decimal("0")),
        avg_conversation_time_minutes: None,
        ai_cost_per_conversation: Some(decimal("0.005")),
    };
    let answer = roi(&[day("2026-11-22", 1, 1)], &[], overrides);
    assert_eq!((answer.ai_cost, answer.savings), (decimal("0.01"), decimal("-0.01")));
    assert_eq!(answer.roi_percentage, decimal("-100"));
}
