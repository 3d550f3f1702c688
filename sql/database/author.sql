-- Names the key that changes something in this transaction, for what triggers write of it into admin_actions.
-- $1 key_id uuid
-- returns actor_key text
select set_config('colloquy.actor_key', $1::uuid::text, true) as actor_key
