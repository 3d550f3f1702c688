-- A place for the keys of the events that a dry run has seen; gone with the session.
create temporary table if not exists seen_events (
    store_id uuid, created_at timestamptz, event_id uuid, conversation_id uuid,
    primary key (store_id, created_at, event_id, conversation_id))
