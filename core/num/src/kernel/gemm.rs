//! The matrix product, written once over [`Register`].
//!
//! The rows of C = op(A)·op(B) are cut into panels of up to `MV` registers. A panel of op(A) is copied so
//! that its rows at one step of the sum are contiguous ("packed"); then tiles of `MV` registers × `NR`
//! columns are summed in registers. op(B) is read in place, one number at a time into all lanes: weights are
//! small and stay in the caches. Every element of C is one chain of multiply-adds in the order of k (one for each
//! [`KC`] of them, the chains added in order), whatever the tile: all tables with fused multiply-add give the same bits.
//! What the caller needs next is fetched into the cache while tiles are summed.

use core::slice::from_raw_parts_mut;

use super::ahead::{Ahead, prefetch_to_write};
use super::panel::pack_panel;
use super::register::Register;
use super::slices;
use super::{Finish, Product, Start, Transpose};
use crate::kernel::Real;

/// Length up to which a sum is one chain of multiply-adds: the part for which a panel is packed at once.
pub const CHAIN_LEN: usize = 256;
use CHAIN_LEN as KC;
/// Columns or rows up to which Aᵀ·B is not worth a tile.
const THIN: usize = 2;
/// Tiles for which copying the rows of a panel does not pay.
const IN_PLACE_TILES: usize = 16;
/// Steps of a sum between which memory is fetched ahead.
const STEPS: usize = if cfg!(target_arch = "wasm32") { KC } else { 8 };
/// Largest panel height of any table.
const MAX_ROWS: usize = 48;
/// Work values that a product needs: one packed panel.
pub const PACK_LEN: usize = KC * MAX_ROWS;

/// Where the rows of a panel lie: those of step q start at `data[q·step]`.
#[derive(Clone, Copy)]
struct Left<T> {
    data: *const T,
    step: usize,
}

/// Where op(B) lies: its element (q, j) is `data[q·step + j·column]`.
#[derive(Clone, Copy)]
struct Right<T> {
    data: *const T,
    step: usize,
    column: usize,
}

/// Where a tile of C lies, and what its sums start from or are added to.
#[derive(Clone, Copy)]
struct Tile<T> {
    c: *mut T,
    stride: usize,
    /// Its first row where C is complete after these sums.
    complete: Option<usize>,
    /// True if the sums are added to C.
    add: bool,
    bias: Option<*const T>,
}

/// The product; see [`Product`] for shapes.
///
/// # Safety
/// As the methods of [`Register`].
///
/// # Panics
/// If a slice is shorter than its shape says.
#[inline(always)]
pub(super) unsafe fn gemm<R: Register<L>, const L: usize, const MV: usize, const NR: usize>(
    p: &Product<'_, R::Scalar>,
    a: &[R::Scalar],
    b: &[R::Scalar],
    c: &mut [R::Scalar],
    pack: &mut [R::Scalar],
) {
    const { assert!(MV * L <= MAX_ROWS && MV <= 4) };
    // The pointers below rest on these.
    assert!(a.len() >= p.m * p.k && b.len() >= p.k * p.n && c.len() >= p.m * p.n);
    assert!(pack.len() >= PACK_LEN);
    let bias = match p.start {
        Start::Bias(bias) => {
            assert!(bias.len() >= p.n);
            Some(bias.as_ptr())
        }
        Start::Zero | Start::Add => None,
    };
    if p.transpose == Transpose::Left && p.m.min(p.n) <= THIN {
        return dots(p, a, b, c);
    }
    let blocks = p.k.div_ceil(KC).max(1);
    let tiles = blocks * p.m.div_ceil(MV * L) * p.n.div_ceil(NR) * KC.min(p.k).div_ceil(STEPS);
    let mut ahead = Ahead::new(p.soon, tiles);
    for block in 0..blocks {
        let k0 = block * KC;
        let kc = KC.min(p.k - k0);
        let fresh = block == 0;
        let (step, column) = if p.transpose == Transpose::Right { (p.n, 1) } else { (1, p.k) };
        // At the end of an empty B nothing is read.
        let right = Right { data: b[(k0 * step).min(b.len())..].as_ptr(), step, column };
        let mut next = 0;
        while next < p.m {
            let m0 = next;
            let rows = panel_height::<L, MV>(p.m - m0);
            next += rows;
            // A panel that few tiles use is read in place.
            let packed = p.transpose == Transpose::Left
                || !rows.is_multiple_of(L)
                || p.n > IN_PLACE_TILES * NR;
            let left = if packed {
                // SAFETY: the caller's promise, and the lengths asserted above.
                unsafe { pack_panel::<R, L>(p, a, k0, kc, m0, rows, pack) };
                Left { data: pack.as_ptr(), step: rows.next_multiple_of(L) }
            } else {
                Left { data: a[(k0 * p.m + m0).min(a.len())..].as_ptr(), step: p.m }
            };
            let tile = Tile {
                c: c[m0..].as_mut_ptr(),
                stride: p.m,
                complete: (block + 1 == blocks).then_some(m0),
                add: !fresh || matches!(p.start, Start::Add),
                bias: if fresh { bias } else { None },
            };
            // SAFETY: as above; the panel was packed for this many registers.
            unsafe {
                match rows.div_ceil(L) {
                    1 => panel::<R, L, 1, NR>(p, kc, rows, left, right, tile, &mut ahead),
                    2 if MV >= 2 => {
                        panel::<R, L, 2, NR>(p, kc, rows, left, right, tile, &mut ahead);
                    }
                    3 if MV >= 3 => {
                        panel::<R, L, 3, NR>(p, kc, rows, left, right, tile, &mut ahead);
                    }
                    _ => panel::<R, L, MV, NR>(p, kc, rows, left, right, tile, &mut ahead),
                }
            }
        }
    }
}

