//! Rows as JSON, NDJSON and CSV, whole and streamed.

use colloquy::database::{self, TenantStream, tenant_query, tenant_stream};
use colloquy::http::reply::{self, Format};
use uuid::Uuid;
use warp::http::HeaderMap;
use warp::reply::Response;

use crate::support::database::TestDatabase;

const EVERY_TYPE: &str = "select 1::int2 as i2, -2::int4 as i4, 9007199254740993::int8 as i8, 1::float8 as f,
    null::float8 as no_f, 50.00::numeric as n, -0.05::numeric as small, 12345678901234567890.120::numeric as big,
    'a\"b, c' as t, '00000000-0000-0000-0000-000000000001'::uuid as id, true as yes, date '2026-02-03' as d,
    timestamptz '2026-02-03 04:05:06.789+01' as at, array['x', null]::text[] as texts, '{\"k\": 1.50}'::jsonb as j,
    'NaN'::numeric as nan";
const CELLS: &str =
    "select v as cell from unnest(array['=1+1', '+1', '-1', '@x', E'\\tx', E'a\\r\\nb', 'a,b', '\"', 'ok', null])
    as u (v)";
const MANY: &str = "select n, repeat('x', 100) as filler from generate_series(1, 20000) as s (n) order by n";
const FAILS_LATE: &str = "select n, 1 / (15000 - n) as quotient, repeat('x', 100) as filler
    from generate_series(1, 20000) as s (n)";
const FAILS_EARLY: &str = "select 1 / (n - 1) as quotient from generate_series(1, 2) as s (n)";

async fn body(response: Response) -> Result<String, warp::Error> {
    use http_body_util::BodyExt;
    let bytes = response.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

async fn whole(format: Format, sql: &'static str) -> String {
    let database = TestDatabase::new().await;
    let answer = tenant_query(database.pool(), Uuid::new_v4(), sql, &[]).await.unwrap();
    body(reply::rows(format, answer.columns(), &answer.rows).unwrap()).await.unwrap()
}

#[tokio::test]
async fn each_type_has_its_json() {
    let expected = "[{\"i2\":1,\"i4\":-2,\"i8\":9007199254740993,\"f\":1.0,\"no_f\":null,\"n\":50.00,\"small\":-0.05,\
        \"big\":12345678901234567890.120,\"t\":\"a\\\"b, c\",\"id\":\"00000000-0000-0000-0000-000000000001\",\
        \"yes\":true,\"d\":\"2026-02-03\",\"at\":\"2026-02-03T03:05:06.789Z\",\"texts\":[\"x\",null],\
        \"j\":{\"k\":1.50},\"nan\":null}]";
    assert_eq!(whole(Format::Json, EVERY_TYPE).await, expected);
}

#[tokio::test]
async fn csv_has_the_same_values_and_defuses_formulas() {
    let csv = whole(Format::Csv, EVERY_TYPE).await;
    let mut lines = csv.split("\r\n");
    assert_eq!(lines.next(), Some("i2,i4,i8,f,no_f,n,small,big,t,id,yes,d,at,texts,j,nan"));
    let values = "1,-2,9007199254740993,1.0,,50.00,-0.05,12345678901234567890.120,\"a\"\"b, c\",\
        00000000-0000-0000-0000-000000000001,true,2026-02-03,2026-02-03T03:05:06.789Z,\"[\"\"x\"\",null]\",\
        \"{\"\"k\"\":1.50}\",";
    assert_eq!(lines.next(), Some(values));
    let cells = whole(Format::Csv, CELLS).await;
    let expected = "cell\r\n'=1+1\r\n'+1\r\n'-1\r\n'@x\r\n'\tx\r\n\"a\r\nb\"\r\n\"a,b\"\r\n\"\"\"\"\r\nok\r\n\r\n";
    assert_eq!(cells, expected);
}

#[tokio::test]
async fn parts_say_where_json_puts_a_row() {
    const PARTS: &str = "select part, label, n
        from (values ('whole', null, 6), ('days', 'a', 1), ('days', 'b', 5)) as v (part, label, n)";
    let database = TestDatabase::new().await;
    let answer = tenant_query(database.pool(), Uuid::new_v4(), PARTS, &[]).await.unwrap();
    let parts = reply::parts(&answer.rows).unwrap();
    assert_eq!(parts.object("whole", &["label"]).unwrap().unwrap().get(), "{\"n\":6}");
    assert!(parts.object("previous", &[]).unwrap().is_none());
    let days: Vec<_> = parts.array("days", &[]).unwrap().iter().map(|day| day.get().to_owned()).collect();
    assert_eq!(days, ["{\"label\":\"a\",\"n\":1}", "{\"label\":\"b\",\"n\":5}"]);
    assert!(parts.array("nights", &[]).unwrap().is_empty());
    let unparted = database::query(database.pool(), "select 1 as n", &[]).await.unwrap();
    assert!(reply::parts(&unparted).is_err());
}

#[tokio::test]
async fn no_rows_are_an_empty_array_or_a_header() {
    const NONE: &str = "select 1 as a, 2 as b where false";
    assert_eq!(whole(Format::Json, NONE).await, "[]");
    assert_eq!(whole(Format::Csv, NONE).await, "a,b\r\n");
    assert_eq!(whole(Format::Ndjson, NONE).await, "");
}

async fn started(database: &TestDatabase, sql: &'static str) -> TenantStream {
    tenant_stream(database.pool(), Uuid::new_v4(), sql, &[]).await.unwrap()
}

#[tokio::test]
async fn a_stream_has_the_same_bytes_as_a_whole_answer() {
    let database = TestDatabase::new().await;
    for format in [Format::Json, Format::Csv, Format::Ndjson] {
        let response = reply::streamed(format, started(&database, MANY).await).await.unwrap();
        let rows = database::query(database.pool(), MANY, &[]).await.unwrap();
        let expected = reply::rows(format, rows[0].columns(), &rows).unwrap();
        assert!(body(response).await.unwrap() == body(expected).await.unwrap(), "{format:?}");
    }
    // All connections came back.
    assert_eq!(database.pool().status().available, database.pool().status().size);
}

#[tokio::test]
async fn an_error_is_a_problem_at_first_and_breaks_off_later() {
    let database = TestDatabase::new().await;
    let early = reply::streamed(Format::Json, started(&database, FAILS_EARLY).await).await;
    assert!(early.is_err());
    let late = reply::streamed(Format::Json, started(&database, FAILS_LATE).await).await.unwrap();
    assert!(body(late).await.is_err());
}

#[test]
fn the_accept_header_chooses() {
    let accepted = |value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("accept", value.parse().unwrap());
        Format::accepted(&headers)
    };
    assert_eq!(accepted("text/csv"), Some(Format::Csv));
    assert_eq!(accepted("application/json;q=0.5, Text/CSV;q=0.9"), Some(Format::Csv));
    assert_eq!(accepted("application/json, text/csv;q=0.9"), Some(Format::Json));
    assert_eq!(accepted("text/html, */*;q=0.1"), None);
    assert_eq!(accepted("text/csv;q=0"), None);
}
