//! How many requests a key may send, and how often an address may try to sign in; 429 beyond that.
//!
//! Each limit is a leaky bucket (GCRA, by `governor`) of this server that holds ten seconds' worth of requests.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;
use warp::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::auth::Scope;
use super::context;
use super::problem::Problem;

const WINDOW_SECONDS: u32 = 10;
const SIGN_INS_PER_SECOND: u32 = 5;
/// More addresses than this, and those that have been quiet are forgotten.
const MOST_ADDRESSES: usize = 10_000;
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit");

/// The limits of a server; by default there are none.
#[derive(Default)]
pub struct RateLimits {
    ingest: Option<Limit<Uuid>>,
    others: Option<Limit<Uuid>>,
    sign_ins: Option<Limit<IpAddr>>,
    /// Until when a proof is refused without being looked up, so that a flood costs no query.
    refused: Mutex<HashMap<([u8; 32], bool), Instant>>,
}

/// What the key of a request may still ask for.
#[derive(Clone, Copy)]
pub(super) struct Remaining {
    name: &'static str,
    burst: u32,
    requests: u32,
    full_after_seconds: u32,
}

struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    per_second: u32,
    burst: u32,
    buckets: RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>,
}

impl RateLimits {
    /// Requests a second of a key: to store something, and all others; 0 for no limit. Signing in is limited too.
    #[must_use]
    pub fn new(ingest_per_second: u32, others_per_second: u32) -> Self {
        Self {
            ingest: Limit::new("ingest", ingest_per_second),
            others: Limit::new("requests", others_per_second),
            sign_ins: Limit::new("sign-ins", SIGN_INS_PER_SECOND),
            refused: Mutex::default(),
        }
    }

    /// Refuses a key or session, by its hash, whose last request was refused a moment ago.
    pub(super) fn check(&self, scope: Scope, proof: [u8; 32]) -> Result<(), Problem> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match refused.get(&(proof, scope == Scope::Ingest)) {
            Some(until) if *until > now => Err(too_many(*until - now)),
            Some(_) => {
                refused.retain(|_, until| *until > now);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Counts a request of a key, which showed a proof with this hash.
    pub(super) fn count(&self, scope: Scope, key_id: Uuid, proof: [u8; 32]) -> Result<(), Problem> {
        let limit = if scope == Scope::Ingest { &self.ingest } else { &self.others };
        let Some(limit) = limit else { return Ok(()) };
        match limit.take(&key_id) {
            Ok(remaining) => {
                context::set_remaining(remaining);
                Ok(())
            }
            Err(wait) => {
                context::set_remaining(limit.remaining(0));
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.insert((proof, scope == Scope::Ingest), Instant::now() + wait);
                Err(too_many(wait))
            }
        }
    }

    /// Counts an attempt to sign in, whether it succeeds or not.
    ///
    /// # Errors
    /// `Problem::TooManyRequests`.
    pub fn count_sign_in(&self) -> Result<(), Problem> {
        let (Some(limit), Some(peer)) = (&self.sign_ins, context::peer()) else { return Ok(()) };
        if limit.buckets.len() > MOST_ADDRESSES {
            limit.buckets.retain_recent();
        }
        limit.take(&peer).map_err(too_many)?;
        Ok(())
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(name: &'static str, per_second: u32) -> Option<Self> {
        let burst = per_second.saturating_mul(WINDOW_SECONDS);
        let quota = Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(NonZeroU32::new(burst)?);
        let buckets = RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
        Some(Self { name, per_second, burst, buckets })
    }

    /// What remains, or how long to wait.
    fn take(&self, key: &K) -> Result<Remaining, Duration> {
        match self.buckets.check_key(key) {
            Ok(state) => Ok(self.remaining(state.remaining_burst_capacity())),
            Err(not_yet) => Err(not_yet.wait_time_from(DefaultClock::default().now())),
        }
    }

    fn remaining(&self, requests: u32) -> Remaining {
        let full_after_seconds = self.burst.saturating_sub(requests).div_ceil(self.per_second);
        Remaining { name: self.name, burst: self.burst, requests, full_after_seconds }
    }
}

impl Remaining {
    /// Tells the client.
    pub(super) fn add_to(self, headers: &mut HeaderMap) {
        let Self { name, burst, requests, full_after_seconds } = self;
        let texts = [
            (POLICY, format!("\"{name}\";q={burst};w={WINDOW_SECONDS}")),
            (REMAINING, format!("\"{name}\";r={requests};t={full_after_seconds}")),
        ];
        headers.extend(texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?))));
    }
}

fn too_many(wait: Duration) -> Problem {
    Problem::TooManyRequests { retry_after_seconds: wait.as_secs().saturating_add(1) }
}
