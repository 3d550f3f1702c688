//! Requests to the routes in process, and their answers.

use colloquy::http::App;
use colloquy::http::routes::routes;
use serde_json::Value;
use warp::http::Response;
use warp::hyper::body::Bytes;

/// An answer, with its body as JSON (null if it is none).
pub struct Answer {
    pub response: Response<Bytes>,
    pub json: Value,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The code of a problem, or an empty text.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(self.response.body()).unwrap()
    }

    /// Status and code, which most tests of errors compare.
    pub fn problem(&self) -> (u16, &str) {
        (self.status(), self.code())
    }

    /// Field and code of each fault.
    pub fn faults(&self) -> Vec<(&str, &str)> {
        let faults = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        faults.iter().map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect()
    }
}

/// Sends a request without a body.
pub async fn send(app: &App, method: &str, path: &str, key: &str) -> Answer {
    answer(app, request(method, path, key)).await
}

/// Sends a request with a JSON body.
pub async fn send_json(app: &App, method: &str, path: &str, key: &str, body: &Value) -> Answer {
    answer(app, request(method, path, key).json(body)).await
}

/// Sends any request.
pub async fn answer(app: &App, request: warp::test::RequestBuilder) -> Answer {
    let response = request.reply(&routes(app.clone())).await;
    let json = serde_json::from_slice(response.body()).unwrap_or_default();
    Answer { response, json }
}

/// A request with a key, or without one if it is empty.
pub fn request(method: &str, path: &str, key: &str) -> warp::test::RequestBuilder {
    let request = warp::test::request().method(method).path(path);
    if key.is_empty() { request } else { request.header("authorization", format!("Bearer {key}")) }
}
