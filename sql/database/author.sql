-- Names the key and the request that change something in this transaction, for what triggers write of it into admin_actions.
-- $1 key_id uuid | $2 request_id text, as logs have it; null if there is none
-- returns actor_key text, request_id text
select set_config('colloquy.actor_key', $1::uuid::text, true) as actor_key,
       set_config('colloquy.request_id', coalesce($2::text, ''), true) as request_id
