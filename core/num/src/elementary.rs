//! Elementary functions that give the same bits on every platform with the same arithmetic.
//!
//! All are free of branches on the value (comparisons become selects), so that loops over them
//! vectorise. NaN in gives NaN out. Coefficients of the tanh and logarithm kernels: Cephes
//! (Moshier, 1989) and fdlibm (Sun Microsystems, 1993); the exponential is a Taylor polynomial on
//! |r| ≤ ln2/2, whose remainder is below the last bit.

#![allow(clippy::excessive_precision)] // coefficients as published

/// Rounds to the nearest integer by adding and subtracting 1.5·2^52; the low bits of the sum hold the integer.
const SHIFT64: f64 = 6_755_399_441_055_744.0;
const SHIFT32: f32 = 12_582_912.0;

/// 2^k for the integer in the low bits of `k + SHIFT64`, −1022 ≤ k ≤ 1023.
#[inline(always)]
fn power_of_two_64(shifted: f64) -> f64 {
    f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52))
}

#[inline(always)]
fn power_of_two_32(shifted: f32) -> f32 {
    f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// e^x in f64: x = k·ln2 + r, e^x = 2^k·e^r.
#[inline(always)]
pub(super) fn exp64(x: f64) -> f64 {
    const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-1;
    const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let shifted = x * core::f64::consts::LOG2_E + SHIFT64;
    let k = shifted - SHIFT64;
    let r = (x - k * LN2_HI) - k * LN2_LO;
    let mut p = 1.0 / 6_227_020_800.0;
    p = p * r + 1.0 / 479_001_600.0;
    p = p * r + 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    let e = 1.0 + (r + r * r * p);
    // Two factors, so that the result may be subnormal or infinite although each factor is normal.
    let half_shifted = k * 0.5 + SHIFT64;
    let rest_shifted = (k - (half_shifted - SHIFT64)) + SHIFT64;
    e * power_of_two_64(half_shifted) * power_of_two_64(rest_shifted)
}

/// x = k·ln2 + r with |r| ≤ ln2/2: k as the low bits of k + [`SHIFT32`], and e^r − 1 by a polynomial whose largest
/// relative error is 1.4·10⁻⁸ (least squares, weights moved until the error was even).
#[inline(always)]
fn reduced32(x: f32) -> (f32, f32) {
    const LN2_HI: f32 = 0.693_359_375;
    const LN2_LO: f32 = -2.121_944_4e-4;
    let shifted = x * core::f32::consts::LOG2_E + SHIFT32;
    let k = shifted - SHIFT32;
    let r = (x - k * LN2_HI) - k * LN2_LO;
    let mut p = 1.394_656_95e-3;
    p = p * r + 8.366_610_48e-3;
    p = p * r + 4.166_628_06e-2;
    p = p * r + 1.666_654_28e-1;
    p = p * r + 5.000_000_06e-1;
    (shifted, r + r * r * p)
}

/// e^x in f32, as [`exp64`].
#[inline(always)]
pub(super) fn exp32(x: f32) -> f32 {
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -105.0 { -105.0 } else { x };
    let (shifted, p) = reduced32(x);
    let e = 1.0 + p;
    let k = shifted - SHIFT32;
    let half_shifted = k * 0.5 + SHIFT32;
    let rest_shifted = (k - (half_shifted - SHIFT32)) + SHIFT32;
    e * power_of_two_32(half_shifted) * power_of_two_32(rest_shifted)
}

/// tanh x in f64: x + x³P(x²)/Q(x²) below 0.625, else ±(1 − 2/(e^{2|x|} + 1)).
#[inline(always)]
pub(super) fn tanh64(x: f64) -> f64 {
    let z = x * x;
    let p = (-9.643_991_794_250_522_386_28e-1 * z - 9.928_772_310_019_185_865_64e1) * z
        - 1.614_687_684_417_084_479_52e3;
    let q = ((z + 1.128_116_784_916_329_314_02e2) * z + 2.235_488_390_601_004_485_83e3) * z
        + 4.844_063_053_251_254_860_48e3;
    let small = x + x * z * p / q;
    let large = 1.0 - 2.0 / (exp64(2.0 * x.abs()) + 1.0);
    if x.abs() < 0.625 { small } else { large.copysign(x) }
}

/// tanh x in f32 = ±(1 − u)/(1 + u) with u = e^{−2|x|} = 2^k(1 − m), |x| = r − k·½ln2 and m = 1 − e^{−2r} by a
/// polynomial: 1 − u = (1 − 2^k) + 2^k·m has no cancellation near 0, and 1 + u is close to 2 where rounding would show.
/// Coefficients by least squares, then moved until the largest error over all x was below two units in the last place.
/// Beyond 9.1 it is 1 to the last bit.
#[inline(always)]
pub(super) fn tanh32(x: f32) -> f32 {
    const HALF_LN2: f32 = 0.5 * core::f32::consts::LN_2;
    let a = x.abs();
    let a = if a > 9.1 { 9.1 } else { a };
    let shifted = a * (-2.0 * core::f32::consts::LOG2_E) + SHIFT32;
    let r = a + (shifted - SHIFT32) * HALF_LN2;
    let mut p = 8.926_546_6e-2;
    p = p * r - 2.677_358_0e-1;
    p = p * r + 6.666_583_4e-1;
    p = p * r - 1.333_324_8;
    p = p * r + 2.000_000_2;
    let m = (r + r) - (r * r) * p;
    let scale = power_of_two_32(shifted);
    let scaled = scale * m;
    (((1.0 - scale) + scaled) / ((1.0 + scale) - scaled)).copysign(x)
}

/// Natural logarithm in f64: x = 2^k·(1+f) with √½ ≤ 1+f < √2, s = f/(2+f),
/// ln(1+f) = f − f²/2 + s(f²/2 + R(s²)).
#[inline(always)]
pub(super) fn ln64(x: f64) -> f64 {
    const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-1;
    const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;
    // Subnormals are scaled up by 2^54 first.
    let subnormal = x < f64::MIN_POSITIVE;
    let scaled = if subnormal { x * 18_014_398_509_481_984.0 } else { x };
    let offset = if subnormal { 1023.0 + 54.0 } else { 1023.0 };
    // Adding the bits of 1 − √½ makes the mantissa roll over at √2.
    let bits = scaled.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd);
    // The exponent as a float: its bits set as the mantissa of 2^52.
    let k = f64::from_bits((bits >> 52) | 0x4330_0000_0000_0000) - 4_503_599_627_370_496.0 - offset;
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(0x3fe6_a09e_667f_3bcd));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut r = 1.479_819_860_511_658_591e-1;
    r = r * z + 1.531_383_769_920_937_332e-1;
    r = r * z + 1.818_357_216_161_805_012e-1;
    r = r * z + 2.222_219_843_214_978_396e-1;
    r = r * z + 2.857_142_874_366_239_149e-1;
    r = r * z + 3.999_999_999_940_941_908e-1;
    r = r * z + 6.666_666_666_666_735_130e-1;
    let half_square = 0.5 * f * f;
    let value = k * LN2_HI - ((half_square - (s * (half_square + r * z) + k * LN2_LO)) - f);
    let value = if x == f64::INFINITY { x } else { value };
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    // Negative numbers and NaN.
    if x >= 0.0 { value } else { f64::NAN }
}

