//! Values of parameters and settings as TOML, in which users write them and files hold them.

use boltzflow::num::{Error, Result};
use boltzflow::setting::Value;

/// The largest whole number up to which a number holds them all.
const LARGEST: u64 = 1 << 53;

/// A TOML value as a parameter value; `key` names it where it is none.
///
/// # Errors
/// [`Error::InvalidSetting`] for anything but a number, a list of numbers, a list of points, text or a truth value.
pub fn from_toml(key: &str, value: toml::Value) -> Result<Value> {
    let shown = value.to_string();
    let wrong =
        || Error::setting(key, shown, "a number, a list of numbers, a list of points or text");
    let value = match value {
        toml::Value::Array(items) if items.iter().any(toml::Value::is_array) => Value::Points(
            items
                .iter()
                .map(|i| i.as_array().and_then(|row| numbers(row)))
                .collect::<Option<_>>()
                .ok_or_else(wrong)?,
        ),
        toml::Value::Array(items) => Value::List(numbers(&items).ok_or_else(wrong)?),
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Boolean(on) => Value::Text(on.to_string()),
        toml::Value::Integer(i) if i.unsigned_abs() > LARGEST => {
            let allowed = "at most 2^53 in size: beyond it numbers stand for their neighbours, too";
            return Err(Error::setting(key, i, allowed));
        }
        other => Value::Number(number(&other).ok_or_else(wrong)?),
    };
    Ok(value)
}

/// A value as TOML; numbers of a kind that is whole without a point.
#[must_use]
pub fn to_toml(value: &Value, whole: bool) -> toml::Value {
    let number = |v: &f64| match whole {
        true => toml::Value::Integer(*v as i64),
        false => toml::Value::Float(*v),
    };
    let list = |v: &[f64]| toml::Value::Array(v.iter().map(number).collect());
    match value {
        Value::Number(v) => number(v),
        Value::List(v) => list(v),
        Value::Points(p) => toml::Value::Array(p.iter().map(|p| list(p)).collect()),
        Value::Text(t) => toml::Value::String(t.clone()),
    }
}

fn number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|i| i as f64))
}

fn numbers(items: &[toml::Value]) -> Option<Vec<f64>> {
    items.iter().map(number).collect()
}
