//! What each metric means, in words and as the sums and conversations behind it.

/// How two values of a metric are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A count, an average or a time: (current − previous) ÷ previous.
    Relative,
    /// A share from 0 to 1: current − previous.
    Points,
}

impl Kind {
    /// The name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Relative => "relative",
            Self::Points => "points",
        }
    }
}

/// A sum over conversations.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    /// Column of `sql/analytics/explain.sql`.
    pub column: &'static str,
    /// What it counts.
    pub unit: &'static str,
    /// The conversations that it is over.
    pub conversations: Cohort,
}

/// Conversations that started in a range and pass a filter.
#[derive(Clone, Copy, Debug)]
pub struct Cohort {
    /// Column of `sql/analytics/explain.sql` that counts them.
    pub column: &'static str,
    /// Parameters of GET /conversations that list them, each with a leading `&`.
    pub filter: &'static str,
}

/// One metric of a period.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in answers.
    pub name: &'static str,
    /// How it is compared.
    pub kind: Kind,
    /// What it is, in a sentence.
    pub definition: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The relation it is read from.
    pub relation: &'static str,
    /// What is counted or divided; none for a percentile.
    pub numerator: Option<Sum>,
    /// What it is divided by; none for a count.
    pub denominator: Option<Sum>,
    /// The field of the answer that says over how many it was taken.
    pub sample: &'static str,
}

const ROLLUP: &str = "conversation_metrics_15m";
const ROWS: &str = "conversations";

const fn cohort(column: &'static str, filter: &'static str) -> Cohort {
    Cohort { column, filter }
}

const ALL: Cohort = cohort("total_conversations", "");
const RESOLVED: Cohort = cohort("resolved_conversations", "&outcome=resolved");
const ESCALATED: Cohort = cohort("escalated_conversations", "&outcome=escalated");
const ABANDONED: Cohort = cohort("abandoned_conversations", "&outcome=abandoned");
const OPEN: Cohort = cohort("open_conversations", "&outcome=open");
const AI_RESOLVED: Cohort = cohort("ai_resolved_conversations", "&ai_resolved=true");
const REOPENED: Cohort = cohort("reopened_conversations", "&reopened=true");
const ANSWERED: Cohort = cohort("answered_conversations", "&answered=true");
const RATED: Cohort = cohort("csat_responses", "&rated=true");
const SATISFIED: Cohort = cohort("satisfied_responses", "&satisfied=true");
const RETRIEVED: Cohort = cohort("conversations_with_retrieval", "&retrieved=true");
const CLICKED: Cohort = cohort("conversations_with_click", "&clicked=true");
const RETRIEVED_AND_CLICKED: Cohort = cohort("conversations_with_retrieval_and_click", "&retrieved=true&clicked=true");
const NAMED: Cohort = cohort("conversations_with_customer", "&customer_named=true");

/// The number of conversations themselves.
const fn number_of(conversations: Cohort) -> Sum {
    sum(conversations.column, "conversations", conversations)
}

const fn sum(column: &'static str, unit: &'static str, conversations: Cohort) -> Sum {
    Sum { column, unit, conversations }
}

const fn count(name: &'static str, conversations: Cohort, definition: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Relative,
        definition,
        unit: "conversations",
        relation: ROLLUP,
        numerator: Some(number_of(conversations)),
        denominator: None,
        sample: "total_conversations",
    }
}

/// A count of something else than conversations.
const fn count_of(name: &'static str, unit: &'static str, conversations: Cohort, definition: &'static str) -> Metric {
    Metric { unit, numerator: Some(sum(name, unit, conversations)), ..count(name, conversations, definition) }
}

const fn rate(name: &'static str, conversations: Cohort, of: Cohort, definition: &'static str) -> Metric {
    Metric {
        kind: Kind::Points,
        unit: "share, 0 to 1",
        denominator: Some(number_of(of)),
        sample: of.column,
        ..count(name, conversations, definition)
    }
}

