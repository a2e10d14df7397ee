//! Decimal numbers as texts, read exactly.
//!
//! The standard library reads them faster, by tables of 10 kB that hardly compress: too much for a page, whose texts are
//! short. Both return the nearest f64, so the values are the same.

use alloc::vec;
use alloc::vec::Vec;

/// Bits of the quotient that the rounding is told from: those of an f64, and at least ten more.
const BITS: usize = 64;
/// Powers of ten beyond these are zero or infinite with every mantissa of fewer digits than `MOST_DIGITS`.
const MOST_POWER: i64 = 2000;
const MOST_DIGITS: usize = 1000;

/// The f64 nearest to a decimal text: sign, digits, point and exponent as in `-12.5e-3`. Infinite where it is too large.
/// `None` for anything else.
///
/// ```
/// use boltzflow_num::parse_decimal;
///
/// assert_eq!(parse_decimal("-12.5e-3"), Some(-0.0125));
/// assert_eq!(parse_decimal("12,5"), None);
/// ```
#[must_use]
pub fn parse_decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let value = magnitude(unsigned)?;
    Some(if text.starts_with('-') { -value } else { value })
}

fn magnitude(text: &str) -> Option<f64> {
    let (mantissa, power) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
    let length = whole.len() + fraction.len();
    if length == 0 || length > MOST_DIGITS || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let mut number = vec![0];
    for digit in whole.bytes().chain(fraction.bytes()) {
        scale(&mut number, 10, u64::from(digit - b'0'));
    }
    let power = (power - fraction.len() as i64).clamp(-MOST_POWER, MOST_POWER);
    Some(if power < 0 {
        quotient(number, power.unsigned_abs() as usize)
    } else {
        for _ in 0..power {
            scale(&mut number, 10, 0);
        }
        nearest(&number, 0, false)
    })
}

/// n ← n·factor + summand, in limbs of 32 bits, the lowest first.
fn scale(number: &mut Vec<u32>, factor: u64, summand: u64) {
    let mut carry = summand;
    for limb in number.iter_mut() {
        let value = u64::from(*limb) * factor + carry;
        *limb = value as u32;
        carry = value >> 32;
    }
    if carry > 0 {
        number.push(carry as u32);
    }
}

/// n/10^power.
fn quotient(mut number: Vec<u32>, power: usize) -> f64 {
    // 10^power has less than 4 bits for each power.
    let limbs = (4 * power + BITS).div_ceil(32);
    number.splice(0..0, core::iter::repeat_n(0, limbs));
    // The floor of a quotient's quotient is the floor of the whole.
    let mut rest = false;
    for _ in 0..power {
        let mut remainder = 0;
        for limb in number.iter_mut().rev() {
            let value = (remainder << 32) | u64::from(*limb);
            *limb = (value / 10) as u32;
            remainder = value % 10;
        }
        rest |= remainder > 0;
    }
    nearest(&number, -32 * limbs as i64, rest)
}

/// The f64 nearest to n·2^exponent, a little more if there is a rest; halves go to the even one.
fn nearest(number: &[u32], exponent: i64, rest: bool) -> f64 {
    let Some(top) = number.iter().rposition(|limb| *limb > 0) else { return 0.0 };
    let length = 32 * (top as i64 + 1) - i64::from(number[top].leading_zeros());
    // The lowest bit that an f64 of this size has.
    let lowest = (length + exponent - 53).max(-1074);
    let dropped = lowest - exponent;
    let bit =
        |i: i64| i >= 0 && (number.get(i as usize / 32).copied().unwrap_or(0) >> (i % 32)) & 1 > 0;
    let mut mantissa: u64 = (0..53).fold(0, |sum, i| sum | (u64::from(bit(dropped + i)) << i));
    let below = rest || (0..dropped - 1).any(bit);
    if bit(dropped - 1) && (below || mantissa & 1 > 0) {
        mantissa += 1;
    }
    // A mantissa of 2^53 carries over into the exponent, as the format is made.
    let biased = lowest + 1075;
    match mantissa {
        _ if biased > 2046 || (biased == 2046 && mantissa == 1 << 53) => f64::INFINITY,
        _ if mantissa < 1 << 52 => f64::from_bits(mantissa),
        _ => f64::from_bits(((biased as u64) << 52) + (mantissa - (1 << 52))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_standard_library() {
        let texts = [
            "0",
            "-0",
            "1",
            "-1.5",
            ".5",
            "5.",
            "+3",
            "1e3",
            "1E-3",
            "1.3132616875182228",
            "0.1",
            "0.3",
            "1e22",
            "1e23",
            "9007199254740993",
            "9007199254740992.5",
            "9007199254740993.00000000000000000000000001",
            "123456789012345678901234567890",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "2e400",
            "1e99999",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "4.9e-324",
            "2.5e-324",
            "2.4e-324",
            "1e-400",
            "1e-99999",
            "0e5000",
            "8.5e-320",
            "3.141592653589793238462643383279502884197",
        ];
        for text in texts {
            let expected: f64 = text.parse().unwrap();
            let found = parse_decimal(text).unwrap();
            assert_eq!(found.to_bits(), expected.to_bits(), "{text}: {found:e}, not {expected:e}");
        }
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        for _ in 0..3000 {
            let digits = next();
            let text =
                format!("{}.{}e{}", digits >> (next() % 50), next(), (next() % 660) as i64 - 340);
            let expected: f64 = text.parse().unwrap();
            assert_eq!(parse_decimal(&text).map(f64::to_bits), Some(expected.to_bits()), "{text}");
            // The shortest text of any number leads back to it.
            let number = f64::from_bits(next() << 11 | next() >> 42);
            if number.is_finite() {
                assert_eq!(
                    parse_decimal(&format!("{number:e}")).map(f64::to_bits),
                    Some(number.to_bits())
                );
            }
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "1_000", "inf", "NaN", " 1", "1 ",
            "--1", "1,5", "١",
        ] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
        assert_eq!(parse_decimal(&"1".repeat(MOST_DIGITS + 1)), None);
    }
}