/// The angle of (x, y) from the positive x axis: of the smaller of |x|, |y| over the larger, t ≤ 1, or, beyond 0.66, of
/// (t − 1)/(t + 1), by the rational approximation of Moshier (Cephes, `atan.c`); then mirrored into its octant.
#[inline(always)]
pub(super) fn atan2(y: f64, x: f64) -> f64 {
    use core::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};
    /// What the rounding of π/2 leaves out.
    const LOW: f64 = 6.123_233_995_736_766e-17;
    let (ax, ay) = (x.abs(), y.abs());
    let steep = ay > ax;
    let (small, large) = if steep { (ax, ay) } else { (ay, ax) };
    let beyond = small > 0.66 * large;
    let numerator = if beyond { small - large } else { small };
    let denominator = if beyond { small + large } else { large };
    // The origin has the angle 0.
    let denominator = if denominator == 0.0 { 1.0 } else { denominator };
    let t = numerator / denominator;
    let z = t * t;
    let mut p = -8.750_608_600_031_904_122_785e-1;
    p = p * z - 1.615_753_718_733_365_076_637e1;
    p = p * z - 7.500_855_792_314_704_667_340e1;
    p = p * z - 1.228_866_684_490_136_173_410e2;
    p = p * z - 6.485_021_904_942_025_371_773e1;
    let mut q = z + 2.485_846_490_142_306_297_962e1;
    q = q * z + 1.650_270_098_316_988_542_046e2;
    q = q * z + 4.328_810_604_912_902_668_951e2;
    q = q * z + 4.853_903_996_359_136_964_868e2;
    q = q * z + 1.945_506_571_482_613_964_425e2;
    let a = t * (z * p / q) + t;
    // Each turn is added with what its rounding left out; the small parts first.
    let a = if beyond { FRAC_PI_4 + (a + 0.5 * LOW) } else { a };
    let a = if steep { FRAC_PI_2 - (a - LOW) } else { a };
    let a = if x < 0.0 { PI - (a - 2.0 * LOW) } else { a };
    if y < 0.0 { -a } else { a }
}

