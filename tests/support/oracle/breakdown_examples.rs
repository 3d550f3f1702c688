//! Breakdowns worked out by hand.

use chrono::{Duration, NaiveDate};

use super::breakdown::{By, Group, breakdown};
use super::calendar::{Range, day_range};
use super::metrics_examples::{STORE, row, start};
use super::{Conversation, Outcome};

fn groups(rows: &[Conversation], by: By) -> Vec<(Option<String>, i64)> {
    let range = Range { from: start(), to: start() + Duration::minutes(100) };
    let groups = breakdown(rows, STORE, range, by, chrono_tz::UTC);
    groups.into_iter().map(|group| (group.name, group.metrics.total_conversations)).collect()
}

fn spoken(minute: i64, language: Option<&str>) -> Conversation {
    Conversation { language: language.map(str::to_owned), ..row(minute, Outcome::Open) }
}

fn sent(minute: i64, messages_sent: i64, human_messages_sent: i64) -> Conversation {
    Conversation { messages_sent, human_messages_sent, ..row(minute, Outcome::Open) }
}

#[test]
fn the_largest_group_is_first_and_the_nameless_last_among_equals() {
    let named = |name: &str, count| (Some(name.to_owned()), count);
    let languages = [Some("ne"), Some("en"), None, Some("Zulu"), Some("ne"), None];
    let rows: Vec<_> = (0..).zip(languages).map(|(minute, language)| spoken(minute, language)).collect();
    let expected = [named("ne", 2), (None, 2), named("Zulu", 1), named("en", 1)];
    assert_eq!(groups(&rows, By::Language), expected);
    assert_eq!(groups(&rows, By::Channel), [(None, 6)]);
    assert!(groups(&[spoken(100, None)], By::Channel).is_empty());
}

#[test]
fn agents_are_told_by_who_wrote() {
    let rows =
        [sent(0, 0, 0), sent(1, 2, 0), sent(2, 2, 1), sent(3, 2, 2), sent(4, 3, 1), sent(5, 1, 0), sent(6, 5, 0)];
    let counts = groups(&rows, By::Agent);
    let counts: Vec<_> = counts.iter().map(|(name, count)| (name.as_deref().unwrap(), *count)).collect();
    assert_eq!(counts, [("ai", 3), ("both", 2), ("human", 1), ("none", 1)]);
}

#[test]
fn all_hours_of_the_week_are_there_by_the_clock() {
    let date: NaiveDate = "2026-11-01".parse().unwrap();
    // Clocks go back in New York, so that 05:30 and 06:30 UTC are both half past one on a Sunday.
    let rows = [row(5 * 60 + 30, Outcome::Open), row(6 * 60 + 30, Outcome::Resolved), row(29 * 60, Outcome::Open)];
    let tz = chrono_tz::America::New_York;
    let groups = breakdown(&rows, STORE, day_range(date, date + Duration::days(1), tz), By::HourOfWeek, tz);
    assert_eq!(groups.len(), 168);
    let (first, last) = (groups[0].name.as_deref(), groups[167].name.as_deref());
    assert_eq!((first, last), (Some("1-00"), Some("7-23")));
    assert_eq!(groups[6 * 24 + 1].name.as_deref(), Some("7-01"));
    assert_eq!(groups[6 * 24 + 1].metrics.resolution_rate, Some(0.5));
    assert_eq!((groups[0].metrics.total_conversations, groups[1].metrics.resolution_rate), (1, None));
}

#[test]
fn under_ten_conversations_are_too_few() {
    let rows: Vec<_> = (0..10).map(|minute| spoken(minute, None)).collect();
    let range = Range { from: start(), to: start() + Duration::minutes(100) };
    let too_few = |count: usize| -> Vec<bool> {
        let groups = breakdown(&rows[..count], STORE, range, By::Channel, chrono_tz::UTC);
        groups.iter().map(Group::is_too_few).collect()
    };
    assert_eq!((too_few(9), too_few(10)), (vec![true], vec![false]));
}
