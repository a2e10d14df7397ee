//! Everything that weighted samples say, beside the exact answers.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::{Purpose, Result, Sequential, Stream};
use boltzflow::stats::{
    Bootstrap, Coverage, DeltaF, LogWeights, Profile, Quality, StateCoverage, Thermodynamics,
    Verdict,
};
use boltzflow::system::Coordinate;
use boltzflow_model::{RESAMPLES, Reference, bins};
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;

use crate::object::{f64_array, object};

/// Estimates from `samples` draws, energies in kT, differences state B − state A:
///
/// - `n`, `delta_f`, `delta_f_error`, `delta_f_exact`; `share`, `raw_share` of B with and without weights;
/// - `ess` (fraction), `max_weight`, `pareto_k`; `states`: `[{ name, share, reference, missed }]`, `covered`;
/// - `verdict_code`, `verdict` in words, `trusted`; `missed`: `{ name, share, reference }` of the gravest missed state;
/// - `u`, `s`, `f`, `kl`, `kl_error`, `log_z`, `log_z_error`, `log_z_exact`, `u_exact`; `energy_evaluations`;
/// - `center`, `raw`, `value`, `lower`, `upper`, `exact`: the profile above its own minimum, all of them −ln p of a bin less the same
///   constant, so that band and exact value can be compared. Where the band cannot be believed there is only `raw`, the rest is NaN.
pub(crate) fn estimate(
    generator: &BoltzmannGenerator<f32>,
    coordinate: &Coordinate,
    reference: &Reference,
    samples: usize,
    seed: u64,
    energy_evaluations: u64,
) -> Result<Object> {
    let drawn = generator.sample(samples, seed, &Sequential);
    let weights = LogWeights::new(&drawn.log_weight)?;
    let mut values = vec![0.0; samples];
    coordinate.values(&drawn.x, &mut values);
    let side: Vec<u8> = values.iter().map(|v| u8::from(*v >= coordinate.boundary)).collect();

    let bootstrap = Bootstrap { resamples: RESAMPLES, ..Bootstrap::default() };
    let few = Bootstrap { resamples: 2, ..Bootstrap::default() };
    let mut stream = Stream::new(seed, Purpose::Bootstrap, 0, 0);
    let bins = bins(coordinate)?;
    let profile = Profile::new(&values, &weights, &bins, &bootstrap, &mut stream)?;
    let even = LogWeights::uniform(samples)?;
    // A raw profile without a sample in its range is empty, not an error.
    let raw = Profile::new(&values, &even, &bins, &few, &mut stream).map_or_else(
        |_| vec![f64::NAN; bins.count()],
        |p| p.value.iter().map(|f| f + p.shift - profile.shift).collect(),
    );
    let exact: Vec<f64> = reference.profile.iter().map(|f| f - profile.shift).collect();
    let delta_f = DeltaF::new(&values, &weights, coordinate.boundary, &bootstrap, &mut stream)?;

    let coverage = Coverage::new(&reference.states, &reference.assign(&drawn.x, &side), &weights)?;
    let covered = coverage.states.iter().filter(|s| !s.is_missed()).count();
    let missed = coverage.missed().map(|s| (s.name.clone(), s.share.value, share_of(s)));
    let states: Array = coverage.states.iter().map(state).collect();
    let quality = Quality::new(&weights, coverage, None);
    let thermo =
        Thermodynamics::new(&drawn.u, &drawn.log_det, &weights, generator.prior.entropy())?;
    let kl = reference.log_z.map_or(thermo.kl, |log_z| thermo.kl_with(log_z));

    let result = object([
        ("n", (samples as f64).into()),
        ("delta_f", delta_f.delta_f.value.into()),
        ("delta_f_error", delta_f.delta_f.error.into()),
        ("delta_f_exact", or_nan(reference.delta_f)),
        ("share", delta_f.share.value.into()),
        ("raw_share", delta_f.raw_share.value.into()),
        ("ess", quality.ess_fraction.into()),
        ("max_weight", quality.max_weight.into()),
        ("pareto_k", or_nan(quality.pareto_k)),
        ("states", states.into()),
        ("covered", covered.into()),
        ("verdict_code", quality.verdict.code().into()),
        ("verdict", quality.verdict.to_string().into()),
        ("trusted", matches!(quality.verdict, Verdict::Good { .. }).into()),
        ("u", thermo.u.value.into()),
        ("s", thermo.s.value.into()),
        ("f", thermo.f.value.into()),
        ("kl", kl.value.into()),
        ("kl_error", kl.error.into()),
        ("log_z", thermo.log_z.value.into()),
        ("log_z_error", thermo.log_z.error.into()),
        ("log_z_exact", or_nan(reference.log_z)),
        ("u_exact", or_nan(reference.mean_u)),
        ("energy_evaluations", (energy_evaluations as f64).into()),
        ("center", f64_array(&profile.center)),
        ("raw", f64_array(&raw)),
        ("value", f64_array(&profile.where_sampled(&profile.value))),
        ("lower", f64_array(&profile.where_sampled(&profile.lower))),
        ("upper", f64_array(&profile.where_sampled(&profile.upper))),
        ("exact", f64_array(&exact)),
    ]);
    if let Some((name, share, exact)) = missed {
        let lack = object([("name", name.into()), ("share", share.into()), ("reference", exact)]);
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&result, &"missed".into(), &lack);
    }
    Ok(result)
}

fn state(state: &StateCoverage) -> JsValue {
    object([
        ("name", state.name.as_str().into()),
        ("share", state.share.value.into()),
        ("reference", share_of(state)),
        ("missed", state.is_missed().into()),
    ])
    .into()
}

fn share_of(state: &StateCoverage) -> JsValue {
    or_nan(state.reference.map(|r| r.value))
}

fn or_nan(value: Option<f64>) -> JsValue {
    value.unwrap_or(f64::NAN).into()
}
