//! The field's notation for architectures: `R8`, `N10S`, `R4P`.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use super::{
    AdditiveCoupling, AffineCoupling, Bijector, Columns, ExpScaling, Flow, PairFrame, Permutation,
    SplineCoupling, Split, SplitKind, Trunk, Whitening, WhiteningKind,
};
use crate::num::{Activation, Error, Purpose, Real, Result, Stream};

/// Largest number of layers that a notation may ask for.
const MAX_LAYERS: usize = 512;
/// Largest number of parameters of a flow: a gigabyte in single precision.
const MAX_PARAMETERS: usize = 1 << 28;
/// Largest dimension of a whitening, whose matrices have its square of numbers.
const MAX_WHITENED: usize = 1 << 14;
/// Largest number of coordinates in all layers together, each of which keeps a list of those it changes.
const MAX_COLUMNS: usize = 1 << 20;

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
    /// Number of bins of spline couplings.
    pub bins: usize,
    /// Spline couplings act on [−B, B] and leave what is outside of it alone.
    pub tail_bound: f64,
    /// Which square root of the covariance whitenings take.
    pub whitening: WhiteningKind,
    /// Degree of the mean of whitenings as a polynomial in the coordinate of the pair.
    pub mean_degree: usize,
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
            bins: 8,
            tail_bound: 5.0,
            whitening: WhiteningKind::Zca,
            mean_degree: 4,
        }
    }
}

impl Architecture {
    /// [`Architecture::build_in_space`] for coordinates that are no particles.
    ///
    /// # Errors
    /// As there.
    pub fn build<T: Real>(&self, notation: &str, dim: usize, seed: u64) -> Result<Flow<T>> {
        self.build_in_space(notation, dim, 1, seed)
    }

    /// Builds a flow from its notation, read from x to z as in the field: letters with an optional count.
    ///
    /// | letter | layers |
    /// |---|---|
    /// | `R` | RealNVP block: two affine couplings with exchanged channels |
    /// | `N` | NICE block: two additive couplings |
    /// | `Q` | two rational-quadratic spline couplings |
    /// | `S` | exp scaling |
    /// | `W` | whitening, fitted to examples |
    /// | `P` | random permutation (fixed by `seed`) |
    /// | `D` | at the very start: divides the flow at the pair of the first two particles |
    ///
    /// After a `D` the pair is described by the difference and the midpoint of its particles. Letters in
    /// parentheses then act on these alone; the others on all other particles, *given* the pair as it is at
    /// that place of the chain: every coupling sees it, and the mean of a `W` is a polynomial in
    /// the first component of the difference. `D(W)WR8(Q2)` whitens both, sends the fluid through eight
    /// blocks that know the pair, and the pair through two.
    ///
    /// A particle has `space` coordinates.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for an unknown letter, a count of 0, more than 512 layers, parentheses or a `D`
    /// elsewhere, a `D` without further particles, a coupling of which one side is empty, or a flow of more than 2²⁸
    /// parameters; before anything of that size is allocated.
    pub fn build_in_space<T: Real>(
        &self,
        notation: &str,
        dim: usize,
        space: usize,
        seed: u64,
    ) -> Result<Flow<T>> {
        let mut rng = Stream::new(seed, Purpose::Structure, 0, 0);
        let mut layers: Vec<(String, Box<dyn Bijector<T>>)> = Vec::new();
        let all = Columns { dim, changed: 0..dim, condition: 0..0, space };
        let (mut rest, pair) = (all.clone(), Columns { changed: 0..(2 * space).min(dim), ..all });
        let symbols = parse(notation)?;
        if symbols.len() * dim > MAX_COLUMNS {
            let allowed = format!("of at most {} letters for {dim} coordinates", MAX_COLUMNS / dim);
            return Err(Error::setting("flow", notation, allowed));
        }
        for (block, Symbol { letter, inside }) in symbols.into_iter().enumerate() {
            let block = block + 1;
            let columns = if inside { &pair } else { &rest };
            let mut add = |suffix: &str, layer| {
                layers.push((format!("block{block}{suffix}"), layer));
            };
            match letter {
                'D' if dim <= 2 * space => {
                    let allowed = "free of D for a system without particles beside a pair";
                    return Err(Error::setting("flow", notation, allowed));
                }
                'D' => {
                    rest = Columns { changed: 2 * space..dim, condition: 0..2 * space, ..rest };
                    add("", Box::new(PairFrame::new(dim, space)));
                }
                'S' => add("", Box::new(ExpScaling::new(columns))),
                'P' => add("", Box::new(Permutation::random(columns, &mut rng))),
                'W' => {
                    let columns = columns.clone();
                    add("", Box::new(Whitening::new(columns, self.whitening, self.mean_degree)));
                }
                coupling => {
                    for (suffix, swapped) in [("b", true), ("a", false)] {
                        let split = Split::new(self.split, columns, swapped);
                        if split.keep.is_empty() || split.change.is_empty() {
                            let allowed = "free of couplings (R, N, Q) where too few coordinates are to be divided";
                            return Err(Error::setting("flow", notation, allowed));
                        }
                        add(suffix, self.coupling(coupling, split));
                    }
                }
            }
        }
        // In f64: a sum of products that is too large for memory may be too large for whole numbers, too.
        let parameters: f64 = layers.iter().map(|(_, layer)| layer.n_params() as f64).sum();
        if dim > MAX_WHITENED && notation.contains('W') || parameters > MAX_PARAMETERS as f64 {
            let allowed =
                "smaller, with fewer or narrower layers: it would have more than 2^28 parameters";
            return Err(Error::setting("flow", notation, allowed));
        }
        let mut flow = Flow::new(dim);
        // The notation starts at x, the chain at z.
        for (name, layer) in layers.into_iter().rev() {
            flow.push(name, layer);
        }
        Ok(flow)
    }

