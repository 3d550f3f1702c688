//! GET and POST `/sign-in`, POST `/sign-out`: a key for a session, and the end of it.

use bytes::Bytes;
use maud::{Markup, html};
use warp::http::header::{HeaderValue, SET_COOKIE};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::forms::Form;
use super::page::{self, Content};
use super::session::{SessionToken, removed_cookie};
use crate::http::App;
use crate::http::auth::{self, Access};
use crate::http::problem::Problem;
use crate::keys::ApiKey;

/// The handler of GET `/sign-in`.
pub async fn form(query: String) -> Response {
    let query = Form::parse(query.as_bytes());
    page::plain_page(StatusCode::OK, &content(next(&query), None), false)
}

/// The handler of POST `/sign-in`. The key is in the body only, and nothing of it is kept but the session.
pub async fn sign_in(app: App, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let next = next(&form);
    match begin(&app, &headers, &form).await {
        Ok((token, access)) => {
            let start = if matches!(access, Access::Admin) && next == "/" { "/stores" } else { next };
            with_cookie(page::see_other(start), &token.set_cookie(&headers))
        }
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            page::plain_page(status, &content(next, Some(&problem)), false)
        }
    }
}

/// The handler of POST `/sign-out`.
pub async fn sign_out(app: App, headers: HeaderMap) -> Response {
    if !page::is_same_site(&headers) {
        return page::error_page(Problem::CrossSite, true, "/");
    }
    let ended = match SessionToken::of_cookie(&headers) {
        Some(token) => token.end(&app).await,
        None => Ok(()),
    };
    let response = match ended {
        Ok(()) => page::see_other("/sign-in"),
        Err(problem) => page::error_page(problem, false, "/"),
    };
    with_cookie(response, &removed_cookie(&headers))
}

async fn begin(app: &App, headers: &HeaderMap, form: &Form) -> Result<(SessionToken, Access), Problem> {
    if !page::is_same_site(headers) {
        return Err(Problem::CrossSite);
    }
    app.rate_limits.count_sign_in()?;
    let key = form.get("key").and_then(|key| ApiKey::parse(key.trim())).ok_or(Problem::InvalidKey)?;
    let caller = auth::signing_in(app, key).await?;
    // A browser that signs in again has one session, not two.
    if let Some(before) = SessionToken::of_cookie(headers) {
        before.end(app).await?;
    }
    Ok((SessionToken::begin(app, caller.key_id).await?, caller.access))
}

/// Where to go afterwards: a path of this server, whatever the query string says.
fn next(form: &Form) -> &str {
    let is_local = |next: &&str| {
        next.starts_with('/') && !next[1..].starts_with(['/', '\\']) && next.bytes().all(|byte| byte.is_ascii_graphic())
    };
    form.get("next").filter(is_local).unwrap_or("/")
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn content(next: &str, problem: Option<&Problem>) -> Content {
    let main = html! {
        section.sign-in {
            h1 { "Sign in" }
            p { "See what your support conversations are worth. You need an API key of your shop with the scope "
                code { "read" } "; with " code { "manage" } " you can also change content gaps and costs." }
            @if let Some(problem) = problem { (fault(problem)) }
            form method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                label for="key" { "API key" }
                input #key type="password" name="key" required autocomplete="off" spellcheck="false"
                    autocapitalize="none" autofocus placeholder="clq_…" aria-describedby="key-help"
                    aria-invalid=[problem.map(|_| "true")];
                p.quiet #key-help { "It is sent once, and never kept in this browser." }
                button type="submit" { "Sign in" }
            }
        }
    };
    Content { title: "Sign in".into(), main }
}

fn fault(problem: &Problem) -> Markup {
    html! { p.fault role="alert" data-code=(problem.code()) { strong { (problem.title()) ". " } (problem.detail()) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_next() {
        for (given, expected) in [
            ("next=%2Froi%3Fperiod_days%3D7", "/roi?period_days=7"),
            ("next=%2F", "/"),
            ("", "/"),
            ("next=https%3A%2F%2Fevil.example", "/"),
            ("next=%2F%2Fevil.example", "/"),
            ("next=%2F%5Cevil.example", "/"),
            ("next=%2F%09%2Fevil.example", "/"),
            ("next=%2F%C3%BC", "/"),
        ] {
            assert_eq!(next(&Form::parse(given.as_bytes())), expected, "{given}");
        }
    }
}
