-- Whether this database has the record of what is done: not before its first migration.
-- returns has_record boolean
select to_regclass('analytics.admin_actions') is not null as has_record
