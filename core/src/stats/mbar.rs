//! MBAR: free energies of states from samples of all of them.

use alloc::{format, vec, vec::Vec};

use nalgebra::{DMatrix, DVector};

use super::Estimate;
use crate::num::{Error, Real, Result};

/// Multistate Bennett acceptance ratio (Shirts, Chodera, J. Chem. Phys. 129, 124105, 2008): from uₖ(xₙ) of samples
/// n = 1…N, of which Nₖ were drawn from state k, the free energies of the states, up to a common constant:
///
/// $$ f_k = -\ln \sum_n \frac{e^{-u_k(x_n)}}{\sum_j N_j\,e^{f_j - u_j(x_n)}} $$
///
/// A number added to all uₖ of a sample does not matter. Which samples came from which state does not, either: only
/// the Nₖ. States without samples (Nₖ = 0) are answered, too.
#[derive(Clone, Debug)]
pub struct Mbar {
    free_energy: Vec<f64>,
    /// ln Σⱼ Nⱼ e^(fⱼ − uⱼ(xₙ)) of each sample.
    log_denominator: Vec<f64>,
    /// Asymptotic covariance Θ of the f.
    covariance: DMatrix<f64>,
    iterations: usize,
}

/// Largest |Σₙ wₙₖ − 1| of a solution: the error that is left in f, in kT.
const TOLERANCE: f64 = 1e-10;
const MAX_ITERATIONS: usize = 10_000;
/// States count as unconnected when the second eigenvalue of their overlap matrix is nearer to 1 than this.
const LEAST_GAP: f64 = 1e-7;
/// Samples whose weights are held at once.
const RUN: usize = 512;

/// What a set of f gives: Newton's gradient and Hessian come from it.
struct Sums {
    /// Σₙ wₙₖ (K), w = e^(fₖ − uₖ(xₙ))/Σⱼ Nⱼ e^(fⱼ − uⱼ(xₙ)).
    weight: Vec<f64>,
    /// Σₙ wₙₖ wₙₗ (K × K).
    product: DMatrix<f64>,
}

impl Sums {
    /// The largest |Σₙ wₙₖ − 1| over states with samples.
    fn residual(&self, counts: &[f64]) -> f64 {
        let sampled = self.weight.iter().zip(counts).filter(|(_, n)| **n > 0.0);
        sampled.fold(0.0, |most, (w, _)| {
            let off = (w - 1.0).abs();
            if off > most || off.is_nan() { off } else { most }
        })
    }
}

