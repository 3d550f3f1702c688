//! The files that Docker reads, taken apart, and the command line that they call.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The services of the compose file.
pub fn services() -> BTreeMap<String, Value> {
    let compose = yaml("docker-compose.yml");
    compose["services"].as_object().unwrap().iter().map(|(name, service)| (name.clone(), service.clone())).collect()
}

/// A list of texts.
pub fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The environment of a service.
pub fn environment(service: &Value) -> BTreeMap<String, String> {
    let pairs = service["environment"].as_object().into_iter().flatten();
    pairs
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()))
        .collect()
}

/// An instruction of the Dockerfile.
pub struct Instruction {
    pub keyword: String,
    pub arguments: String,
    /// Which of the `FROM`s it belongs to, from 0.
    pub stage: usize,
}

/// The instructions, with continued lines joined and comments left out.
pub fn dockerfile() -> Vec<Instruction> {
    let mut instructions: Vec<Instruction> = Vec::new();
    let mut stages = 0;
    let mut line = String::new();
    for part in text("Dockerfile").lines().filter(|line| !line.trim_start().starts_with('#')) {
        line.push_str(part.trim_end_matches('\\'));
        if part.ends_with('\\') {
            continue;
        }
        let Some((keyword, arguments)) = line.split_once(' ') else { continue };
        stages += usize::from(keyword == "FROM");
        let arguments = arguments.split_whitespace().collect::<Vec<_>>().join(" ");
        instructions.push(Instruction { keyword: keyword.to_owned(), arguments, stage: stages - 1 });
        line.clear();
    }
    instructions
}

/// The arguments of the only instruction of a kind in the last stage.
pub fn last_stage(keyword: &str) -> String {
    let instructions = dockerfile();
    let last = instructions.last().unwrap().stage;
    let found: Vec<_> = instructions
        .iter()
        .filter(|one| one.keyword == keyword && one.stage == last)
        .map(|one| &one.arguments)
        .collect();
    assert_eq!(found.len(), 1, "{keyword} in the last stage");
    found[0].clone()
}

/// The exec form of a command, such as `["colloquy", "ready"]`.
pub fn exec_form(arguments: &str) -> Vec<String> {
    serde_json::from_str(arguments).unwrap_or_else(|_| panic!("{arguments} would run in a shell"))
}

/// The help of the command that these arguments name; fails if the command line does not know them.
pub fn help(arguments: &[String]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_colloquy")).args(arguments).arg("--help").env_clear().output().unwrap();
    assert!(output.status.success(), "colloquy {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a file of the project is kept from the build by `.dockerignore`.
pub fn is_ignored(name: &str) -> bool {
    text(".dockerignore").lines().any(|line| {
        let ignored =
            line.strip_prefix('/').unwrap_or_else(|| panic!("{line:?}: this test reads paths from the root only"));
        name == ignored || name.starts_with(&format!("{ignored}/"))
    })
}
