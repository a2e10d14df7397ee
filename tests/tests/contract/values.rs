//! Numbers that a version promises not to move without a line in the changelog: streams, first parameters, energies, intervals, the same on every machine.
//! `tests/golden/bits.json` holds those of training, which depend on fused multiply-add.
//!
//! `BOLTZFLOW_GOLDEN=write cargo test -p boltzflow-tests --test contract values` writes them anew.

use std::fs;
use std::path::Path;

use boltzflow::num::{Purpose, Stream};
use boltzflow::preset::PRESETS;
use boltzflow::setting::Parameters;
use boltzflow::stats::{Bootstrap, DeltaF, LogWeights};
use boltzflow::system::SYSTEMS;
use serde_json::{Map, Value, json};

const PURPOSES: [(&str, Purpose); 6] = [
    ("init", Purpose::Init),
    ("prior", Purpose::Prior),
    ("batch", Purpose::Batch),
    ("sampler", Purpose::Sampler),
    ("estimate", Purpose::Estimate),
    ("ensemble", Purpose::Ensemble),
];

fn hex(v: f64) -> String {
    format!("{:016x}", v.to_bits())
}

/// What the second stream of each purpose begins with.
fn streams() -> Value {
    let begin = |(name, purpose): (&str, Purpose)| {
        let mut stream = Stream::new(7, purpose, 3, 1);
        let numbers = json!([
            format!("{:016x}", stream.bits()),
            hex(stream.uniform()),
            stream.below(1000),
            hex(stream.normal()),
            hex(stream.normal()),
        ]);
        (name.to_owned(), numbers)
    };
    PURPOSES.into_iter().map(begin).collect()
}

/// Digests of the parameters that training starts from, before anything is fitted to examples.
fn first_parameters() -> Value {
    let first = |preset: &boltzflow::preset::Preset| {
        let digest = (preset.settings)().generator::<f32>().unwrap().digest();
        (preset.name.to_owned(), json!(format!("{digest:016x}")))
    };
    PRESETS.iter().map(first).collect()
}

/// Energy and Σ i ∂U/∂xᵢ at a point of each system's domain.
fn energies() -> Value {
    let mut all = Map::new();
    for entry in SYSTEMS {
        let system = (entry.build)(&Parameters::new(), entry.default_dim).unwrap();
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        let x: Vec<f64> =
            system.space().domain.iter().map(|(a, b)| a + (b - a) * stream.uniform()).collect();
        let mut gradient = vec![0.0; x.len()];
        let energy = system.potential().energy_gradient(&x, &mut gradient);
        let weighted = gradient.iter().zip(1..).map(|(g, i)| g * f64::from(i)).sum();
        all.insert(entry.name.into(), json!([hex(energy), hex(weighted)]));
    }
    all.into()
}

/// ΔF and its bootstrap interval of weights that are given.
fn intervals() -> Value {
    let mut stream = Stream::new(2, Purpose::Test, 0, 0);
    let values: Vec<f64> = (0..200).map(|_| stream.normal()).collect();
    let log_w: Vec<f64> = (0..200).map(|_| stream.uniform()).collect();
    let weights = LogWeights::new(&log_w).unwrap();
    let mut stream = Stream::new(3, Purpose::Bootstrap, 0, 0);
    let found = DeltaF::new(&values, &weights, 0.2, &Bootstrap::default(), &mut stream).unwrap();
    let numbers =
        [found.delta_f.value, found.delta_f.error, found.interval.lower, found.interval.upper];
    numbers.map(hex).to_vec().into()
}

#[test]
fn the_same_numbers_as_in_the_last_version() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/values.json");
    let found = json!({
        "streams": streams(),
        "first_parameters": first_parameters(),
        "energies": energies(),
        "intervals": intervals(),
    });
    if std::env::var_os("BOLTZFLOW_GOLDEN").is_some_and(|v| v == "write") {
        fs::write(&path, format!("{found:#}\n")).unwrap();
    }
    let golden: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for (kind, numbers) in golden.as_object().unwrap() {
        for (name, expected) in numbers.as_object().into_iter().flatten() {
            assert_eq!(&found[kind][name], expected, "{kind} of {name}");
        }
        assert_eq!(&found[kind], numbers, "{kind}");
    }
}