impl Mbar {
    /// From reduced energies uₖ(xₙ) (`N × K`) and the number of samples of each state (K, with sum N).
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if the counts do not fit, [`Error::InvalidData`] for an energy that is NaN or −∞,
    /// a sample that has an infinite energy in all states with samples, states that do not overlap, or a solution that does not converge.
    ///
    /// ```
    /// use boltzflow::nalgebra::DMatrix;
    /// use boltzflow::num::{Purpose, Stream};
    /// use boltzflow::stats::Mbar;
    ///
    /// // Springs with force constants 1 and 4: the second has ½ ln 4 less room.
    /// let (n, k) = (2000, [1.0, 4.0]);
    /// let mut stream = Stream::new(1, Purpose::Test, 0, 0);
    /// let x: Vec<f64> = (0..2 * n).map(|i| stream.normal() / f64::sqrt(k[i / n])).collect();
    /// let u = DMatrix::from_fn(2 * n, 2, |i, j| 0.5 * k[j] * x[i] * x[i]);
    /// let difference = Mbar::new(&u, &[n, n])?.difference(0, 1)?;
    /// assert!((difference.value.abs() - 2.0_f64.ln()).abs() < 5.0 * difference.error);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(u: &DMatrix<f64>, counts: &[usize]) -> Result<Self> {
        let (n, k) = u.shape();
        for (what, expected, found) in [
            ("numbers of samples", k, counts.len()),
            ("samples of all states together", n, counts.iter().sum()),
        ] {
            if expected != found {
                return Err(Error::DimensionMismatch { what, expected, found });
            }
        }
        let bad = |problem: &str| Error::data("MBAR", problem);
        if n == 0 {
            return Err(bad("there are no samples"));
        }
        if u.iter().any(|u| u.is_nan() || *u == f64::NEG_INFINITY) {
            return Err(bad("a reduced energy is not a number or minus infinity"));
        }
        let counts: Vec<f64> = counts.iter().map(|c| *c as f64).collect();
        let mut f = vec![0.0; k];
        let mut log_denominator = vec![0.0; n];
        let iterations = solve(u, &counts, &mut f, &mut log_denominator)?;
        // Answers the states without samples, too.
        self_consistent(u, &log_denominator, &mut f);
        let sums = sums(u, &counts, &f, &mut log_denominator);
        check_overlap(&sums, &counts)?;
        let covariance = covariance(&sums.product, &counts);
        let first = f[0];
        f.iter_mut().for_each(|f| *f -= first);
        log_denominator.iter_mut().for_each(|d| *d -= first);
        Ok(Self { free_energy: f, log_denominator, covariance, iterations })
    }

    /// fₖ − f₀ in kT (K).
    #[must_use]
    pub fn free_energies(&self) -> &[f64] {
        &self.free_energy
    }

    /// fⱼ − fᵢ with its asymptotic error √(Θᵢᵢ + Θⱼⱼ − 2Θᵢⱼ), which holds for independent samples: give MBAR one sample an
    /// autocorrelation time, or take errors from independent runs.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a state that does not exist.
    pub fn difference(&self, i: usize, j: usize) -> Result<Estimate> {
        let k = self.free_energy.len();
        if let Some(state) = [i, j].into_iter().find(|s| *s >= k) {
            return Err(Error::setting("state", state, format!("below {k}")));
        }
        let c = &self.covariance;
        let variance = c[(i, i)] + c[(j, j)] - 2.0 * c[(i, j)];
        let error = Real::sqrt(variance.max(0.0));
        Ok(Estimate { value: self.free_energy[j] - self.free_energy[i], error })
    }

    /// Log-weights of all samples (N) in any state with reduced energies u (N): −u(xₙ) − ln Σⱼ Nⱼ e^(fⱼ − uⱼ(xₙ)). Their means
    /// are those of that state, and −ln of their sum is its free energy.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if there is not one energy for each sample.
    pub fn log_weights(&self, u: &[f64]) -> Result<Vec<f64>> {
        let (expected, found) = (self.log_denominator.len(), u.len());
        if expected != found {
            return Err(Error::DimensionMismatch { what: "reduced energies", expected, found });
        }
        Ok(u.iter().zip(&self.log_denominator).map(|(u, d)| -u - d).collect())
    }

    /// Iterations that the solution took.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }
}

/// Finds f by Newton's method on the convex function Σₙ ln Σⱼ Nⱼ e^(fⱼ − uⱼ(xₙ)) − Σₖ Nₖ fₖ; where its step does not bring the
/// solution nearer, by the self-consistent one, which always does. Gives the number of iterations.
fn solve(
    u: &DMatrix<f64>,
    counts: &[f64],
    f: &mut Vec<f64>,
    log_denominator: &mut [f64],
) -> Result<usize> {
    let mut now = sums(u, counts, f, log_denominator);
    for iteration in 0..MAX_ITERATIONS {
        let residual = now.residual(counts);
        if residual <= TOLERANCE {
            return Ok(iteration);
        }
        if !residual.is_finite() {
            let problem = "a sample has an infinite energy in all states with samples";
            return Err(Error::data("MBAR", problem));
        }
        if let Some(trial) = newton(f, &now, counts) {
            let then = sums(u, counts, &trial, log_denominator);
            if then.residual(counts) < 0.5 * residual {
                (*f, now) = (trial, then);
                continue;
            }
        }
        // The denominators are those of the trial: f's again.
        sums(u, counts, f, log_denominator);
        self_consistent(u, log_denominator, f);
        now = sums(u, counts, f, log_denominator);
    }
    let off = now.residual(counts);
    Err(Error::data("MBAR", format!("it does not converge (weights are off by {off:e})")))
}

