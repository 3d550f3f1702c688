//! A secret in all the forms in which it could stand somewhere.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// Secrets by their names, and where they must not be.
#[derive(Default)]
pub struct Hunt(Vec<Secret>);

struct Secret {
    name: String,
    /// Forms of it.
    forms: Vec<String>,
    /// Forms of its hash, which the log of a database may show among parameters.
    hashes: Vec<String>,
}

impl Hunt {
    /// A text; for a key or the token of a session also its halves.
    pub fn text(&mut self, name: &str, secret: &str) {
        let (one, other) = secret.split_at(secret.floor_char_boundary(secret.len() / 2));
        let mut forms = encoded(secret.as_bytes());
        forms.push(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string());
        forms.push(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        forms.extend([secret, one, other].map(str::to_owned));
        // What is hashed of a token are the bytes behind the text.
        let bytes = URL_SAFE_NO_PAD.decode(secret).unwrap_or_default();
        let hashes = [secret.as_bytes(), &bytes].map(|bytes| encoded(&Sha256::digest(bytes))).concat();
        self.0.push(Secret { name: name.to_owned(), forms, hashes });
    }

    /// Demands that a text has none of them, nor a hash of one.
    #[track_caller]
    pub fn nothing_in(&self, place: &str, text: &str) {
        self.nothing_but_hashes_in(place, text);
        for secret in &self.0 {
            let found = secret.hashes.iter().find(|form| text.contains(form.as_str()));
            assert!(found.is_none(), "{place} has the hash of {}: {}", secret.name, around(text, found.unwrap()));
        }
    }

    /// Demands that a text has none of them.
    #[track_caller]
    pub fn nothing_but_hashes_in(&self, place: &str, text: &str) {
        for secret in &self.0 {
            let found = secret.forms.iter().find(|form| text.contains(form.as_str()));
            assert!(found.is_none(), "{place} has {}: {}", secret.name, around(text, found.unwrap()));
        }
    }
}

fn encoded(bytes: &[u8]) -> Vec<String> {
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let list = format!("{bytes:?}");
    vec![hex.to_uppercase(), hex, list, STANDARD_NO_PAD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)]
}

fn around<'a>(text: &'a str, form: &str) -> &'a str {
    text.lines().find(|line| line.contains(form)).unwrap_or(text)
}
