//! The metrics of a period, group by group.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::calendar::Range;
use super::conversation::Conversation;
use super::metrics::{Metrics, metrics};

/// What conversations are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Channel,
    Language,
    Agent,
    HourOfWeek,
}

/// Some conversations of a period: those of a channel, of an hour of the week, or those that name none.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub name: Option<String>,
    pub metrics: Metrics,
}

impl By {
    pub const ALL: [By; 4] = [By::Channel, By::Language, By::Agent, By::HourOfWeek];

    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Channel => "channel",
            By::Language => "language",
            By::Agent => "agent",
            By::HourOfWeek => "hour_of_week",
        }
    }

    fn name(self, row: &Conversation, tz: Tz) -> Option<String> {
        match self {
            By::Channel => row.channel.clone(),
            By::Language => row.language.clone(),
            By::Agent => Some(agent(row).to_owned()),
            By::HourOfWeek => Some(hour_of_week(row.started_at, tz)),
        }
    }
}

impl Group {
    /// Whether its rates say little.
    pub fn is_too_few(&self) -> bool {
        self.metrics.total_conversations < 10
    }
}

/// The groups of the conversations of a store that started in the range: the largest first, those without a name last
/// among equals; of hours all 168 in their own order.
pub fn breakdown(rows: &[Conversation], store_id: Uuid, range: Range, by: By, tz: Tz) -> Vec<Group> {
    let mut of_name: BTreeMap<Option<String>, Vec<Conversation>> = BTreeMap::new();
    if by == By::HourOfWeek {
        let hours = (1..=7).flat_map(|weekday| (0..24).map(move |hour| Some(format!("{weekday}-{hour:02}"))));
        of_name.extend(hours.map(|hour| (hour, Vec::new())));
    }
    for row in rows {
        if row.store_id == store_id && range.from <= row.started_at && row.started_at < range.to {
            of_name.entry(by.name(row, tz)).or_default().push(row.clone());
        }
    }
    let group = |(name, rows): (_, Vec<Conversation>)| {
        let metrics = metrics(&rows, store_id, range.from, range.to);
        Group { name, metrics }
    };
    let mut groups: Vec<Group> = of_name.into_iter().map(group).collect();
    if by != By::HourOfWeek {
        groups.sort_by_key(|group| (-group.metrics.total_conversations, group.name.is_none(), group.name.clone()));
    }
    groups
}

/// Who wrote for the shop.
fn agent(row: &Conversation) -> &'static str {
    match (row.messages_sent, row.human_messages_sent) {
        (0, _) => "none",
        (_, 0) => "ai",
        (sent, by_humans) if sent == by_humans => "human",
        _ => "both",
    }
}

/// What the shop's clock shows, weeks beginning on Monday.
fn hour_of_week(instant: DateTime<Utc>, tz: Tz) -> String {
    let local = instant.with_timezone(&tz);
    format!("{}-{:02}", local.weekday().number_from_monday(), local.hour())
}
