-- Which files hold raw events that retention has taken or will take, and whether it may take others.

create table archives (
    archive_id uuid primary key default gen_random_uuid(),
    path text not null unique,
    from_at timestamptz not null,
    to_at timestamptz not null,
    events bigint not null check (events > 0),
    bytes bigint not null check (bytes > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    archived_at timestamptz not null default clock_timestamp(),
    dropped_at timestamptz,
    check (from_at < to_at)
);
create index archives_range on archives (from_at, to_at);
comment on table archives is 'Files written by colloquy archive, one for each chunk of raw events that was archived.';
comment on column archives.archive_id is 'Identifier of the archive.';
comment on column archives.path is 'Where the file was written, as an absolute path on the machine that wrote it.';
comment on column archives.from_at is 'Start of the chunk; no event in the file is earlier.';
comment on column archives.to_at is 'End of the chunk; every event in the file is earlier.';
comment on column archives.events is 'Number of events in the file.';
comment on column archives.bytes is 'Size of the file, in bytes.';
comment on column archives.sha256 is 'SHA-256 of the file, in hexadecimal digits.';
comment on column archives.archived_at is 'When the file was found complete.';
comment on column archives.dropped_at is 'When the raw events of the range were dropped from the database; null until then.';

alter table installation add column archive_before_drop boolean not null default false;
comment on column installation.archive_before_drop is 'True: retention drops only raw events that colloquy archive has written to a file. Someone has to run that command then.';
