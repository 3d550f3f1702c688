//! The text of a key: `clq_`, a letter for what it may do, `_`, 43 random characters and a checksum of 6.

use crate::http::auth::Scope;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARACTERS: usize = 43;
const CHECKSUM_CHARACTERS: usize = 6;
const LENGTH: usize = "clq_r_".len() + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS;

/// A well-formed key; whether it is a good one only the database knows. Not `Debug`, so that no log shows it.
pub struct ApiKey(String);

impl ApiKey {
    /// How every key begins.
    pub const START: &str = "clq_";

    /// A new key of 43 random characters, which are 256 bits.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(scopes: &[Scope]) -> Result<Self, getrandom::Error> {
        let mut text = format!("{}{}_", Self::START, letter(scopes));
        while text.len() < LENGTH - CHECKSUM_CHARACTERS {
            let mut bytes = [0; RANDOM_CHARACTERS];
            getrandom::fill(&mut bytes)?;
            // 248 is the largest multiple of 62 in a byte; a remainder of the rest would favour some characters.
            let fair = bytes.into_iter().filter(|byte| *byte < 248);
            let missing = LENGTH - CHECKSUM_CHARACTERS - text.len();
            text.extend(fair.take(missing).map(|byte| char::from(DIGITS[usize::from(byte % 62)])));
        }
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self(text))
    }

    /// Takes a text that has the form and the checksum of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_ascii = text.len() == LENGTH && text.is_ascii();
        let (start, end) = is_ascii.then(|| text.split_at(LENGTH - CHECKSUM_CHARACTERS))?;
        let mut rest = start.strip_prefix(Self::START)?.bytes();
        let has_kind = rest.next().is_some_and(|letter| b"irmax".contains(&letter)) && rest.next() == Some(b'_');
        let is_base62 = rest.all(|byte| byte.is_ascii_alphanumeric());
        (has_kind && is_base62 && checksum(start) == end).then(|| Self(text.to_owned()))
    }

    /// The whole key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn letter(scopes: &[Scope]) -> char {
    match scopes {
        [Scope::Ingest] => 'i',
        [Scope::Read] => 'r',
        [Scope::Manage] => 'm',
        [Scope::Admin] => 'a',
        _ => 'x',
    }
}

/// CRC-32 in base 62, as six characters.
fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut characters = ['0'; CHECKSUM_CHARACTERS];
    for character in characters.iter_mut().rev() {
        *character = char::from(DIGITS[(rest % 62) as usize]);
        rest /= 62;
    }
    characters.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_parses_and_any_changed_character_does_not() {
        let key = ApiKey::generate(&[Scope::Read]).unwrap();
        assert!(key.as_str().starts_with("clq_r_"));
        assert_eq!(key.as_str().len(), 55);
        assert!(ApiKey::parse(key.as_str()).is_some());
        for index in 0..key.as_str().len() {
            let mut changed = key.as_str().as_bytes().to_vec();
            changed[index] = if changed[index] == b'k' { b'K' } else { b'k' };
            assert!(ApiKey::parse(std::str::from_utf8(&changed).unwrap()).is_none(), "character {index}");
        }
    }

    #[test]
    fn the_letter_names_the_scope() {
        let letters = [&[Scope::Ingest][..], &[Scope::Manage], &[Scope::Admin], &[Scope::Read, Scope::Ingest]]
            .map(|scopes| ApiKey::generate(scopes).unwrap().as_str()[4..6].to_owned());
        assert_eq!(letters, ["i_", "m_", "a_", "x_"]);
    }
}
