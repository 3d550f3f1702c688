-- Whether the server and its settings suit Colloquy; needs no schema of ours.
-- returns level text ('ok', 'warning' or 'error'), subject text, finding text
with
extension as (
    select (select string_to_array(split_part(extversion, '-', 1), '.')::integer[]
            from pg_extension where extname = 'timescaledb') as version,
           coalesce(current_setting('timescaledb.license', true), '') = 'timescale' as is_community
),
checks (position, is_bad, level, subject, good, bad) as (
    select 1, current_setting('server_version_num')::integer < 170000, 'error', 'PostgreSQL',
           current_setting('server_version'), current_setting('server_version') || ' is too old; 17 is needed'
    union all
    select 2, current_setting('server_version_num')::integer >= 180000, 'warning', 'PostgreSQL version',
           'tested', current_setting('server_version') || ' is newer than what the test suite ran on (17)'
    union all
    select 3, version is null, 'error', 'TimescaleDB',
           concat(array_to_string(version, '.'), case when is_community then ', Community Edition'
                                                      else ', Apache-2 Edition' end),
           'the extension is missing; run `colloquy migrate`, and see that shared_preload_libraries has timescaledb'
    from extension
    union all
    select 4, version is not null and version not in (array[2, 19, 3], array[2, 29, 2]), 'warning',
           'TimescaleDB version', 'tested', 'the test suite ran on 2.19.3 (Apache-2) and 2.29.2 (Community)'
    from extension
    union all
    select 5, is_community and (version = array[2, 22, 0] or version < array[2, 26, 3]
                                or version between array[2, 28, 0] and array[2, 28, 3]), 'warning',
           'TimescaleDB faults', 'no known fault of this version concerns Colloquy',
           'this version can lose rows of continuous aggregates (2.22.0; before 2.26.3 when refreshes overlap; '
           '2.28.0 to 2.28.3 at the end of a refresh); upgrade'
    from extension
    union all
    select 6, current_setting('max_locks_per_transaction')::integer < 256, 'warning', 'max_locks_per_transaction',
           current_setting('max_locks_per_transaction'),
           current_setting('max_locks_per_transaction') || ' is low: queries over years of chunks can run out; set 256'
    union all
    select 7, current_setting('synchronous_commit') = 'off' or current_setting('fsync') = 'off', 'warning', 'durability',
           'a commit is on disk when it is answered',
           'fsync or synchronous_commit is off: events that were acknowledged can be lost in a crash'
    union all
    select 8, rolsuper, 'warning', 'connected as', rolname::text,
           rolname || ', a superuser; let the server connect as colloquy_writer (`colloquy roles apply`, docs/roles.md)'
    from pg_roles
    where rolname = current_user
    union all
    select 9, false, 'warning', 'roles',
           coalesce(string_agg(rolname || case when rolcanlogin then '' else ' (no login)' end, ', ' order by rolname),
                    'none; `colloquy roles apply` makes them'), ''
    from pg_roles
    where rolname in ('colloquy_owner', 'colloquy_reader', 'colloquy_writer')
    union all
    select 10, e.extversion <> a.default_version, 'warning', 'TimescaleDB update', 'the server has no newer one',
           format('the database uses %s, the server has %s; run `psql -X DATABASE -c ''alter extension timescaledb update''`'
                  ' and `colloquy migrate`', e.extversion, a.default_version)
    from pg_extension e
    join pg_available_extensions a on a.name = e.extname
    where e.extname = 'timescaledb'
)
select case when is_bad then level else 'ok' end as level, subject, case when is_bad then bad else good end as finding
from checks
where is_bad is not null
order by position
