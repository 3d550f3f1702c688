-- When the first conversation of a store started; no row without conversations.
-- $1 store_id uuid
-- returns started_at timestamptz
-- reads conversations
select started_at
from conversations
where store_id = $1::uuid
order by started_at
limit 1
