//! Names of field types in other systems.

use super::closest;

/// The types of a field, with their names in other systems.
const TYPES: [(&str, &[&str]); 16] = [
    ("string", &["char", "character", "keyword", "nvarchar", "str", "text", "varchar"]),
    ("integer", &["bigint", "int", "int16", "int32", "int64", "int8", "long", "short", "smallint", "tinyint"]),
    ("number", &["currency", "decimal", "double", "float", "float32", "float64", "money", "numeric", "real"]),
    ("boolean", &["bit", "bool", "logical"]),
    ("object", &["dict", "map", "struct"]),
    ("array", &["json array"]),
    ("list", &[]),
    ("datetime", &["date-time", "date_time", "datetime2", "instant", "timestamp", "timestamptz"]),
    ("date", &["localdate"]),
    ("time", &["localtime"]),
    ("year", &["gyear"]),
    ("yearmonth", &["gyearmonth", "month", "year-month"]),
    ("duration", &["interval", "timedelta", "timespan"]),
    ("geopoint", &["lonlat", "point"]),
    ("geojson", &["geometry"]),
    ("any", &["mixed", "variant"]),
];

/// Types of other systems that correspond to a format of the type `string`.
const FORMATS: [(&str, &[&str]); 4] = [
    ("binary", &["base64", "binary", "blob", "bytes"]),
    ("email", &["email", "e-mail"]),
    ("uri", &["link", "uri", "url"]),
    ("uuid", &["guid", "uuid"]),
];

/// A suggestion for a word that is not a type.
pub(crate) fn field_type(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    if lower == "json" || lower == "jsonb" {
        return Some("write \"object\" for a JSON object, \"array\" for a JSON array".to_owned());
    }
    if let Some((format, _)) = FORMATS.iter().find(|(_, names)| names.contains(&lower.as_str())) {
        return Some(format!("write \"type: string, format: {format}\""));
    }
    let names = TYPES.iter().flat_map(|(name, others)| std::iter::once(name).chain(others.iter()).copied());
    let meant = closest(word, names)?;
    let (name, _) = TYPES.iter().find(|(name, others)| *name == meant || others.contains(&meant))?;
    Some(format!("did you mean {name:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::FieldType;

    #[test]
    fn every_type_that_is_suggested_is_one() {
        for (name, _) in TYPES {
            let read: Result<FieldType, _> = serde_json::from_value(name.into());
            assert_eq!(read.map(FieldType::as_str).ok(), Some(name));
        }
    }

    #[test]
    fn table_of_names_from_elsewhere() {
        for (word, hint) in [
            ("timestamp", Some("did you mean \"datetime\"?")),
            ("TIMESTAMP", Some("did you mean \"datetime\"?")),
            ("timestmp", Some("did you mean \"datetime\"?")),
            ("date-time", Some("did you mean \"datetime\"?")),
            ("int", Some("did you mean \"integer\"?")),
            ("int32", Some("did you mean \"integer\"?")),
            ("integr", Some("did you mean \"integer\"?")),
            ("float", Some("did you mean \"number\"?")),
            ("decimal", Some("did you mean \"number\"?")),
            ("bool", Some("did you mean \"boolean\"?")),
            ("text", Some("did you mean \"string\"?")),
            ("strng", Some("did you mean \"string\"?")),
            ("timespan", Some("did you mean \"duration\"?")),
            ("month", Some("did you mean \"yearmonth\"?")),
            ("url", Some("write \"type: string, format: uri\"")),
            ("json", Some("write \"object\" for a JSON object, \"array\" for a JSON array")),
            ("picture", None),
        ] {
            assert_eq!(field_type(word).as_deref(), hint, "{word}");
        }
    }
}
