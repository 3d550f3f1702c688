//! The rows of the other store, before and after.

use crate::reliability::planted::Planted;

impl Planted {
    /// All rows of the other store but recalculations and pending buckets, which a server works off, and rows without a store that name it; times of use apart.
    pub async fn rows_of_other(&self) -> Vec<String> {
        let tables = "select c.relname::text from pg_class c
            where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'r' and c.relname not in ('dashboard_sessions', 'recalculations', 'rollup_pending')";
        let mut rows = Vec::new();
        for table in self.world.client.query(tables, &[]).await.unwrap() {
            let table: String = table.get(0);
            let sql = format!(
                "select '{table} ' || row::text
                 from (select to_jsonb(t) - 'last_used_at' as row from analytics.{table} t) r
                 where row ->> 'store_id' = $1 or (row ->> 'store_id' is null and position($1 in row::text) > 0)
                 order by 1"
            );
            let found = self.world.client.query(&sql, &[&self.other.store_id.to_string()]).await.unwrap();
            rows.extend(found.iter().map(|row| row.get::<_, String>(0)));
        }
        rows
    }

    /// Any changed column of any table with rows of the other store is a difference.
    pub async fn prove_that_changes_would_be_seen(&self, before: &[String]) {
        assert!(before.len() > 200, "{}", before.len());
        let change = "update content_gaps set frequency = frequency + 1 where gap_id = $1::text::uuid";
        assert_eq!(self.world.client.execute(change, &[&self.other.gap_id]).await.unwrap(), 1);
        assert_ne!(before, self.rows_of_other().await);
    }
}
