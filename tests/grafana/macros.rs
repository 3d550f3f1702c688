//! What Grafana makes of a query before PostgreSQL sees it, with the switch `timescaledb` on.
//!
//! Variables are put in by the browser (`SqlDatasource.ts`), macros by the server (`grafana-postgresql-datasource/macros.go`).

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

/// A variable of a dashboard and what is chosen.
#[derive(Clone)]
pub struct Variable {
    pub name: String,
    pub values: Vec<String>,
    /// Several values can be chosen; decides how they are quoted.
    pub multi: bool,
}

/// The time range of a dashboard, and the width of a step that its panels ask for.
#[derive(Clone, Copy)]
pub struct Range {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub interval: &'static str,
}

/// The text that PostgreSQL gets.
pub fn expand(sql: &str, variables: &[Variable], range: &Range) -> String {
    macros(&put_in(sql, variables, range), range)
}

/// Replaces `$name`, `${name}`, `${name:format}` and `[[name]]`; what is no variable stays.
fn put_in(sql: &str, variables: &[Variable], range: &Range) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['$', '[']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, name, format) = reference(rest);
        match variables.iter().find(|variable| variable.name == name) {
            Some(variable) => out.push_str(&formatted(variable, format)),
            None if name == "__interval" => out.push_str(range.interval),
            None if name == "__interval_ms" => {
                let interval_ms = 1000.0 * seconds(range.interval);
                write!(out, "{interval_ms:.0}").unwrap();
            }
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out + rest
}

/// Length, name and format of the reference at the start; the length of one character where there is none.
fn reference(text: &str) -> (usize, &str, Option<&str>) {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    for (open, close) in [("${", "}"), ("[[", "]]")] {
        let Some(inside) = text.strip_prefix(open).and_then(|rest| rest.split_once(close)).map(|(inside, _)| inside)
        else {
            continue;
        };
        let (name, format) = inside.split_once(':').map_or((inside, None), |(name, format)| (name, Some(format)));
        if !name.is_empty() && name.chars().all(is_word) {
            return (open.len() + inside.len() + close.len(), name, format);
        }
    }
    let name = text.strip_prefix('$').map_or("", |rest| &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]);
    (1 + name.len(), name, None)
}

fn formatted(variable: &Variable, format: Option<&str>) -> String {
    let escaped = |value: &String| value.replace('\'', "''");
    let quoted = |value: &String| format!("'{}'", escaped(value));
    let join = |values: Vec<String>| values.join(",");
    match format {
        Some("sqlstring") => join(variable.values.iter().map(quoted).collect()),
        Some("csv" | "raw") => join(variable.values.clone()),
        Some(other) => panic!("the format {other} is not known here"),
        None if variable.multi => join(variable.values.iter().map(quoted).collect()),
        None => escaped(&variable.values[0]),
    }
}

/// Replaces `$__name(arguments)`; an argument ends at the first `)`, whatever stands in it.
fn macros(sql: &str, range: &Range) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = reference(rest).1;
        let call = rest[1 + name.len()..].strip_prefix('(').and_then(|inside| inside.split_once(')'));
        let (Some((arguments, after)), true) = (call, rest.as_bytes().get(1) != Some(&b'{') && !name.is_empty()) else {
            out.push('$');
            rest = &rest[1..];
            continue;
        };
        let arguments: Vec<&str> = arguments.split(',').map(|argument| argument.trim_matches(' ')).collect();
        // As before Grafana 5.3: a column list goes on after it, so that it names the column.
        let name = if name == "__timeGroup" && after.starts_with(',') { "__timeGroupAlias" } else { name };
        out.push_str(&evaluate(name, &arguments, range));
        rest = after;
    }
    out + rest
}

fn evaluate(name: &str, arguments: &[&str], range: &Range) -> String {
    let [from, to] = [range.from, range.to].map(|instant| format!("'{}'", rfc3339_nano(instant)));
    let [from_seconds, to_seconds] = [range.from, range.to].map(|instant| instant.timestamp());
    let [from_nanos, to_nanos] = [range.from, range.to].map(|instant| instant.timestamp_nanos_opt().unwrap());
    let column = arguments[0];
    match name {
        "__time" => format!("{column} AS \"time\""),
        "__timeEpoch" => format!("extract(epoch from {column}) as \"time\""),
        "__timeFilter" => format!("{column} BETWEEN {from} AND {to}"),
        "__timeFrom" => from,
        "__timeTo" => to,
        "__timeGroup" => format!("time_bucket('{:.3}s',{column})", seconds(arguments[1].trim_matches('\''))),
        "__timeGroupAlias" => format!("{} AS \"time\"", evaluate("__timeGroup", arguments, range)),
        "__unixEpochFilter" => format!("{column} >= {from_seconds} AND {column} <= {to_seconds}"),
        "__unixEpochFrom" => from_seconds.to_string(),
        "__unixEpochTo" => to_seconds.to_string(),
        "__unixEpochNanoFilter" => format!("{column} >= {from_nanos} AND {column} <= {to_nanos}"),
        "__unixEpochNanoFrom" => from_nanos.to_string(),
        "__unixEpochNanoTo" => to_nanos.to_string(),
        "__unixEpochGroup" => {
            let seconds = seconds(arguments[1].trim_matches('\''));
            format!("floor(({column})/{seconds})*{seconds}")
        }
        "__unixEpochGroupAlias" => format!("{} AS \"time\"", evaluate("__unixEpochGroup", arguments, range)),
        other => panic!("unknown macro {other:?}"),
    }
}

