//! The field's notation for architectures: `R8`, `N10S`, `R4P`.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use super::{
    AdditiveCoupling, AffineCoupling, Bijector, Columns, ExpScaling, Flow, Permutation, Split,
    SplitKind, Trunk,
};
use crate::num::{Activation, Error, Purpose, Real, Result, Stream};

/// Largest number of layers that a notation may ask for.
const MAX_LAYERS: usize = 512;

/// What the letters of a notation do not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Hidden widths of each network.
    pub hidden: Vec<usize>,
    /// Separate or shared networks for S and T.
    pub trunk: Trunk,
    /// Activation of S.
    pub scale_activation: Activation,
    /// Activation of T, and of a shared network.
    pub shift_activation: Activation,
    /// How couplings divide the coordinates.
    pub split: SplitKind,
    /// Bound b of the scales S of affine couplings, S = b·tanh(S̃/b); 0 for none.
    pub scale_bound: f64,
}

impl Default for Architecture {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            trunk: Trunk::Separate,
            scale_activation: Activation::Tanh,
            shift_activation: Activation::Tanh,
            split: SplitKind::EvenOdd,
            scale_bound: 0.0,
        }
    }
}

impl Architecture {
    /// Builds a flow from its notation, read from x to z as in the field: letters with an optional count,
    /// `R` RealNVP block (two affine couplings with exchanged channels), `N` NICE block (two additive
    /// couplings), `S` exp scaling, `P` random permutation (fixed by `seed`).
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for an unknown letter, a count of 0, more than 512 layers, or a
    /// coupling in fewer than 2 dimensions.
    pub fn build<T: Real>(&self, notation: &str, dim: usize, seed: u64) -> Result<Flow<T>> {
        let mut rng = Stream::new(seed, Purpose::Structure, 0, 0);
        let mut layers: Vec<(String, Box<dyn Bijector<T>>)> = Vec::new();
        for (block, letter) in parse(notation)?.into_iter().enumerate() {
            let block = block + 1;
            let mut add = |suffix: &str, layer| {
                layers.push((format!("block{block}{suffix}"), layer));
            };
            match letter {
                'R' | 'N' if dim < 2 => {
                    return Err(Error::setting(
                        "flow",
                        notation,
                        "free of couplings (R, N) for a system with one coordinate",
                    ));
                }
                'R' => {
                    add("b", Box::new(self.affine(dim, true)));
                    add("a", Box::new(self.affine(dim, false)));
                }
                'N' => {
                    add("b", Box::new(self.additive(dim, true)));
                    add("a", Box::new(self.additive(dim, false)));
                }
                'S' => add("", Box::new(ExpScaling::new(dim))),
                _ => add("", Box::new(Permutation::random(dim, &mut rng))),
            }
        }
        let mut flow = Flow::new(dim);
        // The notation starts at x, the chain at z.
        for (name, layer) in layers.into_iter().rev() {
            flow.push(name, layer);
        }
        Ok(flow)
    }

    fn affine(&self, dim: usize, swapped: bool) -> AffineCoupling {
        let coupling = AffineCoupling::new(
            Split::new(self.split, &Columns::all(dim), swapped),
            &self.hidden,
            self.trunk,
            self.scale_activation,
            self.shift_activation,
        );
        if self.scale_bound > 0.0 { coupling.bounded(self.scale_bound) } else { coupling }
    }

    fn additive(&self, dim: usize, swapped: bool) -> AdditiveCoupling {
        let split = Split::new(self.split, &Columns::all(dim), swapped);
        AdditiveCoupling::new(split, &self.hidden, self.shift_activation)
    }
}

/// The letters of a notation, each repeated as often as its count says.
fn parse(notation: &str) -> Result<Vec<char>> {
    let wrong = || {
        Error::setting(
            "flow",
            notation,
            "letters R, N, S, P with optional counts, such as R8 or N10S, and at most 512 layers",
        )
    };
    let mut letters = Vec::new();
    let mut rest = notation.chars().peekable();
    while let Some(letter) = rest.next() {
        if !"RNSP".contains(letter) {
            return Err(wrong());
        }
        let mut digits = String::new();
        while let Some(d) = rest.next_if(char::is_ascii_digit) {
            digits.push(d);
        }
        let count = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| wrong())? };
        if count == 0 || letters.len() + count > MAX_LAYERS {
            return Err(wrong());
        }
        letters.extend(core::iter::repeat_n(letter, count));
    }
    if letters.is_empty() { Err(wrong()) } else { Ok(letters) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_reads_from_x_to_z() {
        let flow = Architecture::default().build::<f32>("R2S", 2, 1).expect("valid");
        let layout = flow.layout();
        assert_eq!(flow.len(), 5);
        assert_eq!(layout.entries()[0].name, "block3/k");
        assert_eq!(layout.entries()[1].name, "block2a/s/w1");
        assert_eq!(layout.len(), flow.n_params());
    }

    #[test]
    fn bad_notations_are_refused() {
        for bad in ["", "Q", "R0", "8R", "R513", "R99999999999999999999", "r2", "R 2"] {
            let error = Architecture::default().build::<f32>(bad, 2, 1).err();
            assert_eq!(error.map(|e| e.code()), Some("invalid-setting"), "{bad}");
        }
        assert!(Architecture::default().build::<f32>("R", 1, 1).is_err());
    }
}
