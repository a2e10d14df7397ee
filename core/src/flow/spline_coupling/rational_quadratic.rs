//! Monotone rational-quadratic splines on a chunk's columns: values, slopes and all derivatives in loops over
//! samples.
//!
//! On a bin of width w and height h that starts at (x_k, y_k), with s = h/w, slopes P and Q at its ends,
//! u = (x − x_k)/w, v = 1 − u and θ = uv (Gregory, Delbourgo, IMA J. Numer. Anal. 2, 123, 1982):
//!
//! $$ y = y_k + h\,N/E, \quad N = s u^2 + P\theta, \quad E = s(1 - 2\theta) + (P + Q)\theta, \qquad
//!    y' = s^2 M/E^2, \quad M = Q u^2 + 2 s \theta + P v^2. $$
//!
//! E and M are sums of positive terms. **Inverse**: with η = (y − y_k)/h and e = P − η(P + Q) the discriminant
//! of the quadratic in u is R² = e² + 4s²η(1 − η), a sum of squares: no rounding makes it negative. Its root is
//! u = 2sη/(e + R + 2sη), and for e < 0, by turning the bin around, v = 2s(1 − η)/(−e + R + 2s(1 − η)):
//! sums of positive terms again.

use crate::num::Real;
use crate::num::kernel::{Body, InstructionSet};

/// Smallest width and height of a bin, relative to the interval (Durkan et al. 2019).
const LEAST_BIN: f64 = 1e-3;
/// Smallest slope at a knot.
const LEAST_SLOPE: f64 = 1e-3;
/// Work columns that a column of samples needs.
const WORK: usize = 10;

/// Splines from [−B, B] onto itself, the identity outside of it, slope 1 at its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spline {
    /// Number of bins.
    pub(super) bins: usize,
    /// B.
    pub(super) bound: f64,
}

/// What is done with the samples of one layer, column by column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// x → y, log_det + ln y′.
    Forward,
    /// y → x, log_det − ln y′.
    Inverse,
}

/// The numbers of one bin for each sample.
struct Bin<'a, T> {
    /// Index of the bin.
    index: &'a mut [T],
    x: &'a mut [T],
    width: &'a mut [T],
    y: &'a mut [T],
    height: &'a mut [T],
    /// P and Q.
    slopes: [&'a mut [T]; 2],
}

impl Spline {
    /// Parameters of a column: widths, heights, slopes at the inner knots.
    pub(super) fn n_params(self) -> usize {
        3 * self.bins - 1
    }

    /// Length of the work buffer for `n` samples.
    pub(super) fn work_len(n: usize) -> usize {
        WORK * n
    }

    /// Sends columns of `n` samples (`values`, one after the other) through their splines. `params` holds
    /// for each column [`Spline::n_params`] columns of `n` outputs of a network; they become what
    /// [`Spline::pull_back`] takes.
    pub(super) fn apply<T: Real>(
        self,
        direction: Direction,
        params: &mut [T],
        values: &mut [T],
        log_det: &mut [T],
        work: &mut [T],
    ) {
        InstructionSet::best().run(Apply {
            spline: self,
            direction,
            params,
            values,
            log_det,
            work,
        });
    }

