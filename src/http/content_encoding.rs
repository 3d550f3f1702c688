//! Compressed bodies: gzip, whose size counts as it is after decompression.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use warp::http::HeaderMap;
use warp::http::header::CONTENT_ENCODING;

use super::body_limits::Share;
use super::problem::Problem;

const PART_BYTES: usize = 256 * 1024;

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

    /// The body as it was before it was encoded, which takes no more memory than the limit and the share allow.
    pub(super) async fn undo(self, body: Bytes, limit_bytes: usize, share: Share) -> Result<Bytes, Problem> {
        match self {
            Self::Identity => Ok(body),
            Self::Gzip => tokio::task::spawn_blocking(move || decompress(&body, limit_bytes, share))
                .await
                .map_err(|error| Problem::internal(&error))?,
        }
    }
}

fn decompress(compressed: &[u8], limit_bytes: usize, mut share: Share) -> Result<Bytes, Problem> {
    let mut decoder = MultiGzDecoder::new(compressed);
    let mut body = Vec::new();
    loop {
        // Only the byte beyond the limit tells that there is more; what follows it is never looked at.
        let most = PART_BYTES.min(limit_bytes + 1 - body.len());
        let part = u64::try_from(most).unwrap_or(u64::MAX);
        let read = decoder.by_ref().take(part).read_to_end(&mut body);
        match read {
            Ok(_) if body.len() > limit_bytes => return Err(Problem::BodyTooLarge { limit_bytes }),
            Ok(0) => return Ok(share.hold(body)),
            Ok(count) => share.grow(count)?,
            Err(error) => return Err(Problem::InvalidGzip(error.to_string())),
        }
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