    fn coupling<T: Real>(&self, letter: char, split: Split) -> Box<dyn Bijector<T>> {
        let (hidden, activation) = (&self.hidden, self.shift_activation);
        match letter {
            'N' => Box::new(AdditiveCoupling::new(split, hidden, activation)),
            'Q' => {
                let (bins, bound) = (self.bins, self.tail_bound);
                Box::new(SplineCoupling::new(split, hidden, activation, bins, bound))
            }
            _ => {
                let scale = self.scale_activation;
                let layer = AffineCoupling::new(split, hidden, self.trunk, scale, activation);
                let bound = self.scale_bound;
                Box::new(if bound > 0.0 { layer.bounded(bound) } else { layer })
            }
        }
    }
}

/// One letter of a notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Symbol {
    letter: char,
    /// True in parentheses.
    inside: bool,
}

/// The letters of a notation, each repeated as often as its count says.
fn parse(notation: &str) -> Result<Vec<Symbol>> {
    let wrong = || {
        Error::setting(
            "flow",
            notation,
            "letters R, N, Q, S, W, P with optional counts, such as R8 or N10S, at most 512 layers; \
             after a D at the start, parentheses for the pair",
        )
    };
    let mut symbols: Vec<Symbol> = Vec::new();
    let (mut inside, divided) = (false, notation.starts_with('D'));
    let mut rest = notation.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '(' if divided && !inside => inside = true,
            ')' if inside => inside = false,
            'D' if symbols.is_empty() => symbols.push(Symbol { letter, inside }),
            _ if "RNQSWP".contains(letter) => {
                let mut digits = String::new();
                while let Some(d) = rest.next_if(char::is_ascii_digit) {
                    digits.push(d);
                }
                let count =
                    if digits.is_empty() { 1 } else { digits.parse().map_err(|_| wrong())? };
                if count == 0 || symbols.len() + count > MAX_LAYERS {
                    return Err(wrong());
                }
                symbols.extend(core::iter::repeat_n(Symbol { letter, inside }, count));
            }
            _ => return Err(wrong()),
        }
    }
    if symbols.is_empty() || inside { Err(wrong()) } else { Ok(symbols) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes that no memory holds are an error, not an abort.
    #[test]
    fn flows_beyond_memory_are_refused() {
        let wide = Architecture { hidden: vec![4096; 16], ..Architecture::default() };
        for (architecture, notation, dim) in [
            (&wide, "R512", 2),
            (&wide, "N", 2),
            (&Architecture::default(), "W", 1 << 16),
            (&Architecture::default(), "R512", 1 << 16),
            (&Architecture::default(), "Q256", 1 << 15),
        ] {
            let error = architecture.build::<f32>(notation, dim, 1).expect_err("too large");
            assert!(alloc::string::ToString::to_string(&error).contains("flow"), "{error}");
        }
    }

    #[test]
    fn notation_reads_from_x_to_z() {
        let flow = Architecture::default().build::<f32>("R2S", 2, 1).expect("valid");
        let layout = flow.layout();
        assert_eq!(flow.len(), 5);
        assert_eq!(layout.entries()[0].name, "block3/k");
        assert_eq!(layout.entries()[1].name, "block2a/s/w1");
        assert_eq!(layout.len(), flow.n_params());
    }

    /// The pair's layers see nothing else, those of the fluid the pair, in the order of the notation.
    #[test]
    fn a_pair_divides_the_flow() {
        let architecture = Architecture { hidden: vec![3], ..Architecture::default() };
        let flow = architecture.build_in_space::<f64>("D(W)WR(Q2S)", 8, 2, 1).expect("valid");
        let shapes: Vec<_> = flow
            .layout()
            .entries()
            .iter()
            .filter(|e| !e.name.ends_with("2") && !e.name.contains("/b"))
            .map(|e| (e.name.clone(), e.shape))
            .collect();
        let has = |name: &str, shape| shapes.contains(&(name.into(), shape));
        assert!(has("block2/matrix", [4, 4]) && has("block3/mean", [5, 4]), "{shapes:?}");
        assert!(has("block4a/s/w1", [3, 6]) && has("block5b/spline/w1", [3, 2]), "{shapes:?}");
        assert!(has("block7/k", [1, 4]), "{shapes:?}");
        assert_eq!(flow.len(), 10);
    }

    #[test]
    fn bad_notations_are_refused() {
        for bad in [
            "",
            "X",
            "R0",
            "8R",
            "R513",
            "R99999999999999999999",
            "r2",
            "R 2",
            "(R)",
            "RD",
            "D(R",
            "DR)",
            "D((R))",
            "D()2",
            "DD",
        ] {
            let error = Architecture::default().build::<f32>(bad, 2, 1).err();
            assert_eq!(error.map(|e| e.code()), Some("invalid-setting"), "{bad}");
        }
        assert!(Architecture::default().build::<f32>("R", 1, 1).is_err());
        assert!(Architecture::default().build_in_space::<f32>("DR", 4, 2, 1).is_err());
        let whole = Architecture { split: SplitKind::Particles, ..Architecture::default() };
        assert!(whole.build_in_space::<f32>("R", 2, 2, 1).is_err(), "one particle");
    }
}
