//! The body of a request: counted while it is read, decompressed, and the fields of a JSON object.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::{Pin, pin};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use warp::Filter;
use warp::http::HeaderMap;
use warp::http::header::CONTENT_TYPE;
use warp::reject::{self, Rejection};

use super::App;
use super::body_limits::Bodies;
use super::content_encoding::ContentEncoding;
use super::problem::{Fault, Problem};

/// The whole body, decompressed, whether its length was announced or not.
///
/// Rejects with `Problem::BodyTooLarge`, `BodyTooSlow`, `IncompleteBody`, `ServerBusy`, `InvalidGzip` or
/// `UnsupportedContentEncoding`.
pub fn bytes(app: &App) -> impl Filter<Extract = (Bytes,), Error = Rejection> + Clone + use<> {
    received(app).and_then(|body: Result<Bytes, Problem>| async move { body.map_err(reject::custom) })
}

/// As `bytes`, for a path that has to know of a body that cannot be read.
pub fn received(app: &App) -> impl Filter<Extract = (Result<Bytes, Problem>,), Error = Rejection> + Clone + use<> {
    let bodies = app.bodies.clone();
    let announced = warp::header::optional::<u64>("content-length");
    announced.and(warp::header::headers_cloned()).and(warp::body::stream()).then(
        move |announced, headers: HeaderMap, stream| {
            let bodies = bodies.clone();
            async move {
                let encoding = ContentEncoding::of(&headers)?;
                let body = read(announced, stream, bodies.each_bytes(), &bodies).await?;
                encoding.undo(body, bodies.each_bytes(), bodies.begin()).await
            }
        },
    )
}

/// Reads what is left of a body that nobody wanted, within the limits of bodies, so that the connection can be used again.
/// Passes on if somebody has read it.
pub fn forgotten(app: &App) -> impl Filter<Extract = (), Error = Infallible> + Clone + use<> {
    let bodies = app.bodies.clone();
    let forget = move |stream| {
        let bodies = bodies.clone();
        async move { forget(pin!(stream), &bodies).await }
    };
    warp::body::stream().then(forget).or(warp::any().map(|| ())).unify().untuple_one()
}

/// The body of a form, which is small and comes as it is: anybody may send one, so no more is read for it.
///
/// Rejects with `Problem::BodyTooLarge`, `BodyTooSlow`, `IncompleteBody` or `ServerBusy`.
pub fn form(app: &App) -> impl Filter<Extract = (Bytes,), Error = Rejection> + Clone + use<> {
    const LIMIT_BYTES: usize = 16 * 1024;
    let bodies = app.bodies.clone();
    let announced = warp::header::optional::<u64>("content-length");
    announced.and(warp::body::stream()).and_then(move |announced, stream| {
        let bodies = bodies.clone();
        async move { read(announced, stream, LIMIT_BYTES, &bodies).await.map_err(reject::custom) }
    })
}

/// The fields of a body that must be one JSON object.
///
/// Rejects with what `json` does, or `Problem::InvalidJson`.
pub fn fields(app: &App) -> impl Filter<Extract = (Fields,), Error = Rejection> + Clone + use<> {
    json(app).and_then(|body: Bytes| async move { Fields::parse(&body).map_err(reject::custom) })
}

/// The whole body, which says that it is JSON or says nothing.
///
/// Rejects with what `bytes` does, or `Problem::UnsupportedMediaType`.
pub fn json(app: &App) -> impl Filter<Extract = (Bytes,), Error = Rejection> + Clone + use<> {
    content_type()
        .and_then(|given: Option<String>| async move {
            match given.as_deref() {
                None | Some("application/json") => Ok(()),
                Some(_) => Err(reject::custom(Problem::UnsupportedMediaType { expected: "application/json" })),
            }
        })
        .untuple_one()
        .and(bytes(app))
}

/// Reads JSON; `place` says in errors where it stands.
///
/// # Errors
/// `Problem::InvalidJson`.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a [u8], place: &str) -> Result<T, Problem> {
    serde_json::from_slice(json).map_err(|error| Problem::InvalidJson(format!("{place}{error}.")))
}

/// The media type of the body in lower case, without its parameters.
pub fn content_type() -> impl Filter<Extract = (Option<String>,), Error = std::convert::Infallible> + Clone {
    warp::header::headers_cloned().map(|headers: HeaderMap| {
        let value = headers.get(CONTENT_TYPE)?;
        let text = String::from_utf8_lossy(value.as_bytes());
        Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    })
}

