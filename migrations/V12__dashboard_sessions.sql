-- Who is signed in to the web dashboard.

create table dashboard_sessions (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    key_id uuid not null references api_keys,
    started_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index dashboard_sessions_key on dashboard_sessions (key_id);
create index dashboard_sessions_expires on dashboard_sessions (expires_at);
comment on table dashboard_sessions is 'Sessions of the web dashboard: each stands for the key it was opened with, and ends by signing out, by time, or with that key.';
comment on column dashboard_sessions.token_sha256 is 'SHA-256 of the token in the cookie; the token itself is nowhere.';
comment on column dashboard_sessions.key_id is 'Key with which the visitor signed in.';
comment on column dashboard_sessions.started_at is 'When the visitor signed in.';
comment on column dashboard_sessions.expires_at is 'From when on the session is refused.';
