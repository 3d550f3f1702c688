//! Cursors: good for the store and the query they were made for, and for nothing else.

use chrono::{DateTime, Utc};
use colloquy::http::cursor::Cursor;
use colloquy::http::parameters::Parameters;
use colloquy::http::problem::Problem;
use uuid::Uuid;

type Key = (DateTime<Utc>, String, Uuid);

#[test]
fn a_cursor_holds_its_key_for_one_store_and_one_query() {
    let (store_id, key) = (Uuid::new_v4(), (Utc::now(), "a \"topic\" ü".to_owned(), Uuid::new_v4()));
    let cursor = Cursor::of(store_id, "status=open", &key);
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{cursor}");
    assert_eq!(Cursor::read::<Key>(&cursor, store_id, "status=open").unwrap(), key);
    assert!(Cursor::read::<Key>(&cursor, Uuid::new_v4(), "status=open").is_err());
    assert!(Cursor::read::<Key>(&cursor, store_id, "status=resolved").is_err());
    assert!(Cursor::read::<i64>(&cursor, store_id, "status=open").is_err());
    for end in 0..cursor.len() {
        assert!(Cursor::read::<Key>(&cursor[..end], store_id, "status=open").is_err(), "cut at {end}");
        let mut changed = cursor.clone();
        changed.replace_range(end..=end, if &cursor[end..=end] == "x" { "y" } else { "x" });
        assert!(Cursor::read::<Key>(&changed, store_id, "status=open").is_err(), "changed at {end}");
    }
    for other in [&format!("{cursor}="), &format!("{cursor}A"), "ä", "null", &"A".repeat(100_000)] {
        assert!(Cursor::read::<Key>(other, store_id, "status=open").is_err(), "{other}");
    }
}

/// Who reads the source can seal any key.
#[test]
fn a_key_that_no_row_can_have_is_not_read() {
    let (store_id, now) = (Uuid::new_v4(), Utc::now());
    let read = |at: DateTime<Utc>, topic: &str| {
        let cursor = Cursor::of(store_id, "q", &(at, topic.to_owned(), store_id));
        Cursor::read::<Key>(&cursor, store_id, "q").is_ok()
    };
    assert!(read(now, "topic"));
    assert!(!read(now, "to\0pic"));
    assert!(!read(DateTime::<Utc>::MIN_UTC, "topic"));
    assert!(!read(DateTime::<Utc>::MAX_UTC, "topic"));
}

#[test]
fn a_parameter_is_a_fault_of_its_own_code() {
    let store_id = Uuid::new_v4();
    let read = |raw: &str, query: Option<&str>| {
        let mut parameters = Parameters::parse(raw);
        let key = Cursor::parameter::<i64>(&mut parameters, store_id, query);
        parameters.finish(|| key).map_err(|problem| match problem {
            Problem::Parameters(faults) => faults.iter().map(|fault| fault.code).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        })
    };
    let cursor = Cursor::of(store_id, "q", &7_i64);
    assert_eq!(read("", Some("q")), Ok(None));
    assert_eq!(read(&format!("cursor={cursor}"), Some("q")), Ok(Some(7)));
    assert_eq!(read(&format!("cursor={cursor}"), Some("r")), Err(vec!["invalid_cursor"]));
    assert_eq!(read("cursor=", Some("q")), Err(vec!["invalid_cursor"]));
    assert_eq!(read("cursor=a&cursor=b", Some("q")), Err(vec!["repeated_parameter"]));
    // Nothing can be said of it while the query is unknown.
    assert_eq!(read("cursor=a", None), Ok(None));
}