/// fₖ ← −ln Σₙ e^(−uₖ(xₙ))/denominatorₙ of all states; no weight is too small for a logarithm here.
fn self_consistent(u: &DMatrix<f64>, log_denominator: &[f64], f: &mut [f64]) {
    for (f, u) in f.iter_mut().zip(u.as_slice().chunks_exact(u.nrows())) {
        *f = -log_sum_exp(u.iter().zip(log_denominator).map(|(u, d)| -u - d));
    }
}

/// f − H⁻¹g with gₖ = Nₖ(Σₙ wₙₖ − 1) and Hₖₗ = δₖₗ Nₖ Σₙ wₙₖ − Nₖ Nₗ Σₙ wₙₖ wₙₗ over the states with samples but the first, whose
/// f stays.
fn newton(f: &[f64], sums: &Sums, counts: &[f64]) -> Option<Vec<f64>> {
    let free: Vec<usize> = (0..f.len()).filter(|k| counts[*k] > 0.0).skip(1).collect();
    let g = DVector::from_fn(free.len(), |i, _| counts[free[i]] * (sums.weight[free[i]] - 1.0));
    let h = DMatrix::from_fn(free.len(), free.len(), |i, j| {
        let (k, l) = (free[i], free[j]);
        let diagonal = if i == j { counts[k] * sums.weight[k] } else { 0.0 };
        diagonal - counts[k] * counts[l] * sums.product[(k, l)]
    });
    let step = h.cholesky()?.solve(&g);
    let mut trial = f.to_vec();
    free.iter().zip(step.iter()).for_each(|(k, s)| trial[*k] -= s);
    trial.iter().all(|f| f.is_finite()).then_some(trial)
}

/// The sums over samples for given f; the denominators are left behind.
fn sums(u: &DMatrix<f64>, counts: &[f64], f: &[f64], log_denominator: &mut [f64]) -> Sums {
    let (n, k) = u.shape();
    let mut weight = vec![0.0; k];
    let mut product = DMatrix::zeros(k, k);
    let mut w = DMatrix::zeros(RUN, k);
    let (mut largest, mut sum) = ([0.0; RUN], [0.0; RUN]);
    for start in (0..n).step_by(RUN) {
        let run = RUN.min(n - start);
        let column = |k: usize| &u.as_slice()[k * n + start..k * n + start + run];
        let (largest, sum) = (&mut largest[..run], &mut sum[..run]);
        largest.fill(f64::NEG_INFINITY);
        for (k, f) in f.iter().enumerate().filter(|(k, _)| counts[*k] > 0.0) {
            for (m, u) in largest.iter_mut().zip(column(k)) {
                *m = m.max(f - u);
            }
        }
        sum.fill(0.0);
        for (k, f) in f.iter().enumerate().filter(|(k, _)| counts[*k] > 0.0) {
            for ((s, u), m) in sum.iter_mut().zip(column(k)).zip(largest.iter()) {
                *s += counts[k] * Real::exp(f - u - m);
            }
        }
        let denominators = &mut log_denominator[start..start + run];
        for ((d, s), m) in denominators.iter_mut().zip(sum.iter()).zip(largest.iter()) {
            *d = m + Real::ln(*s);
        }
        for (k, f) in f.iter().enumerate() {
            let w = &mut w.as_mut_slice()[k * RUN..k * RUN + run];
            for ((w, u), d) in w.iter_mut().zip(column(k)).zip(denominators.iter()) {
                *w = Real::exp(f - u - d);
            }
            weight[k] += w.iter().sum::<f64>();
        }
        w.rows_mut(run, RUN - run).fill(0.0);
        product += w.tr_mul(&w);
    }
    Sums { weight, product }
}

