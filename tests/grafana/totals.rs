//! Panels and the API about the same local days of a shop: the same numbers.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use colloquy::demo::{SHOPS, Shop};
use serde_json::Value;

use super::demo::{Demo, Question};
use super::frame::{Cell, Frame};
use super::macros::Range;

/// Asserts it for every shop.
pub async fn check(demo: &Demo) {
    let mut differences = Vec::new();
    for shop in SHOPS.iter() {
        let last = Utc::now().with_timezone(&shop.timezone).date_naive() - Days::new(1);
        let mut comparison = Comparison::new(demo, shop, last - Days::new(13), last);
        comparison.figures().await;
        comparison.days().await;
        comparison.groups().await;
        comparison.roi().await;
        comparison.quality().await;
        comparison.gaps().await;
        comparison.tables_of_all_stores().await;
        differences.extend(comparison.differences.iter().map(|difference| format!("{}: {difference}", shop.name)));
        assert!(comparison.compared > 250, "{} numbers were compared", comparison.compared);
    }
    sums_of_all_stores(demo, &mut differences).await;
    pipeline(demo, &mut differences).await;
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

fn midnight(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    date.and_hms_opt(0, 0, 0).unwrap().and_local_timezone(tz).earliest().unwrap().with_timezone(&Utc)
}

fn is_same(panel: Option<f64>, api: Option<f64>) -> bool {
    match (panel, api) {
        (Some(panel), Some(api)) => (panel - api).abs() <= 1e-9 * api.abs().max(1.0),
        (panel, api) => panel == api,
    }
}

struct Comparison<'a> {
    demo: &'a Demo,
    shop: &'a Shop,
    question: Question,
    /// The same days, as parameters of the API.
    dates: String,
    compared: usize,
    differences: Vec<String>,
}

impl<'a> Comparison<'a> {
    /// Of whole local days.
    fn new(demo: &'a Demo, shop: &'a Shop, first: NaiveDate, last: NaiveDate) -> Self {
        let [from, to] = [first, last + Days::new(1)].map(|date| midnight(date, shop.timezone));
        let dates = format!("start_date={first}&end_date={last}");
        Self { demo, shop, question: Question::about(shop, from, to), dates, compared: 0, differences: Vec::new() }
    }

    async fn ask(&self, file: &str) -> Frame {
        self.demo.ask(file, &self.question).await
    }

    async fn api(&self, path: &str) -> Value {
        self.demo.api(self.shop, &format!("{path}{}", self.dates)).await
    }

    fn same(&mut self, what: &str, panel: Option<f64>, api: &Value) {
        self.compared += 1;
        if !is_same(panel, api.as_f64()) {
            self.differences.push(format!("{what}: the panel has {panel:?}, the API {api}"));
        }
    }

    /// Columns of a panel against fields of rows of the API, row by row.
    fn same_columns(&mut self, file: &str, frame: &Frame, rows: &[Value], columns: &[(&str, &str)]) {
        if frame.rows.len() != rows.len() {
            self.differences.push(format!("{file}: {} rows, the API has {}", frame.rows.len(), rows.len()));
            return;
        }
        for (column, field) in columns {
            for (nth, (number, row)) in frame.numbers(column).into_iter().zip(rows).enumerate() {
                self.same(&format!("{file} row {nth} {column}"), number, &row[field]);
            }
        }
    }

    async fn figures(&mut self) {
        let api = self.api("analytics/metrics?compare=previous_period&").await;
        let metrics = &api["metrics"];
        assert!(metrics["total_conversations"].as_u64().unwrap() > 100, "{metrics}");
        for (file, field) in [
            ("one_store/conversations", "total_conversations"),
            ("one_store/unique_customers", "unique_customers"),
            ("one_store/resolution_rate", "resolution_rate"),
            ("one_store/ai_resolution_rate", "ai_resolution_rate"),
            ("one_store/escalation_rate", "escalation_rate"),
            ("one_store/abandonment_rate", "abandonment_rate"),
            ("one_store/open_rate", "open_rate"),
            ("one_store/csat", "csat"),
            ("one_store/first_response_time", "avg_first_response_time_ms"),
            ("one_store/resolution_time", "avg_resolution_time_ms"),
            ("one_store/conversation_length", "avg_conversation_length"),
            ("one_store/citation_click_rate", "citation_click_rate"),
            ("all_stores/conversations", "total_conversations"),
            ("all_stores/resolution_rate", "resolution_rate"),
            ("all_stores/ai_resolution_rate", "ai_resolution_rate"),
            ("all_stores/escalation_rate", "escalation_rate"),
            ("all_stores/csat", "csat"),
            ("all_stores/first_response_time", "avg_first_response_time_ms"),
        ] {
            let frame = self.ask(&format!("{file}.sql")).await;
            self.same(file, frame.figure(), &metrics[field]);
        }
        let frame = self.ask("one_store/first_response_percentiles.sql").await;
        self.same("median", frame.numbers("Median")[0], &metrics["p50_first_response_time_ms"]);
        self.same("95th", frame.numbers("95th percentile")[0], &metrics["p95_first_response_time_ms"]);
        // The days before have the same length on the clock only where clocks did not change.
        let Range { from, to, .. } = self.question.range;
        if to - from == Duration::days(14) && from - (to - from) == self.previous_from() {
            let growth = self.ask("one_store/growth_rate.sql").await.figure();
            self.same("growth", growth, &api["growth_rate"]);
        }
    }

