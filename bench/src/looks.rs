//! Looks at dashboards of stores taken at random, planned before the time starts and compared with the oracle afterwards.

use std::{sync::Arc, time::Duration};

use colloquy::demo::Random;

use crate::{
    Result, answers,
    client::{Prepared, Replies},
    data::DataSet,
    generator::Store,
    oracle::History,
    questions::{self, Period},
    server::Server,
};

/// One look.
#[derive(Clone)]
pub struct Look<'a> {
    /// So long after the start.
    pub after: Duration,
    pub store: &'a Store,
    pub period: Period,
}

/// So many a second for some time, evenly, at the month of any store.
#[must_use]
pub fn steady(set: &DataSet, seed: u64, per_second: f64, lasts: Duration) -> Vec<Look<'_>> {
    let mut random = Random::of(&[seed]);
    let stores: Vec<&Store> = set.generator.stores().iter().collect();
    let every = Duration::from_secs_f64(1.0 / per_second);
    let afters = (0..).map(|nth| every * nth).take_while(|after| *after < lasts);
    afters.map(|after| Look { after, store: random.one_of(&stores), period: Period::Month }).collect()
}

/// People who look again and again, each after times of its own that are distributed exponentially, at any store and
/// period. The first of them looks at the largest store only.
#[must_use]
pub fn people(set: &DataSet, seed: u64, (count, every): (u64, Duration), lasts: Duration) -> Vec<Look<'_>> {
    let stores: Vec<&Store> = set.generator.stores().iter().collect();
    let mut looks: Vec<Look<'_>> = Vec::new();
    for person in 0..count {
        let mut random = Random::of(&[seed, person]);
        let mut after = Duration::ZERO;
        loop {
            after += every.mul_f64(-(1.0 - random.fraction()).ln());
            if after >= lasts {
                break;
            }
            let store = if person == 0 { set.generator.largest() } else { random.one_of(&stores) };
            looks.push(Look { after, store, period: period(&mut random) });
        }
    }
    looks.sort_by_key(|look| look.after);
    looks
}

fn period(random: &mut Random) -> Period {
    random.weighted(&[
        (Period::Day, 0.24),
        (Period::Week, 0.24),
        (Period::Month, 0.24),
        (Period::Quarter, 0.24),
        (Period::Year, 0.04),
    ])
}

/// The requests, with their times.
///
/// # Errors
/// Never, but a path could be wrong.
pub fn plan(server: &Server, looks: &[Look<'_>]) -> Result<Vec<(Duration, Prepared)>> {
    let planned =
        |look: &Look<'_>| Ok((look.after, server.target.get(&questions::dashboard(look.store, look.period))?));
    looks.iter().map(planned).collect()
}

/// Compares all answers with the oracle; returns how many there were.
///
/// # Errors
/// Names the first number that differs, and its store and period.
pub fn check(set: &DataSet, looks: &[Look<'_>], replies: &Replies) -> Result<usize> {
    let mut answers = 0;
    for (look, body) in replies.answers() {
        let Look { store, period, .. } = looks[look];
        let history: Arc<History> = History::of(&set.generator, store);
        answers::check_dashboard(&history, store, period, body)
            .map_err(|error| format!("{} of store {}: {error}", period.name(), store.rank))?;
        answers += 1;
    }
    Ok(answers)
}
