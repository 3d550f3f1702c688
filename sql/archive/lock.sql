-- Keeps imports, recalculations and retention away for as long as the session lives, or says that one is running.
-- returns is_locked boolean
select pg_try_advisory_lock(hashtext('colloquy.raw_in_use'), 0) as is_locked