/// ln Σ e^v.
fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    largest + Real::ln(values.map(|v| Real::exp(v - largest)).sum::<f64>())
}

/// The overlap matrix Oₖₗ = Nₗ Σₙ wₙₖ wₙₗ is stochastic; its second eigenvalue is 1 when the states fall into parts between
/// which no sample tells the way (Klimovich, Shirts, Mobley, J. Comput. Aided Mol. Des. 29, 397, 2015).
fn check_overlap(sums: &Sums, counts: &[f64]) -> Result<()> {
    let sampled: Vec<usize> = (0..counts.len()).filter(|k| counts[*k] > 0.0).collect();
    // √Nₖ Oₖₗ/√Nₗ is symmetric, with the same eigenvalues.
    let symmetric = DMatrix::from_fn(sampled.len(), sampled.len(), |i, j| {
        let (k, l) = (sampled[i], sampled[j]);
        Real::sqrt(counts[k]) * sums.product[(k, l)] * Real::sqrt(counts[l])
    });
    let close = symmetric.symmetric_eigenvalues().iter().filter(|e| **e > 1.0 - LEAST_GAP).count();
    if close > 1 {
        let problem = "the states do not overlap: put more of them in between";
        return Err(Error::data("MBAR", problem));
    }
    Ok(())
}

