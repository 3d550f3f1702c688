-- What the next event of a conversation needs to know of the earlier ones beside the columns that are there already, so
-- that a row can be continued without them. Null in rows that older versions have written, until their next event.

alter table conversations
    add column waiting_since timestamptz,
    add column was_escalated boolean,
    add column is_timed_out boolean,
    add column event_id_hashes integer[];
comment on column conversations.waiting_since is 'Time of the first message of the customer that nobody has answered; null if there is none.';
comment on column conversations.was_escalated is 'Whether it was ever escalated, whatever came after.';
comment on column conversations.is_timed_out is 'Whether the outcome is that of a timeout, which the next event takes back.';
comment on column conversations.event_id_hashes is 'uuid_hash() of the id of each event that counts, in order of time, by which copies are recognised; null if the id has other rows or more than 250 events, and in rows from before version 14 of the schema: the next event rebuilds them from all events.';

-- What the rule from events to conversations reads of a row and of an event.
create type conversation_start as (number bigint, started_at timestamptz, event_count integer);
comment on type conversation_start is 'What the rule from events to conversations (make_conversations) reads of a row that it replaces.';
create type event_parts as (
    number bigint,
    event_id uuid,
    event_type text,
    created_at timestamptz,
    customer_id text collate "C",
    response_us bigint,
    channel text,
    language text,
    rating smallint,
    topic text collate "C",
    confidence numeric,
    is_human boolean,
    timeout_after timestamptz
);
comment on type event_parts is 'What the rule from events to conversations (make_conversations) reads of an event.';

-- Its successor takes more parameters.
drop function if exists rebuild_conversations(uuid[], uuid[], boolean);
