//! One session of a run: from a state to its end, an interrupt or a kill.

use std::path::Path;
use std::time::{Duration, Instant};

use boltzflow::num::{Error, Executor};
use boltzflow::objective::{Source, value_specs};
use boltzflow::preset::Settings;
use boltzflow::train::{Examples, Report, Trainer};
use boltzflow_model::SavedState;
use serde_json::json;

use super::data::Data;
use crate::digests::Digests;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::{Progress, RunFolder};
use crate::file::lock::FolderLock;
use crate::file::{atomic, run_file};
use crate::progress::Meter;
use crate::{interrupt, table};

/// Lines that the log of a long run has at most; all steps of a short one.
const LOG_LINES: u64 = 20_000;

/// What a session starts from.
#[derive(Debug)]
pub(crate) struct Session {
    folder: RunFolder,
    /// Of a folder that exists.
    lock: Option<FolderLock>,
    settings: Settings,
    data: Data,
    state: Option<SavedState>,
    threads: Threads,
}

/// A run that is done.
#[derive(Debug)]
pub(crate) struct Trained {
    folder: RunFolder,
    settings: Settings,
    progress: Progress,
    digests: Digests,
    threads: Threads,
}

impl Session {
    /// A run from its first step, or on from the state in its folder, from the user's examples if there are any.
    pub(crate) fn open(
        folder: RunFolder,
        settings: Settings,
        data: Option<&Path>,
        weights: Option<&Path>,
        threads: Threads,
    ) -> Result<Self, Failure> {
        let lock = folder.lock()?;
        let saved = folder.has_run().then(|| folder.settings()).transpose()?;
        if let Some(saved) = &saved {
            let differences = run_file::differences(saved, &settings);
            if !differences.is_empty() {
                return Err(Failure::input(
                    "other-settings",
                    format!(
                        "the run in {} has other settings ({})",
                        folder.path().display(),
                        differences.join(", ")
                    ),
                    "go on without changing settings, or start a new run in another folder",
                ));
            }
        }
        let state = saved.is_some().then(|| folder.state()).transpose()?;
        let system = settings.system()?;
        let coordinate = settings.reaction_coordinate(&system)?;
        let recorded = state.as_ref().map(|s| s.data.as_str());
        let data = Data::load(data, weights, recorded, &system, &coordinate)?;
        Ok(Self { folder, lock, settings, data, state, threads })
    }

    /// Fails if a finished run has learnt from other examples than those of a file.
    pub(crate) fn check_data(
        folder: &RunFolder,
        settings: &Settings,
        data: &Path,
    ) -> Result<(), Failure> {
        let recorded = folder.state()?.data;
        let system = settings.system()?;
        let coordinate = settings.reaction_coordinate(&system)?;
        Data::load(Some(data), None, Some(&recorded), &system, &coordinate).map(drop)
    }

    /// Trains to the end, with a checkpoint every few seconds.
    pub(crate) fn run(mut self, every: f64, quiet: bool) -> Result<Trained, Failure> {
        let every = Duration::try_from_secs_f64(every).map_err(|_| {
            Error::setting("checkpoint-every", every, "a number of seconds, not negative")
        })?;
        let started = Instant::now();
        let mut trainer = self.trainer()?;
        let mut progress = Progress {
            data_evaluations: trainer.examples().map_or(0, Examples::energy_evaluations),
            ..Progress::default()
        };
        let mut before = 0.0;
        match self.state.take() {
            Some(state) => {
                (before, progress.log_bytes) = (state.seconds, state.log_bytes);
                progress.step = state.trainer.current.step;
                let path = self.folder.state_file();
                state.restore(&mut trainer).map_err(|e| Failure::within(&path, &e))?;
                self.folder.clean()?;
                atomic::check_writable(&path)?;
            }
            None => {
                if self.lock.is_none() {
                    self.lock = Some(self.folder.create()?);
                }
                self.folder.clean()?;
                if let Some(held_out) = trainer.examples().and_then(Examples::held_out) {
                    self.folder.save_held_out(held_out)?;
                }
                // The settings come last: with them there is a state that knows the data, too.
                self.folder.save(&self.settings, &self.data.identity, &trainer, &progress)?;
                self.folder.write_settings(&self.settings)?;
            }
        }

        let total = trainer.total_steps();
        let log_every = total.div_ceil(LOG_LINES).max(1);
        let mut meter = Meter::new("training", trainer.step_count(), total, quiet);
        let (mut log, mut saved) = (String::new(), Instant::now());
        let _saving = interrupt::postpone();
        loop {
            let stop = interrupt::requested();
            if stop || trainer.is_done() || saved.elapsed() >= every {
                let last = progress.step;
                let digests = self.checkpoint(&trainer, &mut progress, &log, before, started);
                let digests = digests.map_err(|e| {
                    meter.finish();
                    e.advising(format!(
                        "step {last} of {total} is saved: make room for new files there, then go on with --resume"
                    ))
                })?;
                log.clear();
                saved = Instant::now();
                if trainer.is_done() {
                    meter.finish();
                    let Self { folder, settings, threads, .. } = self;
                    return Ok(Trained { folder, settings, progress, digests, threads });
                }
            }
            if stop {
                meter.finish();
                let step = progress.step;
                let total = trainer.total_steps();
                let kept = format!("step {step} of {total} is saved; go on with --resume");
                return Err(Failure::Interrupted { kept });
            }
            let report = trainer.step(&self.threads)?;
            if report.step % log_every == 0 || report.rewound.is_some() || report.held_out.is_some()
            {
                log.push_str(&line(&report));
            }
            if report.stopped {
                meter.shorten(trainer.total_steps());
            }
            meter.update(report.step, || words(&report));
        }
    }

