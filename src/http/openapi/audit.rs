//! Documentation of `/api/v1/admin-actions`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema};

use super::answer::Answer;
use super::columns::Columns;
use super::conversations::cursor;
use super::headers::{complete_until, next_cursor};
use super::operation::{Operation, fault};
use super::parameters::{json_or_csv, one_of, optional, page};
use super::schemas::{array, object, reference, with_format};
use crate::audit::list::ACTIONS;

const LIST_SQL: &str = include_str!("../../../sql/audit/list.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let page = object([("admin_actions", array(reference("AdminAction")).into()), ("next_cursor", cursor())]);
    vec![("AdminAction", Columns::of(LIST_SQL).row().into()), ("AdminActionPage", page.into())]
}

pub(super) fn operations() -> Vec<Operation> {
    vec![list().of_area("Administration")]
}

fn list() -> Operation {
    let [cursor, limit] = page();
    let answer = Answer::json("A page of them, newest first.", reference("AdminActionPage"));
    let invalid_cursor = "must be the next_cursor of an answer to this store and the same query.";
    Operation::get("/api/v1/admin-actions", "listAdminActions", "What admins, commands and people in SQL have changed")
        .described("Written in the transaction of each change, and never changed afterwards. All filters must hold.")
        .of_admin()
        .parameters([
            optional("store_id", "The store that it was about.", any_id()),
            optional("action", "What was done.", one_of(&ACTIONS)),
            optional("key_id", "The key that did it.", any_id()),
            optional("object_id", "The key, gap, recalculation, erasure or archive that it was about.", any_id()),
            optional("from", "First instant.", with_format("date-time")),
            optional("to", "First instant after the range.", with_format("date-time")),
            cursor,
            limit,
            json_or_csv(),
        ])
        .faults([fault("cursor", "invalid_cursor", invalid_cursor)])
        .answer(200, answer.or_csv(&Columns::of(LIST_SQL)).header(complete_until()).header(next_cursor()))
}

/// Without an example: one that is nobody's would leave no row.
fn any_id() -> ObjectBuilder {
    with_format("uuid")
}
