//! What kernels and ladders promise, checked for each by being registered.

mod everywhere;
mod kernel;
mod ladder;
mod target;

use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{DoubleWell, ReducedPotential, System};

const WELL: DoubleWell = DoubleWell { dim: 2, c4: 0.25, c2: -1.0, c1: 0.2, k: 3.0 };

fn double_well() -> System {
    WELL.system().unwrap()
}

fn reduced(system: System, temperature: f64) -> ReducedPotential {
    ReducedPotential::new(system, temperature).unwrap()
}

fn settings(values: &[(&str, f64)]) -> Parameters {
    let mut settings = Parameters::new();
    for (name, value) in values {
        settings.set(*name, Value::Number(*value));
    }
    settings
}

/// ⟨f(x₀)⟩ over the density e^(−u(x₀)) by the trapezoidal rule.
fn exact(u: impl Fn(f64) -> f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut weighted) = (0.0, 0.0);
    for i in -7999..8000 {
        let x = (f64::from(i) + 0.5) * 1e-3;
        let w = (-u(x)).exp();
        sum += w;
        weighted += w * f(x);
    }
    weighted / sum
}

/// The double well at (x₀, 0).
fn energy_at(x: f64) -> f64 {
    double_well().potential().energy_gradient(&[x, 0.0], &mut [0.0; 2])
}
