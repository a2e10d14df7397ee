//! Vectors of three lanes, and where an atom's are in a configuration.

use std::array::from_fn;

use boltzflow::num::Lanes;

/// x, y, z.
pub(crate) type Vector<L> = [L; 3];

/// The position of an atom.
#[inline(always)]
pub(crate) fn position<L: Lanes>(x: &[L], atom: u32) -> Vector<L> {
    let at = 3 * atom as usize;
    [x[at], x[at + 1], x[at + 2]]
}

/// Adds to the gradient of an atom.
#[inline(always)]
pub(crate) fn add<L: Lanes>(gradient: &mut [L], atom: u32, v: Vector<L>) {
    let at = 3 * atom as usize;
    for (k, v) in v.into_iter().enumerate() {
        gradient[at + k] += v;
    }
}

#[inline(always)]
pub(crate) fn minus<L: Lanes>(a: Vector<L>, b: Vector<L>) -> Vector<L> {
    from_fn(|k| a[k] - b[k])
}

#[inline(always)]
pub(crate) fn plus<L: Lanes>(a: Vector<L>, b: Vector<L>) -> Vector<L> {
    from_fn(|k| a[k] + b[k])
}

#[inline(always)]
pub(crate) fn times<L: Lanes>(factor: L, a: Vector<L>) -> Vector<L> {
    a.map(|a| factor * a)
}

#[inline(always)]
pub(crate) fn dot<L: Lanes>(a: Vector<L>, b: Vector<L>) -> L {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline(always)]
pub(crate) fn cross<L: Lanes>(a: Vector<L>, b: Vector<L>) -> Vector<L> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
