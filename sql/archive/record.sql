-- Records that a file holds the raw events of a chunk; again, if the chunk was restored and archived once more.
-- $1 path text | $2 from_at timestamptz | $3 to_at timestamptz | $4 events bigint | $5 bytes bigint | $6 sha256 text
insert into archives (path, from_at, to_at, events, bytes, sha256)
values ($1, $2, $3, $4, $5, $6)
on conflict (path) do update set
    from_at = excluded.from_at, to_at = excluded.to_at, events = excluded.events, bytes = excluded.bytes,
    sha256 = excluded.sha256, archived_at = excluded.archived_at, dropped_at = null
