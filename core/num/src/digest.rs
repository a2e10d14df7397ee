//! A digest of numbers, for comparing runs on different machines.

/// FNV-1a over the little-endian bytes of the values, in order: equal where all bits are.
///
/// ```
/// use boltzflow_num::digest;
///
/// assert_eq!(digest(&[1.0, 2.0]), digest(&[1.0, 2.0]));
/// assert_ne!(digest(&[0.0]), digest(&[-0.0]));
/// ```
#[must_use]
pub fn digest(values: &[f32]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = values.iter().flat_map(|v| v.to_le_bytes());
    bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_published_values() {
        // FNV-1a of no byte, and of four zero bytes.
        assert_eq!(digest(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(&[0.0]), 0x4d25_767f_9dce_13f5);
        assert_ne!(digest(&[0.0]), digest(&[-0.0]));
    }
}
