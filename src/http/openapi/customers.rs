//! Documentation of `/api/v1/customers`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::answer::Answer;
use super::columns::Columns;
use super::operation::{Operation, fault};
use super::parameters::{required, text_in_path};
use super::schemas::{and, array, reference, uuid, with_format};
use crate::customers::erase::NOT_REACHED;
use crate::http::auth::Scope;
use crate::http::problem::Problem;

const ERASE_SQL: &str = include_str!("../../../sql/customers/erase.sql");
const ARCHIVES_SQL: &str = include_str!("../../../sql/customers/archives.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let not_reached = with_format("").examples([NOT_REACHED[0]]);
    let receipt = and(
        Columns::of(ERASE_SQL).row(),
        [("archives", array(reference("NamedArchive")).into()), ("not_reached", array(not_reached).into())],
    );
    vec![("NamedArchive", Columns::of(ARCHIVES_SQL).row().into()), ("ErasureReceipt", receipt.into())]
}

pub(super) fn operations() -> Vec<Operation> {
    let path = "/api/v1/customers/{customer_id}";
    let erase = Operation::delete(path, "eraseCustomer", "The end of everything that names a customer")
        .described(
            "A random token takes the place of the id and free text goes, in the named store only; no metric changes. \
             The answer is the receipt. Again, it answers 404: nothing is left.",
        )
        .keyed(Scope::Admin)
        .parameters([
            required("store_id", "The store.", uuid()),
            text_in_path("customer_id", "The customer, percent-encoded; a slash is `%2F`.", 1, 255, "c-0"),
        ])
        .faults([
            fault("store_id", "missing_parameter", "is required with an admin key."),
            fault(
                "customer_id",
                "invalid_parameter",
                "must be a text of 1 to 255 characters, percent-encoded as UTF-8.",
            ),
        ])
        .problems([Problem::UnknownStore, Problem::UnknownCustomer, Problem::EventsInUse])
        .answer(
            200,
            Answer::json("The receipt: what was removed, and where it may be still.", reference("ErasureReceipt")),
        );
    vec![erase.of_area("Administration")]
}
