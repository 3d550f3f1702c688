-- Rejected events with their reasons, and the web origins from which a store's pages may report.

create table ingest_rejections (
    rejection_id bigint generated always as identity primary key,
    store_id uuid not null references stores,
    rejected_at timestamptz not null default now(),
    code text not null,
    field text,
    detail text not null,
    event_index integer,
    payload text check (octet_length(payload) <= 2048),
    events integer not null check (events >= 1)
);
create index ingest_rejections_store on ingest_rejections (store_id, rejected_at);
create index ingest_rejections_rejected on ingest_rejections (rejected_at);
comment on table ingest_rejections is 'Events that ingest rejected, and requests of which it took nothing, with the reason. Kept for a week.';
comment on column ingest_rejections.rejection_id is 'Order of arrival.';
comment on column ingest_rejections.store_id is 'Store of the key that sent it; with an admin key or in SQL, the store that the event names.';
comment on column ingest_rejections.rejected_at is 'When it was rejected.';
comment on column ingest_rejections.code is 'Stable code of the fault; docs/errors.md lists all.';
comment on column ingest_rejections.field is 'Field at fault; null if it is the whole.';
comment on column ingest_rejections.detail is 'What the rule is, for people.';
comment on column ingest_rejections.event_index is 'Place of the event in its request, from 0; null if the whole request was refused.';
comment on column ingest_rejections.payload is 'Start of the event, or of the body, as it was sent: at most 2,048 bytes; null if nothing could be read.';
comment on column ingest_rejections.events is 'Rejected events that the row stands for: more than 1 on the last of the 20 rows that a request gets for a code. A request that was refused as a whole counts as one.';

alter table stores add column allowed_origins text[] not null default '{}'
    check (cardinality(allowed_origins) <= 20 and array_position(allowed_origins, null) is null);
create index stores_allowed_origins on stores using gin (allowed_origins);
comment on column stores.allowed_origins is 'Web origins, such as https://shop.example, whose pages may send events with a key of this store; at most 20.';
