//! Every example is valid by the schema beside it, and every documented error has one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Document;

/// Every place with a schema and examples: media types of requests and answers, parameters, headers.
fn places<'a>(value: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("schema") {
                found.push((path.to_owned(), value));
            }
            fields.iter().for_each(|(name, value)| places(value, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{path}/{index}"), found));
        }
        _ => {}
    }
}

#[test]
fn examples_are_valid() {
    let document = Document::new();
    let mut found = Vec::new();
    places(&document.0["paths"], "", &mut found);
    let mut faults = Vec::new();
    let mut count = 0;
    for (path, place) in found {
        let named = place["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
        let of_schema = place["schema"]["examples"].as_array().into_iter().flatten();
        for example in place.get("example").into_iter().chain(named).chain(of_schema) {
            count += 1;
            faults.extend(document.faults(&place["schema"], example).iter().map(|fault| format!("{path}: {fault}")));
        }
        let is_body = path.contains("/content/");
        assert!(!is_body || place.get("example").or(place.get("examples")).is_some(), "{path} has no example");
    }
    for (name, schema) in document.schemas() {
        for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
            for example in schema["examples"].as_array().into_iter().flatten() {
                faults
                    .extend(document.faults(schema, example).iter().map(|fault| format!("{name}.{property}: {fault}")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 100, "{count}");
}

/// The first column of the tables of docs/errors.md that are about requests, and about their parameters and fields.
fn codes_of_page() -> BTreeSet<String> {
    let page = include_str!("../../../docs/errors.md");
    let (requests, _) = page.split_once("\n## Events").unwrap();
    requests.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_error_of_a_request_is_documented() {
    let document = Document::new();
    let mut codes = BTreeSet::from(["method_not_allowed".to_owned()]);
    for operation in document.operations() {
        for (_, response) in operation.json["responses"].as_object().unwrap() {
            let examples = &response["content"]["application/problem+json"]["examples"];
            codes.extend(examples.as_object().into_iter().flatten().map(|(code, _)| code.clone()));
        }
    }
    assert_eq!(codes, codes_of_page());
}
