//! Derivatives of rational-quadratic splines, fused in loops over samples, in the symbols of
//! [`super::rational_quadratic`].

use super::rational_quadratic::{
    Bin, Direction, LEAST_BIN, LEAST_SLOPE, Spline, WORK, terms, unit,
};
use crate::num::Real;
use crate::num::kernel::{Body, InstructionSet};

impl Spline {
    /// Given x (for both directions the side before the spline) and ∂L/∂(the image) in `g`, puts ∂L/∂(the
    /// preimage) in its place and ∂L/∂(the network's outputs) into `g_params`.
    pub(super) fn vjp<T: Real>(
        self,
        direction: Direction,
        params: &[T],
        x: &[T],
        g_log_det: &[T],
        g: &mut [T],
        g_params: &mut [T],
        work: &mut [T],
    ) {
        InstructionSet::best().run(Vjp {
            spline: self,
            direction,
            params,
            x,
            g_log_det,
            g,
            g_params,
            work,
        });
    }
}

struct Vjp<'a, T> {
    spline: Spline,
    direction: Direction,
    params: &'a [T],
    x: &'a [T],
    g_log_det: &'a [T],
    g: &'a mut [T],
    g_params: &'a mut [T],
    work: &'a mut [T],
}

impl<T: Real> Body for Vjp<'_, T> {
    type Output = ();

    /// With l = ln y′, both directions need a·∂y/∂π + b·∂l/∂π for each parameter π of the bin:
    ///
    /// * forward, y(x, π): a = ∂L/∂y, b = ∂L/∂log_det, ∂L/∂x = a y′ + b l′;
    /// * inverse, x(y, π) with dx = (dy − ∂y/∂π dπ)/y′ and log_det = −l(x, π): b = −∂L/∂log_det,
    ///   a = −(∂L/∂x + b l′)/y′, ∂L/∂y = −a.
    #[inline(always)]
    fn run(self) {
        let Self { spline, direction, params, x: all, g_log_det, g, g_params, work } = self;
        let n = g_log_det.len();
        let each = spline.n_params() * n;
        let (work, dot) = work.split_at_mut((WORK - 1) * n);
        let columns = params.chunks_exact(each).zip(g_params.chunks_exact_mut(each));
        let samples = all.chunks_exact(n).zip(g.chunks_exact_mut(n));
        for ((params, g_params), (values, g)) in columns.zip(samples) {
            let Bin { index, x, width, y, height, slopes: [p, q] } =
                spline.find(Direction::Forward, params, values, work);
            for i in 0..n {
                let inside = spline.holds(values[i]);
                let (w, h, p_i, q_i) = (width[i], height[i], p[i], q[i]);
                let (s, u) = (h / w, unit((values[i] - x[i]) / w));
                let (v, two) = (T::ONE - u, T::ONE + T::ONE);
                let theta = u * v;
                let (top, bottom, slope) = terms(u, s, p_i, q_i);
                let (to_bottom, to_slope) = (T::ONE / bottom, T::ONE / slope);
                let fraction = top * to_bottom;
                // y_u/h = F_u = sM/E², y′ = s F_u
                let f_u = s * slope * to_bottom * to_bottom;
                // l_u = M_u/M − 2E_u/E, M_u = 2(Qu + s(1−2u) − Pv), E_u = (P + Q − 2s)(1−2u)
                let turn = T::ONE - u - u;
                let m_u = two * (q_i * u + s * turn - p_i * v);
                let e_u = (p_i + q_i - s - s) * turn;
                let l_u = m_u * to_slope - two * e_u * to_bottom;
                let (a, b, back) = match direction {
                    Direction::Forward => {
                        let (a, b) = (g[i], g_log_det[i]);
                        (a, b, (a * h * f_u + b * l_u) / w)
                    }
                    Direction::Inverse => {
                        let b = -g_log_det[i];
                        let a = -(g[i] + b * l_u / w) / (s * f_u);
                        (a, b, -a)
                    }
                };
                let (a, b) = if inside { (a, b) } else { (T::ZERO, T::ZERO) };
                g[i] = if inside { back } else { g[i] };
                // Along u, s, P and Q: F_s = (u² − F(1−2θ))/E, F_P = θ(1 − F)/E, F_Q = −θF/E;
                // l_s = 2/s + 2θ/M − 2(1−2θ)/E, l_P = v²/M − 2θ/E, l_Q = u²/M − 2θ/E.
                let a_h = a * h * to_bottom;
                let along = T::ONE - theta - theta;
                let g_u = a * h * f_u + b * l_u;
                let g_s = a_h * (u * u - fraction * along)
                    + two * b * (T::ONE / s + theta * to_slope - along * to_bottom);
                let both = two * theta * to_bottom;
                // u = (x − x_k)/w and s = h/w: the sums for x_k, w, y_k, h, P, Q take the bin's place.
                x[i] = -g_u / w;
                width[i] = -(g_u * u + g_s * s) / w;
                y[i] = a;
                height[i] = a * fraction + g_s / w;
                p[i] = a_h * theta * (T::ONE - fraction) + b * (v * v * to_slope - both);
                q[i] = b * (u * u * to_slope - both) - a_h * theta * fraction;
            }
            let (widths, rest) = params.split_at(spline.bins * n);
            let (heights, slopes) = rest.split_at(spline.bins * n);
            let (g_widths, rest) = g_params.split_at_mut(spline.bins * n);
            let (g_heights, g_slopes) = rest.split_at_mut(spline.bins * n);
            spline.sizes_back(widths, index, x, width, dot, g_widths);
            spline.sizes_back(heights, index, y, height, dot, g_heights);
            spline.slopes_back(slopes, index, p, q, g_slopes);
        }
    }
}

