//! What all pages share: the head, the navigation, the headers that keep others out, and how errors look.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, html};
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue, LOCATION, ORIGIN};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{Reply, Response};

use super::assets;
use super::visit::Visit;
use crate::http::coding::{Coding, packed};
use crate::http::problem::Problem;
use crate::http::reply_with_id::BodyWithId;

/// Only what this server sends is loaded, only this server is talked to, and nobody may put a page into a frame.
const SECURITY: [(HeaderName, &str); 7] = [
    (
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    // Browsers then still name the origin of a form to this server.
    (HeaderName::from_static("referrer-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// The pages of a store, in the order of the navigation: path and name.
const TABS: [(&str, &str); 6] = [
    ("/", "Overview"),
    ("/roi", "ROI"),
    ("/quality", "Quality & gaps"),
    ("/conversations", "Conversations"),
    ("/staffing", "When to staff"),
    ("/pipeline", "Pipeline"),
];

/// What a page shows below its navigation.
pub struct Content {
    pub title: String,
    pub main: Markup,
}

/// A page of a store, packed if the browser takes it so: tables of numbers shrink to a tenth.
///
/// # Errors
/// When it cannot be packed.
pub fn store_page(visit: &Visit, content: &Content, coding: Coding) -> Result<Response, Problem> {
    let header = html! {
        nav aria-label="Pages" {
            @for (path, name) in TABS {
                a href=(visit.link(path, &[])) aria-current=[visit.is_at(path).then_some("page")] { (name) }
            }
        }
        div.store {
            @if visit.is_admin() {
                a href="/stores" title="Choose another store" { span.visually-hidden { "Store: " } (visit.store.text("name")) " ▾" }
            } @else {
                span { span.visually-hidden { "Store: " } (visit.store.text("name")) }
            }
            (sign_out())
        }
    };
    let [locale, timezone, currency] = ["locale", "timezone", "currency"].map(|name| visit.store.text(name));
    let document = html! {
        (DOCTYPE)
        html lang="en" data-locale=(locale) data-timezone=(timezone) data-currency=(currency) {
            (head(&content.title))
            body {
                a.skip href="#main" { "Skip to content" }
                header { a.brand href=(visit.link("/", &[])) { "Colloquy" } (header) }
                main #main tabindex="-1" { (content.main) }
                footer { p data-given { "Times are those of " (timezone) "." } }
            }
        }
    };
    let response = html_response(StatusCode::OK, Markup::default());
    packed(coding, document.into_string().into(), response).map_err(|error| Problem::internal(&error))
}

/// A page of no store: signing in, choosing a store.
#[must_use]
pub fn plain_page(status: StatusCode, content: &Content, is_signed_in: bool) -> Response {
    html_response(status, plain(content, is_signed_in))
}

fn plain(content: &Content, is_signed_in: bool) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-locale="en" {
            (head(&content.title))
            body.plain {
                header { a.brand href="/" { "Colloquy" } @if is_signed_in { div.store { (sign_out()) } } }
                main #main { (content.main) }
            }
        }
    }
}

fn sign_out() -> Markup {
    html! { form method="post" action="/sign-out" { button.quiet type="submit" data-sign-out { "Sign out" } } }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Colloquy" }
            link rel="stylesheet" href=(assets::path("style.css"));
            link rel="icon" href="data:,";
            script src=(assets::path("live.js")) defer {}
        }
    }
}

/// The page of an error, with the id under which the log tells more.
#[must_use]
pub fn error_page(problem: Problem, is_signed_in: bool, way_out: &str) -> Response {
    let way_out = way_out.to_owned();
    let (title, code, detail) = (problem.title(), problem.code(), problem.detail());
    let faults: Vec<_> = problem.faults().iter().map(|fault| (fault.field.to_string(), fault.detail.clone())).collect();
    let body = move |request_id: &str| {
        let main = html! {
            section.state data-state="error" role="alert" {
                h1 { (title) }
                @if faults.is_empty() {
                    p { (detail) }
                } @else {
                    ul { @for (field, detail) in &faults { li data-given { code { (field) } " " (detail) } } }
                }
                p { a.button href=(way_out) { "Back" } }
                p.quiet { "Code " code { (code) } ", request " code { (request_id) } }
            }
        };
        plain(&Content { title: title.into(), main }, is_signed_in).into_string()
    };
    // Of the answer to a program only status and headers stay.
    let mut response = problem.into_response();
    response.extensions_mut().remove::<Problem>();
    response.extensions_mut().insert(BodyWithId(Arc::new(body)));
    secured(response)
}

/// Leads the browser on by GET.
#[must_use]
pub fn see_other(path: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(path) = path.parse() {
        response.headers_mut().insert(LOCATION, path);
    }
    secured(response)
}

/// Whether a form was sent by a page of this server. Browsers say so by `Sec-Fetch-Site` over HTTPS and on loopback, and
/// name the origin of the page everywhere; who names neither is no browser.
#[must_use]
pub fn is_same_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    let hosts = [headers.get(HOST), headers.get("x-forwarded-host")];
    hosts.into_iter().flatten().any(|host| host.to_str().ok() == authority)
}

fn html_response(status: StatusCode, document: Markup) -> Response {
    let mut response = Response::new(document.into_string().into());
    *response.status_mut() = status;
    secured(response)
}

fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
