//! Converts the result of an expression to the text of a field.

use cel::common::types::{
    CelBool, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp, CelUInt,
};
use cel::common::value::Val;
use jiff::SignedDuration;
use serde_json::Value as Json;

use super::explain::plain;
use super::number::Number;
use crate::decimal::Decimal;

/// A value as the text of a field; empty for null.
pub(super) fn text(value: &dyn Val) -> Result<String, String> {
    if value.downcast_ref::<CelNull>().is_some() {
        return Ok(String::new());
    }
    if value.downcast_ref::<CelList>().is_some() || value.downcast_ref::<CelMap>().is_some() {
        let mut out = String::new();
        json(value, &mut out)?;
        return Ok(out);
    }
    scalar(value).map(|(text, _)| text)
}

/// A value as a number; `None` for null.
pub(super) fn number(value: &dyn Val) -> Result<Option<Decimal>, String> {
    if value.downcast_ref::<CelNull>().is_some() {
        return Ok(None);
    }
    let number = Number::of(value).map(|number| Some(number.0));
    number.ok_or_else(|| format!("it yields {}, not a number", plain(value.get_type().name())))
}

/// A scalar as text, and whether JSON has it without quotes.
fn scalar(value: &dyn Val) -> Result<(String, bool), String> {
    if let Some(text) = value.downcast_ref::<CelString>() {
        return Ok((text.inner().to_owned(), false));
    }
    if let Some(number) = value.downcast_ref::<Number>() {
        return Ok((number.0.to_string(), true));
    }
    if let Some(int) = value.downcast_ref::<CelInt>() {
        return Ok((int.inner().to_string(), true));
    }
    if let Some(int) = value.downcast_ref::<CelUInt>() {
        return Ok((int.inner().to_string(), true));
    }
    if let Some(truth) = value.downcast_ref::<CelBool>() {
        return Ok((truth.inner().to_string(), true));
    }
    if let Some(at) = value.downcast_ref::<CelTimestamp>() {
        let written = super::time::written(at).ok_or("a time is out of range")?;
        return Ok((written, false));
    }
    if let Some(duration) = value.downcast_ref::<CelDuration>() {
        let (seconds, nanoseconds) = (duration.inner().num_seconds(), duration.inner().subsec_nanos());
        return Ok((SignedDuration::new(seconds, nanoseconds).to_string(), false));
    }
    Err(format!("{} cannot be the value of a field", plain(value.get_type().name())))
}

/// A value as JSON, with exact numbers and sorted keys.
fn json(value: &dyn Val, out: &mut String) -> Result<(), String> {
    if value.downcast_ref::<CelNull>().is_some() {
        out.push_str("null");
    } else if let Some(list) = value.downcast_ref::<CelList>() {
        out.push('[');
        for (at, element) in list.inner().iter().enumerate() {
            out.push_str(if at == 0 { "" } else { "," });
            json(element.as_ref(), out)?;
        }
        out.push(']');
    } else if let Some(map) = value.downcast_ref::<CelMap>() {
        let mut entries: Vec<(String, &dyn Val)> =
            map.inner().iter().map(|(key, value)| (name(key), value.as_ref() as &dyn Val)).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        out.push('{');
        for (at, (key, value)) in entries.into_iter().enumerate() {
            out.push_str(if at == 0 { "" } else { "," });
            out.push_str(&Json::from(key).to_string());
            out.push(':');
            json(value, out)?;
        }
        out.push('}');
    } else {
        let (text, bare) = scalar(value)?;
        if bare { out.push_str(&text) } else { out.push_str(&Json::from(text).to_string()) }
    }
    Ok(())
}

fn name(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::Bool(truth) => truth.inner().to_string(),
        CelMapKey::Int(int) => int.inner().to_string(),
        CelMapKey::UInt(int) => int.inner().to_string(),
        CelMapKey::String(text) => text.inner().to_owned(),
    }
}
