//! The type `geojson`: the structure that RFC 7946 requires.

use crate::schema::Json;

/// Whether a value is a GeoJSON object: a geometry, a feature, or a collection of features.
pub(in crate::schema) fn is_geojson(json: &Json) -> bool {
    match kind(json) {
        Some("Feature") => is_feature(json),
        Some("FeatureCollection") => all(json, "features", is_feature),
        _ => is_geometry(json),
    }
}

fn is_feature(json: &Json) -> bool {
    let has = |key: &str, good: fn(&Json) -> bool| member(json, key).is_some_and(|it| *it == Json::Null || good(it));
    kind(json) == Some("Feature")
        && has("geometry", is_geometry)
        && has("properties", |properties| properties.as_object().is_some())
}

fn is_geometry(json: &Json) -> bool {
    let coordinates = |good: fn(&Json) -> bool| member(json, "coordinates").is_some_and(good);
    match kind(json) {
        // An unknown position is written as an empty list.
        Some("Point") => coordinates(|it| is_position(it) || *it == Json::Array(Vec::new())),
        Some("MultiPoint") => coordinates(|it| each(it, is_position)),
        Some("LineString") => coordinates(is_line),
        Some("MultiLineString") => coordinates(|it| each(it, is_line)),
        Some("Polygon") => coordinates(|it| each(it, is_ring)),
        Some("MultiPolygon") => coordinates(|it| each(it, |polygon| each(polygon, is_ring))),
        Some("GeometryCollection") => all(json, "geometries", is_geometry),
        _ => false,
    }
}

/// At least two numbers: longitude, latitude, height.
pub(super) fn is_position(json: &Json) -> bool {
    json.as_array().is_some_and(|list| list.len() >= 2 && list.iter().all(|item| item.as_number().is_some()))
}

fn is_line(json: &Json) -> bool {
    let length = json.as_array().map_or(0, <[_]>::len);
    // A line without positions is empty but valid.
    length != 1 && each(json, is_position)
}

fn is_ring(json: &Json) -> bool {
    let list = json.as_array().unwrap_or_default();
    each(json, is_position) && (list.is_empty() || (list.len() >= 4 && list.first() == list.last()))
}

/// Whether a value is a list of valid items.
pub(super) fn each(json: &Json, good: impl Fn(&Json) -> bool) -> bool {
    json.as_array().is_some_and(|list| list.iter().all(good))
}

/// Whether a member is a list of valid items.
pub(super) fn all(json: &Json, key: &str, good: impl Fn(&Json) -> bool) -> bool {
    member(json, key).is_some_and(|list| each(list, good))
}

pub(super) fn member<'a>(json: &'a Json, key: &str) -> Option<&'a Json> {
    json.as_object()?.get(key)
}

pub(super) fn kind(json: &Json) -> Option<&str> {
    member(json, "type")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_objects() {
        for (text, good) in [
            (r#"{"type": "Point", "coordinates": [1, 2]}"#, true),
            (r#"{"type": "Point", "coordinates": [1, 2, 3]}"#, true),
            (r#"{"type": "Point", "coordinates": [1]}"#, false),
            (r#"{"type": "Point", "coordinates": ["1", "2"]}"#, false),
            (r#"{"type": "Point"}"#, false),
            (r#"{"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}"#, true),
            (r#"{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}"#, true),
            (r#"{"type": "LineString", "coordinates": [[1, 2]]}"#, false),
            (r#"{"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]}"#, true),
            (r#"{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}"#, true),
            (r#"{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}"#, false),
            (r#"{"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}"#, true),
            (r#"{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}"#, true),
            (r#"{"type": "GeometryCollection", "geometries": [{"type": "Feature"}]}"#, false),
            (r#"{"type": "Feature", "geometry": null, "properties": null}"#, true),
            (r#"{"type": "Feature", "geometry": null}"#, false),
            (r#"{"type": "FeatureCollection", "features": []}"#, true),
            (r#"{"type": "FeatureCollection", "features": [{"type": "Point", "coordinates": [1, 2]}]}"#, false),
            (r#"{"type": "point", "coordinates": [1, 2]}"#, false),
            ("{}", false),
            ("3.14", false),
        ] {
            assert_eq!(is_geojson(&Json::read(text).unwrap()), good, "{text}");
        }
    }
}
