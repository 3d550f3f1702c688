//! Variables: those of `.env.example`, of the compose file, of the command line and of Grafana's files are the same ones.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{environment, help, services, text, texts, yaml};

/// Names and values of `.env.example`.
fn example() -> BTreeMap<String, String> {
    let text = text(".env.example");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line}")))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// Each `${NAME…}` of the compose file, and what stands behind the name.
fn references() -> Vec<(String, String)> {
    let text = text("docker-compose.yml");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let code: Vec<&str> = lines.collect();
    let code = code.join("\n");
    let inside = code.split("${").skip(1).map(|rest| rest.split_once('}').unwrap().0);
    inside
        .map(|reference| {
            let end = reference.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(reference.len());
            (reference[..end].to_owned(), reference[end..].to_owned())
        })
        .collect()
}

#[test]
fn the_example_has_every_variable_and_no_other() {
    let example = example();
    let references = references();
    let used: BTreeSet<&String> = references.iter().map(|(name, _)| name).collect();
    assert_eq!(used, example.keys().collect());
    for (name, value) in &example {
        let behind: BTreeSet<&str> = references
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, behind)| &**behind)
            .filter(|behind| !behind.is_empty())
            .collect();
        if value.is_empty() {
            assert!(
                behind.len() == 1 && behind.first().unwrap().starts_with(":?"),
                "{name} must be demanded: {behind:?}"
            );
        } else {
            assert_eq!(behind, BTreeSet::from([&*format!(":-{value}")]), "{name} has another default");
        }
    }
    assert!(
        text(".gitignore").lines().any(|line| line.trim_start_matches('/') == ".env"),
        "passwords must not be committed"
    );
}

#[test]
fn commands_and_their_variables_are_known_to_the_command_line() {
    let mut commands = Vec::new();
    for (name, service) in services().iter().filter(|(_, service)| service["image"] == "colloquy") {
        let command = texts(&service["command"]);
        let help = help(&command);
        for variable in environment(service).keys() {
            let is_known = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == variable);
            assert!(is_known, "{name}: colloquy {command:?} does not read {variable}");
        }
        commands.push(command.join(" "));
    }
    assert_eq!(commands, ["migrate", "roles apply", "serve --no-migrate"]);
}

#[test]
fn grafana_gets_what_its_files_ask_for() {
    let text = text("grafana/provisioning/datasources/colloquy.yml");
    let asked: BTreeSet<&str> = text.split("$__env{").skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
    let grafana = environment(&services()["grafana"]);
    let given: BTreeSet<&str> = grafana.keys().map(|name| &**name).filter(|name| !name.starts_with("GF_")).collect();
    assert_eq!(asked, given);
}

#[test]
fn everyone_logs_in_by_the_role_with_the_least_rights() {
    let services = services();
    let database = environment(&services["timescaledb"]);
    let users: BTreeMap<&str, String> = services
        .iter()
        .filter_map(|(name, service)| Some((&**name, environment(service).remove("DATABASE_URL")?)))
        .map(|(name, url)| {
            let (user, place) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
            let (user, password) = user.split_once(':').unwrap();
            assert_eq!(place, format!("timescaledb:5432/{}", database["POSTGRES_DB"]), "{name}");
            (name, format!("{user} {password}"))
        })
        .collect();
    let superuser = format!("{} ${{POSTGRES_PASSWORD}}", database["POSTGRES_USER"]);
    let expected = [
        ("migrate", "colloquy_owner ${COLLOQUY_OWNER_PASSWORD}".to_owned()),
        ("roles", superuser),
        ("server", "colloquy_writer ${COLLOQUY_WRITER_PASSWORD}".to_owned()),
    ];
    assert_eq!(users, expected.into());
    let datasource = &yaml("grafana/provisioning/datasources/colloquy.yml")["datasources"][0];
    assert_eq!(datasource["user"], "colloquy_reader");
    let roles = environment(&services["roles"]);
    for password in ["COLLOQUY_OWNER_PASSWORD", "COLLOQUY_WRITER_PASSWORD", "COLLOQUY_READER_PASSWORD"] {
        assert!(roles[password].starts_with(&format!("${{{password}:?")), "{password}");
    }
    assert_eq!(environment(&services["grafana"])["COLLOQUY_READER_PASSWORD"], "${COLLOQUY_READER_PASSWORD}");
}