/// Go's `RFC3339Nano`: no zeros at the end of the fraction.
fn rfc3339_nano(instant: DateTime<Utc>) -> String {
    let text = instant.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let (seconds, fraction) = text.trim_end_matches('Z').split_once('.').unwrap();
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}Z"),
        fraction => format!("{seconds}.{fraction}Z"),
    }
}

/// Seconds of an interval such as `15m`.
fn seconds(interval: &str) -> f64 {
    let unit_at = interval.find(|c: char| !c.is_ascii_digit()).unwrap_or_else(|| panic!("interval {interval:?}"));
    let number: f64 = interval[..unit_at].parse().unwrap();
    number
        * match &interval[unit_at..] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            "w" => 604_800.0,
            unit => panic!("unit {unit:?}"),
        }
}

fn example() -> (Vec<Variable>, Range) {
    let variable = |name: &str, values: &[&str], multi| Variable {
        name: name.to_owned(),
        values: values.iter().map(ToString::to_string).collect(),
        multi,
    };
    let variables = vec![
        variable("one", &["it's"], false),
        variable("some", &["a", "it's"], true),
        variable("single", &["a"], true),
    ];
    let from = Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap();
    let to = Utc.timestamp_millis_opt(from.timestamp_millis() + 86_399_990).unwrap();
    (variables, Range { from, to, interval: "30m" })
}

#[test]
fn variables_are_quoted_as_grafana_does() {
    let (variables, range) = example();
    for (sql, expected) in [
        ("a = '$one'", "a = 'it''s'"),
        ("a = '${one}' or '[[one]]'", "a = 'it''s' or 'it''s'"),
        ("a = ${one:sqlstring}", "a = 'it''s'"),
        ("a = '${one:raw}'", "a = 'it's'"),
        ("a in ($some)", "a in ('a','it''s')"),
        ("a in (${some}) and b in (${some:sqlstring})", "a in ('a','it''s') and b in ('a','it''s')"),
        ("a in (${some:csv})", "a in (a,it's)"),
        ("a in ($single)", "a in ('a')"),
        ("$one_more, $other, $1, x[1], $__interval, $__interval_ms", "$one_more, $other, $1, x[1], 30m, 1800000"),
    ] {
        assert_eq!(put_in(sql, &variables, &range), expected, "{sql}");
    }
}

#[test]
fn macros_become_what_grafana_makes_of_them() {
    let (variables, range) = example();
    for (sql, expected) in [
        ("$__timeFilter(c.at)", "c.at BETWEEN '2026-11-01T00:00:00Z' AND '2026-11-01T23:59:59.99Z'"),
        ("a >= $__timeFrom() and a < $__timeTo()", "a >= '2026-11-01T00:00:00Z' and a < '2026-11-01T23:59:59.99Z'"),
        ("($__timeFrom()::timestamptz)", "('2026-11-01T00:00:00Z'::timestamptz)"),
        ("group by $__timeGroup(at, '1h')", "group by time_bucket('3600.000s',at)"),
        ("select $__timeGroup(at, 5m), 1", "select time_bucket('300.000s',at) AS \"time\", 1"),
        ("$__timeGroupAlias(m.at, $__interval)", "time_bucket('1800.000s',m.at) AS \"time\""),
        ("$__timeGroupAlias(at,'1d',NULL)", "time_bucket('86400.000s',at) AS \"time\""),
        ("$__unixEpochFilter(n)", "n >= 1793491200 AND n <= 1793577599"),
        ("$__unixEpochGroup(n, '1m')", "floor((n)/60)*60"),
        ("$__time(at), $__timeEpoch(at)", "at AS \"time\", extract(epoch from at) as \"time\""),
        // An argument ends at the first parenthesis, so that this is no way to filter an expression.
        ("$__timeFilter(lower(a))", "lower(a BETWEEN '2026-11-01T00:00:00Z' AND '2026-11-01T23:59:59.99Z')"),
    ] {
        assert_eq!(expand(sql, &variables, &range), expected, "{sql}");
    }
}
