//! The content coding of an answer: gzip for clients that ask for it, applied while the answer is sent.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use warp::http::HeaderMap;
use warp::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY};
use warp::reply::Response;

// Twice as fast as the usual 6, for a tenth more bytes.
const LEVEL: Compression = Compression::new(3);

/// How the bytes of an answer are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// As they are.
    #[default]
    Identity,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// What the header `Accept-Encoding` prefers (RFC 9110, 12.5.3). Without one, nothing is packed.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_ENCODING);
        let text = values.iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
        let weight = |names: &[&str]| text.split(',').filter_map(weighted).find(|(name, _)| names.contains(&&**name));
        let any = weight(&["*"]).map(|(_, weight)| weight);
        let gzip = weight(&["gzip", "x-gzip"]).map(|(_, weight)| weight).or(any).unwrap_or(0.0);
        let identity = weight(&["identity"]).map_or(0.0, |(_, weight)| weight);
        if gzip > 0.0 && gzip >= identity { Self::Gzip } else { Self::Identity }
    }

    /// Names the coding in the headers of an answer that depends on `Accept` and `Accept-Encoding`.
    pub(super) fn tell(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        if self == Self::Gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// A whole answer, packed.
///
/// # Errors
/// When it cannot be packed, which writing into memory does not cause.
pub fn packed(coding: Coding, body: Vec<u8>, response: Response) -> io::Result<Response> {
    let body = Encoder::new(coding).encode(body, true)?;
    Ok(coding.tell(response.map(|_| body.into())))
}

/// One element of the header in lower case, with its weight from 0 to 1.
fn weighted(element: &str) -> Option<(String, f32)> {
    let mut parts = element.split(';').map(|part| part.trim().to_ascii_lowercase());
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = parts.find_map(|part| Some(part.strip_prefix("q=")?.trim().parse().unwrap_or(0.0)));
    Some((name, weight.unwrap_or(1.0)))
}

/// Packs an answer part by part.
pub(super) enum Encoder {
    Identity,
    Gzip(GzEncoder<Vec<u8>>),
}

impl Encoder {
    pub(super) fn new(coding: Coding) -> Self {
        match coding {
            Coding::Identity => Self::Identity,
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), LEVEL)),
        }
    }

    /// The packed bytes that are ready after this part: none, perhaps, unless it is the last one.
    pub(super) fn encode(&mut self, part: Vec<u8>, is_last: bool) -> io::Result<Vec<u8>> {
        let Self::Gzip(encoder) = self else { return Ok(part) };
        encoder.write_all(&part)?;
        if is_last {
            encoder.try_finish()?;
        }
        Ok(std::mem::take(encoder.get_mut()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_a_wish() {
        for (header, expected) in [
            ("gzip", Coding::Gzip),
            ("br, GZIP;q=0.5, deflate", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("*", Coding::Gzip),
            ("*;q=0, gzip;q=0.001", Coding::Gzip),
            ("identity;q=0.5, gzip;q=1.0", Coding::Gzip),
            ("", Coding::Identity),
            ("br, deflate", Coding::Identity),
            ("gzip;q=0", Coding::Identity),
            ("gzip;q=0, *", Coding::Identity),
            ("gzip ; q=0.000", Coding::Identity),
            ("gzip;q=often", Coding::Identity),
            ("identity, gzip;q=0.9", Coding::Identity),
            ("*;q=0", Coding::Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(Coding::accepted(&headers), expected, "{header}");
        }
        assert_eq!(Coding::accepted(&HeaderMap::new()), Coding::Identity);
    }
}
