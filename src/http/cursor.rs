//! Where the next page of a list begins: an opaque text that is good for one store and one query only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use uuid::Uuid;
use warp::http::HeaderName;
use warp::reply::Response;

use super::parameters::Parameters;

const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
const SEAL_BYTES: usize = 12;

/// The key of a row in a list, or a part of it.
///
/// JSON can write more than the database can hold, so a forged key is looked at before it becomes a parameter.
pub trait Key: Serialize + DeserializeOwned {
    /// Whether a row could have it.
    fn is_possible(&self) -> bool {
        true
    }
}

impl Key for Decimal {}
impl Key for Uuid {}
impl Key for i64 {}

impl Key for String {
    fn is_possible(&self) -> bool {
        !self.contains('\0')
    }
}

impl Key for DateTime<Utc> {
    fn is_possible(&self) -> bool {
        (1..=9999).contains(&self.year())
    }
}

impl<First: Key, Second: Key> Key for (First, Second) {
    fn is_possible(&self) -> bool {
        self.0.is_possible() && self.1.is_possible()
    }
}

impl<First: Key, Second: Key, Third: Key> Key for (First, Second, Third) {
    fn is_possible(&self) -> bool {
        self.0.is_possible() && self.1.is_possible() && self.2.is_possible()
    }
}

/// A cursor holds the key of the last row that was seen, behind a seal over store, query and key.
///
/// The seal tells mistakes, not attacks: whoever forges one still sees nothing but the rows of the own store.
pub struct Cursor;

impl Cursor {
    /// The cursor after a row with this key. The query text names everything that decides which rows the list has and
    /// in which order, the size of a page apart. Empty for a key that JSON cannot write.
    #[must_use]
    pub fn of(store_id: Uuid, query: &str, key: &impl Key) -> String {
        serde_json::to_vec(key)
            .map(|key| URL_SAFE_NO_PAD.encode([seal(store_id, query, &key).as_slice(), &key].concat()))
            .unwrap_or_default()
    }

    /// The key in a cursor that was made for this store and query.
    ///
    /// # Errors
    /// What is expected, for people.
    pub fn read<K: Key>(text: &str, store_id: Uuid, query: &str) -> Result<K, String> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let sealed = bytes.split_at_checked(SEAL_BYTES);
        let key = sealed.filter(|(given, key)| **given == seal(store_id, query, key)).map(|(_, key)| key);
        key.and_then(|key| serde_json::from_slice(key).ok())
            .filter(K::is_possible)
            .ok_or_else(|| "must be the next_cursor of an answer to this store and the same query.".to_owned())
    }

    /// The key in the parameter `cursor`, `Some(None)` on the first page. Without a query, because another parameter has
    /// a fault, nothing can be said about it.
    #[allow(clippy::option_option, reason = "a fault and an absent parameter are two things")]
    pub fn parameter<K: Key>(parameters: &mut Parameters, store_id: Uuid, query: Option<&str>) -> Option<Option<K>> {
        let text = parameters.optional("cursor", |text| Ok(text.to_owned()))?;
        let (Some(text), Some(query)) = (text, query) else {
            return Some(None);
        };
        match Self::read(&text, store_id, query) {
            Ok(key) => Some(Some(key)),
            Err(detail) => {
                parameters.fault("cursor", "invalid_cursor", detail);
                None
            }
        }
    }
}

/// The rows of a page, and the last of them if another page follows: of what was found, one row more was asked for than
/// the page may have.
#[must_use]
pub fn page(found: &[Row], limit: i64) -> (&[Row], Option<&Row>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page = &found[..found.len().min(limit)];
    (page, page.last().filter(|_| found.len() > limit))
}

/// Puts the cursor of the next page into the header `X-Next-Cursor`, where answers in CSV have their only place for it.
#[must_use]
pub fn with_next_cursor(mut response: Response, next_cursor: Option<String>) -> Response {
    if let Some(value) = next_cursor.and_then(|cursor| cursor.parse().ok()) {
        response.headers_mut().insert(NEXT_CURSOR, value);
    }
    response
}

fn seal(store_id: Uuid, query: &str, key: &[u8]) -> [u8; SEAL_BYTES] {
    let digest = Sha256::new().chain_update(store_id).chain_update(Sha256::digest(query)).chain_update(key).finalize();
    let mut seal = [0; SEAL_BYTES];
    seal.copy_from_slice(&digest[..SEAL_BYTES]);
    seal
}
