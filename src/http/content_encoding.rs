//! Compressed bodies: gzip, whose size counts as it is after decompression.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use warp::http::HeaderMap;
use warp::http::header::CONTENT_ENCODING;

use super::problem::Problem;

/// How a body has been encoded for its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentEncoding {
    Identity,
    Gzip,
}

impl ContentEncoding {
    /// What the header `Content-Encoding` names; several encodings on top of each other are not undone.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut named = headers.get_all(CONTENT_ENCODING).iter();
        let first = named.next().map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase());
        match (first.as_deref(), named.next()) {
            (None | Some("" | "identity"), None) => Ok(Self::Identity),
            (Some("gzip" | "x-gzip"), None) => Ok(Self::Gzip),
            _ => Err(Problem::UnsupportedContentEncoding),
        }
    }

    /// The body as it was before it was encoded, which takes no more memory than the limit.
    pub(super) async fn undo(self, body: Bytes, limit_bytes: usize) -> Result<Bytes, Problem> {
        match self {
            Self::Identity => Ok(body),
            Self::Gzip => tokio::task::spawn_blocking(move || decompress(&body, limit_bytes))
                .await
                .map_err(|error| Problem::internal(&error))?,
        }
    }
}

fn decompress(compressed: &[u8], limit_bytes: usize) -> Result<Bytes, Problem> {
    let most = u64::try_from(limit_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(compressed).take(most).read_to_end(&mut body);
    match read {
        // Only the byte beyond the limit tells that there is more; what follows it is never looked at.
        Ok(_) if body.len() > limit_bytes => Err(Problem::BodyTooLarge { limit_bytes }),
        Ok(_) => Ok(body.into()),
        Err(error) => Err(Problem::InvalidGzip(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_encoding_is_undone_and_not_two() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().unwrap());
            }
            ContentEncoding::of(&headers).ok()
        };
        assert_eq!((of(&[]), of(&[" identity"])), (Some(ContentEncoding::Identity), Some(ContentEncoding::Identity)));
        assert_eq!((of(&["gzip"]), of(&["X-GZIP"])), (Some(ContentEncoding::Gzip), Some(ContentEncoding::Gzip)));
        for unknown in [&["br"][..], &["gzip", "gzip"], &["gzip, gzip"], &["identity", "gzip"], &["", "gzip"]] {
            assert_eq!(of(unknown), None, "{unknown:?}");
        }
    }
}
