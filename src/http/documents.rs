//! The documents of a JSON or NDJSON body: counted, and kept only as far as a request may have them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::body::parse;
use super::problem::Problem;

/// All are counted. Of millions of tiny ones, the references alone would take many times the memory of the body.
pub struct Documents<'a> {
    /// The first ones, no more than allowed.
    pub kept: Vec<&'a RawValue>,
    /// How many there are.
    pub count: usize,
}

/// The documents of a JSON body: an array, an object with nothing but an array of this name, or one document.
///
/// # Errors
/// `Problem::InvalidJson`, or faults of that object.
pub fn documents<'a>(body: &'a [u8], name: &'static str, most: usize) -> Result<Documents<'a>, Problem> {
    let whole: &RawValue = parse(body, "")?;
    let array = |json: &'a RawValue| Kept { most }.deserialize(&mut serde_json::Deserializer::from_str(json.get()));
    if whole.get().starts_with('[') {
        return array(whole).map_err(|error| Problem::InvalidJson(format!("{error}.")));
    }
    // Anything else than an object is one document with a fault.
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(whole.get()).unwrap_or_default();
    let Some(documents) = fields.get(name) else {
        return Ok(Documents { kept: vec![whole], count: 1 });
    };
    if fields.len() > 1 {
        return Err(Problem::body(name, "unknown_field", "must be the only field of the body."));
    }
    array(documents).map_err(|_| Problem::body(name, "invalid_field", format!("must be an array of {name}.")))
}

/// The documents of an NDJSON body, one a line; blank lines do not count.
///
/// # Errors
/// `Problem::InvalidJson`, with the number of the line, in those that are kept.
pub fn lines(body: &[u8], most: usize) -> Result<Documents<'_>, Problem> {
    let mut documents = Documents { kept: Vec::new(), count: 0 };
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        if documents.count < most {
            documents.kept.push(parse(line, &format!("Line {}: ", number + 1))?);
        }
        documents.count += 1;
    }
    Ok(documents)
}

struct Kept {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Kept {
    type Value = Documents<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Kept {
    type Value = Documents<'de>;

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut documents = Documents { kept: Vec::new(), count: 0 };
        while documents.count < self.most {
            let Some(document) = array.next_element()? else { return Ok(documents) };
            documents.kept.push(document);
            documents.count += 1;
        }
        while array.next_element::<IgnoredAny>()?.is_some() {
            documents.count += 1;
        }
        Ok(documents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_counted_and_not_kept() {
        for body in ["[0,0,0,0]", "{\"events\": [1, [2], {\"a\": 3}, \"4\"]}"] {
            let of = |most| documents(body.as_bytes(), "events", most).unwrap();
            assert_eq!((of(4).kept.len(), of(4).count), (4, 4), "{body}");
            assert_eq!((of(3).kept.len(), of(3).count), (3, 4), "{body}");
        }
        let of = |most| lines(b"0\n\n1\r\n2\n", most).unwrap();
        assert_eq!((of(9).kept.len(), of(2).kept.len(), of(2).count), (3, 2, 3));
    }
}
