//! Services: what they are made of, where they listen, what they mount, and in which order they start.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::files::{environment, exec_form, help, last_stage, path, services, texts, yaml};

#[test]
fn images_are_pinned() {
    let mut images = BTreeSet::new();
    for (name, service) in services() {
        let image = service["image"].as_str().unwrap().to_owned();
        if image == "colloquy" {
            assert_eq!(service["build"], ".", "{name}");
            assert!(path("Dockerfile").is_file());
        } else {
            let tag = image.split_once(':').unwrap_or_else(|| panic!("{image} has no tag")).1;
            let numbers = tag.split(['.', '-']).filter(|part| part.parse::<u32>().is_ok()).count();
            assert!(numbers >= 3, "{image}: the tag moves");
            images.insert(image);
        }
    }
    assert!(images.contains("timescale/timescaledb:2.29.2-pg17"), "{images:?}");
}

/// Container port and, where one is published, the port of the host in the example.
fn port(service: &Value) -> (String, String) {
    let ports = texts(&service["ports"]);
    assert_eq!(ports.len(), 1, "{ports:?}");
    let (host, container) = ports[0].rsplit_once(':').unwrap();
    let host = host.strip_prefix("127.0.0.1:").unwrap_or_else(|| panic!("{host} is open to the network"));
    let default = host.split_once(":-").unwrap().1.trim_end_matches('}');
    (container.to_owned(), default.to_owned())
}

#[test]
fn ports_are_those_on_which_services_listen_and_open_to_this_machine_only() {
    let services = services();
    let ports: BTreeMap<&str, (String, String)> = services
        .iter()
        .filter(|(_, service)| !service["ports"].is_null())
        .map(|(name, service)| (&**name, port(service)))
        .collect();
    assert_eq!(ports.keys().copied().collect::<Vec<_>>(), ["grafana", "server", "timescaledb"]);
    assert_eq!(ports["server"].0, last_stage("EXPOSE"));
    for (name, (container, host)) in &ports {
        assert_eq!(container, host, "{name}: the documentation names one port");
    }
    assert!(
        environment(&services["grafana"])["COLLOQUY_DATABASE_HOST"].ends_with(&format!(":{}", ports["timescaledb"].0))
    );
}

#[test]
fn volumes_are_declared_and_folders_are_there() {
    let compose = yaml("docker-compose.yml");
    let declared: BTreeSet<&String> = compose["volumes"].as_object().unwrap().keys().collect();
    let services = services();
    let mounts: Vec<Vec<String>> = services
        .values()
        .flat_map(|service| texts(&service["volumes"]))
        .map(|mount| mount.split(':').map(str::to_owned).collect())
        .collect();
    let (folders, named): (Vec<_>, Vec<_>) = mounts.iter().partition(|mount| mount[0].starts_with("./"));
    assert_eq!(named.iter().map(|mount| &mount[0]).collect::<BTreeSet<_>>(), declared);
    for folder in &folders {
        assert!(path(&folder[0]).is_dir(), "{} is not there", folder[0]);
        assert!(std::fs::read_dir(path(&folder[0])).unwrap().next().is_some(), "{} is empty", folder[0]);
        assert_eq!(folder.get(2).map(String::as_str), Some("ro"), "{}: a container must not change it", folder[0]);
    }

    // Grafana finds the dashboards where the provider looks for them.
    let inside = |file: &str| {
        let mount = folders.iter().find(|mount| file.starts_with(&format!("{}/", mount[1])));
        let mount = mount.unwrap_or_else(|| panic!("{file} is not mounted"));
        path(&format!("{}{}", mount[0], &file[mount[1].len()..]))
    };
    let provider = yaml("grafana/provisioning/dashboards/colloquy.yml");
    let dashboards = provider["providers"][0]["options"]["path"].as_str().unwrap();
    assert!(inside(&format!("{dashboards}/one_store.json")).is_file());
    let home = &environment(&services["grafana"])["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"];
    assert!(inside(home).is_file(), "{home}");
    for kind in ["datasources", "dashboards"] {
        assert!(inside(&format!("/etc/grafana/provisioning/{kind}/colloquy.yml")).is_file(), "{kind}");
    }
}

/// Whether a service says when it is healthy; one of Colloquy inherits that from the image.
fn has_healthcheck(service: &Value) -> bool {
    service["healthcheck"]["test"].is_array()
        || (service["image"] == "colloquy" && !last_stage("HEALTHCHECK").is_empty())
}

#[test]
fn services_start_when_what_they_need_is_ready() {
    let services = services();
    for (name, service) in &services {
        for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
            let other =
                services.get(needed).unwrap_or_else(|| panic!("{name} waits for {needed}, which is no service"));
            let ends = other["restart"].is_null() && other["image"] == "colloquy";
            match how["condition"].as_str().unwrap() {
                "service_healthy" => {
                    assert!(has_healthcheck(other) && !ends, "{name}: {needed} says nothing of its health");
                }
                "service_completed_successfully" => assert!(ends, "{name}: {needed} never ends"),
                condition => panic!("{name}: {condition} is not enough"),
            }
        }
        assert!(service["restart"].is_null() || has_healthcheck(service), "{name} runs on and nobody sees how");
    }
    let order = |name: &str| {
        let mut chain = vec![name.to_owned()];
        while let Some((needed, _)) =
            services[chain.last().unwrap()]["depends_on"].as_object().into_iter().flatten().next()
        {
            assert!(!chain.contains(needed), "{chain:?} goes round");
            chain.push(needed.clone());
        }
        chain
    };
    for last in ["server", "grafana"] {
        assert_eq!(order(last), [last, "migrate", "roles", "timescaledb"]);
    }
}

#[test]
fn health_checks_ask_what_is_there() {
    let services = services();
    let database = environment(&services["timescaledb"]);
    let check = texts(&services["timescaledb"]["healthcheck"]["test"]);
    assert_eq!(check[..2], ["CMD", "pg_isready"]);
    assert!(check.contains(&format!("--username={}", database["POSTGRES_USER"])));
    assert!(check.contains(&format!("--dbname={}", database["POSTGRES_DB"])));
    let check = texts(&services["grafana"]["healthcheck"]["test"]);
    let url = check.last().unwrap();
    assert_eq!(url, &format!("http://127.0.0.1:{}/api/health", port(&services["grafana"]).0));
    assert!(services["server"]["healthcheck"].is_null(), "the image has its own");
}

#[test]
fn the_server_may_do_nothing_that_it_does_not_do() {
    let services = services();
    let server = &services["server"];
    assert_eq!(server["read_only"], true);
    assert_eq!(texts(&server["cap_drop"]), ["ALL"]);
    assert_eq!(texts(&server["security_opt"]), ["no-new-privileges:true"]);
    for (name, service) in &services {
        assert!(service["privileged"].is_null() && service["user"].is_null(), "{name}");
    }
    // Another service has migrated, with rights that the server lacks.
    let command = texts(&server["command"]);
    assert!(command.contains(&"--no-migrate".to_owned()));
    assert!(help(&command).contains("--no-migrate"));
    assert_eq!(exec_form(&last_stage("CMD")), [command[0].clone()]);
}
