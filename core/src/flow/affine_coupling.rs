//! Affine coupling (RealNVP).

use alloc::{boxed::Box, vec::Vec};

use nalgebra::DMatrix;

use super::{
    Architecture, Bijector, Build, Columns, Conditioner, Entry, Letter, Pass, Split, SplitKind,
    Trunk,
};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Buffer, Real, Stream};
use crate::system::Support;

/// x_b = z_b ∘ e^{S(z_a)} + T(z_a), x_a = z_a; log|det ∂x/∂z| = Σ S
/// (Dinh, Sohl-Dickstein, Bengio, ICLR 2017). With a bound b, S = b·tanh(S̃/b), S̃ the output of the
/// network: no coupling stretches by more than e^b.
#[derive(Debug)]
pub struct AffineCoupling<T: Real> {
    split: Split,
    networks: Conditioner<T>,
    bound: Option<f64>,
}

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build =
        Build::Couplings(|split, architecture| Box::new(AffineCoupling::new(split, architecture)));
    let help = "RealNVP block: two affine couplings with exchanged channels";
    Entry { letter: Some(Letter { letter: 'R', help, build }), examples }
}

impl<T: Real> AffineCoupling<T> {
    /// A coupling with the networks S and T of an architecture, or a shared one, and its bound on |S| (0 for none).
    #[must_use]
    pub fn new(split: Split, architecture: &Architecture) -> Self {
        let (inputs, changed) = (split.n_inputs(), split.change.len());
        let networks = Conditioner::scale_and_shift(architecture, inputs, changed);
        let bound = Some(architecture.scale_bound).filter(|bound| *bound > 0.0);
        Self { split, networks, bound }
    }

    /// Number of changed values of `n` samples: length of S and of T.
    fn changed(&self, n: usize) -> usize {
        n * self.split.change.len()
    }

    /// S and T of the inputs.
    fn scale_and_shift(&self, pass: &mut Pass<'_, T>, n: usize, inputs: &[T]) -> Buffer<T> {
        let mut st = self.networks.forward(pass.theta, n, inputs, pass.tape);
        if let Some(bound) = self.bound {
            let (bound, rate) = (T::lit(bound), T::lit(1.0 / bound));
            let s = &mut st[..self.changed(n)];
            s.iter_mut().for_each(|s| *s *= rate);
            (T::kernels().activate)(Activation::Tanh, s);
            s.iter_mut().for_each(|s| *s *= bound);
        }
        st
    }

    /// Adds ∂L/∂z_a, from ∂L/∂S and ∂L/∂T, which it changes, and ∂L/∂θ.
    fn networks_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        inputs: &[T],
        st: &[T],
        g_st: &mut [T],
        g: &mut DMatrix<T>,
        g_theta: Accumulator<'_, T>,
    ) {
        let n = g.nrows();
        if let Some(bound) = self.bound {
            let rate = T::lit(1.0 / bound);
            // ∂S/∂S̃ = 1 − tanh²(S̃/b) = 1 − (S/b)²
            for (g, s) in g_st[..self.changed(n)].iter_mut().zip(st) {
                let t = *s * rate;
                *g *= T::ONE - t * t;
            }
        }
        // ∂L/∂z_a = (∂S/∂z_a)ᵀ ∂L/∂S + (∂T/∂z_a)ᵀ ∂L/∂T
        let g_inputs = self.networks.vjp(pass.theta, n, inputs, g_st, g_theta, pass.tape);
        self.split.inputs_vjp(inputs, &g_inputs, g);
        pass.tape.recycle(g_inputs);
    }
}

