use proptest::prelude::*;

use super::*;
use crate::spec::FieldType::{
    Any, Array, Boolean, Date, Datetime, Duration, Geojson, Geopoint, Integer, List, Number, Object, String, Time,
    Year, Yearmonth,
};

#[test]
fn table_of_texts() {
    for (field_type, text, canonical) in [
        (String, "", Some("")),
        (String, " ü ", Some(" ü ")),
        (Any, " ü ", Some(" ü ")),
        (Integer, "-12", Some("-12")),
        (Integer, "+0012", Some("12")),
        (Integer, " 12 ", Some("12")),
        (Integer, "1.0", None),
        (Integer, "1e3", None),
        (Integer, "", None),
        (Integer, "-", None),
        (Number, "-12.50", Some("-12.5")),
        (Number, "12,50", None),
        (Number, "INF", None),
        (Boolean, "TRUE", Some("true")),
        (Boolean, "0", Some("false")),
        (Boolean, "yes", None),
        (Boolean, " true", None),
        (Date, "2026-02-28", Some("2026-02-28")),
        (Date, "0001-01-01", Some("0001-01-01")),
        (Date, "2026-02-29", None),
        (Date, "2026-13-01", None),
        (Date, "2026-2-28", None),
        (Date, "20260228", None),
        (Date, "28.02.2026", None),
        (Date, "2026-02-28Z", None),
        (Date, "２026-02-28", None),
        (Datetime, "2026-02-28T01:02:03", Some("2026-02-28T01:02:03")),
        (Datetime, "2026-02-28T01:02:03Z", Some("2026-02-28T01:02:03Z")),
        (Datetime, "2026-02-28T01:02:03.250+02:00", Some("2026-02-27T23:02:03.25Z")),
        (Datetime, "2026-02-28T01:02:03.1234567890", None),
        (Datetime, "2026-02-28T01:02:03+0200", Some("2026-02-27T23:02:03Z")),
        (Datetime, "2026-02-28T01:02:03-02", Some("2026-02-28T03:02:03Z")),
        (Datetime, "2026-02-28T01:02:03+02:", None),
        (Datetime, "2026-02-28T01:02:03+020", None),
        (Datetime, "2026-02-28T01:02:03+02:0", None),
        (Datetime, "2026-02-28T01:02:03+02:60", None),
        (Datetime, "2026-02-28T01:02:03z", None),
        (Datetime, "2026-02-28T01:02:03+1:00", None),
        (Datetime, "2026-02-28T01:02:03+15:00", None),
        (Datetime, "2026-02-28T01:02:03[Europe/Berlin]", None),
        (Datetime, "2026-02-28T24:00:00", None),
        (Datetime, "2026-02-28T23:59:60", None),
        (Datetime, "2026-02-28 01:02:03", None),
        (Datetime, "2026-02-28T1:02:03", None),
        (Datetime, "2026-02-28", None),
        (Datetime, "0000-01-01T00:00:00+01:00", None),
        (Datetime, "9999-12-31T23:59:59-01:00", None),
        (Time, "06:00:00", Some("06:00:00")),
        (Time, "06:00:00.5", Some("06:00:00.5")),
        (Time, "00:30:00+01:00", Some("23:30:00Z")),
        (Time, "06:00", None),
        (Time, "06:00:00.", None),
        (Time, "6:00:00", None),
        (Year, "2026", Some("2026")),
        (Year, "0044", Some("0044")),
        (Year, "44", None),
        (Year, "20266", None),
        (Year, "-044", None),
        (Yearmonth, "2026-11", Some("2026-11")),
        (Yearmonth, "2026-13", None),
        (Yearmonth, "2026-0", None),
        (Yearmonth, "2026/11", None),
        (Duration, "P14M", Some("P1Y2M")),
        (Duration, "1 day", None),
        (Geopoint, "180, -90.0", Some("180,-90")),
        (Geopoint, "181,0", None),
        (Geopoint, "0,90.0000000001", None),
        (Geopoint, "0,0,0", None),
        (Object, "{\"b\": 1.0, \"a\": null}", Some("{\"a\":null,\"b\":1}")),
        (Object, "[]", None),
        (Array, "[1, 2]", Some("[1,2]")),
        (Array, "{}", None),
        (Geojson, "{\"type\": \"Point\", \"coordinates\": [1, 2]}", Some("{\"coordinates\":[1,2],\"type\":\"Point\"}")),
        (Geojson, "{}", None),
        (List, "a,b,,\"c", Some("[\"a\",\"b\",\"\",\"\\\"c\"]")),
    ] {
        let read = Value::read(field_type, text).map(|value| value.canonical().into_owned());
        assert_eq!(read.as_deref(), canonical, "{field_type:?} {text}");
    }
}

