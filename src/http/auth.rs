//! Who asks: the key of a request, what it may do, and the store it opens.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono_tz::Tz;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio_postgres::Row;
use uuid::Uuid;
use warp::Filter;
use warp::http::header::AUTHORIZATION;
use warp::http::{HeaderMap, Method};
use warp::reject::{self, Rejection};

use super::parameters::{Parameters, raw_query};
use super::problem::Problem;
use super::{App, fields, frame};
use crate::dashboard::session::SessionToken;
use crate::database::{self, DatabaseError};
use crate::keys::ApiKey;

const FIND_BY_SESSION: &str = include_str!("../../sql/keys/find_by_session.sql");
const RECORD_USE: &str = include_str!("../../sql/keys/record_use.sql");

/// Time after which a request is refused whose key cannot be looked up, which takes a millisecond as a rule.
pub const KEY_WITHIN: Duration = Duration::from_secs(10);

/// What a key may do. An admin key may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Ingest,
    Read,
    Manage,
    Admin,
}

impl Scope {
    /// All scopes by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("ingest", Self::Ingest), ("read", Self::Read), ("manage", Self::Manage), ("admin", Self::Admin)];

    /// The name in requests and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    /// The scope of a name in the database.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, scope)| scope)
    }
}

/// A request with a good key that has the scope the path asks for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The key.
    pub key_id: Uuid,
    /// What it opens.
    pub access: Access,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// What a key opens.
#[derive(Clone, Debug)]
pub enum Access {
    /// One store.
    Store {
        /// The store.
        store_id: Uuid,
        /// Its timezone.
        timezone: Tz,
    },
    /// All stores.
    Admin,
}

/// The store that a request is about: that of its key, or the one an admin names by `store_id`.
#[derive(Clone, Copy, Debug)]
pub struct Tenant {
    /// The store.
    pub store_id: Uuid,
    /// Its timezone.
    pub timezone: Tz,
    /// The key.
    pub key_id: Uuid,
}

/// A request with an admin key.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    /// The key.
    pub key_id: Uuid,
}

/// Any key with a scope; an admin key needs no `store_id` here.
pub fn caller(app: &App, scope: Scope) -> impl Filter<Extract = (Caller,), Error = Rejection> + Clone + use<> {
    found(app, scope).map(|found: Found| found.caller)
}

/// A key with a scope for one store, or an admin key together with `store_id`.
pub fn tenant(app: &App, scope: Scope) -> impl Filter<Extract = (Tenant,), Error = Rejection> + Clone + use<> {
    found(app, scope).and_then(|found: Found| async move { found.tenant().map_err(reject::custom) })
}

/// An admin key.
pub fn admin(app: &App) -> impl Filter<Extract = (Admin,), Error = Rejection> + Clone + use<> {
    found(app, Scope::Admin).map(|found: Found| Admin { key_id: found.caller.key_id })
}

/// An admin key together with `store_id`.
pub fn admin_of_tenant(app: &App) -> impl Filter<Extract = (Tenant,), Error = Rejection> + Clone + use<> {
    found_with(app, Scope::Admin, true).and_then(|found: Found| async move { found.tenant().map_err(reject::custom) })
}

/// Which keys were recorded as used within the last minute, so that requests rarely write.
#[derive(Default)]
pub(super) struct KeyUse(Mutex<HashMap<Uuid, Instant>>);

impl KeyUse {
    const EVERY: Duration = Duration::from_mins(1);

    /// True at most once a minute for each key.
    fn is_due(&self, key_id: Uuid) -> bool {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = recorded.get(&key_id).is_none_or(|at| at.elapsed() >= Self::EVERY);
        if is_due {
            recorded.retain(|_, at| at.elapsed() < Self::EVERY);
            recorded.insert(key_id, Instant::now());
        }
        is_due
    }
}

struct Found {
    caller: Caller,
    named_store: Option<(Uuid, Tz)>,
    is_store_named: bool,
}

impl Found {
    fn tenant(self) -> Result<Tenant, Problem> {
        let key_id = self.caller.key_id;
        match (self.caller.access, self.named_store) {
            (Access::Store { store_id, timezone }, _) | (Access::Admin, Some((store_id, timezone))) => {
                Ok(Tenant { store_id, timezone, key_id })
            }
            (Access::Admin, None) if self.is_store_named => Err(Problem::UnknownStore),
            (Access::Admin, None) => {
                Err(Problem::parameter("store_id", "missing_parameter", "is required with an admin key."))
            }
        }
    }
}

fn found(app: &App, scope: Scope) -> impl Filter<Extract = (Found,), Error = Rejection> + Clone + use<> {
    found_with(app, scope, scope != Scope::Admin)
}

/// With `names_store`, the query string may name a store.
fn found_with(
    app: &App,
    scope: Scope,
    names_store: bool,
) -> impl Filter<Extract = (Found,), Error = Rejection> + Clone + use<> {
    let app = app.clone();
    warp::method().and(warp::header::headers_cloned()).and(raw_query()).and_then(
        move |method: Method, headers: HeaderMap, query: String| {
            let app = app.clone();
            async move {
                let proof = Proof::of_request(scope, &method, &headers).map_err(reject::custom)?;
                find(&app, scope, names_store, &proof, &query).await.map_err(reject::custom)
            }
        },
    )
}

/// By what a request shows which key it has.
enum Proof {
    Key(ApiKey),
    Session(SessionToken),
}

