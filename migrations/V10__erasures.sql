-- Receipts of erasures, and from which conversation each example of a content gap came.

create table erasures (
    erasure_id uuid primary key default gen_random_uuid(),
    store_id uuid not null references stores,
    requested_by uuid references api_keys,
    requested_at timestamptz not null,
    finished_at timestamptz not null,
    conversations bigint not null check (conversations >= 0),
    events bigint not null check (events >= 0),
    example_questions bigint not null check (example_questions >= 0),
    rejections bigint not null check (rejections >= 0),
    labels bigint not null check (labels >= 0),
    kept_labels bigint not null check (kept_labels >= 0),
    archive_ids uuid[] not null default '{}'
);
create index erasures_store on erasures (store_id, requested_at);
comment on table erasures is 'Receipts of erasures: what was removed, never of whom. Neither the customer''s id nor a hash of it, nor the token that stands for it now, is kept here.';
comment on column erasures.erasure_id is 'Identifier of the erasure.';
comment on column erasures.store_id is 'Store in which the customer was erased.';
comment on column erasures.requested_by is 'API key that asked for it; null for the command line and SQL.';
comment on column erasures.requested_at is 'When it began.';
comment on column erasures.finished_at is 'When all of it was done, right before the commit.';
comment on column erasures.conversations is 'Conversations that named the customer.';
comment on column erasures.events is 'Raw events that were rewritten.';
comment on column erasures.example_questions is 'Examples that were taken out of content gaps.';
comment on column erasures.rejections is 'Rejected events whose text was taken out of the log of rejections.';
comment on column erasures.labels is 'Channels, languages and topics that held the id and were replaced.';
comment on column erasures.kept_labels is 'Channels, languages and topics that hold the id and stay, because three or more other conversations have them.';
comment on column erasures.archive_ids is 'Archives that may still hold the customer (archives.archive_id).';

alter table content_gaps add column example_conversations uuid[] not null default '{}';
comment on column content_gaps.example_conversations is 'Conversation that each of example_questions came from, in their order; null or missing where a person wrote it or it is not known.';
