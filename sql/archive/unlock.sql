-- Lets imports, recalculations and retention run again.
-- returns was_locked boolean
select pg_advisory_unlock(hashtext('colloquy.raw_in_use'), 0) as was_locked