impl<T: Real> Bijector<T> for AffineCoupling<T> {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.networks.n_params()
    }

    fn n_context(&self) -> usize {
        self.split.n_context()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.networks.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], _constants: &mut [T], rng: &mut Stream) {
        self.networks.init(theta, rng);
    }

    // Records, from the bottom: hidden layers, z_b, [S|T], inputs.
    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        let n = x.nrows();
        let inputs = self.split.inputs(x, pass);
        let st = self.scale_and_shift(pass, n, &inputs);
        let before = Split::gather(x, &self.split.change, pass.tape);
        let (s, t) = st.split_at(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut x.as_mut_slice()[c * n..][..n];
            (T::kernels().affine_forward)(&s[rows.clone()], &t[rows], column, log_det);
        }
        pass.tape.push(before);
        pass.tape.push(st);
        pass.tape.push(inputs);
    }

    // Records, from the bottom: hidden layers, z_b, [S|T], inputs.
    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        let n = x.nrows();
        let inputs = self.split.inputs(x, pass);
        let st = self.scale_and_shift(pass, n, &inputs);
        let (s, t) = st.split_at(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut x.as_mut_slice()[c * n..][..n];
            (T::kernels().affine_inverse)(&s[rows.clone()], &t[rows], column, log_det);
        }
        let after = Split::gather(x, &self.split.change, pass.tape);
        pass.tape.push(after);
        pass.tape.push(st);
        pass.tape.push(inputs);
    }

    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        let n = g.nrows();
        let (inputs, st, before) = (pass.tape.pop(), pass.tape.pop(), pass.tape.pop());
        let mut g_st = pass.tape.take(st.len());
        let (g_s, g_t) = g_st.split_at_mut(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut g.as_mut_slice()[c * n..][..n];
            // ∂L/∂T = ∂L/∂x_b; the kernel gives ∂L/∂S = ∂L/∂x_b ∘ z_b ∘ e^S + ∂L/∂log_det and
            // ∂L/∂z_b = ∂L/∂x_b ∘ e^S.
            g_t[rows.clone()].copy_from_slice(column);
            (T::kernels().affine_forward_vjp)(
                &st[rows.clone()],
                &before[rows.clone()],
                g_log_det,
                column,
                &mut g_s[rows],
            );
        }
        self.networks_vjp(pass, &inputs, &st, &mut g_st, g, g_theta);
        for buffer in [inputs, st, before, g_st] {
            pass.tape.recycle(buffer);
        }
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        let n = g.nrows();
        let (inputs, st, after) = (pass.tape.pop(), pass.tape.pop(), pass.tape.pop());
        let mut g_st = pass.tape.take(st.len());
        let (g_s, g_t) = g_st.split_at_mut(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut g.as_mut_slice()[c * n..][..n];
            // z_b = (x_b − T) ∘ e^{−S}, log_det = −ΣS: ∂L/∂x_b = ∂L/∂z_b ∘ e^{−S},
            // ∂L/∂T = −∂L/∂x_b, ∂L/∂S = −∂L/∂z_b ∘ z_b − ∂L/∂log_det.
            (T::kernels().affine_inverse_vjp)(
                &st[rows.clone()],
                &after[rows.clone()],
                g_log_det,
                column,
                &mut g_s[rows.clone()],
                &mut g_t[rows],
            );
        }
        self.networks_vjp(pass, &inputs, &st, &mut g_st, g, g_theta);
        for buffer in [inputs, st, after, g_st] {
            pass.tape.recycle(buffer);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        false
    }

    fn keeps(&self, supports: &[Support]) -> bool {
        self.split.changes_only(supports, |support| *support == Support::Line)
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    use Activation::{Relu, Silu, Tanh};
    use SplitKind::{EvenOdd, Halves, Particles};
    use Trunk::{Separate, Shared};
    let networks = |hidden: &[usize], trunk, scale_activation, shift_activation, scale_bound| {
        let hidden = hidden.to_vec();
        let default = Architecture::default();
        Architecture { hidden, trunk, scale_activation, shift_activation, scale_bound, ..default }
    };
    let (two, three, five) = (Columns::all(2), Columns::all(3), Columns::all(5));
    // A particle in the plane as the condition of three others, and a coordinate left alone.
    let given = Columns::all(9).in_space(2).given(2..8, 0..2);
    // Circles among what is kept, and two numbers of each row.
    let [line, circle] = [Support::Line, Support::Circle { period: 3.0 }];
    let round = Columns::all(5).on(&[circle, line, circle, line, line]).with_context(2);
    let all = [
        ("2-D, separate tanh", EvenOdd, two, false, networks(&[6, 5], Separate, Tanh, Tanh, 0.0)),
        (
            "5-D halves swapped, shared silu",
            Halves,
            five,
            true,
            networks(&[7], Shared, Silu, Silu, 0.0),
        ),
        (
            "3-D, scale tanh, shift relu",
            EvenOdd,
            three.clone(),
            false,
            networks(&[8, 8], Separate, Tanh, Relu, 0.0),
        ),
        (
            "particles given another, shared, bounded",
            Particles,
            given,
            false,
            networks(&[7, 6], Shared, Silu, Silu, 0.7),
        ),
        ("separate, bounded", Halves, three, true, networks(&[5], Separate, Tanh, Tanh, 2.0)),
        (
            "given circles and a context",
            EvenOdd,
            round,
            false,
            networks(&[6, 6], Separate, Tanh, Silu, 1.5),
        ),
    ];
    let make = |(name, kind, columns, swapped, architecture)| {
        let columns: Columns = columns;
        let layer = AffineCoupling::new(Split::new(kind, &columns, swapped), &architecture);
        (name, Box::new(layer) as Box<dyn Bijector<T>>)
    };
    all.map(make).into()
}