/// Θ = Wᵀ(1 − W N Wᵀ)⁺W (their equation 8) through WᵀW = V Λ Vᵀ (K × K), S = Λ^½: Θ = V S (1 − S Vᵀ N V S)⁺ S Vᵀ.
fn covariance(product: &DMatrix<f64>, counts: &[f64]) -> DMatrix<f64> {
    let k = counts.len();
    let eigen = product.clone().symmetric_eigen();
    let vs = DMatrix::from_fn(k, k, |i, j| {
        eigen.eigenvectors[(i, j)] * Real::sqrt(eigen.eigenvalues[j].max(0.0))
    });
    let nvs = DMatrix::from_fn(k, k, |i, j| counts[i] * vs[(i, j)]);
    let inner = DMatrix::identity(k, k) - vs.tr_mul(&nvs);
    let eigen = (0.5 * (&inner + inner.transpose())).symmetric_eigen();
    // One eigenvalue is zero: a common constant of all f is not determined.
    let inverse = eigen.eigenvalues.map(|e| if e > 1e-9 { 1.0 / e } else { 0.0 });
    let half = vs * eigen.eigenvectors;
    let scaled = DMatrix::from_fn(k, k, |i, j| half[(i, j)] * inverse[j]);
    scaled * half.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// Springs uₖ = ½κₖ(x − cₖ)² with f = ½ ln κ up to a constant; the last state has no samples.
    const SPRINGS: [(f64, f64); 5] = [(1.0, 0.0), (2.0, 0.8), (4.0, 1.3), (3.0, 2.2), (1.5, 1.0)];
    const COUNTS: [usize; 5] = [400, 150, 300, 250, 0];

    fn energies(x: &[f64]) -> DMatrix<f64> {
        let u = |x: f64, (kappa, c): (f64, f64)| 0.5 * kappa * (x - c) * (x - c);
        DMatrix::from_fn(x.len(), 5, |n, k| u(x[n], SPRINGS[k]))
    }

    fn samples(seed: u64) -> Vec<f64> {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let states = SPRINGS.iter().zip(COUNTS).flat_map(|(s, n)| core::iter::repeat_n(*s, n));
        states.map(|(kappa, c)| c + stream.normal() / kappa.sqrt()).collect()
    }

    fn exact(k: usize) -> f64 {
        0.5 * (SPRINGS[k].0 / SPRINGS[0].0).ln()
    }

    #[test]
    fn harmonic_oscillators_within_errors_that_cover() {
        let mut inside = [0; 5];
        for seed in 0..200 {
            let mbar = Mbar::new(&energies(&samples(seed)), &COUNTS).unwrap();
            assert!(mbar.iterations() < 30, "{}", mbar.iterations());
            for k in 1..5 {
                let d = mbar.difference(0, k).unwrap();
                assert!(d.deviation(exact(k)).abs() < 4.5 && d.error < 0.2, "{k}: {d}");
                inside[k] += u32::from(d.deviation(exact(k)).abs() < 1.96);
            }
        }
        assert!(inside[1..].iter().all(|n| (180..=198).contains(n)), "{inside:?} of 200");
    }

    #[test]
    fn weights_are_those_of_the_state() {
        let x = samples(3);
        let u = energies(&x);
        let mbar = Mbar::new(&u, &COUNTS).unwrap();
        for k in 0..5 {
            let w: Vec<f64> = mbar.log_weights(u.column(k).as_slice()).unwrap();
            let total = log_sum_exp(w.iter().copied());
            assert!((total + mbar.free_energies()[k]).abs() < 1e-9);
            let mean: f64 = w.iter().zip(&x).map(|(w, x)| (w - total).exp() * x).sum();
            assert!((mean - SPRINGS[k].1).abs() < 0.2, "{k}: {mean}");
        }
        // A constant of a sample changes nothing but its own weight.
        let mut shifted = u.clone();
        for (n, mut row) in shifted.row_iter_mut().enumerate() {
            row.iter_mut().for_each(|u| *u += 1e3 * (n % 7) as f64);
        }
        let again = Mbar::new(&shifted, &COUNTS).unwrap();
        for (a, b) in mbar.free_energies().iter().zip(again.free_energies()) {
            assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn far_free_energies_are_found() {
        // The same states with energies shifted by hundreds of kT.
        let mut u = energies(&samples(8));
        let plain = Mbar::new(&u, &COUNTS).unwrap();
        for k in 0..5 {
            u.column_mut(k).iter_mut().for_each(|u| *u += 500.0 * k as f64);
        }
        let shifted = Mbar::new(&u, &COUNTS).unwrap();
        for k in 0..5 {
            let (a, b) = (plain.free_energies()[k], shifted.free_energies()[k]);
            assert!((b - a - 500.0 * k as f64).abs() < 1e-8, "{k}: {a} {b}");
        }
    }

    #[test]
    fn bad_input_is_an_error() {
        let x = samples(1);
        let code = |u: &DMatrix<f64>, counts: &[usize]| Mbar::new(u, counts).unwrap_err().code();
        let u = energies(&x);
        assert_eq!(code(&u, &COUNTS[..4]), "dimension-mismatch");
        assert_eq!(code(&u, &[1, 2, 3, 4, 5]), "dimension-mismatch");
        assert_eq!(code(&DMatrix::zeros(0, 2), &[0, 0]), "invalid-data");
        for (k, value) in [(1, f64::NAN), (2, f64::NEG_INFINITY)] {
            let mut wrong = u.clone();
            wrong[(7, k)] = value;
            assert_eq!(code(&wrong, &COUNTS), "invalid-data");
        }
        let mut nowhere = u.clone();
        nowhere.row_mut(7).fill(f64::INFINITY);
        assert_eq!(code(&nowhere, &COUNTS), "invalid-data");
        // Two states a thousand standard deviations apart.
        let apart = DMatrix::from_fn(20, 2, |n, k| if (n < 10) == (k == 0) { 0.0 } else { 1e6 });
        let error = Mbar::new(&apart, &[10, 10]).unwrap_err();
        assert!(alloc::format!("{error}").contains("overlap"), "{error}");
        let fine = Mbar::new(&u, &COUNTS).unwrap();
        assert!(fine.difference(0, 5).is_err() && fine.log_weights(&[0.0]).is_err());
    }
}
