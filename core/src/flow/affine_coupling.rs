//! Affine coupling (RealNVP).

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Conditioner, Split, SplitKind, Trunk};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Real, Stream, Tape};

/// x_b = z_b ∘ e^{S(z_a)} + T(z_a), x_a = z_a; log|det ∂x/∂z| = Σ S
/// (Dinh, Sohl-Dickstein, Bengio, ICLR 2017).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffineCoupling {
    split: Split,
    networks: Conditioner,
}

impl AffineCoupling {
    /// A coupling whose networks S and T have the given hidden widths and activations (the shared
    /// network has that of T).
    #[must_use]
    pub fn new(
        split: Split,
        hidden: &[usize],
        trunk: Trunk,
        scale: Activation,
        shift: Activation,
    ) -> Self {
        let networks = Conditioner::scale_and_shift(
            trunk,
            split.keep.len(),
            hidden,
            split.change.len(),
            scale,
            shift,
        );
        Self { split, networks }
    }

    /// Number of changed values of `n` samples: length of S and of T.
    fn changed(&self, n: usize) -> usize {
        n * self.split.change.len()
    }
}

impl<T: Real> Bijector<T> for AffineCoupling {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.networks.n_params()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.networks.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], rng: &mut Stream) {
        self.networks.init(theta, rng);
    }

    // Records, from the bottom: hidden layers, z_b, [S|T], z_a.
    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        let n = x.nrows();
        let kept = Split::gather(x, &self.split.keep, tape);
        let st = self.networks.forward(theta, n, &kept, tape);
        let before = Split::gather(x, &self.split.change, tape);
        let (s, t) = st.split_at(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut x.as_mut_slice()[c * n..][..n];
            (T::kernels().affine_forward)(&s[rows.clone()], &t[rows], column, log_det);
        }
        tape.push(before);
        tape.push(st);
        tape.push(kept);
    }

    // Records, from the bottom: hidden layers, z_b, [S|T], z_a.
    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        let n = x.nrows();
        let kept = Split::gather(x, &self.split.keep, tape);
        let st = self.networks.forward(theta, n, &kept, tape);
        let (s, t) = st.split_at(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut x.as_mut_slice()[c * n..][..n];
            (T::kernels().affine_inverse)(&s[rows.clone()], &t[rows], column, log_det);
        }
        let after = Split::gather(x, &self.split.change, tape);
        tape.push(after);
        tape.push(st);
        tape.push(kept);
    }

    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let (kept, st, before) = (tape.pop(), tape.pop(), tape.pop());
        let mut g_st = tape.take(st.len());
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
        // ∂L/∂z_a += (∂S/∂z_a)ᵀ ∂L/∂S + (∂T/∂z_a)ᵀ ∂L/∂T
        let g_kept = self.networks.vjp(theta, n, &kept, &g_st, g_theta, tape);
        Split::scatter_add(&g_kept, &self.split.keep, g);
        for buffer in [kept, st, before, g_st, g_kept] {
            tape.recycle(buffer);
        }
    }

    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let (kept, st, after) = (tape.pop(), tape.pop(), tape.pop());
        let mut g_st = tape.take(st.len());
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
        let g_kept = self.networks.vjp(theta, n, &kept, &g_st, g_theta, tape);
        Split::scatter_add(&g_kept, &self.split.keep, g);
        for buffer in [kept, st, after, g_st, g_kept] {
            tape.recycle(buffer);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        false
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let make = |kind, dim, swapped, hidden: &[usize], trunk, scale, shift| {
        let split = Split::new(kind, dim, swapped);
        Box::new(AffineCoupling::new(split, hidden, trunk, scale, shift)) as Box<dyn Bijector<T>>
    };
    use Activation::{Relu, Silu, Tanh};
    vec![
        (
            "2-D, separate tanh",
            make(SplitKind::EvenOdd, 2, false, &[6, 5], Trunk::Separate, Tanh, Tanh),
        ),
        (
            "5-D halves swapped, shared silu",
            make(SplitKind::Halves, 5, true, &[7], Trunk::Shared, Silu, Silu),
        ),
        (
            "3-D, scale tanh, shift relu",
            make(SplitKind::EvenOdd, 3, false, &[8, 8], Trunk::Separate, Tanh, Relu),
        ),
    ]
}