    fn previous_from(&self) -> DateTime<Utc> {
        let first = self.question.range.from.with_timezone(&self.shop.timezone).date_naive();
        midnight(first - Days::new(14), self.shop.timezone)
    }

    async fn days(&mut self) {
        let api = self.api("analytics/conversations/trends?granularity=day&").await;
        let rows = api.as_array().unwrap();
        for (file, columns) in [
            (
                "one_store/conversations_by_day.sql",
                vec![
                    ("Resolved", "resolved_conversations"),
                    ("Escalated", "escalated_conversations"),
                    ("Abandoned", "abandoned_conversations"),
                    ("Open", "open_conversations"),
                ],
            ),
            (
                "one_store/rates_by_day.sql",
                vec![
                    ("Resolution rate", "resolution_rate"),
                    ("AI resolution rate", "ai_resolution_rate"),
                    ("Escalation rate", "escalation_rate"),
                    ("Abandonment rate", "abandonment_rate"),
                ],
            ),
            (
                "one_store/response_times_by_day.sql",
                vec![("First response", "avg_first_response_time_ms"), ("All responses", "avg_response_time_ms")],
            ),
            ("one_store/csat_by_day.sql", vec![("CSAT", "csat"), ("Ratings", "csat_responses")]),
            ("one_store/customers_by_day.sql", vec![("Customers", "unique_customers"), ("Messages", "total_messages")]),
            ("all_stores/resolution_rate_by_day.sql", vec![("Resolution rate", "resolution_rate")]),
        ] {
            let frame = self.ask(file).await;
            self.same_columns(file, &frame, rows, &columns);
            for (cell, row) in frame.column("time").iter().zip(rows) {
                let bucket = DateTime::parse_from_rfc3339(row["bucket"].as_str().unwrap()).unwrap();
                assert_eq!(cell, &Cell::Time(bucket.with_timezone(&Utc)), "{file}");
            }
        }
        // Whole weeks that lie within the days; those at the edges count days that the trend leaves out.
        let weeks = self.api("analytics/conversations/trends?granularity=week&").await;
        let weeks = weeks.as_array().unwrap();
        let frame = self.ask("one_store/weeks.sql").await;
        let of = frame.texts("Week of");
        for week in &weeks[1..weeks.len() - 1] {
            let nth = of.iter().position(|date| week["bucket"].as_str().unwrap().starts_with(&**date)).unwrap();
            for (column, field) in [("Conversations", "total_conversations"), ("Customers", "unique_customers")] {
                self.same(&format!("week {} {column}", of[nth]), frame.numbers(column)[nth], &week[field]);
            }
        }
    }

    async fn groups(&mut self) {
        for (file, by, column) in
            [("channels", "channel", "Channel"), ("languages", "language", "Language"), ("agents", "agent", "Agent")]
        {
            let api = self.api(&format!("analytics/breakdown?by={by}&")).await;
            let rows = api["groups"].as_array().or(api.as_array()).unwrap();
            let file = format!("one_store/{file}.sql");
            let frame = self.ask(&file).await;
            let groups: Vec<&str> = rows.iter().map(|row| row["group"].as_str().unwrap_or("not named")).collect();
            assert_eq!(frame.texts(column), groups, "{file}");
            let columns = [
                ("Conversations", "total_conversations"),
                ("Resolution rate", "resolution_rate"),
                ("Escalation rate", "escalation_rate"),
                ("CSAT", "csat"),
                ("First response", "avg_first_response_time_ms"),
            ];
            self.same_columns(&file, &frame, rows, &columns);
        }
        let api = self.api("analytics/breakdown?by=hour_of_week&").await;
        let rows = api["groups"].as_array().or(api.as_array()).unwrap();
        let frame = self.ask("one_store/hours.sql").await;
        for (hour, number) in frame.texts("Hour").iter().zip(frame.numbers("Conversations")) {
            let of_hour = rows.iter().filter(|row| row["group"].as_str().unwrap().ends_with(&format!("-{hour}")));
            let total: u64 = of_hour.map(|row| row["total_conversations"].as_u64().unwrap()).sum();
            self.same(&format!("hour {hour}"), number, &total.into());
        }
    }

