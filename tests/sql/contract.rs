//! The header of every statement file says what the database says of it.

use std::collections::BTreeSet;
use std::path::Path;

use colloquy::schema;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::support::database::TestDatabase;

/// Files that `migrate` and `roles apply` run by name, besides those that `migrate` lists.
pub const RUN_BY_MIGRATE: [&str; 7] = [
    "editions/before.sql",
    "editions/save_grants.sql",
    "editions/drop_views.sql",
    "editions/drop_functions.sql",
    "editions/drop_aggregate.sql",
    "editions/restore_grants.sql",
    "editions/roles.sql",
];

/// Paths below `sql/` of all SQL files, in order.
pub fn all_paths() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut paths = Vec::new();
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            paths.push(file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
        }
    }
    paths.sort();
    paths
}

/// The text of a file below `sql/`.
pub fn text_of(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("sql").join(path)).unwrap()
}

/// The lines of the comment at the top, without their dashes.
fn header(text: &str) -> Vec<&str> {
    text.lines().map_while(|line| line.strip_prefix("--")).map(str::trim).collect()
}

/// The statement without comments and without what stands in quotes.
pub fn code(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| line.split("--").next().unwrap()).collect();
    lines.join("\n").split('\'').step_by(2).collect::<Vec<_>>().join("''")
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').filter(|word| !word.is_empty()).collect()
}

/// What follows a keyword in the header, up to the next keyword: `$1 …`, `returns …`, `reads …`.
fn section(header: &[&str], keyword: &str) -> Option<String> {
    let is_start = |line: &str, keyword: &str| {
        line.starts_with(keyword) && (keyword == "$" || line[keyword.len()..].starts_with(' '))
    };
    let from = header.iter().position(|line| is_start(line, keyword))?;
    let others = ["$", "returns", "reads"];
    let lines =
        header[from..].iter().take_while(|line| !others.iter().any(|other| *other != keyword && is_start(line, other)));
    let lines: Vec<_> = lines.copied().collect();
    Some(lines.join(" ").trim_start_matches(keyword).trim().to_owned())
}

/// Types of `$1 name type …`, by their numbers.
fn parameters(header: &[&str]) -> Vec<String> {
    let Some(section) = section(header, "$") else { return Vec::new() };
    let mut types = Vec::new();
    for part in format!("${section}").split('$').skip(1) {
        let mut tokens = part.split_whitespace();
        let number = tokens.next().unwrap_or_default();
        // Mentions of a parameter, as in "the first of them $2", are not followed by a name and a type.
        let (Some(name), Some(kind)) = (tokens.next(), tokens.next()) else { continue };
        if number.parse::<usize>().is_ok()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        {
            assert_eq!(number, (types.len() + 1).to_string(), "parameters stand in order");
            types.push(kind.trim_end_matches([',', ':', ';']).to_owned());
        }
    }
    types
}

/// Names and types of `returns name type, …`; text in parentheses and after a semicolon is for people.
fn columns(header: &[&str]) -> Vec<(String, String)> {
    let Some(section) = section(header, "returns") else { return Vec::new() };
    let mut depth = 0;
    let outside = section.chars().filter(|c| {
        depth += i32::from(*c == '(');
        let is_outside = depth == 0;
        depth -= i32::from(*c == ')');
        is_outside
    });
    let list: String = outside.collect();
    let columns = list.split(';').next().unwrap().split(',').map(|column| {
        let words: Vec<_> = column.split_whitespace().collect();
        assert_eq!(words.len(), 2, "a column is a name and a type: {column}");
        (words[0].to_owned(), words[1].to_owned())
    });
    columns.collect()
}

fn name_of(kind: &Type) -> String {
    let name = kind.name();
    let (name, is_array) = name.strip_prefix('_').map_or((name, false), |name| (name, true));
    let name = match name {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "bool" => "boolean",
        other => other,
    };
    if is_array { format!("{name}[]") } else { name.to_owned() }
}

/// Relations and functions of ours, with the schema only if it is `tenant`.
async fn our_names(client: &Client) -> BTreeSet<String> {
    let sql = "select case nspname when 'tenant' then 'tenant.' else '' end || name
               from (select relnamespace, relname from pg_class where relkind in ('r', 'v', 'm')
                     union select pronamespace, proname from pg_proc) as o (namespace, name)
               join pg_namespace n on n.oid = o.namespace
               where nspname in ('analytics', 'tenant')";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn headers_say_what_postgresql_says() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let ours = our_names(&client).await;
    let applied: BTreeSet<_> = schema::source_paths().chain(RUN_BY_MIGRATE).collect();
    // One statement reads what another has made.
    client.batch_execute(&text_of("import/seen_events.sql")).await.unwrap();
    client.batch_execute(&text_of("customers/erasing.sql")).await.unwrap();
    let mut count = 0;
    let mut faults = Vec::new();
    for path in all_paths().into_iter().filter(|path| !applied.contains(path.as_str())) {
        let text = text_of(&path);
        let header = header(&text);
        let statement = client.prepare(&text).await.unwrap_or_else(|error| panic!("{path}: {error:?}"));

        let in_database: Vec<_> = statement.params().iter().map(name_of).collect();
        if parameters(&header) != in_database {
            faults.push(format!("{path}: parameters {:?}, PostgreSQL: {in_database:?}", parameters(&header)));
        }
        let in_database: Vec<_> =
            statement.columns().iter().map(|column| (column.name().to_owned(), name_of(column.type_()))).collect();
        if columns(&header) != in_database {
            faults.push(format!("{path}: columns {:?}, PostgreSQL: {in_database:?}", columns(&header)));
        }
        let code = code(&text);
        let is_query = words(&code).is_disjoint(&BTreeSet::from(["insert", "update", "delete", "create"]));
        let used: BTreeSet<_> = words(&code).into_iter().filter(|word| ours.contains(*word)).collect();
        let told = section(&header, "reads").unwrap_or_default();
        let told: BTreeSet<_> = told.split([',', ' ']).filter(|word| !word.is_empty()).collect();
        // What is neither ours nor of another schema is a mistake.
        let told: BTreeSet<_> = told.into_iter().filter(|name| ours.contains(*name) || !name.contains('.')).collect();
        if is_query && used != told {
            faults.push(format!("{path}: reads {told:?}, but names {used:?}"));
        }
        count += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count >= 20, "{count}");
}

#[test]
fn every_file_begins_with_a_header_and_keeps_keywords_small() {
    let shouted = [
        "SELECT", "FROM", "WHERE", "JOIN", "INSERT", "UPDATE", "DELETE", "CREATE", "AND", "OR", "NOT", "NULL", "AS",
        "ON", "IN", "WITH", "BEGIN", "END", "RETURNS", "ORDER", "BY", "GROUP", "CASE", "WHEN", "THEN", "COMMENT",
    ];
    for path in all_paths() {
        assert_eq!(path.rsplit_once('.').unwrap().1, "sql", "{path}");
        let text = text_of(&path);
        let first = header(&text).first().copied().unwrap_or_default();
        assert!(!first.is_empty(), "{path} begins without a header");
        let code = code(&text);
        let found: Vec<_> = words(&code).into_iter().filter(|word| shouted.contains(word)).collect();
        assert!(found.is_empty(), "{path}: {found:?}");
    }
}