#[test]
fn table_of_comparisons() {
    use Ordering::{Equal, Greater, Less};
    for (field_type, a, b, order) in [
        (String, "a", "b", Some(Less)),
        (Number, "1.50", "1.5", Some(Equal)),
        (Integer, "10", "9", Some(Greater)),
        (Datetime, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", Some(Equal)),
        (Time, "06:00:00", "07:00:00", Some(Less)),
        (Year, "0999", "1000", Some(Less)),
        (Yearmonth, "2026-12", "2027-01", Some(Less)),
        (Duration, "P1D", "PT24H", Some(Equal)),
        (Object, "{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", Some(Equal)),
        (Object, "{\"a\":1}", "{\"a\":2}", None),
        (Geopoint, "1,2", "1.0,2", Some(Equal)),
        (Geopoint, "1,2", "1,3", None),
        (List, "a,b", "a,c", None),
    ] {
        let read = |text| Value::read(field_type, text).unwrap();
        assert_eq!(read(a).compare(&read(b)), order, "{field_type:?} {a} {b}");
    }
}

/// Texts that some type takes, and texts that are nearly so.
fn texts() -> impl Strategy<Value = std::string::String> {
    prop_oneof![
        "\\PC{0,20}",
        "[-+]?[0-9]{0,25}([.,][0-9]{0,25})?(e[-+]?[0-9]{1,3})?",
        "[0-9]{4}-[0-1][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,10})?(Z|[-+][01][0-9]:[0-5][0-9])?)?",
        "[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,10})?(Z|[-+][01][0-9]:[0-5][0-9])?",
        "-?P([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,4}D)?(T([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}(\\.[0-9]{1,12})?S)?)?",
        "[0-9]{4}(-[01][0-9])?",
        "-?[0-9]{1,3}(\\.[0-9]{1,20})?, ?-?[0-9]{1,2}(\\.[0-9]{1,20})?",
        json().prop_map(|json| json.to_string()),
        Just("true".to_owned()),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        "-?[1-9][0-9]{0,30}(\\.[0-9]{1,30})?".prop_map(|text| Json::Number(text.parse().unwrap())),
        any::<std::string::String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::btree_map(any::<std::string::String>(), inner, 0..4).prop_map(Json::Object),
        ]
    })
}

const ALL: [crate::spec::FieldType; 16] = [
    String, Integer, Number, Boolean, Object, Array, List, Datetime, Date, Time, Year, Yearmonth, Duration, Geopoint,
    Geojson, Any,
];

proptest! {
    #[test]
    fn json_reads_what_it_writes(json in json()) {
        prop_assert_eq!(Json::read(&json.to_string()), Some(json));
    }

    #[test]
    fn canonical_texts_are_read_as_the_same_value(text in texts()) {
        for field_type in ALL {
            let Some(value) = Value::read(field_type, &text) else { continue };
            let canonical = value.canonical().into_owned();
            let again = Value::read_canonical(field_type, &canonical);
            prop_assert_eq!(again.as_ref(), Some(&value), "{:?} {}", field_type, canonical);
            prop_assert_eq!(again.unwrap().canonical().into_owned(), canonical);
        }
    }

    #[test]
    fn equal_values_have_equal_texts(a in texts(), b in texts()) {
        for field_type in ALL {
            let (Some(a), Some(b)) = (Value::read(field_type, &a), Value::read(field_type, &b)) else { continue };
            prop_assert_eq!(a == b, a.canonical() == b.canonical());
        }
    }
}
