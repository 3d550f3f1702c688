//! Every kind of key and session that somebody can come with.

use chrono::{DateTime, Utc};
use colloquy::http::auth::Scope;
use colloquy::keys::ApiKey;
use colloquy::keys::create::{NewKey, insert};
use uuid::Uuid;

use super::routes::Route;
use crate::dashboard::sign_in;
use crate::reliability::planted::Planted;

/// What somebody comes with. Keys are of the own store unless they are called otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    None,
    Malformed,
    Unknown,
    Revoked,
    Expired,
    RevokedOfOther,
    ExpiredOfOther,
    Ingest,
    Read,
    Manage,
    All,
    Admin,
    /// An admin key together with the own store.
    AdminOfOwn,
    Session,
    SessionSignedOut,
    SessionOver,
    SessionOfOtherOver,
    /// For the check of the test itself: these may see the other store.
    AllOfOther,
    SessionOfOther,
}

impl Kind {
    pub const STRANGERS: [Self; 17] = [
        Self::None,
        Self::Malformed,
        Self::Unknown,
        Self::Revoked,
        Self::Expired,
        Self::RevokedOfOther,
        Self::ExpiredOfOther,
        Self::Ingest,
        Self::Read,
        Self::Manage,
        Self::All,
        Self::Admin,
        Self::AdminOfOwn,
        Self::Session,
        Self::SessionSignedOut,
        Self::SessionOver,
        Self::SessionOfOtherOver,
    ];

    /// The code of the API for what opens nothing.
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Self::None | Self::SessionSignedOut | Self::SessionOver | Self::SessionOfOtherOver => Some("missing_key"),
            Self::Malformed | Self::Unknown => Some("invalid_key"),
            Self::Revoked | Self::RevokedOfOther => Some("revoked_key"),
            Self::Expired | Self::ExpiredOfOther => Some("expired_key"),
            _ => None,
        }
    }

    /// Whether it opens a route, as far as its scopes go.
    pub fn is_let_in(self, route: &Route) -> bool {
        match &route.scope {
            Some(scope) => self.has(scope) && (!self.is_session() || scope == "read"),
            None => self.is_session() || self == Self::None,
        }
    }

    pub fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::AdminOfOwn)
    }

    pub fn is_session(self) -> bool {
        matches!(self, Self::Session | Self::SessionOfOther)
    }

    pub fn has(self, scope: &str) -> bool {
        match self {
            Self::Ingest => scope == "ingest",
            Self::Read => scope == "read",
            Self::Manage => scope == "manage",
            Self::All | Self::AllOfOther => ["ingest", "read", "manage"].contains(&scope),
            Self::Session | Self::SessionOfOther => ["read", "manage"].contains(&scope),
            Self::Admin | Self::AdminOfOwn => true,
            _ => false,
        }
    }
}

/// A header that shows a key: its name and value.
pub type Credential = Option<(&'static str, String)>;

/// All of them.
pub struct Keys(Vec<(Kind, Credential)>);

impl Keys {
    pub async fn of(planted: &Planted) -> Self {
        use Scope::{Ingest, Manage, Read};
        let (own, other) = (planted.own.store_id, planted.other.store_id);
        let all = [Ingest, Read, Manage];
        let mut keys = vec![(Kind::None, None), (Kind::Malformed, bearer("clq_r_malformed"))];
        keys.push((Kind::Unknown, bearer(ApiKey::generate(&all).unwrap().as_str())));
        for (kind, store_id, scopes) in [
            (Kind::Ingest, own, &[Ingest][..]),
            (Kind::Read, own, &[Read]),
            (Kind::Manage, own, &[Manage]),
            (Kind::All, own, &all),
            (Kind::AllOfOther, other, &all),
        ] {
            keys.push((kind, bearer(&new_key(planted, store_id, scopes).await.1)));
        }
        for (kind, store_id, change) in [
            (Kind::Revoked, own, REVOKE),
            (Kind::Expired, own, EXPIRE),
            (Kind::RevokedOfOther, other, REVOKE),
            (Kind::ExpiredOfOther, other, EXPIRE),
        ] {
            let (key_id, key) = new_key(planted, store_id, &all).await;
            assert_eq!(planted.world.client.execute(change, &[&key_id]).await.unwrap(), 1);
            keys.push((kind, bearer(&key)));
        }
        keys.push((Kind::Admin, bearer(&planted.admin)));
        keys.push((Kind::AdminOfOwn, bearer(&planted.admin)));
        let mut ended = Vec::new();
        for (kind, store_id, end) in [
            (Kind::Session, own, None),
            (Kind::SessionOfOther, other, None),
            (Kind::SessionSignedOut, own, Some(SIGN_OUT)),
            (Kind::SessionOver, own, Some(END)),
            (Kind::SessionOfOtherOver, other, Some(END)),
        ] {
            let (key_id, key) = new_key(planted, store_id, &[Read, Manage]).await;
            keys.push((kind, Some(("cookie", sign_in(&planted.world.app, &key).await))));
            ended.extend(end.map(|end| (key_id, end)));
        }
        // Afterwards, for signing in clears away sessions that are over.
        for (key_id, end) in ended {
            assert_eq!(planted.world.client.execute(end, &[&key_id]).await.unwrap(), 1);
        }
        Self(keys)
    }

    pub fn get(&self, kind: Kind) -> &Credential {
        &self.0.iter().find(|(known, _)| *known == kind).unwrap().1
    }
}

const REVOKE: &str = "update api_keys set revoked_at = now() where key_id = $1";
const EXPIRE: &str = "update api_keys set expires_at = now() where key_id = $1";
const SIGN_OUT: &str = "delete from dashboard_sessions where key_id = $1";
const END: &str = "update dashboard_sessions set expires_at = now() where key_id = $1";

#[allow(clippy::unnecessary_wraps, reason = "one of several credentials")]
fn bearer(key: &str) -> Credential {
    Some(("authorization", format!("Bearer {key}")))
}

async fn new_key(planted: &Planted, store_id: Uuid, scopes: &[Scope]) -> (Uuid, String) {
    let expires_at: Option<DateTime<Utc>> = None;
    let new = NewKey { store_id: Some(store_id), name: String::new(), scopes: scopes.to_vec(), expires_at };
    let (key, row) = insert(planted.world.database.pool(), &new).await.unwrap();
    (row.get("key_id"), key.as_str().to_owned())
}
