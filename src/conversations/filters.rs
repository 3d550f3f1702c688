//! Which conversations a list shows.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::http::fields::{choice, hundredths, integer, text};
use crate::http::parameters::Parameters;

/// Names of the parameter `outcome`.
pub const OUTCOMES: [(&str, &str); 4] =
    [("open", "open"), ("resolved", "resolved"), ("escalated", "escalated"), ("abandoned", "abandoned")];
/// Names of the parameter `agent`.
pub const AGENTS: [(&str, &str); 4] = [("ai", "ai"), ("human", "human"), ("both", "both"), ("none", "none")];
/// Names of the parameters that are flags.
pub const FLAGS: [(&str, bool); 2] = [("false", false), ("true", true)];

/// Names of the parameters of all filters.
pub const NAMES: [&str; 19] = [
    "outcome",
    "channel",
    "language",
    "agent",
    "customer_id",
    "topic",
    "subject",
    "min_messages",
    "ai_resolved",
    "reopened",
    "answered",
    "rated",
    "satisfied",
    "retrieved",
    "clicked",
    "customer_named",
    "hour_of_week",
    "min_overall_score",
    "max_overall_score",
];

/// Filters of a list of conversations, none where they are not given; their meaning stands in `sql/conversations/list.sql`.
#[derive(Serialize)]
pub struct Filters {
    pub outcome: Option<&'static str>,
    pub channel: Option<String>,
    pub language: Option<String>,
    pub agent: Option<&'static str>,
    pub customer_id: Option<String>,
    pub topic: Option<String>,
    pub subject: Option<String>,
    pub min_messages: Option<i64>,
    pub ai_resolved: Option<bool>,
    pub reopened: Option<bool>,
    pub answered: Option<bool>,
    pub rated: Option<bool>,
    pub satisfied: Option<bool>,
    pub retrieved: Option<bool>,
    pub clicked: Option<bool>,
    pub customer_named: Option<bool>,
    pub hour_of_week: Option<String>,
    pub min_overall_score: Option<Decimal>,
    pub max_overall_score: Option<Decimal>,
}

impl Filters {
    /// Reads the filters; none only if there is a fault.
    pub fn read(parameters: &mut Parameters) -> Option<Self> {
        let outcome = parameters.optional("outcome", choice(&OUTCOMES));
        let channel = parameters.optional("channel", text(0..=255));
        let language = parameters.optional("language", text(0..=255));
        let agent = parameters.optional("agent", choice(&AGENTS));
        let customer_id = parameters.optional("customer_id", text(1..=255));
        let topic = parameters.optional("topic", text(1..=255));
        let subject = parameters.optional("subject", text(1..=255));
        let min_messages = parameters.optional("min_messages", integer(0..=1_000_000));
        let mut flag = |name| parameters.optional(name, choice(&FLAGS));
        let (ai_resolved, reopened, answered) = (flag("ai_resolved"), flag("reopened"), flag("answered"));
        let (rated, satisfied) = (flag("rated"), flag("satisfied"));
        let (retrieved, clicked) = (flag("retrieved"), flag("clicked"));
        let customer_named = flag("customer_named");
        let hour_of_week = parameters.optional("hour_of_week", hour_of_week);
        let min_overall_score = parameters.optional("min_overall_score", hundredths);
        let max_overall_score = parameters.optional("max_overall_score", hundredths);
        Some(Self {
            outcome: outcome?,
            channel: channel?,
            language: language?,
            agent: agent?,
            customer_id: customer_id?,
            topic: topic?,
            subject: subject?,
            min_messages: min_messages?,
            ai_resolved: ai_resolved?,
            reopened: reopened?,
            answered: answered?,
            rated: rated?,
            satisfied: satisfied?,
            retrieved: retrieved?,
            clicked: clicked?,
            customer_named: customer_named?,
            hour_of_week: hour_of_week?,
            min_overall_score: min_overall_score?,
            max_overall_score: max_overall_score?,
        })
    }
}

/// A group of GET /analytics/breakdown by `hour_of_week`: `1-00` to `7-23`, Monday first.
fn hour_of_week(text: &str) -> Result<String, String> {
    let hour = text.split_once('-').filter(|(weekday, hour)| {
        matches!(weekday.as_bytes(), [b'1'..=b'7'])
            && hour.len() == 2
            && hour.bytes().all(|byte| byte.is_ascii_digit())
            && *hour <= "23"
    });
    hour.map(|_| text.to_owned()).ok_or_else(|| "must be a weekday and an hour, from 1-00 to 7-23.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_all_filters() {
        let mut parameters = Parameters::parse("");
        let filters = Filters::read(&mut parameters).unwrap();
        let fields = serde_json::to_value(filters).unwrap();
        let mut read: Vec<_> = fields.as_object().unwrap().keys().map(String::as_str).collect();
        let mut names = NAMES.to_vec();
        read.sort_unstable();
        names.sort_unstable();
        assert_eq!(read, names);
    }
}
