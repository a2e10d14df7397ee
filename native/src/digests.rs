//! Digests of a run, labelled: of the model and of the parameters in training.

use serde_json::{Value as Json, json};

/// Digests of a run. A model has the moving average of the parameters where there is one; training goes on from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    /// Of the parameters of the model.
    pub(crate) model: String,
    /// Of the parameters that training goes on with; `None` for a model alone.
    pub(crate) training: Option<String>,
}

impl Digests {
    /// `{ model, training }`, or `{ model }`.
    pub(crate) fn to_json(&self) -> Json {
        match &self.training {
            Some(training) => json!({ "model": self.model, "training": training }),
            None => json!({ "model": self.model }),
        }
    }

    /// Rows of a table.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("digest of the model (averaged parameters)", self.model.clone())];
        let training = self.training.iter().cloned();
        rows.extend(training.map(|digest| ("digest of the parameters in training", digest)));
        rows
    }
}
