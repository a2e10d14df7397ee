//! A panel of op(A), copied so that its rows at one step of a sum are contiguous.

use super::register::{Register, transpose};
use super::{Product, Transpose};
use crate::kernel::Real;

/// Copies `rows` rows of op(A) for `kc` steps, step by step; rows up to a whole register are zero.
///
/// # Safety
/// As the methods of [`Register`]; the rows and steps lie within A, and fit `pack`.
#[inline(always)]
pub(super) unsafe fn pack_panel<R: Register<L>, const L: usize>(
    p: &Product<'_, R::Scalar>,
    a: &[R::Scalar],
    k0: usize,
    kc: usize,
    m0: usize,
    rows: usize,
    pack: &mut [R::Scalar],
) {
    let height = rows.next_multiple_of(L);
    let to = pack.as_mut_ptr();
    if p.transpose == Transpose::Left {
        let blocks = kc - kc % L;
        for i in (0..height).step_by(L) {
            let count = L.min(rows - i);
            for q in (0..blocks).step_by(L) {
                // SAFETY: rows m0+i.. and steps k0+q.. of the block lie within A and the panel.
                unsafe {
                    let from = a.as_ptr().add((m0 + i) * p.k + k0 + q);
                    let mut block = [R::splat(R::Scalar::ZERO); L];
                    for (r, row) in block.iter_mut().enumerate().take(count) {
                        *row = R::load(from.add(r * p.k));
                    }
                    transpose::<R, L>(&mut block);
                    for (s, register) in block.into_iter().enumerate() {
                        register.store(to.add((q + s) * height + i));
                    }
                }
            }
            for q in blocks..kc {
                for r in 0..L {
                    let of = |r| a[(m0 + i + r) * p.k + k0 + q];
                    pack[q * height + i + r] = if r < count { of(r) } else { R::Scalar::ZERO };
                }
            }
        }
        return;
    }
    let whole = rows - rows % L;
    // SAFETY: the rows m0.. of steps k0.. lie within A, and all of them fit the panel.
    unsafe {
        let from = a.as_ptr().add(k0 * p.m + m0);
        match whole / L {
            0 => {}
            1 => copy_rows::<R, L, 1>(kc, from, p.m, to, height),
            2 => copy_rows::<R, L, 2>(kc, from, p.m, to, height),
            3 => copy_rows::<R, L, 3>(kc, from, p.m, to, height),
            _ => copy_rows::<R, L, 4>(kc, from, p.m, to, height),
        }
        if whole < rows {
            for q in 0..kc {
                let rest = R::load_first(rows - whole, from.add(q * p.m + whole));
                rest.store(to.add(q * height + whole));
            }
        }
    }
}

/// Copies `M` registers of rows of `kc` steps.
///
/// # Safety
/// As the methods of [`Register`], for all steps.
#[inline(always)]
unsafe fn copy_rows<R: Register<L>, const L: usize, const M: usize>(
    kc: usize,
    from: *const R::Scalar,
    from_step: usize,
    to: *mut R::Scalar,
    to_step: usize,
) {
    for q in 0..kc {
        // SAFETY: the caller's promise.
        unsafe {
            let (from, to) = (from.add(q * from_step), to.add(q * to_step));
            let mut rows = [R::load(from); M];
            for (i, row) in rows.iter_mut().enumerate().skip(1) {
                *row = R::load(from.add(i * L));
            }
            for (i, row) in rows.into_iter().enumerate() {
                row.store(to.add(i * L));
            }
        }
    }
}
