//! Sessions of the dashboard: a random token in a cookie that scripts cannot read, and a row that stands for a key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use warp::http::HeaderMap;
use warp::http::header::{COOKIE, ORIGIN};

use crate::database;
use crate::http::App;
use crate::http::problem::Problem;

const BEGIN: &str = include_str!("../../sql/dashboard/begin_session.sql");
const END: &str = include_str!("../../sql/dashboard/end_session.sql");

/// Name of the cookie.
pub const COOKIE_NAME: &str = "colloquy_session";
/// A working day; after it the key is asked for again.
const LASTS_SECONDS: i64 = 12 * 60 * 60;
const TOKEN_BYTES: usize = 32;

/// What the cookie holds: 256 random bits. Not `Debug`, so that no log shows it.
pub struct SessionToken([u8; TOKEN_BYTES]);

impl SessionToken {
    /// The token in the cookies of a request.
    #[must_use]
    pub fn of_cookie(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        // The first that can be one: a page of a sibling host may have set another of the same name.
        let named = cookies.flat_map(Cookie::split_parse).filter_map(Result::ok);
        let mut tokens = named.filter(|cookie| cookie.name() == COOKIE_NAME).filter_map(|cookie| {
            let token = URL_SAFE_NO_PAD.decode(cookie.value()).ok()?;
            Some(Self(token.try_into().ok()?))
        });
        tokens.next()
    }

    /// What the database keeps of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// Opens a session for a key.
    ///
    /// # Errors
    /// When the system has no randomness or the database fails.
    pub async fn begin(app: &App, key_id: Uuid) -> Result<Self, Problem> {
        let mut token = Self([0; TOKEN_BYTES]);
        getrandom::fill(&mut token.0).map_err(|error| Problem::internal(&error))?;
        let hash = token.hash();
        database::change(app.author(key_id), BEGIN, &[&hash.as_slice(), &key_id, &LASTS_SECONDS]).await?;
        Ok(token)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(&self, app: &App) -> Result<(), Problem> {
        database::query(&app.pool, END, &[&self.hash().as_slice()]).await?;
        Ok(())
    }

    /// The header `Set-Cookie` that keeps it.
    #[must_use]
    pub fn set_cookie(&self, headers: &HeaderMap) -> String {
        let cookie = cookie(URL_SAFE_NO_PAD.encode(self.0), headers);
        cookie.max_age(Duration::seconds(LASTS_SECONDS)).build().to_string()
    }
}

/// The header `Set-Cookie` that removes the token.
#[must_use]
pub fn removed_cookie(headers: &HeaderMap) -> String {
    cookie(String::new(), headers).removal().build().to_string()
}

/// Browsers name the origin of a form, so that behind a proxy that speaks HTTPS the cookie is `Secure`.
fn cookie(value: String, headers: &HeaderMap) -> cookie::CookieBuilder<'static> {
    let is_https = |name: &str, start: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(start))
    };
    Cookie::build((COOKIE_NAME, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https(ORIGIN.as_str(), "https://") || is_https("x-forwarded-proto", "https"))
}
