//! The texts of `tests/fixtures/payloads`.

use std::path::Path;

/// A text, in each form in which it can be sent.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The file and the line that it stands on.
    pub place: String,
    /// What stands between the quotes of a JSON string; it need not be one.
    pub json: Vec<u8>,
    /// Its bytes, unless it is half of a character.
    pub bytes: Option<Vec<u8>>,
}

impl Payload {
    /// The text that it is, if it is one.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes.as_ref()?).ok()
    }

    /// As it stands in a URL.
    pub fn percent_encoded(&self) -> Option<String> {
        Some(percent_encoding::percent_encode(self.bytes.as_ref()?, percent_encoding::NON_ALPHANUMERIC).to_string())
    }
}

/// All of them, in the order of files and lines.
pub fn payloads() -> Vec<Payload> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let payloads: Vec<_> = paths.iter().flat_map(|path| of_file(path)).collect();
    assert!(payloads.len() > 150, "{} payloads", payloads.len());
    payloads
}

fn of_file(path: &Path) -> Vec<Payload> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let lines = (1..).zip(text.lines()).filter(|(_, line): &(u32, &str)| !line.starts_with('#'));
    let payload = |(number, line)| {
        let json = match name {
            "bytes.txt" => hexadecimal(line),
            "long.txt" => repeated(line),
            _ => String::from(line).into_bytes(),
        };
        let is_escaped = name != "bytes.txt";
        let bytes = if is_escaped { unescaped(&json) } else { Some(json.clone()) };
        Payload { place: format!("{name}:{number}"), json, bytes }
    };
    lines.map(payload).collect()
}

fn hexadecimal(line: &str) -> Vec<u8> {
    line.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn repeated(line: &str) -> Vec<u8> {
    let (times, text) = line.split_once(' ').unwrap();
    text.repeat(times.parse().unwrap()).into_bytes()
}

fn unescaped(json: &[u8]) -> Option<Vec<u8>> {
    let text: String = serde_json::from_slice(&[b"\"", json, b"\""].concat()).ok()?;
    Some(text.into_bytes())
}