impl Spline {
    /// The widths before bin k move its start: ∂L/∂w_j = ∂L/∂x_k for j < k, ∂L/∂w for j = k, 0 behind; through
    /// w_j = 2B(m + (1−Km)p_j) and the softmax, ∂L/∂r_j = 2B(1−Km)·p_j(∂L/∂w_j − Σᵢ pᵢ ∂L/∂wᵢ).
    #[inline(always)]
    fn sizes_back<T: Real>(
        self,
        shares: &[T],
        index: &[T],
        g_start: &[T],
        g_size: &[T],
        dot: &mut [T],
        g: &mut [T],
    ) {
        let n = index.len();
        let rate = T::lit(2.0 * self.bound * (1.0 - self.bins as f64 * LEAST_BIN));
        let (g_start, g_size, dot) = (&g_start[..n], &g_size[..n], &mut dot[..n]);
        dot.fill(T::ZERO);
        for (j, (share, g)) in shares.chunks_exact(n).zip(g.chunks_exact_mut(n)).enumerate() {
            let j = T::lit(j as f64);
            for i in 0..n {
                let before = if j < index[i] { g_start[i] } else { T::ZERO };
                g[i] = if j == index[i] { g_size[i] } else { before };
                dot[i] += share[i] * g[i];
            }
        }
        for (share, g) in shares.chunks_exact(n).zip(g.chunks_exact_mut(n)) {
            for i in 0..n {
                g[i] = rate * share[i] * (g[i] - dot[i]);
            }
        }
    }

    /// The slope at inner knot j is Q of bin j and P of bin j + 1; δ = m + ln(1 + e^r) gives ∂δ/∂r = 1 − e^{m − δ}.
    #[inline(always)]
    fn slopes_back<T: Real>(self, slopes: &[T], index: &[T], g_p: &[T], g_q: &[T], g: &mut [T]) {
        let n = index.len();
        let (g_p, g_q) = (&g_p[..n], &g_q[..n]);
        for (j, (slope, g)) in slopes.chunks_exact(n).zip(g.chunks_exact_mut(n)).enumerate() {
            let (bin, next) = (T::lit(j as f64), T::lit(j as f64 + 1.0));
            for i in 0..n {
                let at_end = if index[i] == bin { g_q[i] } else { T::ZERO };
                let g_slope = if index[i] == next { g_p[i] } else { at_end };
                g[i] = g_slope * (T::ONE - (T::lit(LEAST_SLOPE) - slope[i]).exp());
            }
        }
    }
}
