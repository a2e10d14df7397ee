//! A layer of your own: a sinh–arcsinh stretching of each coordinate, with its derivatives by hand, checked and then trained.
//!
//! `cargo run --release -p boltzflow --example own_layer`

use std::sync::Arc;

use boltzflow::flow::{Architecture, Bijector, Pass};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::nn::ParamLayout;
use boltzflow::num::{Accumulator, Purpose, Result, Sequential, Stream, Tape};
use boltzflow::preset::preset;
use boltzflow::stats::LogWeights;
use boltzflow::system::quadrature;
use boltzflow::train::{Stage, Trainer};

/// x = sinh(e^k asinh z + ε) in each coordinate (Jones, Pewsey, Biometrika 96, 761, 2009): k makes tails heavier or lighter, ε
/// leans to one side. Its inverse has the same form, with e^{−k} and −ε e^{−k}.
#[derive(Debug)]
struct SinhArcsinh {
    dim: usize,
}

impl SinhArcsinh {
    /// p and q of y = sinh(p asinh x + q), for coordinate `i` of a direction.
    fn shape(&self, theta: &[f64], i: usize, inverse: bool) -> (f64, f64) {
        let (k, lean) = (theta[i], theta[self.dim + i]);
        if inverse { ((-k).exp(), -lean * (-k).exp()) } else { (k.exp(), lean) }
    }

    /// With a = p asinh x + q: y = sinh a, log|dy/dx| = ln p + ln cosh a − ½ ln(1 + x²). Records x.
    fn apply(
        &self,
        pass: &mut Pass<'_, f64>,
        x: &mut DMatrix<f64>,
        log_det: &mut [f64],
        inverse: bool,
    ) {
        let mut record = pass.tape.take(x.len());
        record.copy_from_slice(x.as_slice());
        pass.tape.push(record);
        for (i, mut column) in x.column_iter_mut().enumerate() {
            let (p, q) = self.shape(pass.theta, i, inverse);
            for (x, log_det) in column.iter_mut().zip(&mut *log_det) {
                let a = p * x.asinh() + q;
                *log_det += p.ln() + a.cosh().ln() - 0.5 * x.mul_add(*x, 1.0).ln();
                *x = a.sinh();
            }
        }
    }

    /// Given ∂L/∂y in `g` and ∂L/∂log_det = h: A = ∂L/∂a = g cosh a + h tanh a, ∂L/∂x = (A p − h x/√(1+x²))/√(1+x²),
    /// ∂L/∂p = Σ A asinh x + h/p and ∂L/∂q = Σ A. Forward ∂p/∂k = p and ∂q/∂ε = 1; backward
    /// ∂p/∂k = −p, ∂q/∂k = −q and ∂q/∂ε = −p.
    fn apply_vjp(
        &self,
        pass: &mut Pass<'_, f64>,
        g: &mut DMatrix<f64>,
        g_log_det: &[f64],
        mut g_theta: Accumulator<'_, f64>,
        inverse: bool,
    ) {
        let record = pass.tape.pop();
        let n = g.nrows();
        for (i, mut column) in g.column_iter_mut().enumerate() {
            let (p, q) = self.shape(pass.theta, i, inverse);
            let (mut g_p, mut g_q) = (0.0, 0.0);
            for ((g, h), x) in column.iter_mut().zip(g_log_det).zip(&record[i * n..]) {
                let (s, root) = (x.asinh(), x.mul_add(*x, 1.0).sqrt());
                let a = p * s + q;
                let g_a = *g * a.cosh() + h * a.tanh();
                g_p += g_a * s + h / p;
                g_q += g_a;
                *g = (g_a * p - h * x / root) / root;
            }
            let (g_k, g_lean) =
                if inverse { (-p * g_p - q * g_q, -p * g_q) } else { (p * g_p, g_q) };
            g_theta.add(i, g_k);
            g_theta.add(self.dim + i, g_lean);
        }
        pass.tape.recycle(record);
    }
}

