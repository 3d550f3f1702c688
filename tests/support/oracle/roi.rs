//! Return on investment in exact decimals, each local day by the assumptions of its date.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// What a shop assumes from a date on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumptions {
    pub avg_human_agent_cost_per_hour: Decimal,
    pub avg_conversation_time_minutes: Decimal,
    pub ai_cost_per_conversation: Decimal,
}

impl Default for Assumptions {
    fn default() -> Self {
        Assumptions {
            avg_human_agent_cost_per_hour: Decimal::new(2500, 2),
            avg_conversation_time_minutes: Decimal::new(80, 1),
            ai_cost_per_conversation: Decimal::new(5, 2),
        }
    }
}

/// What a request puts in place of stored assumptions, on every day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overrides {
    pub avg_human_agent_cost_per_hour: Option<Decimal>,
    pub avg_conversation_time_minutes: Option<Decimal>,
    pub ai_cost_per_conversation: Option<Decimal>,
}

/// The conversations that started on a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoiDay {
    pub date: NaiveDate,
    pub total_conversations: i64,
    pub ai_resolved_conversations: i64,
}

/// The answer's fields, money rounded.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roi {
    pub total_conversations: i64,
    pub ai_resolved_conversations: i64,
    pub assumptions: Assumptions,
    pub assumptions_changed: bool,
    pub human_agent_cost: Decimal,
    pub ai_cost: Decimal,
    pub savings: Decimal,
    pub roi_percentage: Decimal,
}

/// ROI over `days`, which are all the local days of the range in order, those without conversations too.
///
/// `dated` are the stored assumptions with their `valid_from`, in any order; the defaults apply before the first.
pub fn roi(days: &[RoiDay], dated: &[(NaiveDate, Assumptions)], overrides: Overrides) -> Roi {
    let sixty = Decimal::from(60);
    let at_end = in_force(days.last().expect("a range has a day").date, dated, overrides);
    // Sixty times each sum of money, so that the only division comes last and nothing is rounded before it.
    let (mut human_60, mut ai_60, mut savings_60) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    let (mut total, mut ai_resolved, mut changed) = (0, 0, false);
    for day in days {
        let assumed = in_force(day.date, dated, overrides);
        let human_each_60 = assumed.avg_conversation_time_minutes * assumed.avg_human_agent_cost_per_hour;
        let ai_each_60 = assumed.ai_cost_per_conversation * sixty;
        human_60 += Decimal::from(day.total_conversations) * human_each_60;
        ai_60 += Decimal::from(day.total_conversations) * ai_each_60;
        savings_60 += Decimal::from(day.ai_resolved_conversations) * (human_each_60 - ai_each_60);
        total += day.total_conversations;
        ai_resolved += day.ai_resolved_conversations;
        changed |= assumed != at_end;
    }
    let percentage = (savings_60 * Decimal::ONE_HUNDRED).checked_div(ai_60).unwrap_or_default();
    Roi {
        total_conversations: total,
        ai_resolved_conversations: ai_resolved,
        assumptions: at_end,
        assumptions_changed: changed,
        human_agent_cost: rounded(human_60 / sixty),
        ai_cost: rounded(ai_60 / sixty),
        savings: rounded(savings_60 / sixty),
        roi_percentage: rounded(percentage),
    }
}

impl Roi {
    /// One sentence for each field that is missing or wrong in an answer.
    pub fn differences(&self, actual: &Value) -> Vec<String> {
        let assumed = self.assumptions;
        let expected = [
            ("total_conversations", self.total_conversations.into()),
            ("ai_resolved_conversations", self.ai_resolved_conversations.into()),
            ("avg_human_agent_cost_per_hour", assumed.avg_human_agent_cost_per_hour),
            ("avg_conversation_time_minutes", assumed.avg_conversation_time_minutes),
            ("ai_cost_per_conversation", assumed.ai_cost_per_conversation),
            ("human_agent_cost", self.human_agent_cost),
            ("ai_cost", self.ai_cost),
            ("savings", self.savings),
            ("roi_percentage", self.roi_percentage),
        ];
        let mut differences = wrong_numbers(&expected, actual);
        if actual["assumptions_changed"] != self.assumptions_changed {
            let (want, got) = (self.assumptions_changed, &actual["assumptions_changed"]);
            differences.push(format!("assumptions_changed: expected {want}, got {got}"));
        }
        differences
    }
}

/// One sentence for each field that is missing, wrong or too many in what an answer says of one day.
///
/// `dated` and `overrides` are those of `roi`; a day is a range of its own, and rounded as one.
pub fn day_differences(
    day: RoiDay,
    dated: &[(NaiveDate, Assumptions)],
    overrides: Overrides,
    actual: &Value,
) -> Vec<String> {
    let expected = roi(&[day], dated, overrides);
    let mut differences = wrong_numbers(
        &[
            ("total_conversations", day.total_conversations.into()),
            ("ai_resolved_conversations", day.ai_resolved_conversations.into()),
            ("human_agent_cost", expected.human_agent_cost),
            ("ai_cost", expected.ai_cost),
            ("savings", expected.savings),
        ],
        actual,
    );
    if actual["date"] != day.date.to_string() || actual.as_object().is_none_or(|fields| fields.len() != 6) {
        differences.push(format!("expected date {} and five numbers, got {actual}", day.date));
    }
    differences
}

fn wrong_numbers(expected: &[(&str, Decimal)], actual: &Value) -> Vec<String> {
    let wrong = |(name, want): &&(&str, Decimal)| actual[name].as_number().and_then(decimal) != Some(*want);
    let sentence = |(name, want): &(&str, Decimal)| format!("{name}: expected {want}, got {}", actual[name]);
    expected.iter().filter(wrong).map(sentence).collect()
}

fn decimal(number: &serde_json::Number) -> Option<Decimal> {
    number.to_string().parse().ok()
}

pub fn in_force(date: NaiveDate, dated: &[(NaiveDate, Assumptions)], overrides: Overrides) -> Assumptions {
    let latest = dated.iter().filter(|(valid_from, _)| *valid_from <= date).max_by_key(|(valid_from, _)| *valid_from);
    let stored = latest.map(|(_, assumptions)| *assumptions).unwrap_or_default();
    Assumptions {
        avg_human_agent_cost_per_hour: overrides
            .avg_human_agent_cost_per_hour
            .unwrap_or(stored.avg_human_agent_cost_per_hour),
        avg_conversation_time_minutes: overrides
            .avg_conversation_time_minutes
            .unwrap_or(stored.avg_conversation_time_minutes),
        ai_cost_per_conversation: overrides.ai_cost_per_conversation.unwrap_or(stored.ai_cost_per_conversation),
    }
}

pub fn rounded(exact: Decimal) -> Decimal {
    exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
