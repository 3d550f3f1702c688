-- Confines the rest of the transaction to one store, and says how recent everything is that it can see.
-- $1 store_id uuid
-- returns store_id text, complete_until timestamptz (on a replica, the last commit it has replayed)
select set_config('colloquy.store_id', $1::uuid::text, true) as store_id,
       case when pg_is_in_recovery()
            then coalesce(pg_last_xact_replay_timestamp(), to_timestamp(0))
            else now() -- of the begin, before the snapshot
       end as complete_until
