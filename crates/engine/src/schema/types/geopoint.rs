//! The type `geopoint`: a longitude and a latitude.

use crate::decimal::Decimal;
use crate::schema::Json;

/// The notation of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::schema) enum Style {
    /// `lon,lat`.
    Plain,
    /// `[lon, lat]`.
    Array,
    /// `{"lon": …, "lat": …}`.
    Object,
}

/// Reads longitude and latitude, in degrees; `None` if they exceed 180 and 90.
pub(in crate::schema) fn read(style: Style, text: &str) -> Option<(Decimal, Decimal)> {
    let (lon, lat) = match style {
        Style::Plain => {
            let (lon, lat) = text.split_once(',')?;
            (lon.trim().parse().ok()?, lat.trim().parse().ok()?)
        }
        Style::Array => {
            let json = Json::read(text)?;
            let [lon, lat] = json.as_array()? else { return None };
            (lon.as_number()?.clone(), lat.as_number()?.clone())
        }
        Style::Object => {
            let json = Json::read(text)?;
            let map = json.as_object().filter(|map| map.len() == 2)?;
            (map.get("lon")?.as_number()?.clone(), map.get("lat")?.as_number()?.clone())
        }
    };
    let within = |degrees: &Decimal, limit: u64| {
        let limit = Decimal::from(limit);
        *degrees <= limit && *degrees >= -&limit
    };
    (within(&lon, 180) && within(&lat, 90)).then_some((lon, lat))
}