/// Rows of the next panel, of those `remaining`: as many registers as there may be, but not so many that a single one is
/// left over, whose tiles would have too few sums to keep the multipliers busy.
#[inline(always)]
fn panel_height<const L: usize, const MV: usize>(remaining: usize) -> usize {
    let registers = remaining.div_ceil(L);
    let height = if MV > 2 && registers == MV + 1 { registers - registers / 2 } else { MV };
    (height * L).min(remaining)
}

/// The product Aᵀ·B column by column, for matrices too thin for tiles: the gradients of the weights of a single input or
/// output.
#[inline(always)]
fn dots<T: Real>(p: &Product<'_, T>, a: &[T], b: &[T], c: &mut [T]) {
    for j in 0..p.n {
        for i in 0..p.m {
            let sum = slices::dot(&a[i * p.k..][..p.k], &b[j * p.k..][..p.k]);
            let c = &mut c[j * p.m + i];
            *c = match p.start {
                Start::Zero => sum,
                Start::Bias(bias) => bias[j] + sum,
                Start::Add => *c + sum,
            };
        }
    }
    finish(p, 0, &mut c[..p.m * p.n]);
}

/// Applies the finishing function to a part of C, which begins at its number `first`.
#[inline(always)]
fn finish<T: Real>(p: &Product<'_, T>, first: usize, part: &mut [T]) {
    match p.finish {
        Finish::Nothing => {}
        Finish::Activate(kind) => slices::activate(kind, part),
        Finish::Vjp(kind, saved) => {
            slices::activation_gradient(kind, &saved[first..first + part.len()], part);
        }
    }
}

/// All tiles of a panel of `M` registers.
///
/// # Safety
/// As [`gemm`]; `pack` holds `kc` steps of `M·L` rows, `tile.c` points at the first column of the panel.
#[inline(always)]
unsafe fn panel<R: Register<L>, const L: usize, const M: usize, const NR: usize>(
    p: &Product<'_, R::Scalar>,
    kc: usize,
    rows: usize,
    left: Left<R::Scalar>,
    right: Right<R::Scalar>,
    tile: Tile<R::Scalar>,
    ahead: &mut Ahead<'_, R::Scalar>,
) {
    // Numbers in the last register of a column.
    let tail = rows - (M - 1) * L;
    let mut j = 0;
    while j < p.n {
        let remaining = p.n - j;
        // SAFETY: columns j.. of B, C and the bias exist, as many as the tile is wide.
        unsafe {
            let right = Right { data: right.data.wrapping_add(j * right.column), ..right };
            let tile = Tile {
                c: tile.c.add(j * tile.stride),
                bias: tile.bias.map(|bias| bias.add(j)),
                ..tile
            };
            let width = if remaining >= NR {
                sums::<R, L, M, NR>(kc, tail, left, right, tile, ahead);
                NR
            } else if remaining >= 4 && NR > 4 {
                sums::<R, L, M, 4>(kc, tail, left, right, tile, ahead);
                4
            } else if remaining >= 2 {
                sums::<R, L, M, 2>(kc, tail, left, right, tile, ahead);
                2
            } else {
                sums::<R, L, M, 1>(kc, tail, left, right, tile, ahead);
                1
            };
            if let Some(m0) = tile.complete {
                for i in 0..width {
                    let column = from_raw_parts_mut(tile.c.add(i * tile.stride), rows);
                    finish(p, (j + i) * p.m + m0, column);
                }
            }
            j += width;
        }
    }
}

