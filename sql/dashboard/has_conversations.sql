-- Whether a store has any conversation.
-- $1 store_id uuid
-- returns has_conversations boolean
-- reads tenant.conversation_weeks
select exists (select from tenant.conversation_weeks w where w.store_id = $1::uuid) as has_conversations
