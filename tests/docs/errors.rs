//! docs/errors.md lists every code that the source has, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// All files below a folder, as paths below the repository and their texts.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path));
        } else {
            let text = read(&path);
            found.push((path, text));
        }
    }
    found
}

/// The texts in quotes that stand as an argument of a call: `call("…", "…"` has two.
fn arguments<'a>(text: &'a str, call: &'a str, position: usize) -> impl Iterator<Item = String> + 'a {
    text.split(call).skip(1).filter_map(move |rest| {
        let argument = rest.splitn(position + 2, ',').nth(position)?.trim();
        quoted(argument, '"')
    })
}

/// The text in quotes at the start.
fn quoted(text: &str, quote: char) -> Option<String> {
    let (inside, _) = text.trim_start().strip_prefix(quote)?.split_once(quote)?;
    Some(inside.to_owned())
}

/// Codes of whole requests with their status, from the table in `problem.rs`.
fn of_requests() -> BTreeMap<String, String> {
    let text = read("src/http/problem.rs");
    let rows = text.split("=> (").skip(1).filter_map(|row| {
        let (status, rest) = row.split_once(',')?;
        Some((quoted(rest, '"')?, status.parse::<u16>().ok()?.to_string()))
    });
    rows.collect()
}

/// Codes of parameters, fields and events.
fn of_parts() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (path, text) in files("src") {
        let product = text.split("#[cfg(test)]").next().unwrap();
        for call in [".fault(", "Problem::body(", "Problem::parameter("] {
            codes.extend(arguments(product, call, 1));
        }
        codes.extend(product.split("code: ").skip(1).filter_map(|rest| quoted(rest, '"')));
        if path == "src/events/validate.rs" || path == "src/import/check.rs" {
            codes.extend(arguments(product, "fault(", 0));
        }
        if path == "src/events/ingest.rs" {
            codes.extend(product.split("Store => ").skip(1).filter_map(|rest| quoted(rest, '"')));
        }
    }
    let sql = read("sql/functions/event_fault.sql");
    let in_sql: Vec<_> = sql.split("values (").skip(1).filter_map(|rest| quoted(rest, '\'')).collect();
    assert!(in_sql.iter().all(|code| codes.contains(code)), "codes of SQL that HTTP does not have: {in_sql:?}");
    codes
}

/// Rows of the tables whose first cell has a text in backticks: that text, and the second cell.
fn rows_of_page() -> BTreeMap<String, String> {
    let page = read("docs/errors.md");
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.split(" | ").collect();
        let Some(name) = cells[0].split('`').nth(1) else { continue };
        assert_eq!(cells.len(), 4, "{line}");
        assert!(rows.insert(name.to_owned(), cells[1].to_owned()).is_none(), "{name} is there twice");
        let anchor = format!("| <a id=\"{name}\"></a>`{name}`");
        assert!(line.starts_with(&anchor) || name.contains(' '), "{name} needs an anchor, which `type` points to");
    }
    rows
}

#[test]
fn every_code_is_on_the_page_and_every_code_of_the_page_exists() {
    let mut page = rows_of_page();
    let messages = page.extract_if(.., |name, _| name.contains(' ')).collect::<BTreeMap<_, _>>();
    let requests = of_requests();
    let parts = of_parts();
    assert!(requests.len() >= 20 && parts.len() >= 20, "{requests:?} {parts:?}");
    let in_source: BTreeSet<_> = requests.keys().chain(&parts).collect();
    assert_eq!(page.keys().collect::<BTreeSet<_>>(), in_source);
    for (code, status) in &requests {
        assert_eq!(page.get(code), Some(status), "{code}");
    }

    let mut raised = BTreeSet::new();
    for (_, text) in files("sql") {
        raised.extend(text.split("raise exception ").skip(1).filter_map(|rest| quoted(rest, '\'')));
    }
    assert_eq!(messages.keys().cloned().collect::<BTreeSet<_>>(), raised);
}