impl Proof {
    /// A session of the dashboard stands for its key where something is only read: no page of another site can make a
    /// browser change anything with it.
    fn of_request(scope: Scope, method: &Method, headers: &HeaderMap) -> Result<Self, Problem> {
        let is_reading = scope == Scope::Read && (method == Method::GET || method == Method::HEAD);
        let session = if headers.contains_key(AUTHORIZATION) { None } else { SessionToken::of_cookie(headers) };
        match session.filter(|_| is_reading) {
            Some(token) => Ok(Self::Session(token)),
            None => bearer(headers).map(Self::Key),
        }
    }

    fn hash(&self) -> [u8; 32] {
        match self {
            Self::Key(key) => Sha256::digest(key.as_str()).into(),
            Self::Session(token) => token.hash(),
        }
    }
}

/// The key that a visitor of the dashboard signs in with.
///
/// # Errors
/// `InvalidKey`, `RevokedKey`, `ExpiredKey`, `MissingScope`, or a failing database.
pub async fn signing_in(app: &App, key: ApiKey) -> Result<Caller, Problem> {
    Ok(find(app, Scope::Read, true, &Proof::Key(key), "").await?.caller)
}

/// Who visits the dashboard, and the store of the page where one is named or the key has one.
///
/// # Errors
/// `MissingKey` without a session, and as `signing_in`; `ForeignStore`, `UnknownStore`.
pub async fn visiting(app: &App, headers: &HeaderMap, query: &str) -> Result<(Caller, Option<Tenant>), Problem> {
    let token = SessionToken::of_cookie(headers).ok_or(Problem::MissingKey)?;
    let found = find(app, Scope::Read, true, &Proof::Session(token), query).await?;
    let caller = found.caller.clone();
    let has_store = matches!(caller.access, Access::Store { .. }) || found.is_store_named;
    let tenant = if has_store { Some(found.tenant()?) } else { None };
    Ok((caller, tenant))
}

async fn find(app: &App, scope: Scope, names_store: bool, proof: &Proof, query: &str) -> Result<Found, Problem> {
    let named = if names_store { named_store(query)? } else { None };
    let hash = proof.hash();
    app.rate_limits.check(scope, hash)?;
    let row = tokio::time::timeout(KEY_WITHIN, look_up(app, proof, hash, named));
    let row = &row.await.unwrap_or_else(|_| Err(DatabaseError::NoAnswer.into()))?;
    let caller = caller_of(row, &hash)?;
    frame::record_key(caller.key_id);
    app.rate_limits.count(scope, caller.key_id, hash)?;
    if !caller.scopes.iter().any(|held| *held == scope || *held == Scope::Admin) {
        return Err(Problem::MissingScope(scope));
    }
    let is_foreign = matches!(caller.access, Access::Store { store_id, .. } if named.is_some_and(|id| id != store_id));
    if is_foreign {
        return Err(Problem::ForeignStore);
    }
    record_use(app, caller.key_id);
    Ok(Found { caller, named_store: store_of(row)?, is_store_named: named.is_some() })
}

async fn look_up(app: &App, proof: &Proof, hash: [u8; 32], named: Option<Uuid>) -> Result<Row, Problem> {
    match proof {
        Proof::Key(_) => app.key_lookups.find(hash, named).await?.ok_or(Problem::InvalidKey),
        Proof::Session(_) => {
            let mut rows = database::query(&app.keys, FIND_BY_SESSION, &[&hash.as_slice(), &named]).await?;
            rows.pop().ok_or(Problem::MissingKey)
        }
    }
}

/// The checksum is looked at here, so a mistyped key costs no query.
pub(super) fn bearer(headers: &HeaderMap) -> Result<ApiKey, Problem> {
    let value = headers.get(AUTHORIZATION).ok_or(Problem::MissingKey)?;
    let (scheme, key) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::InvalidKey)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::InvalidKey);
    }
    ApiKey::parse(key.trim()).ok_or(Problem::InvalidKey)
}

fn named_store(query: &str) -> Result<Option<Uuid>, Problem> {
    let mut parameters = Parameters::parse(query);
    let store_id = parameters.optional("store_id", fields::uuid);
    parameters.finish_some(store_id)
}

fn caller_of(row: &Row, hash: &[u8; 32]) -> Result<Caller, Problem> {
    let stored: &[u8] = row.try_get("key_sha256")?;
    if !bool::from(stored.ct_eq(hash)) {
        return Err(Problem::InvalidKey);
    }
    if row.try_get("is_revoked")? {
        return Err(Problem::RevokedKey);
    }
    if row.try_get("is_expired")? {
        return Err(Problem::ExpiredKey);
    }
    let scopes: Vec<&str> = row.try_get("scopes")?;
    let key_store: Option<Uuid> = row.try_get("key_store_id")?;
    let access = match (key_store, store_of(row)?) {
        (Some(_), Some((store_id, timezone))) => Access::Store { store_id, timezone },
        _ => Access::Admin,
    };
    Ok(Caller {
        key_id: row.try_get("key_id")?,
        access,
        scopes: scopes.into_iter().filter_map(Scope::of_name).collect(),
    })
}

fn store_of(row: &Row) -> Result<Option<(Uuid, Tz)>, Problem> {
    let Some(store_id) = row.try_get("store_id")? else {
        return Ok(None);
    };
    let timezone: &str = row.try_get("timezone")?;
    let timezone = timezone.parse().map_err(|error: chrono_tz::ParseError| Problem::internal(&error))?;
    Ok(Some((store_id, timezone)))
}

/// Goes on beside the request; a use that could not be recorded is no reason to refuse it.
fn record_use(app: &App, key_id: Uuid) {
    if !app.key_use.is_due(key_id) {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = database::query(&app.pool, RECORD_USE, &[&key_id]).await {
            tracing::debug!(error = database::error_chain(&error), "the use of a key was not recorded");
        }
    });
}
