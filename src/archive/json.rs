//! JSON as the database writes it, made short enough for the ingest format again.

use std::borrow::Cow;

use crate::events::validate::MAX_EVENT_DATA_BYTES;

/// Numbers of more characters than this are written with an exponent where that is shorter.
const LONG_NUMBER: usize = 20;

/// The same JSON without white space. `jsonb` writes `1e-9000` as 9,000 zeros, which import would refuse as too large:
/// long numbers get their exponent back, and every number if the text is still larger than an event may be.
#[must_use]
pub fn compact(json: &str) -> String {
    let text = shortened(json, LONG_NUMBER);
    if text.len() > MAX_EVENT_DATA_BYTES { shortened(json, 0) } else { text }
}

fn shortened(json: &str, longest: usize) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_text(rest),
            '-' | '0'..='9' => rest.find(|c: char| !matches!(c, '0'..='9' | '.' | '-')).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        match first {
            '-' | '0'..='9' if token.len() > longest => text.push_str(&shortest(token)),
            first if first.is_ascii_whitespace() => {}
            _ => text.push_str(token),
        }
        rest = after;
    }
    text
}

/// Where the text ends that begins with a quote.
fn end_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    let closing = json.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    closing.map_or(json.len(), |at| at + 2)
}

/// The number with an exponent, if that is shorter. It has as many decimals as before, which `numeric` remembers.
fn shortest(number: &str) -> Cow<'_, str> {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let with_exponent = if let Some((whole, decimals)) = digits.split_once('.') {
        let all = [whole, decimals].concat();
        let significant = all.trim_start_matches('0');
        let significant = if significant.is_empty() { "0" } else { significant };
        format!("{sign}{significant}e-{}", decimals.len())
    } else {
        let significant = digits.trim_end_matches('0');
        format!("{sign}{significant}e{}", digits.len() - significant.len())
    };
    let is_shorter = with_exponent.len() < number.len() && digits != "0";
    if is_shorter { Cow::Owned(with_exponent) } else { Cow::Borrowed(number) }
}