    /// `period_days` counts the last local days including today.
    async fn roi(&mut self) {
        let today = Utc::now().with_timezone(&self.shop.timezone).date_naive();
        let from = midnight(today - Days::new(13), self.shop.timezone);
        let question = Question::about(self.shop, from, Utc::now());
        let api = self.demo.api(self.shop, "analytics/roi?period_days=14").await;
        let api = if api["roi"].is_object() { &api["roi"] } else { &api };
        assert!(api["savings"].as_f64().unwrap() > 50.0, "{api}");
        for (file, field) in [
            ("savings", "savings"),
            ("human_agent_cost", "human_agent_cost"),
            ("ai_cost", "ai_cost"),
            ("ai_resolved", "ai_resolved_conversations"),
        ] {
            let frame = self.demo.ask(&format!("roi_and_quality/{file}.sql"), &question).await;
            self.same(file, frame.figure(), &api[field]);
        }
        let percentage = self.demo.ask("roi_and_quality/roi.sql", &question).await.figure().map(|share| share * 100.0);
        self.same("roi", percentage, &api["roi_percentage"]);
        let frame = self.demo.ask("all_stores/savings.sql", &question).await;
        self.same("savings of all stores", frame.numbers("Savings")[0], &api["savings"]);
        self.same("AI cost of all stores", frame.numbers("AI cost")[0], &api["ai_cost"]);
        // Days are rounded one by one there.
        let by_day = self.demo.ask("roi_and_quality/savings_by_day.sql", &question).await;
        assert_eq!(by_day.rows.len(), 14);
        let difference = (by_day.sum("Savings") - api["savings"].as_f64().unwrap()).abs();
        assert!(difference < 0.005 * 15.0, "savings by day differ by {difference}");
        let assumptions = self.demo.ask("roi_and_quality/assumptions.sql", &question).await;
        let in_force = assumptions.numbers("Human agent, per hour")[0];
        self.same("cost per hour", in_force, &api["avg_human_agent_cost_per_hour"]);
    }

    async fn quality(&mut self) {
        let api = self.api("analytics/quality?compare=none&").await;
        let quality = &api["quality"];
        let columns = [
            ("Overall", "avg_overall_score"),
            ("Helpfulness", "avg_helpfulness_score"),
            ("Accuracy", "avg_accuracy_score"),
            ("Politeness", "avg_politeness_score"),
        ];
        assert!(quality["scored_conversations"].as_u64().unwrap() > 50, "{quality}");
        let frame = self.ask("roi_and_quality/scored_rate.sql").await;
        self.same("scored_rate", frame.figure(), &quality["scored_rate"]);
        let frame = self.ask("roi_and_quality/quality_scores.sql").await;
        self.same_columns("quality_scores", &frame, std::slice::from_ref(quality), &columns);
        let frame = self.ask("roi_and_quality/quality_by_day.sql").await;
        self.same_columns("quality_by_day", &frame, api["daily"].as_array().unwrap(), &columns);
        let frame = self.ask("roi_and_quality/quality_by_outcome.sql").await;
        let label = |part: &str, name: &str| {
            let rows = api[part].as_array().unwrap();
            rows.iter().find(|row| row["label"] == name).unwrap_or_else(|| panic!("{part} has no {name}")).clone()
        };
        let rows: Vec<Value> = frame.texts("Outcome").iter().map(|outcome| label("outcome", outcome)).collect();
        self.same_columns("quality_by_outcome", &frame, &rows, &columns);
        self.same_columns("quality_by_outcome", &frame, &rows, &[("Scored", "scored_conversations")]);
        let frame = self.ask("roi_and_quality/score_distribution.sql").await;
        let rows: Vec<Value> = frame.texts("Score").iter().map(|score| label("overall_score", &score[..3])).collect();
        self.same_columns("score_distribution", &frame, &rows, &[("Conversations", "scored_conversations")]);
        let lowest = self.ask("roi_and_quality/lowest_scores.sql").await.numbers("Overall");
        assert!(lowest.is_sorted() && lowest[0] < Some(0.5), "{lowest:?}");
    }

