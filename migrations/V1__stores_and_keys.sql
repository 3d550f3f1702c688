-- Tenants, their dated ROI assumptions, their keys, and the settings of the installation.

create table stores (
    store_id uuid primary key default gen_random_uuid(),
    name text not null check (length(name) between 1 and 200),
    timezone text not null default 'UTC',
    locale text not null default 'en-US' check (locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'),
    currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
    abandon_after interval not null default '30 minutes'
        check (abandon_after >= interval '1 minute' and abandon_after <= interval '720 hours'),
    gap_confidence_threshold numeric(3,2) not null default 0.50
        check (gap_confidence_threshold between 0 and 1),
    created_at timestamptz not null default now(),
    archived_at timestamptz
);
comment on table stores is 'Tenants. A store is archived, never deleted, because conversations keep its id.';
comment on column stores.store_id is 'Identifier that events, keys and rows of this store carry.';
comment on column stores.name is 'Name shown to people, 1 to 200 characters.';
comment on column stores.timezone is 'IANA timezone whose local days, weeks and months the metrics of this store use.';
comment on column stores.locale is 'BCP 47 language tag for the display of numbers and dates.';
comment on column stores.currency is 'ISO 4217 code of the costs in roi_assumptions.';
comment on column stores.abandon_after is 'Silence after which an open conversation counts as abandoned; 1 minute to 720 hours. Read when a timeout event is created, never afterwards.';
comment on column stores.gap_confidence_threshold is 'A topic whose best retrieval confidence stays below this is a content gap; 0 to 1.';
comment on column stores.created_at is 'When the store was created.';
comment on column stores.archived_at is 'When the store was archived; null while it is in use. Archived stores accept no events.';

create table roi_assumptions (
    store_id uuid not null references stores,
    valid_from date not null,
    avg_human_agent_cost_per_hour numeric not null default 25.00
        check (avg_human_agent_cost_per_hour between 0 and 1000000),
    avg_conversation_time_minutes numeric not null default 8.0
        check (avg_conversation_time_minutes between 0 and 100000),
    ai_cost_per_conversation numeric not null default 0.05
        check (ai_cost_per_conversation between 0 and 1000000),
    primary key (store_id, valid_from)
);
comment on table roi_assumptions is 'What a conversation costs, dated: a row holds from its local date until the next one. Before the first row the column defaults hold.';
comment on column roi_assumptions.store_id is 'Store the assumptions are for.';
comment on column roi_assumptions.valid_from is 'First local date of the store on which they hold.';
comment on column roi_assumptions.avg_human_agent_cost_per_hour is 'Cost of a human agent, in the currency of the store per hour.';
comment on column roi_assumptions.avg_conversation_time_minutes is 'Time a human agent spends on a conversation, in minutes.';
comment on column roi_assumptions.ai_cost_per_conversation is 'Cost of the AI, in the currency of the store per conversation.';

create table api_keys (
    key_id uuid primary key default gen_random_uuid(),
    store_id uuid references stores,
    name text not null default '' check (length(name) <= 200),
    scopes text[] not null check (scopes <@ array['ingest', 'read', 'manage', 'admin'] and cardinality(scopes) > 0),
    key_sha256 bytea not null unique check (octet_length(key_sha256) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    check ((store_id is null) = (scopes = array['admin'])),
    check (store_id is null or not 'admin' = any (scopes))
);
create index api_keys_store on api_keys (store_id);
comment on table api_keys is 'API keys. Only a hash of each key is kept, so a key cannot be shown twice.';
comment on column api_keys.key_id is 'Public identifier of the key, used to revoke it.';
comment on column api_keys.store_id is 'Store the key opens; null for an admin key, which belongs to none.';
comment on column api_keys.name is 'What the key is for, in the words of whoever made it.';
comment on column api_keys.scopes is 'What it may do: ingest, read, manage; or admin alone.';
comment on column api_keys.key_sha256 is 'SHA-256 of the whole key.';
comment on column api_keys.created_at is 'When the key was made.';
comment on column api_keys.expires_at is 'From when on it is refused; null for never.';
comment on column api_keys.revoked_at is 'When it was revoked; null while it is good.';
comment on column api_keys.last_used_at is 'When it was last used, to the minute.';

create table installation (
    only_row boolean primary key default true check (only_row),
    raw_retention interval not null default '90 days' check (raw_retention >= interval '90 days'),
    raw_complete_from timestamptz not null default '-infinity'
);
insert into installation default values;
comment on table installation is 'Settings and state of the whole installation; exactly one row.';
comment on column installation.only_row is 'Key that allows one row only.';
comment on column installation.raw_retention is 'How long raw events are kept, at least 90 days (late events of 55 days and conversations of 30 need 85); whole chunks are dropped once all of them is older.';
comment on column installation.raw_complete_from is 'Raw events may be missing before this instant. Conversations that started before it are frozen. Only moves forward.';
