//! Whether a refusal is about the item, so that it rejects one record, or about the request, so
//! that it stops the run.

/// What DynamoDB says of an item that it cannot hold, whoever asks. DynamoDB has one code for
/// everything that is not valid, so that only its message tells; a message that is not in this list
/// stops the run, because rejecting every record of a file for a wrong setting would be worse.
const ABOUT_THE_ITEM: [&str; 11] = [
    // Item size to update has exceeded the maximum allowed size (400 KB).
    "item size",
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
    // The parameter cannot be converted to a numeric value.
    "cannot be converted to a numeric value",
];

/// Whether a refusal is about the item.
pub(super) fn is_about_the_item(code: Option<&str>, message: Option<&str>) -> bool {
    match code {
        Some("ItemCollectionSizeLimitExceededException") => true,
        Some("ValidationException") => {
            let message = message.unwrap_or_default().to_ascii_lowercase();
            ABOUT_THE_ITEM.iter().any(|known| message.contains(known))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_refusals() {
        for (message, expected) in [
            ("Item size to update has exceeded the maximum allowed size", true),
            ("Item size has exceeded the maximum allowed size", true),
            (
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain \
                 an empty string value. Key: sku",
                true,
            ),
            (
                "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit \
                 of2048 bytes",
                true,
            ),
            ("Attempting to store more than 38 significant digits in a Number", true),
            ("Number overflow. Attempting to store a number with magnitude larger than supported range", true),
            (
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond \
                 supported limit",
                true,
            ),
            ("The provided key element does not match the schema", false),
            ("One or more parameter values were invalid: Type mismatch for Index Key", false),
            ("Invalid UpdateExpression: Expression size has exceeded the maximum allowed size", false),
            ("", false),
        ] {
            assert_eq!(is_about_the_item(Some("ValidationException"), Some(message)), expected, "{message}");
        }
        assert!(!is_about_the_item(Some("AccessDeniedException"), Some("Item size")));
    }
}