async fn read<B: Buf>(
    announced: Option<u64>,
    stream: impl Stream<Item = Result<B, warp::Error>>,
    limit_bytes: usize,
    bodies: &Bodies,
) -> Result<Bytes, Problem> {
    let too_large = Problem::BodyTooLarge { limit_bytes };
    if announced.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > limit_bytes)) {
        return Err(too_large);
    }
    let mut stream = pin!(stream);
    let mut body = BytesMut::new();
    let mut share = bodies.begin();
    let begun_at = Instant::now();
    // A client that stops in the middle, or is slow for long, must not hold what it has taken.
    while let Some(part) =
        timeout_at(bodies.deadline(begun_at, body.len()), stream.next()).await.map_err(|_| Problem::BodyTooSlow)?
    {
        let mut part = part.map_err(|_| Problem::IncompleteBody)?;
        if body.len() + part.remaining() > limit_bytes {
            return Err(too_large);
        }
        share.grow(part.remaining())?;
        while part.has_remaining() {
            let length = part.chunk().len();
            body.extend_from_slice(part.chunk());
            part.advance(length);
        }
    }
    Ok(share.hold(body))
}

async fn forget<B: Buf>(mut stream: Pin<&mut impl Stream<Item = Result<B, warp::Error>>>, bodies: &Bodies) {
    let begun_at = Instant::now();
    let mut bytes = 0;
    while let Ok(Some(Ok(part))) = timeout_at(bodies.deadline(begun_at, bytes), stream.next()).await {
        bytes += part.remaining();
        if bytes > bodies.each_bytes() {
            return;
        }
    }
}

/// The fields of a JSON object, read as `Parameters` are; `null` means absent.
pub struct Fields {
    given: BTreeMap<String, Box<RawValue>>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl Fields {
    /// Takes a JSON object apart.
    ///
    /// # Errors
    /// `Problem::InvalidJson` for anything else than one object.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let given = serde_json::from_slice(body)
            .map_err(|error| Problem::InvalidJson(format!("Expected a JSON object: {error}.")))?;
        Ok(Self { given, known: Vec::new(), faults: Vec::new() })
    }

    /// The value of a field that must be there; none only if there is a fault.
    pub fn required<J: DeserializeOwned, T>(
        &mut self,
        name: &'static str,
        rule: impl Fn(J) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.optional(name, rule)?;
        if value.is_none() {
            self.fault(name, "missing_field", "is required.");
        }
        value
    }

    /// The value of a field, `Some(None)` if it is not there; none only if there is a fault.
    #[allow(clippy::option_option, reason = "a fault and an absent field are two things")]
    pub fn optional<J: DeserializeOwned, T>(
        &mut self,
        name: &'static str,
        rule: impl Fn(J) -> Result<T, String>,
    ) -> Option<Option<T>> {
        self.known.push(name);
        let Some(raw) = self.given.get(name).filter(|raw| raw.get() != "null") else {
            return Some(None);
        };
        let value = serde_json::from_str(raw.get()).map_err(|error| wrong_type(&error)).and_then(rule);
        match value {
            Ok(value) => Some(Some(value)),
            Err(detail) => {
                self.fault(name, "invalid_field", detail);
                None
            }
        }
    }

    /// A number that must be there, as `optional_number`.
    pub fn required_number<T>(&mut self, name: &'static str, rule: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.required(name, |number: Box<RawValue>| rule(number.get()))
    }

    /// A decimal number exactly as it is written, which a float could not keep.
    #[allow(clippy::option_option, reason = "a fault and an absent field are two things")]
    pub fn optional_number<T>(
        &mut self,
        name: &'static str,
        rule: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        self.optional(name, |number: Box<RawValue>| rule(number.get()))
    }

    /// Adds a fault that no rule on a single field can see.
    pub fn fault(&mut self, name: &'static str, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault { field: name.into(), code, detail: detail.into() });
    }

    /// Ends the reading: fields that nothing has read are faults too.
    ///
    /// # Errors
    /// `Problem::Body` with all faults.
    pub fn finish<T>(mut self, value: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        for name in self.given.into_keys() {
            if !self.known.contains(&name.as_str()) {
                let field = name.chars().take(64).collect::<String>().into();
                self.faults.push(Fault { field, code: "unknown_field", detail: "is not known here.".into() });
            }
        }
        match value() {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::Body(self.faults)),
        }
    }
}

/// What serde says of a value of the wrong type, without the position inside the value.
fn wrong_type(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    format!("{reason}.")
}
