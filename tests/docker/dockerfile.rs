//! What the image is built of and how it runs.

use super::files::{dockerfile, exec_form, help, is_ignored, last_stage, path, text};

#[test]
fn images_are_pinned_and_rust_is_that_of_the_project() {
    let instructions = dockerfile();
    let mut images = Vec::new();
    for from in instructions.iter().filter(|one| one.keyword == "FROM") {
        let image = from.arguments.split(' ').next().unwrap();
        let (name, tag) = image.split_once(':').unwrap_or_else(|| panic!("{image} has no tag"));
        assert!(tag.split(['.', '-']).filter(|part| part.parse::<u32>().is_ok()).count() >= 2, "{image}: {tag} moves");
        images.push((name.to_owned(), tag.to_owned()));
    }
    assert_eq!(images.len(), 2, "a stage that builds and one that runs");
    assert!(images[1].1.ends_with("-slim"), "{images:?}");

    let toolchain = text("rust-toolchain.toml");
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    assert_eq!((&*images[0].0, images[0].1.split('-').next().unwrap()), ("rust", channel));
    let environment = instructions.iter().find(|one| one.keyword == "ENV" && one.stage == 0).unwrap();
    assert!(environment.arguments.contains(&format!("RUSTUP_TOOLCHAIN={channel}")), "{}", environment.arguments);
}

#[test]
fn what_is_copied_is_there() {
    let instructions = dockerfile();
    let stages: Vec<&str> = instructions
        .iter()
        .filter(|one| one.keyword == "FROM")
        .filter_map(|one| one.arguments.split_once(" AS ").map(|(_, name)| name))
        .collect();
    let built: String =
        instructions.iter().filter(|one| one.keyword == "RUN" && one.stage == 0).map(|one| &*one.arguments).collect();
    let mut copies = 0;
    for copy in instructions.iter().filter(|one| one.keyword == "COPY") {
        let words: Vec<&str> = copy.arguments.split(' ').collect();
        if let Some(stage) = words[0].strip_prefix("--from=") {
            assert!(stages.contains(&stage), "{stage} is no stage");
            // Made by the build, or part of its image.
            assert!(
                built.ends_with(&format!(" {}", words[1])) || words[1].starts_with("/etc/ssl/certs/"),
                "{}",
                words[1]
            );
        } else {
            for source in &words[..words.len() - 1] {
                assert!(path(source).exists() && !is_ignored(source), "{source}");
            }
        }
        copies += 1;
    }
    assert_eq!(copies, 3);
    let manifest = text("Cargo.toml");
    assert!(built.contains("--bin colloquy") && manifest.contains("[[bin]]\nname = \"colloquy\""), "{built}");
    assert!(built.contains("--locked") && !is_ignored("Cargo.lock"));
}

/// The build needs what the manifest names and what the source takes in.
#[test]
fn nothing_that_the_build_needs_is_ignored() {
    for needed in ["Cargo.toml", "src/main.rs", "sql/README.md", "migrations", "tests/suite.rs", "examples"] {
        assert!(path(needed).exists() && !is_ignored(needed), "{needed}");
    }
    for secret in [".env", ".git", "target", ".timescaledb"] {
        assert!(is_ignored(secret), "{secret} would become part of a layer");
    }
    let mut folders = vec![path("src")];
    let mut taken_in = 0;
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.is_dir() {
                folders.push(file);
                continue;
            }
            for include in std::fs::read_to_string(&file).unwrap().split("include_str!(\"").skip(1) {
                let included = folder.join(include.split('"').next().unwrap()).canonicalize().unwrap();
                let name =
                    included.strip_prefix(path(".").canonicalize().unwrap()).unwrap().to_str().unwrap().to_owned();
                assert!(!is_ignored(&name), "{} needs {name}", file.display());
                taken_in += 1;
            }
        }
    }
    assert!(taken_in > 30, "{taken_in} files");
}

#[test]
fn it_runs_as_nobody_and_listens_where_it_says() {
    let user = last_stage("USER");
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id >= 1000)), "{user}");
    let entrypoint = exec_form(&last_stage("ENTRYPOINT"));
    assert_eq!(entrypoint, ["colloquy"]);
    let served = help(&exec_form(&last_stage("CMD")));
    let environment = last_stage("ENV");
    let (name, listen) = environment.split_once('=').unwrap();
    assert!(served.contains(&format!("[env: {name}=")), "{name} is not known to the command line");
    assert_eq!(listen.strip_prefix("0.0.0.0:"), Some(&*last_stage("EXPOSE")), "nobody outside reaches {listen}");
    // The host's default is the same port, so that the documentation holds in and out of Docker.
    assert!(served.contains(&format!("[default: 127.0.0.1:{}]", last_stage("EXPOSE"))));
}

#[test]
fn its_health_is_checked_by_a_command_of_its_own() {
    let check = last_stage("HEALTHCHECK");
    let (options, command) = check.split_once("CMD ").unwrap();
    let command = exec_form(command);
    assert_eq!(command[0], "colloquy");
    help(&command[1..]);
    assert!(help(&command[1..]).contains("[env: COLLOQUY_LISTEN="), "it must find the server where ENV puts it");
    let seconds = |name: &str| {
        let value = options.split(' ').find_map(|option| option.strip_prefix(&format!("--{name}="))).unwrap();
        value.strip_suffix('s').unwrap().parse::<u32>().unwrap()
    };
    assert!(
        seconds("timeout") > 2 && seconds("interval") >= seconds("timeout"),
        "the command itself waits for two seconds"
    );
}
