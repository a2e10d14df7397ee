//! Digests of a run, labelled: of the model and of the parameters in training.

use boltzflow_model::Model;
use serde_json::{Value as Json, json};

/// Digests of a run. A model has the moving average of the parameters where there is one; training goes on from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    /// Of the parameters of the model.
    pub(crate) model: String,
    /// Of the parameters that training goes on with; `None` for a model alone.
    training: Option<String>,
    /// Whether the model has the moving average.
    averaged: bool,
}

impl Digests {
    /// Those of a model and, where there is one, of its training.
    pub(crate) fn new(model: &Model, training: Option<String>) -> Self {
        let averaged = model.settings.moving_average > 0.0;
        Self { model: model.digest.clone(), training, averaged }
    }

    /// `{ model, training }`, or `{ model }`.
    pub(crate) fn to_json(&self) -> Json {
        match &self.training {
            Some(training) => json!({ "model": self.model, "training": training }),
            None => json!({ "model": self.model }),
        }
    }

    /// Rows of a table: one where both are the same.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let other = self.training.as_ref().filter(|training| **training != self.model);
        let of_model = match (self.averaged, other) {
            (true, Some(_)) => "digest of the model (averaged parameters)",
            (true, None) if self.training.is_none() => "digest (averaged parameters)",
            _ => "digest",
        };
        let mut rows = vec![(of_model, self.model.clone())];
        rows.extend(other.map(|digest| ("digest of the parameters in training", digest.clone())));
        rows
    }
}

#[cfg(test)]
mod tests {
    use boltzflow::preset::{Settings, preset};

    use super::*;

    #[test]
    fn a_digest_is_named_after_what_it_is_of_and_told_once() {
        let mut settings = preset("double-well").unwrap();
        let labels = |settings: &Settings, training: Option<&str>| -> Vec<&'static str> {
            let model = Model::create(settings).unwrap();
            let training =
                training.map(|t| if t == "same" { model.digest.clone() } else { t.into() });
            Digests::new(&model, training).rows().into_iter().map(|(label, _)| label).collect()
        };
        assert!(settings.moving_average > 0.0);
        let both =
            ["digest of the model (averaged parameters)", "digest of the parameters in training"];
        assert_eq!(labels(&settings, Some("another")), both);
        assert_eq!(labels(&settings, Some("same")), ["digest"]);
        assert_eq!(labels(&settings, None), ["digest (averaged parameters)"]);
        settings.moving_average = 0.0;
        assert_eq!(labels(&settings, Some("same")), ["digest"]);
        assert_eq!(labels(&settings, None), ["digest"]);
    }
}
