//! Decides whether a refusal is about the item, so that it rejects one record, or about the request, so that it stops
//! the run.
//!
//! DynamoDB has one code, `ValidationException`, for everything that is invalid. Only its message says what is wrong.
//! AWS documents some of these messages (*Constraints in Amazon DynamoDB*, *Error handling with DynamoDB*, the API
//! reference of `UpdateItem`); the others were found by sending such requests. So the message alone decides, in this
//! order:
//!
//! 1. A known message about the item: the record is rejected. This comes first, because such a message may quote the
//!    value, which may contain any word.
//! 2. A message about the form of the request (an expression, a placeholder, the key of the table, the type of an
//!    index, a parameter of the API): the run stops, because every record would be refused although none is wrong.
//! 3. Any other message: the record is rejected. One record that DynamoDB refuses, for whatever reason, must not stop
//!    the import of the others. If all are refused, the report says so with the reason.

use crate::sink::Written;

/// Messages about an item that is too large. The size of its fields was checked before, but it may have attributes that
/// Sluice does not know.
const TOO_LARGE: [&str; 2] = [
    // Item size to update has exceeded the maximum allowed size. Item size has exceeded the maximum allowed size.
    "item size",
    // The item collection of a table with local secondary indexes is too large.
    "item collection size",
];

/// Messages about other items that the table cannot hold.
const ABOUT_THE_ITEM: [&str; 11] = [
    // The AttributeValue for a key attribute cannot contain an empty string value. Of the table or of an index.
    "cannot contain an empty string value",
    "cannot contain an empty binary value",
    // Size of hashkey has exceeded the maximum size limit of 2048 bytes.
    "size of hashkey has exceeded",
    // Size of rangekey has exceeded the maximum size limit of 1024 bytes.
    "size of rangekey has exceeded",
    "aggregated size of all range keys has exceeded",
    // Attempting to store more than 38 significant digits in a Number.
    "significant digits in a number",
    // Number overflow. Attempting to store a number with magnitude larger than supported range.
    "number overflow",
    // Number underflow. Attempting to store a number with magnitude smaller than supported range.
    "number underflow",
    // Nesting Levels have exceeded supported limits.
    "nesting levels have exceeded",
    // The parameter cannot be converted to a numeric value: abc.
    "cannot be converted to a numeric value",
    // One or more parameter values were invalid: An AttributeValue may not contain an empty string.
    "may not contain an empty string",
];

/// Messages about a request that is wrong whatever the item is.
const ABOUT_THE_REQUEST: [&str; 10] = [
    // Invalid UpdateExpression: …; Invalid ConditionExpression: …; ExpressionAttributeValues contains invalid key: …;
    // Value provided in ExpressionAttributeNames unused in expressions: …; The document path provided in the update
    // expression is invalid for update; Expression size has exceeded the maximum allowed size.
    "expression",
    // The provided key element does not match the schema.
    "does not match the schema",
    // The number of conditions on the keys is invalid.
    "conditions on the keys",
    // One or more parameter values were invalid: Type mismatch for key sku expected: S actual: N; Type mismatch for
    // Index Key.
    "type mismatch for",
    // One or more parameter values were invalid: Missing the key sku in the item.
    "missing the key",
    // One or more parameter values were invalid: Cannot update attribute sku. This attribute is part of the key.
    "this attribute is part of the key",
    // 1 validation error detected: Value '…' at 'tableName' failed to satisfy constraint: …
    "validation error detected",
    "validation errors detected",
    // Supplied AttributeValue is empty, must contain exactly one of the supported datatypes; … has more than one
    // datatypes set.
    "supplied attributevalue",
    // The table does not have the specified index.
    "does not have the specified index",
];

/// The answer for the item of a refusal; `None` if the refusal is not about the item.
pub(super) fn of(code: Option<&str>, message: Option<&str>) -> Option<Written> {
    let text = message.filter(|message| !message.is_empty());
    let message = || text.unwrap_or("DynamoDB refuses the item").to_owned();
    match code? {
        "ItemCollectionSizeLimitExceededException" => return Some(Written::TooLarge(message())),
        "ValidationException" => {}
        _ => return None,
    }
    // Without a message the reason is unknown, and rejecting would reject every record.
    let lower = text?.to_ascii_lowercase();
    let says = |known: &[&str]| known.iter().any(|known| lower.contains(known));
    if says(&TOO_LARGE) {
        Some(Written::TooLarge(message()))
    } else if !says(&ABOUT_THE_ITEM) && says(&ABOUT_THE_REQUEST) {
        None
    } else {
        Some(Written::Refused(message()))
    }
}

#[cfg(test)]
mod tests;
