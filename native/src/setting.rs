//! Values of parameters and settings as users write them: TOML.

use boltzflow::setting::{Parameters, Value};
use boltzflow_model::from_toml;

use crate::failure::Failure;

/// Reads `key=value`. The value is TOML (`1.5`, `[1, 2]`, `[[0, 0], [1, 1]]`, `"text"`); what is not TOML
/// is text.
pub(crate) fn parse(assignment: &str) -> Result<(String, Value), Failure> {
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(Failure::input(
            "invalid-setting",
            format!("'{assignment}' is not of the form key=value"),
            "write for example c4=1.5",
        ));
    };
    let (key, text) = (key.trim(), value.trim());
    let value = match text.parse::<toml::Value>() {
        Ok(value) => from_toml(key, value)?,
        Err(_) => Value::Text(text.into()),
    };
    Ok((key.into(), value))
}

/// Reads assignments `key=value` of things that belong together.
pub(crate) fn parameters(assignments: &[String]) -> Result<Parameters, Failure> {
    let mut parameters = Parameters::new();
    for assignment in assignments {
        let (name, value) = parse(assignment)?;
        parameters.set(name, value);
    }
    Ok(parameters)
}

/// Fails for the first of some options that was given where it has no meaning, in words such as `without --method smc`.
pub(crate) fn refuse_given(
    options: &[(bool, &str)],
    place: &str,
    advice: &str,
) -> Result<(), Failure> {
    match options.iter().find(|(given, _)| *given) {
        Some((_, option)) => {
            let what = format!("{option} has no meaning {place}");
            Err(Failure::input("usage", what, advice))
        }
        None => Ok(()),
    }
}

/// The largest whole number up to which a number in double precision holds them all.
const LARGEST: u64 = 1 << 53;

/// Reads a seed of the command line: JSON and pages hold numbers in double precision, which must be the same seed.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    let allowed = || format!("it must be a whole number from 0 to {LARGEST}");
    text.parse().ok().filter(|seed| *seed <= LARGEST).ok_or_else(allowed)
}

/// A parameter value as JSON.
pub(crate) fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(v) => (*v).into(),
        Value::List(v) => v.clone().into(),
        Value::Points(p) => p.iter().cloned().map(serde_json::Value::from).collect(),
        Value::Text(t) => t.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lists_points_and_text() {
        let value = |text: &str| parse(text).map(|(_, v)| v).unwrap();
        assert_eq!(value("c4=1.5"), Value::Number(1.5));
        assert_eq!(value("c4 = 2"), Value::Number(2.0));
        assert_eq!(value("k=[1, 2.5]"), Value::List(vec![1.0, 2.5]));
        assert_eq!(
            value("means=[[0,1],[2,3]]"),
            Value::Points(vec![vec![0.0, 1.0], vec![2.0, 3.0]])
        );
        assert_eq!(value("flow=R4"), Value::Text("R4".into()));
        assert_eq!(value("formula=\"x0^2\""), Value::Text("x0^2".into()));
        assert!(parse("c4").is_err());
        assert!(parse("seed=9007199254740993").unwrap_err().to_string().contains("2^53"));
        assert!(parse("k=[1, \"a\"]").is_err());
    }
}
