//! Schemas in few words. Objects have all the properties that are named here, and no others.

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, AnyOfBuilder, Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Ref,
    Schema, SchemaFormat, SchemaType,
};
use utoipa::openapi::{RefOr, Type};

/// A schema of the components by its name.
pub(super) fn reference(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// An object with these properties, all of them required.
pub(super) fn object<const N: usize>(properties: [(&str, RefOr<Schema>); N]) -> ObjectBuilder {
    let closed = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    and(closed, properties)
}

/// An object with further properties, all of them required.
pub(super) fn and<const N: usize>(object: ObjectBuilder, properties: [(&str, RefOr<Schema>); N]) -> ObjectBuilder {
    properties.into_iter().fold(object, |object, (name, schema)| object.property(name, schema).required(name))
}

/// An object with further properties that may be left out.
pub(super) fn and_optional<const N: usize>(
    object: ObjectBuilder,
    properties: [(&str, RefOr<Schema>); N],
) -> ObjectBuilder {
    properties.into_iter().fold(object, |object, (name, schema)| object.property(name, schema))
}

/// A list of them.
pub(super) fn array(items: impl Into<RefOr<Schema>>) -> Array {
    ArrayBuilder::new().items(items.into()).build()
}

/// Exactly two of them.
pub(super) fn pair(items: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    ArrayBuilder::new().items(items.into()).min_items(Some(2)).max_items(Some(2)).into()
}

/// Either, or null.
pub(super) fn or_null(schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    OneOfBuilder::new().item(schema).item(ObjectBuilder::new().schema_type(Type::Null)).into()
}

/// A plain value that may be null.
pub(super) fn nullable(plain: ObjectBuilder) -> RefOr<Schema> {
    let mut plain = plain.build();
    if let SchemaType::Type(kind) = plain.schema_type {
        plain.schema_type = SchemaType::from_iter([kind, Type::Null]);
    }
    if let Some(choices) = &mut plain.enum_values {
        choices.push(Value::Null);
    }
    plain.into()
}

/// All of them at once.
pub(super) fn both(first: impl Into<RefOr<Schema>>, second: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    AllOfBuilder::new().item(first).item(second).into()
}

/// Exactly one of them.
pub(super) fn one_of(schemas: Vec<RefOr<Schema>>) -> RefOr<Schema> {
    schemas.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item).into()
}

/// One or more of them.
pub(super) fn any_of<const N: usize>(schemas: [RefOr<Schema>; N]) -> RefOr<Schema> {
    schemas.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item).into()
}

/// Any JSON value.
pub(super) fn any(description: &str) -> Object {
    let description = Some(description).filter(|text| !text.is_empty());
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(description).build()
}

/// A text of a format of JSON Schema, or of none.
pub(super) fn with_format(format: &str) -> ObjectBuilder {
    let format = Some(format).filter(|format| !format.is_empty()).map(|format| SchemaFormat::Custom(format.to_owned()));
    ObjectBuilder::new().schema_type(Type::String).format(format)
}

/// A text, with an example.
pub(super) fn text(description: &str, example: &str) -> RefOr<Schema> {
    with_format("").description(Some(description)).examples([example]).into()
}

/// One of some words.
pub(super) fn choice<'a>(choices: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    with_format("").enum_values(Some(choices))
}

/// A UUID.
pub(super) fn uuid() -> RefOr<Schema> {
    with_format("uuid").examples([super::examples::UUID]).into()
}

/// A local date.
pub(super) fn date() -> RefOr<Schema> {
    with_format("date").examples([super::examples::DATE]).into()
}

/// An instant in UTC.
pub(super) fn instant() -> RefOr<Schema> {
    with_format("date-time").examples([super::examples::INSTANT]).into()
}

/// A count, with an example.
pub(super) fn count(description: &str, example: i64) -> RefOr<Schema> {
    let count = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    count.description(Some(description)).examples([example]).into()
}

/// A number that may be null, with an example.
pub(super) fn number_or_null(description: &str, example: f64) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Number);
    nullable(number.description(Some(description)).examples([example]))
}
