//! The query string of a request.

use std::convert::Infallible;

use warp::Filter;

use super::problem::{Fault, Problem};

/// The parameters of a query string. Read each by `required`, `optional` or `or`, with a rule of `fields`, then call
/// `finish`, which fails with all faults at once:
///
/// ```ignore
/// let days = parameters.or("period_days", 30, integer(1..=365));
/// let cost = parameters.optional("ai_cost_per_conversation", decimal(Decimal::ZERO..=limit));
/// let query = parameters.finish(|| Some(Query { days: days?, cost: cost? }))?;
/// ```
pub struct Parameters {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

/// The query string of a path of admins.
pub fn parameters() -> impl Filter<Extract = (Parameters,), Error = Infallible> + Clone {
    raw_query().map(|raw: String| Parameters::parse(&raw))
}

/// The query string of a path of a store, where `store_id` is read together with the key.
pub fn tenant_parameters() -> impl Filter<Extract = (Parameters,), Error = Infallible> + Clone {
    raw_query().map(|raw: String| {
        let mut parameters = Parameters::parse(&raw);
        parameters.take("store_id");
        parameters
    })
}

pub(super) fn raw_query() -> impl Filter<Extract = (String,), Error = Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

impl Parameters {
    /// Takes a query string apart; it cannot fail before `finish`.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        let given = form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
        Self { given, known: Vec::new(), faults: Vec::new() }
    }

    /// Whether a parameter is given.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// The value of a parameter that must be there; none only if there is a fault.
    pub fn required<T>(&mut self, name: &'static str, rule: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let Some(value) = self.take(name) else {
            if !self.faults.iter().any(|fault| fault.field == name) {
                self.fault(name, "missing_parameter", "is required.");
            }
            return None;
        };
        self.apply(name, &value, rule)
    }

    /// The value of a parameter, `Some(None)` if it is not there; none only if there is a fault.
    #[allow(clippy::option_option, reason = "a fault and an absent parameter are two things")]
    pub fn optional<T>(&mut self, name: &'static str, rule: impl Fn(&str) -> Result<T, String>) -> Option<Option<T>> {
        match self.take(name) {
            Some(value) => self.apply(name, &value, rule).map(Some),
            None => Some(None),
        }
    }

    /// The value of a parameter, or a default if it is not there; none only if there is a fault.
    pub fn or<T>(&mut self, name: &'static str, default: T, rule: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.optional(name, rule).map(|value| value.unwrap_or(default))
    }

    /// Adds a fault that no rule on a single parameter can see.
    pub fn fault(&mut self, name: &'static str, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault { field: name.into(), code, detail: detail.into() });
    }

    /// Ends the reading: parameters that nothing has read are faults too.
    ///
    /// # Errors
    /// `Problem::Parameters` with all faults.
    pub fn finish<T>(mut self, value: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        for (name, _) in std::mem::take(&mut self.given) {
            if !self.known.contains(&name.as_str()) {
                let field = name.chars().take(64).collect::<String>().into();
                self.faults.push(Fault { field, code: "unknown_parameter", detail: unknown(&self.known) });
            }
        }
        match value() {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::Parameters(self.faults)),
        }
    }

    /// Ends the reading of some parameters of a query string whose others are read elsewhere.
    pub(super) fn finish_some<T>(self, value: Option<T>) -> Result<T, Problem> {
        value.filter(|_| self.faults.is_empty()).ok_or(Problem::Parameters(self.faults))
    }

    /// Ends the reading of a path without parameters.
    ///
    /// # Errors
    /// `Problem::Parameters` with all faults.
    pub fn none(self) -> Result<(), Problem> {
        self.finish(|| Some(()))
    }

    /// Names a parameter that is not read this time.
    pub fn know(&mut self, name: &'static str) {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<String> {
        self.know(name);
        let mut values = self.given.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone());
        let first = values.next();
        if values.next().is_some() {
            self.fault(name, "repeated_parameter", "is given more than once.");
            return None;
        }
        first
    }

    fn apply<T>(&mut self, name: &'static str, value: &str, rule: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match rule(value) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.fault(name, "invalid_parameter", detail);
                None
            }
        }
    }
}

/// What is wrong with a parameter that the path does not take, and which ones it takes.
fn unknown(known: &[&str]) -> String {
    if known.is_empty() {
        return "is not known here; this path takes none.".into();
    }
    format!("is not known here; known are {}.", known.join(", "))
}
