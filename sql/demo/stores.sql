-- When the demo began, and whether its stores hold conversations.
-- $1 store_ids uuid[]
-- returns created_at timestamptz, has_conversations boolean
-- reads stores, conversations
select min(s.created_at) as created_at,
       bool_or(exists (select from conversations c where c.store_id = s.store_id)) as has_conversations
from stores s
where s.store_id = any ($1::uuid[])
