//! Quality worked out by hand.

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::calendar::Range;
use super::metrics_examples::{STORE, row, start};
use super::quality::{Kind, Quality, Score, Scored, by_outcome, by_score, quality, scored};
use super::{Conversation, Outcome};

fn score(minute: u128, hundredths: i64, scored_at: DateTime<Utc>) -> Score {
    Score {
        store_id: STORE,
        conversation_id: Uuid::from_u128(minute),
        overall_score: Decimal::new(hundredths, 2),
        helpfulness_score: None,
        accuracy_score: None,
        politeness_score: None,
        scored_at,
    }
}

fn hour() -> Range {
    Range { from: start(), to: start() + Duration::hours(1) }
}

fn group<'a>(rows: &'a [Conversation], scores: &'a [Score]) -> Vec<Scored<'a>> {
    scored(rows, scores, STORE, hour()).collect()
}

fn four_rows() -> Vec<Conversation> {
    vec![
        Conversation { ai_resolved: true, rating: Some(5), ..row(1, Outcome::Resolved) },
        row(2, Outcome::Resolved),
        Conversation { rating: Some(3), ..row(3, Outcome::Open) },
        Conversation { rating: Some(4), ..row(4, Outcome::Escalated) },
    ]
}

#[test]
fn scored_conversations_have_rates_and_all_of_them_satisfaction() {
    let rows = four_rows();
    let helpful = Score { helpfulness_score: Some(Decimal::new(5, 1)), ..score(2, 50, start()) };
    let scores = [score(1, 99, start()), helpful, score(3, 25, start()), score(1, 100, start())];
    let got = quality(group(&rows, &scores));
    let expected = Quality {
        total_conversations: 4,
        scored_conversations: 3,
        scored_rate: Some(0.75),
        avg_overall_score: Some(1.75 / 3.0),
        avg_helpfulness_score: Some(0.5),
        avg_accuracy_score: None,
        avg_politeness_score: None,
        resolution_rate: Some(2.0 / 3.0),
        ai_resolution_rate: Some(1.0 / 3.0),
        csat: Some(2.0 / 3.0),
        csat_responses: 3,
    };
    let (got, mut want) = (got.to_json(), expected.to_json());
    for (name, want) in want.as_object_mut().unwrap() {
        assert!(super::equal(want, &got[name]), "{name}: {want} and {}", got[name]);
    }
    assert_eq!(quality([]), Quality::default());
}

#[test]
fn a_score_belongs_to_the_last_row_that_had_started() {
    let again = |minutes| Conversation { started_at: start() + Duration::minutes(minutes), ..row(1, Outcome::Open) };
    let rows = [again(10), again(20), again(30)];
    let scored_row = |minutes: i64| {
        let scores = [score(1, 50, start() + Duration::minutes(minutes))];
        let places: Vec<usize> = (0..3).filter(|nth| group(&rows, &scores)[*nth].score.is_some()).collect();
        places
    };
    assert_eq!([5, 10, 19, 20, 99].map(scored_row), [[0], [0], [0], [1], [2]]);
    // The row it belongs to counts, whether or not another one is in the range.
    let late = Range { from: start() + Duration::minutes(15), ..hour() };
    let scores = [score(1, 50, start())];
    assert_eq!(quality(scored(&rows, &scores, STORE, late)).scored_conversations, 0);
    let elsewhere = [Score { store_id: Uuid::from_u128(9), ..score(1, 50, start()) }];
    assert_eq!(quality(group(&rows, &elsewhere)).scored_conversations, 0);
}

#[test]
fn outcomes_hold_all_conversations_and_tenths_only_scored_ones() {
    let rows = four_rows();
    let scores = [score(1, 100, start()), score(2, 90, start()), score(3, 29, start()), score(4, 0, start())];
    let numbers = |parts: Vec<(String, Quality)>| -> Vec<(String, i64, i64)> {
        let number = |(label, part): (String, Quality)| (label, part.total_conversations, part.scored_conversations);
        parts.into_iter().map(number).collect()
    };
    let of_outcomes = numbers(by_outcome(&group(&rows, &scores[1..])));
    let expected = [("open", 1, 1), ("resolved", 2, 1), ("escalated", 1, 1), ("abandoned", 0, 0)];
    assert_eq!(of_outcomes, expected.map(|(label, total, scored)| (label.to_owned(), total, scored)));
    let all = group(&rows, &scores);
    let filled: Vec<_> = numbers(by_score(&all, Kind::Overall)).into_iter().filter(|bin| bin.1 > 0).collect();
    let expected = [("0.0", 1, 1), ("0.2", 1, 1), ("0.9", 2, 2)];
    assert_eq!(filled, expected.map(|(label, total, scored)| (label.to_owned(), total, scored)));
    assert_eq!(by_score(&all, Kind::Overall)[9].1.csat, Some(1.0));
    assert!(by_score(&all, Kind::Politeness).iter().all(|(_, bin)| *bin == Quality::default()));
}
