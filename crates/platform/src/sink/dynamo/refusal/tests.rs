//! The messages of DynamoDB, each with its meaning.

use super::*;

/// The meaning of a message.
#[derive(Debug, PartialEq)]
enum Means {
    TooLarge,
    Refused,
    System,
}
use Means::{Refused, System, TooLarge};

fn means(code: &str, message: &str) -> Means {
    match of(Some(code), Some(message)) {
        None => System,
        Some(Written::TooLarge(why)) => {
            assert_eq!(why, message);
            TooLarge
        }
        Some(Written::Refused(why)) => {
            assert_eq!(why, message);
            Refused
        }
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn table_of_refusals() {
    for (message, expected) in [
        ("Item size to update has exceeded the maximum allowed size", TooLarge),
        ("Item size has exceeded the maximum allowed size", TooLarge),
        (
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain \
             an empty string value. Key: sku",
            Refused,
        ),
        (
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. \
             The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-expression, \
             IndexKey: brand",
            Refused,
        ),
        (
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit \
             of2048 bytes",
            Refused,
        ),
        ("Attempting to store more than 38 significant digits in a Number", Refused),
        ("Number overflow. Attempting to store a number with magnitude larger than supported range", Refused),
        (
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond \
             supported limit",
            Refused,
        ),
        ("The parameter cannot be converted to a numeric value: an expression", Refused),
        ("Something that nobody has documented is wrong with this item", Refused),
        ("The provided key element does not match the schema", System),
        ("One or more parameter values were invalid: Type mismatch for key sku expected: N actual: S", System),
        ("One or more parameter values were invalid: Type mismatch for Index Key brand Expected: S Actual: N", System),
        ("One or more parameter values were invalid: Missing the key sku in the item", System),
        (
            "One or more parameter values were invalid: Cannot update attribute sku. This attribute is part of the key",
            System,
        ),
        ("Invalid UpdateExpression: Expression size has exceeded the maximum allowed size", System),
        ("Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\"", System),
        ("ExpressionAttributeValues contains invalid key: Syntax error; key: \":\"", System),
        ("Value provided in ExpressionAttributeNames unused in expressions: keys: {#f1}", System),
        (
            "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have \
             length greater than or equal to 1",
            System,
        ),
        ("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", System),
        ("", System),
    ] {
        assert_eq!(means("ValidationException", message), expected, "{message}");
    }
    assert_eq!(means("ItemCollectionSizeLimitExceededException", "Collection size exceeded."), TooLarge);
    assert_eq!(means("AccessDeniedException", "Item size"), System);
    assert_eq!(means("ResourceNotFoundException", "Requested resource not found"), System);
    assert_eq!(of(None, Some("Item size")), None);
}
