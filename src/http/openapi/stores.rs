//! Documentation of `/api/v1/store` and `/api/v1/stores`.

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::{Object, Type};

use super::answer::Answer;
use super::columns::Columns;
use super::examples;
use super::operation::Operation;
use super::parameters::{decimal, in_path, optional, text_of, whole};
use super::schemas::{array, nullable, object, reference, with_format};
use crate::http::auth::Scope;
use crate::http::problem::Problem;
use crate::stores::roi_assumptions::{AI_COST, COST_PER_HOUR, MINUTES};

const SHOW_SQL: &str = include_str!("../../../sql/stores/show.sql");
const ROI_ASSUMPTIONS_SQL: &str = include_str!("../../../sql/stores/roi_assumptions.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let cursor = nullable(with_format("uuid").examples([examples::UUID]));
    let page = object([("stores", array(reference("Store")).into()), ("next_cursor", cursor)]);
    let list = object([("roi_assumptions", array(reference("RoiAssumptions")).into())]);
    let archived = nullable(ObjectBuilder::new().schema_type(Type::Boolean).examples([false]));
    vec![
        ("Store", Columns::of(SHOW_SQL).row().into()),
        ("StorePage", page.into()),
        ("StoreSettings", settings().into()),
        ("StoreChange", settings().property("archived", archived).into()),
        (
            "NewStore",
            settings()
                .property("name", name())
                .required("name")
                .property("store_id", nullable(with_format("uuid")))
                .into(),
        ),
        ("RoiAssumptions", Columns::of(ROI_ASSUMPTIONS_SQL).row().into()),
        ("RoiAssumptionsList", list.into()),
        ("NewRoiAssumptions", new_assumptions().into()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let of_tenant = [show(), change(), roi_assumptions(), set_roi_assumptions()];
    let of_admins = [list(), create(), show_any(), change_any()];
    let of_tenant = of_tenant.into_iter().map(|operation| operation.of_area("Store"));
    of_tenant.chain(of_admins.into_iter().map(|operation| operation.of_area("Administration"))).collect()
}

fn show() -> Operation {
    Operation::get("/api/v1/store", "showStore", "The store of the key")
        .of_tenant(Scope::Read)
        .answer(200, Answer::json("The store.", reference("Store")))
}

fn change() -> Operation {
    Operation::patch("/api/v1/store", "changeStore", "Other settings for the store of the key")
        .described("Settings that are left out stay as they are. Reports change with the timezone.")
        .of_tenant(Scope::Manage)
        .fields("StoreSettings", example())
        .problems([invalid_timezone()])
        .answer(200, Answer::json("The store as it is now.", reference("Store")))
}

fn roi_assumptions() -> Operation {
    Operation::get(
        "/api/v1/store/roi-assumptions",
        "listRoiAssumptions",
        "What a conversation costs, from which day on",
    )
    .of_tenant(Scope::Read)
    .answer(200, Answer::json("All of them, oldest first.", reference("RoiAssumptionsList")))
}

fn set_roi_assumptions() -> Operation {
    let example = json!({"valid_from": examples::DATE, COST_PER_HOUR.0: 25.0, MINUTES.0: 8.0, AI_COST.0: 0.05});
    Operation::post("/api/v1/store/roi-assumptions", "setRoiAssumptions", "Other costs, from a local day on")
        .described("Days before keep theirs; assumptions of the same day are replaced.")
        .of_tenant(Scope::Manage)
        .fields("NewRoiAssumptions", example)
        .answer(201, Answer::json("The assumptions.", reference("RoiAssumptions")))
}

fn list() -> Operation {
    let limit = whole(1, 200, 50).default(Some(50.into()));
    Operation::get("/api/v1/stores", "listStores", "All stores, in the order of their creation")
        .of_admin()
        .parameters([
            optional("cursor", "`next_cursor` of the page before.", with_format("uuid")),
            optional("limit", "Rows of a page at most.", limit),
        ])
        .answer(200, Answer::json("A page of stores.", reference("StorePage")))
}

fn create() -> Operation {
    Operation::post("/api/v1/stores", "createStore", "A new store")
        .of_admin()
        .fields("NewStore", example())
        .problems([invalid_timezone(), Problem::StoreExists])
        .answer(201, Answer::json("The store.", reference("Store")))
}

fn show_any() -> Operation {
    Operation::get("/api/v1/stores/{store_id}", "showAnyStore", "One store")
        .of_admin()
        .parameters([store_in_path()])
        .problems([Problem::UnknownStore])
        .answer(200, Answer::json("The store.", reference("Store")))
}

fn change_any() -> Operation {
    Operation::patch("/api/v1/stores/{store_id}", "changeAnyStore", "Other settings for any store")
        .described("An archived store takes no events; all else stays.")
        .of_admin()
        .parameters([store_in_path()])
        .fields("StoreChange", example())
        .problems([invalid_timezone(), Problem::UnknownStore])
        .answer(200, Answer::json("The store as it is now.", reference("Store")))
}

/// The store in the paths of admins.
pub(super) fn store_in_path() -> Parameter {
    in_path("store_id", "The store.")
}

fn example() -> Value {
    json!({"name": "Harbor & Pine Outfitters", "timezone": "America/New_York", "currency": "USD"})
}

fn invalid_timezone() -> Problem {
    Problem::body("timezone", "invalid_timezone", "must be an IANA timezone, such as Europe/Berlin.")
}

/// The settings, none of them required; null counts as left out.
fn settings() -> ObjectBuilder {
    let locale = with_format("").pattern(Some("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")).max_length(Some(35));
    let currency = with_format("").pattern(Some("^[A-Z]{3}$")).description(Some("ISO 4217."));
    let abandon = whole(60, 2_592_000, 1800).description(Some("Seconds of silence until a conversation is abandoned."));
    let threshold = decimal(1, 0.5).description(Some("Confidence under which a topic is a gap, at most two decimals."));
    let origin = with_format("").examples(["https://shop.example"]);
    let list = SchemaType::from_iter([Type::Array, Type::Null]);
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("name", nullable(name()))
        .property("timezone", nullable(with_format("").description(Some("IANA name.")).examples(["America/New_York"])))
        .property("locale", nullable(locale.examples(["en-US"])))
        .property("currency", nullable(currency.examples(["USD"])))
        .property("abandon_after_seconds", nullable(abandon))
        .property("gap_confidence_threshold", nullable(threshold.multiple_of(Some(0.01))))
        .property("allowed_origins", ArrayBuilder::new().schema_type(list).items(origin).max_items(Some(20)))
}

fn name() -> ObjectBuilder {
    text_of(1, 200, "Harbor & Pine Outfitters")
}

fn new_assumptions() -> Object {
    let cost = |limit, example, unit| decimal(limit, example).description(Some(unit));
    object([
        ("valid_from", with_format("date").examples([examples::DATE]).into()),
        (COST_PER_HOUR.0, cost(COST_PER_HOUR.1, 25.0, "Currency of the store per hour.").into()),
        (MINUTES.0, cost(MINUTES.1, 8.0, "Minutes.").into()),
        (AI_COST.0, cost(AI_COST.1, 0.05, "Currency of the store per conversation.").into()),
    ])
    .build()
}
