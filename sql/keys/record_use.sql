-- Records that a key was used, at most once a minute.
-- $1 key_id uuid
update api_keys
set last_used_at = now()
where key_id = $1::uuid and (last_used_at is null or last_used_at < now() - interval '1 minute')
