//! Monotone rational-quadratic splines on a chunk's columns: values and slopes in loops over samples.
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
pub(super) const LEAST_BIN: f64 = 1e-3;
/// Smallest slope at a knot.
pub(super) const LEAST_SLOPE: f64 = 1e-3;
/// Work columns that a column of samples needs.
pub(super) const WORK: usize = 10;

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
pub(super) struct Bin<'a, T> {
    /// Index of the bin.
    pub(super) index: &'a mut [T],
    pub(super) x: &'a mut [T],
    pub(super) width: &'a mut [T],
    pub(super) y: &'a mut [T],
    pub(super) height: &'a mut [T],
    /// P and Q.
    pub(super) slopes: [&'a mut [T]; 2],
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
    /// [`Spline::vjp`] takes.
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
    pub(super) fn find<'a, T: Real>(
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
    pub(super) fn holds<T: Real>(self, value: T) -> bool {
        value > T::lit(-self.bound) && value < T::lit(self.bound)
    }
}

/// The number nearest to `value` in [0, 1].
#[inline(always)]
pub(super) fn unit<T: Real>(value: T) -> T {
    let value = if value > T::ONE { T::ONE } else { value };
    if value < T::ZERO { T::ZERO } else { value }
}

/// (N, E, M) at u.
#[inline(always)]
pub(super) fn terms<T: Real>(u: T, s: T, p: T, q: T) -> (T, T, T) {
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
