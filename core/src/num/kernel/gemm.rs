//! The matrix product, written once over [`Register`].
//!
//! The rows of C = op(A)·op(B) are cut into panels of up to `MV` registers. A panel of op(A) is copied so
//! that its rows at one step of the sum are contiguous ("packed"); then tiles of `MV` registers × `NR`
//! columns are summed in registers. op(B) is read in place, one number at a time into all lanes: weights are
//! small and stay in the caches. Every element of C is one chain of multiply-adds in the order of k (one for each
//! [`KC`] of them, the chains added in order), whatever the tile: all tables with fused multiply-add give the same bits.
//! What the caller needs next is fetched into the cache while tiles are summed: training touches megabytes of
//! weights, activations and gradients once a step, and would wait for each of them.

use super::register::{Register, transpose};
use super::slices;
use super::{Finish, Product, Start, Transpose};
use crate::num::real::Real;

/// Length of the part of a sum for which a panel is packed at once.
const KC: usize = 256;
/// Columns or rows up to which Aᵀ·B is not worth a tile.
const THIN: usize = 2;
/// Tiles for which copying the rows of a panel does not pay.
const IN_PLACE_TILES: usize = 16;
/// Bytes of a line of the caches.
const LINE: usize = 64;
/// Bytes that are fetched ahead at most: not more than a second-level cache can keep beside what is in use.
const AHEAD: usize = 1 << 19;
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

/// The lines of memory that are needed next, of which some are fetched with every tile.
struct Ahead<'a, T> {
    lines: &'a [T],
    per_tile: usize,
}

impl<'a, T: Real> Ahead<'a, T> {
    fn new(soon: &'a [T], tiles: usize) -> Self {
        let lines = &soon[..soon.len().min(AHEAD / size_of::<T>())];
        Self { lines, per_tile: size_of_val(lines).div_ceil(LINE).div_ceil(tiles.max(1)) }
    }

    /// Fetches a tile's share.
    #[inline(always)]
    fn fetch(&mut self) {
        let numbers = (self.per_tile * LINE / size_of::<T>()).min(self.lines.len());
        let (now, later) = self.lines.split_at(numbers);
        now.chunks(LINE / size_of::<T>()).for_each(prefetch);
        self.lines = later;
    }
}

/// Asks for the line of memory where a slice begins, where an instruction set has a way to.
#[inline(always)]
fn prefetch<T>(line: &[T]) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint that has no effect, and an instruction that every machine of this target has.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// Where a tile of C lies, and what its sums start from or are added to.
#[derive(Clone, Copy)]
struct Tile<T> {
    c: *mut T,
    stride: usize,
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
    let tiles = blocks * p.m.div_ceil(MV * L) * p.n.div_ceil(NR);
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
            if block + 1 == blocks {
                finish(p, m0, rows, c);
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
    finish(p, 0, p.m, c);
}

/// Applies the finishing function to the rows of a panel, while they are in the cache.
#[inline(always)]
fn finish<T: Real>(p: &Product<'_, T>, m0: usize, rows: usize, c: &mut [T]) {
    let parts = (0..p.n).map(|j| j * p.m + m0..j * p.m + m0 + rows);
    match p.finish {
        Finish::Nothing => {}
        Finish::Activate(kind) => {
            for part in parts {
                slices::activate(kind, &mut c[part]);
            }
        }
        Finish::PullBack(kind, saved) => {
            for part in parts {
                slices::activation_gradient(kind, &saved[part.clone()], &mut c[part]);
            }
        }
    }
}

/// Copies `rows` rows of op(A) for `kc` steps, step by step; rows up to a whole register are zero.
///
/// # Safety
/// As [`gemm`], whose assertions hold for `a` and `pack`.
#[inline(always)]
unsafe fn pack_panel<R: Register<L>, const L: usize>(
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
        ahead.fetch();
        // SAFETY: columns j.. of B, C and the bias exist, as many as the tile is wide.
        unsafe {
            let right = Right { data: right.data.wrapping_add(j * right.column), ..right };
            let tile = Tile {
                c: tile.c.add(j * tile.stride),
                bias: tile.bias.map(|bias| bias.add(j)),
                ..tile
            };
            j += if remaining >= NR {
                sums::<R, L, M, NR>(kc, tail, left, right, tile);
                NR
            } else if remaining >= 4 && NR > 4 {
                sums::<R, L, M, 4>(kc, tail, left, right, tile);
                4
            } else if remaining >= 2 {
                sums::<R, L, M, 2>(kc, tail, left, right, tile);
                2
            } else {
                sums::<R, L, M, 1>(kc, tail, left, right, tile);
                1
            };
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
        if right.step == 1 {
            for q in 0..kc {
                let from = right.data.add(q);
                step::<R, L, M, N>(left.data.add(q * left.step), from, right.column, &mut sum);
            }
        } else {
            for q in 0..kc {
                let from = right.data.add(q * right.step);
                step::<R, L, M, N>(left.data.add(q * left.step), from, 1, &mut sum);
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
