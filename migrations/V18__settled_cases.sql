-- What the low and the high case of the return on investment need of settled days.

alter table settled_days
    add column saved_high_conversations bigint,
    add column saved_low_conversations bigint,
    add column contacts_between tstzrange;
comment on column settled_days.saved_high_conversations is 'Resolved without a message of a human agent. Null in rows from before version 18 of the schema, which the next refresh_rollups writes again.';
comment on column settled_days.saved_low_conversations is 'AI-resolved, and neither the same customer nor the same conversation wrote within 7 days after. Null until those are over 48 hours ago, and after a change that may have reached it; exact unless rollup_pending names a bucket of contacts_between.';
comment on column settled_days.contacts_between is 'Starts of the conversations that have a say in saved_low_conversations: those of the day, from 720 hours before it to 7 days after its last AI-resolved outcome. Null in rows from before version 18 of the schema.';
-- What refresh_rollups looks for every minute.
create index settled_days_without_low on settled_days (store_id, from_at) where saved_low_conversations is null;

create table settled_contacts (
    store_id uuid not null,
    from_at timestamptz not null,
    customer_id text collate "C" not null,
    contact_windows tstzmultirange not null,
    primary key (store_id, from_at, customer_id)
);
comment on table settled_contacts is 'Customers who wrote after the end of a settled day in conversations that started on it: what later days need to know of it.';
comment on column settled_contacts.store_id is 'Store.';
comment on column settled_contacts.from_at is 'First instant of the day, as in settled_days.';
comment on column settled_contacts.customer_id is 'Customer, as in conversations; the token after an erasure.';
comment on column settled_contacts.contact_windows is 'Every instant since the end of the day after which the customer wrote in these conversations within 7 days.';

-- It settles days of several stores.
drop procedure if exists settle_days_of(uuid, timestamptz[], timestamptz[]);