/// (sin 2πt, cos 2πt) for 0 ≤ t ≤ 1: the nearest quarter turn is taken off exactly.
///
/// ```
/// assert_eq!(boltzflow_num::sin_cos_turns(0.25), (1.0, 0.0));
/// ```
#[must_use]
pub fn sin_cos_turns(t: f64) -> (f64, f64) {
    let quarters = 4.0 * t;
    let q = (quarters + SHIFT64) - SHIFT64;
    let r = (quarters - q) * core::f64::consts::FRAC_PI_2;
    let z = r * r;
    let mut s = 1.589_690_995_211_550_102_21e-10;
    s = s * z - 2.505_076_025_340_686_341_95e-8;
    s = s * z + 2.755_731_370_707_006_767_89e-6;
    s = s * z - 1.984_126_982_985_794_931_34e-4;
    s = s * z + 8.333_333_333_322_489_461_24e-3;
    s = s * z - 1.666_666_666_666_663_243_48e-1;
    let s = r + r * z * s;
    let mut c = -1.135_964_755_778_819_482_65e-11;
    c = c * z + 2.087_572_321_298_174_827_90e-9;
    c = c * z - 2.755_731_435_139_066_330_35e-7;
    c = c * z + 2.480_158_728_947_672_941_78e-5;
    c = c * z - 1.388_888_888_887_410_957_49e-3;
    c = c * z + 4.166_666_666_666_660_190_37e-2;
    let c = 1.0 - 0.5 * z + z * z * c;
    match q as i64 & 3 {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

/// √x, correctly rounded.
#[inline(always)]
pub(super) fn sqrt64(x: f64) -> f64 {
    #[cfg(feature = "std")]
    {
        x.sqrt()
    }
    #[cfg(not(feature = "std"))]
    {
        nalgebra::ComplexField::sqrt(x)
    }
}

/// √x in f32, correctly rounded.
#[inline(always)]
pub(super) fn sqrt32(x: f32) -> f32 {
    #[cfg(feature = "std")]
    {
        x.sqrt()
    }
    #[cfg(not(feature = "std"))]
    {
        nalgebra::ComplexField::sqrt(x)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    /// Distance in units in the last place of the reference.
    fn ulp64(value: f64, reference: f64) -> f64 {
        let ulp = f64::from_bits(reference.abs().to_bits() + 1) - reference.abs();
        (value - reference).abs() / ulp
    }
    fn ulp32(value: f32, reference: f64) -> f64 {
        let r = (reference as f32).abs();
        let ulp = f64::from(f32::from_bits(r.to_bits() + 1)) - f64::from(r);
        (f64::from(value) - reference).abs() / ulp
    }

    /// Every number of a range, or every 61st where optimisation is off.
    fn worst32(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64, from: f32, to: f32) -> f64 {
        let step = if cfg!(debug_assertions) { 61 } else { 1 };
        let numbers = (from.to_bits()..to.to_bits()).step_by(step).map(f32::from_bits);
        numbers.map(|x| ulp32(f(x), exact(f64::from(x)))).fold(0.0, f64::max)
    }

    #[test]
    fn single_precision_is_within_two_units_everywhere() {
        let worst = [
            worst32(tanh32, f64::tanh, 1e-3, 10.0),
            worst32(exp32, f64::exp, 1e-3, 88.0),
            worst32(|x| exp32(-x), |x| (-x).exp(), 1e-3, 87.0),
        ];
        assert!(worst.iter().all(|w| *w <= 2.0), "tanh, e^x, e^-x: {worst:?} ulp");
        let small = (-40..-9).map(|e| 1.7 * 2.0_f32.powi(e));
        assert!(small.into_iter().all(|x| ulp32(tanh32(x), f64::from(x).tanh()) <= 2.0));
    }

    #[test]
    fn within_two_units_in_the_last_place_of_std() {
        let mut worst = [0.0_f64; 5];
        for i in 0..400_000_i32 {
            let x = f64::from(i - 200_000) * 3.3e-4 + 1e-7;
            worst[0] = worst[0].max(ulp64(exp64(x), x.exp()));
            worst[1] = worst[1].max(ulp64(tanh64(x), x.tanh()));
            worst[2] = worst[2].max(ulp64(ln64(x.exp()), x.exp().ln()));
            let y = x as f32;
            worst[3] = worst[3].max(ulp32(exp32(y), f64::from(y).exp()));
            worst[4] = worst[4].max(ulp32(tanh32(y), f64::from(y).tanh()));
        }
        for (name, w) in ["exp64", "tanh64", "ln64", "exp32", "tanh32"].iter().zip(worst) {
            assert!(w <= 2.0, "{name}: {w} ulp");
        }
    }

    #[test]
    fn extremes_and_nan_pass_through() {
        assert_eq!(exp64(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp64(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp32(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp32(-200.0), 0.0);
        assert!(exp64(-740.0) > 0.0, "subnormal result");
        assert!(exp64(f64::NAN).is_nan() && exp32(f32::NAN).is_nan());
        assert!(tanh64(f64::NAN).is_nan() && tanh32(f32::NAN).is_nan());
        assert_eq!(tanh64(f64::INFINITY), 1.0);
        assert_eq!(tanh32(f32::NEG_INFINITY), -1.0);
        assert_eq!(ln64(0.0), f64::NEG_INFINITY);
        assert_eq!(ln64(f64::INFINITY), f64::INFINITY);
        assert!(ln64(-1.0).is_nan() && ln64(f64::NAN).is_nan());
        assert!(ulp64(ln64(1e-310), 1e-310_f64.ln()) <= 2.0);
    }

    #[test]
    fn angles_are_within_two_units_of_std_and_never_nan() {
        let mut worst = 0.0_f64;
        for i in 0..400_000_i32 {
            let angle = f64::from(i - 200_000) * 1.570_8e-5;
            let length = 0.1 + f64::from(i % 97);
            let (y, x) = (length * angle.sin(), length * angle.cos());
            worst = worst.max(ulp64(atan2(y, x), y.atan2(x)));
        }
        for exponent in -300..300 {
            let small = 1.7 * 10.0_f64.powi(exponent);
            for (y, x) in [(small, 1.0), (1.0, small), (-small, -1.0), (-1.0, -small)] {
                worst = worst.max(ulp64(atan2(y, x), y.atan2(x)));
            }
        }
        assert!(worst <= 2.0, "{worst} ulp");
        assert_eq!(atan2(0.0, 0.0), 0.0);
        assert_eq!(atan2(0.0, -2.0), core::f64::consts::PI);
        assert!(atan2(f64::NAN, 1.0).is_nan() && atan2(1.0, f64::NAN).is_nan());
    }

    #[test]
    fn turns_agree_with_std() {
        for i in 0..=10_000 {
            let t = f64::from(i) / 10_000.0;
            let (s, c) = sin_cos_turns(t);
            let (rs, rc) = (core::f64::consts::TAU * t).sin_cos();
            assert!((s - rs).abs() < 1e-15 && (c - rc).abs() < 1e-15, "t = {t}");
        }
    }
}