const fn average_ms(name: &'static str, us: &'static str, of: Sum, definition: &'static str) -> Metric {
    Metric {
        unit: "milliseconds",
        numerator: Some(sum(us, "microseconds", of.conversations)),
        denominator: Some(of),
        sample: of.column,
        ..count(name, of.conversations, definition)
    }
}

const fn percentile(name: &'static str, definition: &'static str) -> Metric {
    Metric { relation: ROWS, numerator: None, ..average_ms(name, "", number_of(ANSWERED), definition) }
}

/// The parameters of GET /conversations, each with a leading `&`, for the conversations that a metric counts or is an
/// average of; none for what is no metric.
#[must_use]
pub fn filter_of(name: &str) -> Option<&'static str> {
    let metric = METRICS.iter().find(|metric| metric.name == name)?;
    Some(metric.numerator.or(metric.denominator)?.conversations.filter)
}

/// Every metric, in the order of the answers.
pub const METRICS: [Metric; 28] = [
    count("total_conversations", ALL, "Conversations that started in the period."),
    count("resolved_conversations", RESOLVED, "Those whose outcome is resolved now."),
    count("escalated_conversations", ESCALATED, "Those whose outcome is escalated now."),
    count("abandoned_conversations", ABANDONED, "Those whose outcome is abandoned now, by an event or by silence."),
    count("open_conversations", OPEN, "Those without an outcome, or reopened by the customer after it."),
    count("ai_resolved_conversations", AI_RESOLVED, "Resolved, never escalated, and no message by a human agent."),
    count(
        "reopened_conversations",
        REOPENED,
        "Those in which the customer wrote after an outcome, whatever came later.",
    ),
    rate("resolution_rate", RESOLVED, ALL, "Resolved conversations ÷ all conversations."),
    rate("escalation_rate", ESCALATED, ALL, "Escalated conversations ÷ all conversations."),
    rate("abandonment_rate", ABANDONED, ALL, "Abandoned conversations ÷ all conversations."),
    rate("ai_resolution_rate", AI_RESOLVED, ALL, "AI-resolved conversations ÷ all conversations."),
    rate("open_rate", OPEN, ALL, "Open conversations ÷ all conversations."),
    average_ms(
        "avg_response_time_ms",
        "response_us",
        sum("responses", "responses", ANSWERED),
        "Sum of all response times ÷ number of responses.",
    ),
    average_ms(
        "avg_first_response_time_ms",
        "first_response_us",
        number_of(ANSWERED),
        "Sum of first response times ÷ conversations with one.",
    ),
    percentile("p50_first_response_time_ms", "Median of first response times, exact."),
    percentile("p95_first_response_time_ms", "95th percentile of first response times, exact."),
    average_ms(
        "avg_resolution_time_ms",
        "resolution_us",
        number_of(RESOLVED),
        "Sum of the time from start to outcome of resolved conversations ÷ their number.",
    ),
    count_of("total_messages", "messages", ALL, "Messages sent and received."),
    Metric {
        unit: "messages",
        numerator: Some(sum("total_messages", "messages", ALL)),
        denominator: Some(number_of(ALL)),
        ..count("avg_conversation_length", ALL, "Messages sent and received ÷ all conversations.")
    },
    Metric { relation: ROWS, ..count_of("unique_customers", "customers", NAMED, "Distinct customers named, exact.") },
    rate("csat", SATISFIED, RATED, "Conversations rated 4 or 5 ÷ conversations rated; the last rating counts."),
    count("csat_responses", RATED, "Conversations with a rating."),
    count_of("knowledge_retrievals", "events", RETRIEVED, "Events of type knowledge_retrieved."),
    count_of("citations_clicked", "events", CLICKED, "Events of type citation_clicked."),
    rate(
        "citation_click_rate",
        RETRIEVED_AND_CLICKED,
        RETRIEVED,
        "Conversations with a retrieval and a click ÷ conversations with a retrieval.",
    ),
    count_of("responses", "responses", ANSWERED, "Messages that answered a waiting customer."),
    count("answered_conversations", ANSWERED, "Conversations in which a message of the customer was answered."),
    count("conversations_with_retrieval", RETRIEVED, "Conversations with an event of type knowledge_retrieved."),
];
