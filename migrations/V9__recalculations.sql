-- Recalculations of a range from raw events: what was asked for, and how far each has come.

create table recalculations (
    recalculation_id uuid primary key default gen_random_uuid(),
    store_id uuid references stores,
    from_at timestamptz not null,
    to_at timestamptz not null,
    is_background boolean not null,
    requested_by uuid references api_keys,
    requested_at timestamptz not null default now(),
    started_at timestamptz,
    unavailable_before timestamptz,
    done_to timestamptz not null,
    rollup_done_to timestamptz not null,
    conversations_rebuilt bigint not null default 0 check (conversations_rebuilt >= 0),
    changed_rows bigint not null default 0 check (changed_rows >= 0),
    failures integer not null default 0 check (failures >= 0),
    last_error text,
    finished_at timestamptz,
    check (from_at <= to_at)
);
create index recalculations_unfinished on recalculations (requested_at) where finished_at is null;
comment on table recalculations is 'Recalculations of conversations and rollups from raw events, each resumable: done_to and rollup_done_to move with the work.';
comment on column recalculations.recalculation_id is 'Identifier; whoever works on it holds a session lock made of it.';
comment on column recalculations.store_id is 'The store; null for all.';
comment on column recalculations.from_at is 'First instant of the range that was asked for.';
comment on column recalculations.to_at is 'First instant after the range.';
comment on column recalculations.is_background is 'True if a server works on it, false for the command line.';
comment on column recalculations.requested_by is 'API key that asked for it; null for the command line.';
comment on column recalculations.requested_at is 'When it was asked for.';
comment on column recalculations.started_at is 'When work on it began first; null while it waits.';
comment on column recalculations.unavailable_before is 'Raw events before this instant were missing, so that nothing before it was touched; null if none were.';
comment on column recalculations.done_to is 'Conversations with an event or a start in [from_at, done_to) are rebuilt.';
comment on column recalculations.rollup_done_to is 'The rollup of [from_at, rollup_done_to) is made anew.';
comment on column recalculations.conversations_rebuilt is 'Conversations rebuilt so far; one with events on several days counts on each of them.';
comment on column recalculations.changed_rows is 'Rows of conversations that were written or deleted because they were not what their events make.';
comment on column recalculations.failures is 'Failures in a row since the last progress.';
comment on column recalculations.last_error is 'What the last failure said; null after progress.';
comment on column recalculations.finished_at is 'When it ended, done or (with last_error) given up; null before.';
