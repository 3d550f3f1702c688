-- Its successor takes more parameters.
drop function if exists rebuild_conversations(uuid[], uuid[], boolean, uuid[], timestamptz[]);

comment on column conversations.event_id_hashes is 'uuid_hash() of the id of each event that counts, in order of time, by which copies are recognised; null if the id has other rows or more than 250 events, if a timeout is stored whose event is not, and in rows from before version 14 of the schema: the next event rebuilds them from all events.';
