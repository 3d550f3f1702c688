//! Documentation of `/api/v1/stores/{store_id}/keys`.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema};

use super::answer::Answer;
use super::columns::Columns;
use super::operation::Operation;
use super::parameters::{in_path, text_of, whole};
use super::schemas::{and, array, choice, instant, nullable, object, reference, text, uuid, with_format};
use super::stores::store_in_path;
use crate::http::auth::Scope;
use crate::http::problem::Problem;
use crate::keys::rotate::{DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS};

const LIST_SQL: &str = include_str!("../../../sql/keys/list.sql");
const PATH: &str = "/api/v1/stores/{store_id}/keys";

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("Key", Columns::of(LIST_SQL).row().into()),
        ("KeyList", object([("keys", array(reference("Key")).into())]).into()),
        ("NewKey", new_key()),
        ("CreatedKey", created_key().into()),
        ("KeyRotation", rotation()),
        ("RotatedKey", rotated_key()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    [list(), create(), rotate(), revoke()].map(|operation| operation.of_area("Administration")).into()
}

fn list() -> Operation {
    Operation::get(PATH, "listKeys", "The keys of a store, without the keys themselves")
        .of_admin()
        .parameters([store_in_path()])
        .problems([Problem::UnknownStore])
        .answer(200, Answer::json("All of them, in the order of their creation.", reference("KeyList")))
}

fn create() -> Operation {
    let example = json!({"name": "chat widget", "scopes": ["ingest"], "expires_at": "2099-12-31T00:00:00Z"});
    Operation::post(PATH, "createKey", "A new key for a store")
        .described("The answer is the only place where the key can be read.")
        .of_admin()
        .parameters([store_in_path()])
        .fields("NewKey", example)
        .problems([Problem::UnknownStore])
        .answer(201, Answer::json("The key.", reference("CreatedKey")))
}

fn rotate() -> Operation {
    let path = "/api/v1/stores/{store_id}/keys/{key_id}/rotate";
    Operation::post(path, "rotateKey", "A successor for a key, which ends soon")
        .described(
            "The successor has the store, name, scopes and, if none is given, `expires_at` of the key. Until \
            `replaced_expires_at` both are good; the list of keys shows when the old one was last used.",
        )
        .of_admin()
        .parameters([store_in_path(), in_path("key_id", "The key that gets a successor.")])
        .fields("KeyRotation", json!({"overlap_seconds": DEFAULT_OVERLAP_SECONDS}))
        .problems([Problem::KeyEnded, Problem::KeyReplaced])
        .answer(201, Answer::json("The successor.", reference("RotatedKey")))
}

fn revoke() -> Operation {
    Operation::delete("/api/v1/stores/{store_id}/keys/{key_id}", "revokeKey", "The end of a key")
        .of_admin()
        .parameters([store_in_path(), in_path("key_id", "The key.")])
        .answer(204, Answer::empty("The key is good no more."))
}

fn scope() -> ObjectBuilder {
    choice(Scope::ALL[..3].iter().map(|(name, _)| *name))
}

fn new_key() -> RefOr<Schema> {
    let expires_at = with_format("date-time").description(Some("An instant in the future; never if left out."));
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("name", nullable(text_of(0, 200, "chat widget")))
        .property("scopes", ArrayBuilder::new().items(scope()).min_items(Some(1)))
        .required("scopes")
        .property("expires_at", nullable(expires_at))
        .into()
}

fn rotation() -> RefOr<Schema> {
    let overlap = whole(0, MAX_OVERLAP_SECONDS, DEFAULT_OVERLAP_SECONDS);
    let overlap = overlap.description(Some("Seconds until the old key ends at the latest; a day if left out."));
    let expires_at = with_format("date-time");
    let expires_at = expires_at.description(Some("An instant in the future; that of the old key if left out."));
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("overlap_seconds", nullable(overlap))
        .property("expires_at", nullable(expires_at))
        .into()
}

fn rotated_key() -> RefOr<Schema> {
    and(created_key(), [("replaces", uuid()), ("replaced_expires_at", instant())]).into()
}

fn created_key() -> ObjectBuilder {
    object([
        ("key_id", uuid()),
        ("key", text("The key, shown this once.", "clq_r_uyDpAk3Ql4ANBEXAMcKEo5uW0fwijCQuaBN3hWsQ7qg2RmFnb")),
        ("store_id", uuid()),
        ("name", text("What it is for.", "chat widget")),
        ("scopes", array(scope()).into()),
        ("created_at", instant()),
        ("expires_at", nullable(with_format("date-time").examples(["2099-12-31T00:00:00Z"]))),
    ])
}