impl Bijector<f64> for SinhArcsinh {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        2 * self.dim
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        layout.push(format!("{prefix}/k"), [1, self.dim]);
        layout.push(format!("{prefix}/lean"), [1, self.dim]);
    }

    fn init(&self, theta: &mut [f64], _constants: &mut [f64], _rng: &mut Stream) {
        theta.fill(0.0);
    }

    fn forward(&self, pass: &mut Pass<'_, f64>, x: &mut DMatrix<f64>, log_det: &mut [f64]) {
        self.apply(pass, x, log_det, false);
    }

    fn inverse(&self, pass: &mut Pass<'_, f64>, x: &mut DMatrix<f64>, log_det: &mut [f64]) {
        self.apply(pass, x, log_det, true);
    }

    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, f64>,
        g: &mut DMatrix<f64>,
        g_log_det: &[f64],
        g_theta: Accumulator<'_, f64>,
    ) {
        self.apply_vjp(pass, g, g_log_det, g_theta, false);
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, f64>,
        g: &mut DMatrix<f64>,
        g_log_det: &[f64],
        g_theta: Accumulator<'_, f64>,
    ) {
        self.apply_vjp(pass, g, g_log_det, g_theta, true);
    }

    fn has_constant_jacobian(&self) -> bool {
        false
    }
}

/// Largest difference between both hand-derived gradients of L = Σ y + Σ log_det and central differences.
fn worst_gradient(layer: &SinhArcsinh) -> f64 {
    let mut rng = Stream::new(1, Purpose::Test, 0, 0);
    let x = DMatrix::from_fn(5, layer.dim, |_, _| rng.normal());
    let theta: Vec<f64> = (0..layer.n_params()).map(|_| 0.3 * rng.normal()).collect();
    let run = |theta: &[f64], x: &DMatrix<f64>, inverse: bool, tape: &mut Tape<f64>| {
        let (mut y, mut log_det) = (x.clone(), [0.0; 5]);
        layer.apply(&mut Pass::new(theta, &[], tape), &mut y, &mut log_det, inverse);
        y.sum() + log_det.iter().sum::<f64>()
    };
    let (h, mut worst) = (1e-5, 0.0_f64);
    for inverse in [false, true] {
        let mut tape = Tape::new();
        run(&theta, &x, inverse, &mut tape);
        let (mut g, mut g_theta) = (x.map(|_| 1.0), vec![0.0; theta.len()]);
        let sum = Accumulator::empty(&mut g_theta);
        layer.apply_vjp(&mut Pass::new(&theta, &[], &mut tape), &mut g, &[1.0; 5], sum, inverse);
        for i in 0..theta.len() {
            let side = |h: f64| {
                let mut moved = theta.clone();
                moved[i] += h;
                run(&moved, &x, inverse, &mut Tape::off())
            };
            worst = worst.max((g_theta[i] - (side(h) - side(-h)) / (2.0 * h)).abs());
        }
        for i in 0..x.len() {
            let side = |h: f64| {
                let mut moved = x.clone();
                moved[i] += h;
                run(&theta, &moved, inverse, &mut Tape::off())
            };
            worst = worst.max((g[i] - (side(h) - side(-h)) / (2.0 * h)).abs());
        }
    }
    worst
}

fn main() -> Result<()> {
    let worst = worst_gradient(&SinhArcsinh { dim: 2 });
    println!("gradients differ from central differences by at most {worst:.1e}");
    assert!(worst < 1e-6);

    let settings = preset("double-well")?;
    let target = settings.target()?;
    let exact = quadrature::thermodynamics(target.system(), settings.temperature);
    let mut flow = Architecture::default().build::<f64>("R4", target.dim(), 1)?;
    flow.push("own".into(), Box::new(SinhArcsinh { dim: target.dim() }));
    let mut plan = settings.plan(None)?;
    let mut stage = Stage::default().with_weight("ml", 1.0).with_weight("kl", 1.0);
    stage.iterations = 400;
    plan.stages = vec![stage];
    let generator = BoltzmannGenerator::new(Arc::new(flow), target, 1)?;
    let mut trainer = Trainer::new(generator, plan, settings.examples()?, 1)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }
    let generator = trainer.generator();
    let own = &generator.theta[generator.theta.len() - 4..];
    let samples = generator.sample(50_000, 1, &Sequential);
    let weights = LogWeights::new(&samples.log_weight)?;
    println!("k = {:.3?}, ε = {:.3?}", &own[..2], &own[2..]);
    println!("effective samples {:.1} %", 100.0 * weights.ess_fraction());
    if let Some(exact) = exact {
        println!("log Z = {:.4}, exact {:.4}", weights.log_z(), exact.log_z);
        assert!((weights.log_z().value - exact.log_z).abs() < 0.1);
    }
    Ok(())
}
