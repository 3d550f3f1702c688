-- A page of what admins have done, newest first; every filter that is null is none.
-- $1 store_id uuid | $2 action text | $3 key_id uuid, that did it | $4 object_id uuid
-- $5 from timestamptz, inclusive | $6 to timestamptz, exclusive
-- $7 after_at timestamptz, last row of the page before, null on the first | $8 after_action_id bigint | $9 limit bigint
-- returns action_id bigint, at timestamptz, action text, actor text ('api', 'command' or 'sql'), key_id uuid (key that
-- did it, or null), request_id text (that of the request in the log, or null), database_role text, store_id uuid (null
-- for none or all), object_id uuid (what it was done to, or null where the store says it), detail jsonb (columns that changed, with their old and new values)
-- reads admin_actions
select a.action_id, a.at, a.action, a.actor, a.key_id, a.request_id, a.database_role, a.store_id, a.object_id, a.detail
from admin_actions a
where ($1::uuid is null or a.store_id = $1)
  and ($2::text is null or a.action = $2)
  and ($3::uuid is null or a.key_id = $3)
  and ($4::uuid is null or a.object_id = $4)
  and ($5::timestamptz is null or a.at >= $5)
  and ($6::timestamptz is null or a.at < $6)
  and ($7::timestamptz is null or (a.at, a.action_id) < ($7, $8::bigint))
order by a.at desc, a.action_id desc
limit $9::bigint
