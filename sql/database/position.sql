-- What every snapshot has that is taken after this statement; in the transaction of the snapshot it would come too late.
-- returns complete_until timestamptz (null before the first commit is replayed), replayed bigint (null unless on a replica);
-- all commits before the first are there; on a replica it is the last one replayed; the second counts bytes of the log
-- A replica counts a commit as replayed once snapshots see it. A commit's time is read before it enters the log, and
-- nobody is told of a commit that is not in the log: what was committed before the last replayed time is replayed too.
select case when pg_is_in_recovery() then pg_last_xact_replay_timestamp() else now() end as complete_until,
       case when pg_is_in_recovery() then pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint end as replayed
