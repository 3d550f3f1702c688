//! Headers of answers.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::response::ResponseBuilder;

use super::examples;
use super::schemas::with_format;

/// A header that is a text, with an example.
pub(super) fn header(description: &str, example: &str) -> Header {
    let description = Some(description).filter(|text| !text.is_empty());
    HeaderBuilder::new().schema(Some(with_format("").examples([example]))).description(description).build()
}

/// The header that every answer has.
pub(super) fn with_request_id(response: ResponseBuilder) -> ResponseBuilder {
    let description = "The id of the request, in the log of the server too: that of the request if it had a good one.";
    response.header("X-Request-Id", header(description, examples::UUID))
}

/// The headers of answers with numbers.
pub(super) fn complete_until() -> (&'static str, Header) {
    let description =
        "Every event committed before this instant is in the answer; on a replica it is as old as the data.";
    ("X-Data-Complete-Until", header(description, examples::INSTANT))
}

/// The header of a page of a list.
pub(super) fn next_cursor() -> (&'static str, Header) {
    let description = "`cursor` of the next page; left out on the last one.";
    ("X-Next-Cursor", header(description, examples::CURSOR))
}

/// The header of an export.
pub(super) fn row_count() -> (&'static str, Header) {
    ("X-Row-Count", header("How many rows follow, from the same snapshot.", "28"))
}

/// The name of the file that an export makes.
pub(super) fn disposition() -> (&'static str, Header) {
    ("Content-Disposition", header("", "attachment; filename=\"daily_metrics_2026-10-26_2026-11-22.csv\""))
}
