-- The range of time in which a conversation id has events, for one store; no row if there is none.
-- $1 store_id uuid | $2 conversation_id uuid
-- returns from_at timestamptz, to_at timestamptz
-- reads tenant.conversation_weeks
select min(week_at) as from_at, max(week_at) + interval '168 hours' as to_at
from tenant.conversation_weeks
where store_id = $1 and conversation_id = $2
having count(*) > 0
