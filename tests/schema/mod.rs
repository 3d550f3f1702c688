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

/// Owners and rights of the views and functions of Colloquy: `object owner role`, and `object: role PRIVILEGE` with a
/// star where it may be handed on.
async fn rights(client: &Client) -> Vec<String> {
    let sql = "
        with objects (name, owner, acl) as (
            select c.oid::regclass::text, c.relowner, coalesce(c.relacl, acldefault('r', c.relowner))
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('analytics', 'tenant') and c.relkind in ('v', 'm')
            union all
            select format('%s.%s', a.attrelid::regclass, a.attname), c.relowner, a.attacl
            from pg_attribute a
            join pg_class c on c.oid = a.attrelid
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('analytics', 'tenant') and a.attacl is not null
            union all
            select p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            where n.nspname in ('analytics', 'tenant'))
        select format('%s owner %s', name, owner::regrole) from objects
        union all
        select format('%s: %s %s%s', name, case grantee when 0 then 'public' else grantee::regrole::text end,
                      privilege_type, case when is_grantable then '*' end)
        from objects, aclexplode(acl)
        where grantee <> owner
        order by 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}