/// The sums of one tile of `M` registers × `N` columns; the last register of a column holds `tail` rows.
///
/// # Safety
/// As [`panel`].
#[inline(always)]
unsafe fn sums<R: Register<L>, const L: usize, const M: usize, const N: usize>(
    kc: usize,
    tail: usize,
    left: Left<R::Scalar>,
    right: Right<R::Scalar>,
    tile: Tile<R::Scalar>,
    ahead: &mut Ahead<'_, R::Scalar>,
) {
    // SAFETY: the caller's promise: kc·M·L packed numbers, kc × N numbers of op(B), a tile of C.
    unsafe {
        let mut sum = [[R::splat(R::Scalar::ZERO); M]; N];
        if let Some(bias) = tile.bias {
            for (j, column) in sum.iter_mut().enumerate() {
                *column = [R::splat(*bias.add(j)); M];
            }
        }
        // Two loops, so that one of the strides is known to be 1 in each.
        for block in (0..kc).step_by(STEPS) {
            let steps = block..(block + STEPS).min(kc);
            ahead.fetch();
            // The tile itself will be written at the end, a column of it is asked for with each block.
            let j = block / STEPS;
            if j < N {
                (0..M)
                    .for_each(|i| prefetch_to_write(tile.c.wrapping_add(j * tile.stride + i * L)));
            }
            if right.step == 1 {
                for q in steps {
                    let from = right.data.add(q);
                    step::<R, L, M, N>(left.data.add(q * left.step), from, right.column, &mut sum);
                }
            } else {
                for q in steps {
                    let from = right.data.add(q * right.step);
                    step::<R, L, M, N>(left.data.add(q * left.step), from, 1, &mut sum);
                }
            }
        }
        if tile.add {
            let one = R::splat(R::Scalar::ONE);
            for (j, column) in sum.iter_mut().enumerate() {
                for (i, s) in column.iter_mut().enumerate() {
                    let from = tile.c.add(j * tile.stride + i * L);
                    let before = if i + 1 < M || tail == L {
                        R::load(from)
                    } else {
                        R::load_first(tail, from)
                    };
                    *s = s.mul_add(one, before);
                }
            }
        }
        for (j, column) in sum.into_iter().enumerate() {
            for (i, s) in column.into_iter().enumerate() {
                let to = tile.c.add(j * tile.stride + i * L);
                if i + 1 < M || tail == L {
                    s.store(to);
                } else {
                    s.store_first(tail, to);
                }
            }
        }
    }
}

/// One step of the sums: a column of the panel times `N` numbers of op(B).
///
/// # Safety
/// `M·L` numbers at `a` and `N` numbers `column` apart at `b` are readable.
#[inline(always)]
unsafe fn step<R: Register<L>, const L: usize, const M: usize, const N: usize>(
    a: *const R::Scalar,
    b: *const R::Scalar,
    column: usize,
    sum: &mut [[R; M]; N],
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut rows = [R::load(a); M];
        for (i, row) in rows.iter_mut().enumerate().skip(1) {
            *row = R::load(a.add(i * L));
        }
        for (j, sums) in sum.iter_mut().enumerate() {
            let factor = R::splat(*b.add(j * column));
            for (s, row) in sums.iter_mut().zip(rows) {
                *s = row.mul_add(factor, *s);
            }
        }
    }
}

/// `rounds` multiply-adds in every register of a full tile, with nothing read or written: the most that a product could
/// reach. Returns the number of operations, two for each lane.
///
/// # Safety
/// As the methods of [`Register`].
#[inline(always)]
pub(super) unsafe fn multiply_adds<
    R: Register<L>,
    const L: usize,
    const MV: usize,
    const NR: usize,
>(
    rounds: usize,
) -> f64 {
    use core::hint::black_box;
    // SAFETY: the caller's promise; the sums are written to an array of one register.
    unsafe {
        let factor = R::splat(black_box(R::Scalar::lit(0.5)));
        let addend = R::splat(black_box(R::Scalar::ONE));
        let mut sums = [[addend; MV]; NR];
        for _ in 0..black_box(rounds) {
            for column in &mut sums {
                for s in column {
                    *s = s.mul_add(factor, addend);
                }
            }
        }
        let mut numbers = [R::Scalar::ZERO; L];
        for s in sums.as_flattened() {
            s.store(numbers.as_mut_ptr());
            black_box(&numbers);
        }
    }
    (2 * L * MV * NR * rounds) as f64
}