    /// The list of the API is about all time, as far as there is data.
    async fn gaps(&mut self) {
        let question = Question::about(self.shop, Utc::now() - Days::new(90), Utc::now());
        let api = self.demo.api(self.shop, "content-gaps?limit=200").await;
        let gaps = api.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        let costs = self.demo.ask("roi_and_quality/gap_costs.sql", &question).await;
        let known = self.demo.ask("one_store/content_gaps.sql", &question).await;
        assert_eq!((costs.rows.len(), known.rows.len()), (gaps.len(), gaps.len()), "{gaps:?}");
        let find = |topic: &String| gaps.iter().find(|gap| gap["topic"] == **topic).unwrap().clone();
        let rows: Vec<Value> = costs.texts("Topic").iter().map(find).collect();
        let mut columns = vec![
            ("Conversations", "conversations"),
            ("Escalated", "escalated_conversations"),
            ("Abandoned", "abandoned_conversations"),
            ("Human cost", "human_cost"),
        ];
        self.same_columns("gap_costs", &costs, &rows, &columns);
        let rows: Vec<Value> = known.texts("Topic").iter().map(find).collect();
        columns = vec![("Retrievals", "frequency"), ("Best confidence", "best_confidence")];
        self.same_columns("content_gaps", &known, &rows, &columns);
        let all = self.demo.ask("all_stores/content_gaps.sql", &question).await;
        let rows: Vec<Value> = all.texts("Topic").iter().map(find).collect();
        self.same_columns("content_gaps of all stores", &all, &rows, &columns);
    }

    async fn tables_of_all_stores(&mut self) {
        let api = self.api("analytics/metrics?compare=none&").await;
        let frame = self.ask("all_stores/stores.sql").await;
        let columns = [
            ("Conversations", "total_conversations"),
            ("Customers", "unique_customers"),
            ("Resolution rate", "resolution_rate"),
            ("AI resolution rate", "ai_resolution_rate"),
            ("Escalation rate", "escalation_rate"),
            ("Abandonment rate", "abandonment_rate"),
            ("CSAT", "csat"),
            ("First response", "avg_first_response_time_ms"),
        ];
        self.same_columns("stores", &frame, std::slice::from_ref(&api["metrics"]), &columns);
        assert_eq!(frame.texts("Store"), [self.shop.name]);
    }
}

/// What all stores have together, against the base table.
async fn sums_of_all_stores(demo: &Demo, differences: &mut Vec<String>) {
    let to = Utc::now();
    let mut question = Question::about(&SHOPS[0], midnight((to - Days::new(14)).date_naive(), Tz::UTC), to);
    question.stores = SHOPS.iter().map(Shop::store_id).collect();
    let sql = "select count(*) as total, count(*) filter (where outcome = 'resolved') as resolved,
                      count(*) filter (where outcome = 'escalated') as escalated
               from conversations where started_at >= $1 and started_at < $2";
    let row = demo.owner.query_one(sql, &[&question.range.from, &question.range.to]).await.unwrap();
    let count = |name: &str| Some(row.get::<_, i64>(name)).map(|count| i32::try_from(count).unwrap().into());
    let by_store = demo.ask("all_stores/conversations_by_store.sql", &question).await;
    let outcomes = demo.ask("all_stores/outcomes.sql", &question).await;
    let total = demo.ask("all_stores/conversations.sql", &question).await;
    for (what, panel, expected) in [
        ("conversations", total.figure(), count("total")),
        ("conversations by store", Some(by_store.sum("Conversations")), count("total")),
        ("resolved", Some(outcomes.sum("Resolved")), count("resolved")),
        ("escalated", Some(outcomes.sum("Escalated")), count("escalated")),
    ] {
        if !is_same(panel, expected) {
            differences.push(format!("all stores: {what}: the panel has {panel:?}, the table {expected:?}"));
        }
    }
    assert!(by_store.texts("metric").iter().any(|store| store == SHOPS[2].name));
}

/// Events and rejections, against the base tables.
async fn pipeline(demo: &Demo, differences: &mut Vec<String>) {
    let to = Utc::now();
    let question = Question::about(&SHOPS[0], to - Days::new(3), to);
    let count = async |sql: &str| {
        let row = demo.owner.query_one(sql, &[&question.range.from, &question.range.to]).await.unwrap();
        f64::from(i32::try_from(row.get::<_, i64>(0)).unwrap())
    };
    let events = "select count(*) from conversation_events where created_at >= $1 and created_at < $2";
    let rejected = "select coalesce(sum(events), 0)::bigint from ingest_rejections where rejected_at between $1 and $2";
    let (events, rejected) = (count(events).await, count(rejected).await);
    assert!(events > 500.0 && is_same(Some(rejected), Some(2.0)), "{events} {rejected}");
    for (file, column, expected) in [
        ("pipeline_health/events.sql", "Events", events),
        ("pipeline_health/arrivals.sql", "Events", 120.0),
        ("pipeline_health/rejections.sql", "Events", rejected),
        ("pipeline_health/last_rejections.sql", "Events", rejected),
        ("pipeline_health/rejected_events.sql", "Rejected", rejected),
    ] {
        let panel = demo.ask(file, &question).await.sum(column);
        if !is_same(Some(panel), Some(expected)) {
            differences.push(format!("{file}: the panel has {panel}, the table {expected}"));
        }
    }
}
