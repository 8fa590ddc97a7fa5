//! The format `topojson` of the type `geojson`: a topology, or one of its geometries.

use super::geojson::{all, each, is_position, kind, member};
use crate::schema::Json;

/// Whether a value is a TopoJSON object.
pub(in crate::schema) fn is_topojson(json: &Json) -> bool {
    if kind(json) == Some("Topology") {
        // In a quantized topology, the positions of an arc are deltas; their structure is the same.
        return all(json, "arcs", |arc| each(arc, is_position))
            && member(json, "objects")
                .and_then(Json::as_object)
                .is_some_and(|objects| objects.values().all(is_geometry));
    }
    is_geometry(json)
}

fn is_geometry(json: &Json) -> bool {
    match kind(json) {
        Some("Point") => member(json, "coordinates").is_some_and(is_position),
        Some("MultiPoint") => all(json, "coordinates", is_position),
        Some("LineString") => member(json, "arcs").is_some_and(is_arcs),
        Some("MultiLineString" | "Polygon") => all(json, "arcs", is_arcs),
        Some("MultiPolygon") => all(json, "arcs", |polygon| each(polygon, is_arcs)),
        Some("GeometryCollection") => all(json, "geometries", is_geometry),
        // A missing geometry has the type null.
        None => member(json, "type") == Some(&Json::Null),
        Some(_) => false,
    }
}

/// Indices of arcs: integers, negative if the arc is reversed.
fn is_arcs(json: &Json) -> bool {
    each(json, |index| index.as_number().is_some_and(crate::decimal::Decimal::is_integer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_objects() {
        for (text, good) in [
            (r#"{"type": "LineString", "arcs": [42]}"#, true),
            (r#"{"type": "LineString", "arcs": [-1, 4.5]}"#, false),
            (r#"{"type": "Polygon", "arcs": [[0, 1]]}"#, true),
            (r#"{"type": "Polygon", "arcs": [0, 1]}"#, false),
            (r#"{"type": "MultiPolygon", "arcs": [[[0, 1]]]}"#, true),
            (r#"{"type": "Point", "coordinates": [1, 2]}"#, true),
            (r#"{"type": "GeometryCollection", "geometries": [{"type": null}]}"#, true),
            (
                r#"{"type": "Topology", "objects": {"a": {"type": "LineString", "arcs": [0]}}, "arcs": [[[1, 2], [3, 4]]]}"#,
                true,
            ),
            (r#"{"type": "Topology", "objects": {}, "arcs": [[1, 2]]}"#, false),
            (r#"{"type": "Topology", "objects": {}}"#, false),
            (r#"{"arcs": [42]}"#, false),
            ("[]", false),
        ] {
            assert_eq!(is_topojson(&Json::read(text).unwrap()), good, "{text}");
        }
    }
}