    /// Given x (for both directions the side before the spline) and ∂L/∂(the image) in `g`, puts ∂L/∂(the
    /// preimage) in its place and ∂L/∂(the network's outputs) into `g_params`.
    pub(super) fn pull_back<T: Real>(
        self,
        direction: Direction,
        params: &[T],
        x: &[T],
        g_log_det: &[T],
        g: &mut [T],
        g_params: &mut [T],
        work: &mut [T],
    ) {
        InstructionSet::best().run(PullBack {
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

    /// Width or height of a bin from its share p: 2B(m + (1 − Km)p).
    #[inline(always)]
    fn size<T: Real>(self, share: T) -> T {
        let rest = 1.0 - self.bins as f64 * LEAST_BIN;
        T::lit(2.0 * self.bound * LEAST_BIN) + T::lit(2.0 * self.bound * rest) * share
    }

    /// Outputs of a network become shares p = softmax (widths, then heights) and slopes
    /// δ = m + ln(1 + e^{r + c}), where c makes δ = 1 at r = 0.
    #[inline(always)]
    fn normalise<T: Real>(self, params: &mut [T], n: usize, work: &mut [T]) {
        let (widths, rest) = params.split_at_mut(self.bins * n);
        let (heights, slopes) = rest.split_at_mut(self.bins * n);
        for shares in [widths, heights] {
            let (largest, rest) = work.split_at_mut(n);
            let total = &mut rest[..n];
            largest.copy_from_slice(&shares[..n]);
            for column in shares.chunks_exact(n) {
                for (l, r) in largest.iter_mut().zip(column) {
                    *l = l.larger(*r);
                }
            }
            total.fill(T::ZERO);
            for column in shares.chunks_exact_mut(n) {
                for ((r, l), t) in column.iter_mut().zip(&*largest).zip(total.iter_mut()) {
                    *r = (*r - *l).exp();
                    *t += *r;
                }
            }
            for column in shares.chunks_exact_mut(n) {
                for (r, t) in column.iter_mut().zip(&*total) {
                    *r = *r / *t;
                }
            }
        }
        let offset = T::lit(Real::ln(Real::exp(1.0 - LEAST_SLOPE) - 1.0));
        for r in slopes {
            let r_c = *r + offset;
            let softplus = r_c.larger(T::ZERO) + (T::ONE + (-r_c.abs()).exp()).ln();
            *r = T::lit(LEAST_SLOPE) + softplus;
        }
    }

    /// The bin of each sample: the last one that starts at or below its value, else the first.
    #[inline(always)]
    fn find<'a, T: Real>(
        self,
        direction: Direction,
        params: &[T],
        values: &[T],
        work: &'a mut [T],
    ) -> Bin<'a, T> {
        let n = values.len();
        let mut columns = work.chunks_exact_mut(n);
        let [left, low, index, x, width, y, height, first, second]: [&mut [T]; 9] =
            core::array::from_fn(|_| columns.next().unwrap_or_default());
        left.fill(T::lit(-self.bound));
        low.fill(T::lit(-self.bound));
        for k in 0..self.bins {
            let w = &params[k * n..][..n];
            let h = &params[(self.bins + k) * n..][..n];
            // The slopes at the outer knots are 1, those at inner ones parameters.
            let knot = |k: usize| {
                let inner = k > 0 && k < self.bins;
                inner.then(|| &params[(2 * self.bins + k - 1) * n..][..n])
            };
            let (p, q) = (knot(k), knot(k + 1));
            for i in 0..n {
                let edge = match direction {
                    Direction::Forward => left[i],
                    Direction::Inverse => low[i],
                };
                let (w, h) = (self.size(w[i]), self.size(h[i]));
                if k == 0 || values[i] >= edge {
                    index[i] = T::lit(k as f64);
                    (x[i], width[i]) = (left[i], w);
                    (y[i], height[i]) = (low[i], h);
                    first[i] = p.map_or(T::ONE, |p| p[i]);
                    second[i] = q.map_or(T::ONE, |q| q[i]);
                }
                left[i] += w;
                low[i] += h;
            }
        }
        Bin { index, x, width, y, height, slopes: [first, second] }
    }

    /// True inside the interval; false for NaN, which passes through.
    #[inline(always)]
    fn holds<T: Real>(self, value: T) -> bool {
        value > T::lit(-self.bound) && value < T::lit(self.bound)
    }
}

/// The number nearest to `value` in [0, 1].
#[inline(always)]
fn unit<T: Real>(value: T) -> T {
    let value = if value > T::ONE { T::ONE } else { value };
    if value < T::ZERO { T::ZERO } else { value }
}

/// (N, E, M) at u.
#[inline(always)]
fn terms<T: Real>(u: T, s: T, p: T, q: T) -> (T, T, T) {
    let v = T::ONE - u;
    let theta = u * v;
    let two_theta = theta + theta;
    (
        s * u * u + p * theta,
        s * (T::ONE - two_theta) + (p + q) * theta,
        q * u * u + s * two_theta + p * v * v,
    )
}

/// u of a relative height η.
#[inline(always)]
fn root<T: Real>(eta: T, s: T, p: T, q: T) -> T {
    let e = p - eta * (p + q);
    let (two_s, rest) = (s + s, T::ONE - eta);
    let r = (e * e + two_s * two_s * eta * rest).sqrt();
    let turned = e < T::ZERO;
    let part = two_s * if turned { rest } else { eta };
    let u = part / (e.abs() + r + part);
    if turned { T::ONE - u } else { u }
}

struct Apply<'a, T> {
    spline: Spline,
    direction: Direction,
    params: &'a mut [T],
    values: &'a mut [T],
    log_det: &'a mut [T],
    work: &'a mut [T],
}

impl<T: Real> Body for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { spline, direction, params, values, log_det, work } = self;
        let n = log_det.len();
        let columns = params.chunks_exact_mut(spline.n_params() * n);
        for (params, values) in columns.zip(values.chunks_exact_mut(n)) {
            spline.normalise(params, n, work);
            let Bin { x, width, y, height, slopes: [p, q], .. } =
                spline.find(direction, params, values, work);
            for i in 0..n {
                let (value, s) = (values[i], height[i] / width[i]);
                let (u, image) = match direction {
                    Direction::Forward => (unit((value - x[i]) / width[i]), T::ZERO),
                    Direction::Inverse => {
                        let u = root(unit((value - y[i]) / height[i]), s, p[i], q[i]);
                        (u, x[i] + width[i] * u)
                    }
                };
                let (top, bottom, slope) = terms(u, s, p[i], q[i]);
                let ratio = s / bottom;
                // ln y′ = ln(M (s/E)²)
                let log_slope = (slope * ratio * ratio).ln();
                let (image, log_slope) = match direction {
                    Direction::Forward => (y[i] + height[i] * (top / bottom), log_slope),
                    Direction::Inverse => (image, -log_slope),
                };
                if spline.holds(value) {
                    values[i] = image;
                    log_det[i] += log_slope;
                }
            }
        }
    }
}

struct PullBack<'a, T> {
    spline: Spline,
    direction: Direction,
    params: &'a [T],
    x: &'a [T],
    g_log_det: &'a [T],
    g: &'a mut [T],
    g_params: &'a mut [T],
    work: &'a mut [T],
}

impl<T: Real> Body for PullBack<'_, T> {
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
