-- Confines the rest of the transaction to one store.
-- $1 store_id uuid
-- returns store_id text
select set_config('colloquy.store_id', $1::uuid::text, true) as store_id