    /// Saves the log, the model and the state.
    fn checkpoint(
        &self,
        trainer: &Trainer<f32>,
        progress: &mut Progress,
        log: &str,
        before: f64,
        started: Instant,
    ) -> Result<Digests, Failure> {
        progress.log_bytes = self.folder.append_log(progress.log_bytes, log)?;
        progress.step = trainer.step_count();
        progress.total_steps = trainer.total_steps();
        progress.training_evaluations = trainer.energy_evaluations() - progress.data_evaluations;
        progress.seconds = before + started.elapsed().as_secs_f64();
        self.folder.save(&self.settings, &self.data.identity, trainer, progress)
    }

    fn trainer(&mut self) -> Result<Trainer<f32>, Failure> {
        check(&self.settings, &self.data)?;
        let examples = match self.data.examples.take() {
            Some(examples) => Some(examples),
            None => self.settings.examples()?,
        };
        Ok(self.settings.trainer(examples)?)
    }
}

/// Fails for what training would be refused for before the first example is made.
pub(super) fn check(settings: &Settings, data: &Data) -> Result<(), Failure> {
    let target = settings.target()?;
    settings.blueprint::<f32>(target.system())?;
    settings.plan(None)?;
    settings.cell()?;
    let wanted = settings.stages.iter().any(|s| s.learns_from(Source::Examples));
    match &data.examples {
        Some(_) if !wanted => {
            let allowed = "above zero in a stage to learn from data";
            Err(Error::setting("w_ml", 0, allowed).into())
        }
        // Without chains it makes none, and says what is wrong.
        None if wanted && settings.example_chains == 0 => Ok(settings.examples().map(drop)?),
        _ => Ok(()),
    }
}

impl Trained {
    /// As one object or as a table.
    pub(super) fn show(&self, json: bool) -> Result<(), Failure> {
        let Self { progress, digests, .. } = self;
        let (training, data) = (progress.training_evaluations, progress.data_evaluations);
        let folder = self.folder.path().display().to_string();
        if json {
            return table::print_json(&json!({
                "system": self.settings.system,
                "seed": self.settings.seed,
                "step": progress.step,
                "total_steps": progress.total_steps,
                "energy_evaluations": { "training": training, "data": data, "total": training + data },
                "seconds": progress.seconds,
                "threads": self.threads.width(),
                "digest": digests.to_json(),
                "output": folder,
                "version": env!("CARGO_PKG_VERSION"),
            }));
        }
        let mut rows = vec![
            ("system", format!("{}, seed {}", self.settings.system, self.settings.seed)),
            ("steps", format!("{} in {:.1} s", progress.step, progress.seconds)),
            (
                "energy evaluations",
                format!("{} ({training} training, {data} data)", training + data),
            ),
        ];
        rows.extend(digests.rows());
        rows.push(("saved in", folder.clone()));
        rows.push(("next", format!("boltzflow analyze {folder} -o {folder}/report")));
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(k, v)| vec![k.into(), v]).collect();
        table::print(&table::align(&rows))
    }
}

/// A report as one line of JSON.
fn line(r: &Report) -> String {
    let mut object = json!({
        "step": r.step,
        "stage": r.stage,
        "learning_rate": r.learning_rate,
        "held_out": r.held_out,
        "gradient_norm": r.gradient_norm,
        "dropped": r.dropped,
        "energy_evaluations": r.energy_evaluations,
        "stopped": r.stopped,
        "rewound": r.rewound,
    });
    // Every line has every name: what a step does not have is null.
    for spec in value_specs() {
        object[spec.name] = json!(r.value(spec.name));
    }
    format!("{object}\n")
}

/// A report in a few words. KL(p‖μ) where log Z is known, else the free energy of the ensemble.
fn words(r: &Report) -> String {
    let mut parts = Vec::new();
    match (r.value("kl"), r.value("f")) {
        (Some(kl), _) => parts.push(format!("KL {kl:.3}")),
        (None, Some(f)) => parts.push(format!("F {f:.3} kT")),
        _ => {}
    }
    if let Some(nll) = r.value("nll") {
        parts.push(format!("nll {nll:.3}"));
    }
    if let Some(nll) = r.held_out {
        parts.push(format!("held out {nll:.3}"));
    }
    if let Some(rc) = r.value("rc") {
        parts.push(format!("rc {rc:.3}"));
    }
    if r.stopped {
        parts.push("stage ended: held-out examples are described worse again".into());
    }
    if let Some(step) = r.rewound {
        parts.push(format!("went back to step {step}"));
    }
    parts.push(format!("{} energies", r.energy_evaluations));
    parts.join(", ")
}
