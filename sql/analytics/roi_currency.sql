-- The currency of a store's costs.
-- $1 store_id uuid
-- returns currency text (ISO 4217)
-- reads tenant.stores
select currency from tenant.stores where store_id = $1
