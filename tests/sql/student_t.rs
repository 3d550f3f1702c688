//! `student_t_p` against tables of Student's t, its closed forms, and the incomplete beta function.

use crate::support::database::TestDatabase;
use crate::support::oracle::student_t::two_sided_p_of_t;

/// Degrees of freedom, t, and the two-sided p of that t to four figures, from tables.
const TABLE: [(i32, f64, f64); 18] = [
    (1, 6.3138, 0.1),
    (1, 12.706, 0.05),
    (1, 63.657, 0.01),
    (2, 2.9200, 0.1),
    (2, 4.3027, 0.05),
    (2, 9.9248, 0.01),
    (3, 3.1824, 0.05),
    (4, 2.7764, 0.05),
    (5, 2.5706, 0.05),
    (5, 4.0321, 0.01),
    (10, 2.2281, 0.05),
    (10, 4.5869, 0.001),
    (12, 2.1788, 0.05),
    (29, 2.0452, 0.05),
    (30, 2.7500, 0.01),
    (60, 2.0003, 0.05),
    (120, 1.9799, 0.05),
    (1000, 1.9623, 0.05),
];

async fn p_values(of: &[(i32, f64)]) -> Vec<f64> {
    let database = TestDatabase::new().await;
    let (degrees, ts): (Vec<i32>, Vec<f64>) = of.iter().copied().unzip();
    let sql = "select student_t_p(t, degrees)
               from unnest($1::integer[], $2::float8[]) with ordinality as v (degrees, t, ordinal) order by ordinal";
    let rows = database.client().await.query(sql, &[&degrees, &ts]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_values_of_tables() {
    let p = p_values(&TABLE.map(|(degrees, t, _)| (degrees, t))).await;
    for ((degrees, t, expected), p) in TABLE.into_iter().zip(p) {
        assert!((p - expected).abs() < 2e-4 * expected, "t {t} with {degrees}: expected {expected}, got {p}");
    }
}

#[tokio::test]
async fn closed_forms_and_the_incomplete_beta_function() {
    let ts = [0.0, 1e-9, 0.1, 0.5, 1.0, 1.96, 3.5, -2.0, 7.0];
    let many = [3, 4, 5, 6, 7, 13, 14, 99, 100, 363, 364, 5_001, 19_999, 20_000];
    let of: Vec<(i32, f64)> = [1, 2].into_iter().chain(many).flat_map(|n| ts.map(|t| (n, t))).collect();
    for ((degrees, t), p) in of.iter().zip(p_values(&of).await) {
        let expected = match degrees {
            1 => 1.0 - t.abs().atan() / std::f64::consts::FRAC_PI_2,
            2 => 1.0 - t.abs() / (2.0 + t * t).sqrt(),
            _ => two_sided_p_of_t(*t, f64::from(*degrees)),
        };
        assert!((p - expected).abs() < 1e-11, "t {t} with {degrees}: expected {expected}, got {p}");
    }
}

#[tokio::test]
async fn it_never_leaves_its_range() {
    let of =
        [(1, 1e300), (2, 1e300), (5, f64::INFINITY), (6, f64::INFINITY), (19_999, 1e9), (20_000, 1e9), (20_000, 40.0)];
    for ((degrees, t), p) in of.iter().zip(p_values(&of).await) {
        assert!((0.0..1e-12).contains(&p), "t {t} with {degrees}: {p}");
    }
    let client_database = TestDatabase::new().await;
    let none = "select student_t_p(1, 0) is null and student_t_p(1, -3) is null and student_t_p(null, 3) is null";
    assert!(client_database.client().await.query_one(none, &[]).await.unwrap().get::<_, bool>(0));
}
