//! The web dashboard without a browser: sessions, forms, errors, and what pages say. `make e2e` looks at it in a real one.

mod forms;
mod pages;
mod sessions;

use colloquy::http::App;

use crate::support::http::{Answer, answer, request};

/// Sends the form of `/sign-in`.
async fn send_key(app: &App, key: &str, next: &str) -> Answer {
    let body =
        form_urlencoded::Serializer::new(String::new()).append_pair("key", key).append_pair("next", next).finish();
    let form = request("POST", "/sign-in", "").header("content-type", "application/x-www-form-urlencoded").body(body);
    answer(app, form).await
}

/// Signs in; the cookie as a browser sends it back.
pub async fn sign_in(app: &App, key: &str) -> String {
    let answer = send_key(app, key, "/").await;
    assert_eq!(answer.status(), 303, "{}", answer.text());
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// A page, or anything else that is got with a cookie.
pub async fn get(app: &App, path: &str, cookie: &str) -> Answer {
    answer(app, request("GET", path, "").header("accept", "text/html").header("cookie", cookie)).await
}

/// Sends a form with a cookie.
async fn post(app: &App, path: &str, cookie: &str, body: &str) -> Answer {
    answer(app, request("POST", path, "").header("cookie", cookie).body(body)).await
}
