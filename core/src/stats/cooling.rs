//! The free-energy difference of two states from a population that is cooled with both in it.

use crate::num::Real;

/// ΔF = F(B) − F(A) of two states from configurations that move between them while they are hot, and within them all the time:
///
/// $$ \beta\,\Delta F(\beta) = \ln\frac{n_A}{n_B}\Big|_{\beta_0} +
///    \int_{\beta_0}^{\beta} \big(\langle U\rangle_B - \langle U\rangle_A\big)\, d\beta', \qquad
///    \beta F_S = -\ln \int_S e^{-\beta U}\,dx. $$
///
/// That is thermodynamic integration (Kirkwood, J. Chem. Phys. 3, 300, 1935) within each state by the trapezoidal rule, from the numbers in the states at the
/// first temperature. It needs equilibrium between the states there, and afterwards only within each.
///
/// ```
/// use boltzflow::stats::Cooling;
///
/// // Two configurations in each state; A lies 1 lower, so that it gains on cooling from β = 1 to 2.
/// let mut cooling = Cooling::default();
/// for beta in [1.0, 2.0] {
///     cooling.observe(beta, &[0.0, 0.0, 1.0, 1.0], |i| i < 2);
/// }
/// assert_eq!(cooling.delta_f(), 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cooling {
    /// β and the mean U of A and B of the last population.
    last: Option<(f64, [f64; 2])>,
    delta_f: f64,
    cooled: bool,
}

impl Cooling {
    /// The next population: inverse temperature β (1/kT, not below the last one), energies U (`n`, in the units of kT), and whether
    /// each is in A. One without a configuration in A or in B leaves ΔF undefined until the next one at the first temperature.
    pub fn observe(&mut self, beta: f64, energies: &[f64], in_a: impl Fn(usize) -> bool) {
        let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
        for (i, energy) in energies.iter().enumerate() {
            let state = usize::from(!in_a(i));
            sums[state] += energy;
            counts[state] += 1.0;
        }
        let mean = [sums[0] / counts[0], sums[1] / counts[1]];
        match self.last {
            Some((before, means)) if beta > before => {
                self.cooled = true;
                let difference = 0.5 * (mean[1] - mean[0] + means[1] - means[0]);
                self.delta_f += (beta - before) * difference;
            }
            Some(_) if self.cooled => {}
            _ => self.delta_f = Real::ln(counts[0] / counts[1]),
        }
        self.last = Some((beta, mean));
    }

    /// F(B) − F(A) in kT at the temperature of the last population; NaN or infinite if a state was empty.
    #[must_use]
    pub fn delta_f(&self) -> f64 {
        if self.last.is_some() { self.delta_f } else { f64::NAN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// Harmonic states of n_S coordinates with minimum E_S: βF_S = βE_S + ½n_S ln β + const, ⟨U⟩_S = E_S + ½n_S/β.
    #[test]
    fn harmonic_states_have_their_difference() {
        let (dims, minima) = ([4, 10], [-2.0, 1.0]);
        let exact = |beta: f64| beta * (minima[1] - minima[0]) + 0.5 * (10.0 - 4.0) * beta.ln();
        let mut rng = Stream::new(1, Purpose::Test, 0, 0);
        let n = 4000;
        let mut cooling = Cooling::default();
        assert!(cooling.delta_f().is_nan());
        let hot: f64 = 0.1;
        // In proportion to e^(−βF) at the first temperature.
        let odds = exact(hot).exp();
        let in_a = (n as f64 * odds / (1.0 + odds)) as usize;
        for step in 0..=300 {
            let beta = hot * (step as f64 / 300.0 * (1.0 / hot).ln()).exp();
            let energies: Vec<f64> = (0..n)
                .map(|i| {
                    let state = usize::from(i >= in_a);
                    let squares: f64 = (0..dims[state]).map(|_| rng.normal().powi(2)).sum();
                    minima[state] + 0.5 * squares / beta
                })
                .collect();
            cooling.observe(beta, &energies, |i| i < in_a);
        }
        assert!((cooling.delta_f() - exact(1.0)).abs() < 0.02, "{cooling:?} {}", exact(1.0));
    }

    #[test]
    fn an_empty_state_has_no_difference() {
        let mut cooling = Cooling::default();
        cooling.observe(0.5, &[1.0, 2.0], |_| true);
        assert!(!cooling.delta_f().is_finite());
        // Once both are there, at the same temperature, there is one.
        cooling.observe(0.5, &[1.0, 2.0], |i| i == 0);
        assert_eq!(cooling.delta_f(), 0.0);
        cooling.observe(1.0, &[1.0, 2.0], |i| i == 0);
        assert_eq!(cooling.delta_f(), 0.5);
        cooling.observe(1.0, &[1.0, 1.0, 2.0], |i| i < 2);
        assert_eq!(cooling.delta_f(), 0.5);
    }
}
