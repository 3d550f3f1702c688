//! The text format of Prometheus 0.0.4, read by its rules and not by those of whoever writes it.

use std::collections::BTreeMap;

use colloquy::http::App;

use super::http::send;

/// What `/metrics` answered.
pub struct Scrape {
    /// Types of the metrics by name.
    pub types: BTreeMap<String, String>,
    /// Help of the metrics by name.
    pub help: BTreeMap<String, String>,
    pub samples: Vec<Sample>,
}

#[derive(Clone, Debug)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Scrape {
    /// Asks the routes in process.
    pub async fn of(app: &App) -> Self {
        let answer = send(app, "GET", "/metrics", "").await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        Self::parse(answer.text())
    }

    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line must end, too");
        let mut scrape = Self { types: BTreeMap::new(), help: BTreeMap::new(), samples: Vec::new() };
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(scrape.help.insert(name.to_owned(), help.to_owned()).is_none(), "{line} stands twice");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(scrape.types.insert(name.to_owned(), kind.to_owned()).is_none(), "{line} stands twice");
            } else {
                let sample = sample(line);
                let is_same = |other: &Sample| (&other.name, &other.labels) == (&sample.name, &sample.labels);
                assert!(!scrape.samples.iter().any(is_same), "{line} stands twice");
                scrape.samples.push(sample);
            }
        }
        scrape
    }

    /// The samples of a name with these labels, and perhaps others.
    pub fn all(&self, name: &str, labels: &[(&str, &str)]) -> Vec<&Sample> {
        let has =
            |sample: &Sample, label: &(&str, &str)| sample.labels.get(label.0).is_some_and(|value| value == label.1);
        let is_wanted = |sample: &&Sample| sample.name == name && labels.iter().all(|label| has(sample, label));
        self.samples.iter().filter(is_wanted).collect()
    }

    /// The sum of these samples; 0 without any.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.all(name, labels).iter().map(|sample| sample.value).sum()
    }

    /// The one sample.
    #[track_caller]
    pub fn one(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let all = self.all(name, labels);
        assert_eq!(all.len(), 1, "{name} {labels:?}: {all:?}");
        all[0].value
    }

    /// The name under which type and help of a sample stand: that of a histogram is without its ending.
    pub fn family<'a>(&self, sample: &'a Sample) -> &'a str {
        let of_histogram = |ending| {
            let base = sample.name.strip_suffix(ending)?;
            self.types.get(base).is_some_and(|kind| kind == "histogram").then_some(base)
        };
        ["_bucket", "_sum", "_count"].into_iter().find_map(of_histogram).unwrap_or(&sample.name)
    }

    /// What is wrong with the histograms: buckets that fall, an end that is not the count.
    pub fn faults_of_histograms(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, _) in self.types.iter().filter(|(_, kind)| *kind == "histogram") {
            for count in self.all(&format!("{name}_count"), &[]) {
                let labels: Vec<(&str, &str)> = count.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
                let mut buckets: Vec<(f64, f64)> = self
                    .all(&format!("{name}_bucket"), &labels)
                    .iter()
                    .map(|bucket| (number(&bucket.labels["le"]), bucket.value))
                    .collect();
                buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
                let falls = buckets.windows(2).any(|pair| pair[0].1 > pair[1].1);
                let ends_well =
                    buckets.last().is_some_and(|last| last.0.is_infinite() && (last.1 - count.value).abs() < 0.5);
                if falls || !ends_well || buckets.len() < 5 {
                    faults.push(format!("{name} {labels:?}: {buckets:?}, count {}", count.value));
                }
                self.one(&format!("{name}_sum"), &labels);
            }
        }
        faults
    }
}

fn sample(line: &str) -> Sample {
    let name_end = line.find(['{', ' ']).unwrap_or_else(|| panic!("{line}"));
    let name = &line[..name_end];
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    assert!(is_name(name), "{line}");
    let mut rest = &line[name_end..];
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            rest = rest.strip_prefix(',').unwrap_or(rest);
            let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(label), "{line}");
            let (value, after) = text_in_quotes(after);
            assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
            rest = after;
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    Sample { name: name.to_owned(), labels, value: number(value) }
}

/// The text up to the closing quote, and what follows it.
fn text_in_quotes(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next().expect("a label value must end") {
            (at, '"') => return (value, &text[at + 1..]),
            (_, '\\') => value.push(match characters.next().unwrap().1 {
                'n' => '\n',
                other => other,
            }),
            (_, other) => value.push(other),
        }
    }
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        other => other.parse().unwrap_or_else(|_| panic!("{text} is no number")),
    }
}

#[test]
fn the_parser_reads_what_the_format_allows() {
    let scrape = Scrape::parse("# HELP a b c\n# TYPE a counter\na{x=\"1,}\\\"\\\\\\n\",y=\"\"} 4.5e3\nb +Inf\n");
    assert_eq!(scrape.samples[0].labels["x"], "1,}\"\\\n");
    assert!((scrape.one("a", &[("y", "")]) - 4500.0).abs() < 1e-9 && scrape.one("b", &[]).is_infinite());
}
