//! What `migrate` does with a database that holds data already.

mod changed_columns;
mod edition;
mod make_release;
mod questions;
mod release;

use std::process::{Command, Output};

use tokio_postgres::Client;

/// Runs the program with a command on a database.
fn colloquy(url: &str, command: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_colloquy")).arg(command).env("DATABASE_URL", url).output().unwrap()
}

/// Standard output of a command that must work.
#[track_caller]
fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Owners and rights of the views and functions of Colloquy, one line each, as PostgreSQL writes them.
async fn rights(client: &Client) -> Vec<String> {
    let sql = "
        select format('%s owner %s: %s', c.oid::regclass, pg_get_userbyid(c.relowner), c.relacl)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'tenant') and c.relkind in ('v', 'm')
          and (c.relacl is not null or pg_get_userbyid(c.relowner) <> current_user)
        union all
        select format('%s.%s: %s', a.attrelid::regclass, a.attname, a.attacl)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'tenant') and a.attacl is not null
        union all
        select format('%s owner %s: %s', p.oid::regprocedure, pg_get_userbyid(p.proowner), p.proacl)
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('analytics', 'tenant') and p.proacl is not null
        order by 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}
