//! The bill of materials is that of Cargo.lock.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

/// Checksums by name and version, of all packages in Cargo.lock that come from a registry.
fn locked() -> BTreeMap<(String, String), String> {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    let value = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|block| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?)))
        .collect()
}

#[test]
fn every_crate_of_the_program_is_in_it_as_locked() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sbom.cdx.json")).unwrap();
    let sbom: Value = serde_json::from_str(&text).unwrap();
    let locked = locked();
    let mut names = Vec::new();
    for component in sbom["components"].as_array().unwrap() {
        let of = |name: &str| component[name].as_str().unwrap_or_default().to_owned();
        let checksum = locked.get(&(of("name"), of("version")));
        assert_eq!(
            checksum.map(String::as_str),
            component["hashes"][0]["content"].as_str(),
            "run make sbom: {component}"
        );
        assert!(component["licenses"][0]["expression"].is_string(), "no licence: {component}");
        names.push(of("name"));
    }
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]\n").unwrap();
    let wanted = rest.lines().take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    for (name, _) in wanted.filter(|(name, _)| !name.starts_with('#')) {
        assert!(names.iter().any(|known| known == name), "run make sbom: {name} is missing");
    }
}
