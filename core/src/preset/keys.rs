//! Settings by their keys, as the schema lists them.

use alloc::{format, vec::Vec};

use super::schema::{SCHEMA, setting};
use super::{Access, Settings};
use crate::num::{Error, Result};
use crate::setting::Value;

impl Settings {
    /// Sets one setting by its key; a key of stages is set in all of them.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an unknown key, [`Error::InvalidSetting`] for a value outside its
    /// range.
    pub fn set(&mut self, key: &str, value: &Value) -> Result<()> {
        let spec = setting(key)?;
        let value = spec.description.accept(value)?;
        match spec.access {
            Access::Run { set, .. } => set(self, &value),
            access => self.stages.iter_mut().for_each(|s| access.set_in_stage(s, &value)),
        }
        Ok(())
    }

    /// Sets one setting of one stage (counted from 0).
    ///
    /// # Errors
    /// As [`Settings::set`]; also for a key that is not one of stages, or a stage that is not there.
    pub fn set_in_stage(&mut self, stage: usize, key: &str, value: &Value) -> Result<()> {
        let spec = setting(key)?;
        let value = spec.description.accept(value)?;
        let n = self.stages.len();
        match (&spec.access, self.stages.get_mut(stage)) {
            (Access::Run { .. }, _) => {
                Err(Error::setting(key, "in a stage", "set for the whole run, outside the stages"))
            }
            (access, Some(stage)) => {
                access.set_in_stage(stage, &value);
                Ok(())
            }
            (_, None) => Err(Error::setting("stage", stage, format!("below {n}"))),
        }
    }

    /// The value of a setting; a key of stages gives that of the first stage. `None` where it is
    /// left to the system.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an unknown key.
    pub fn get(&self, key: &str) -> Result<Option<Value>> {
        Ok(match setting(key)?.access {
            Access::Run { get, .. } => get(self),
            access => self.stages.first().and_then(|stage| access.get_in_stage(stage)),
        })
    }

    /// Keys whose value differs from that of `other`, in the order of the schema; those of stages
    /// are compared in the first stage.
    #[must_use]
    pub fn differing_keys(&self, other: &Self) -> Vec<&'static str> {
        let keys = SCHEMA.iter().map(|s| s.description.name);
        keys.filter(|k| self.get(k) != other.get(k)).collect()
    }
}
