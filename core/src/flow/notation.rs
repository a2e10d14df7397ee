//! The field's notation for architectures: `R8`, `N10S`, `R4P`.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use super::{
    Architecture, Bijector, Build, Columns, Division, Flow, Letter, Made, Split, bijectors,
};
use crate::num::{Error, Purpose, Real, Result, Stream};

/// Largest number of layers that a notation may ask for.
const MAX_LAYERS: usize = 512;
/// Largest number of parameters of a flow: a gigabyte in single precision.
const MAX_PARAMETERS: usize = 1 << 28;
/// Largest number of coordinates in all layers together, each of which keeps a list of those it changes.
const MAX_COLUMNS: usize = 1 << 20;

/// The letters of the registered layers.
#[must_use]
pub fn letters<T: Real>() -> Vec<Letter<T>> {
    bijectors().into_iter().filter_map(|(_, entry)| entry.letter).collect()
}

impl Architecture {
    /// [`Architecture::build_on`] all of `dim` coordinates that are no particles.
    ///
    /// # Errors
    /// As there.
    pub fn build<T: Real>(&self, notation: &str, dim: usize, seed: u64) -> Result<Flow<T>> {
        self.build_on(notation, &Columns::all(dim), seed)
    }

    /// [`Architecture::build_on`] all of `dim` coordinates, `space` of them for each particle.
    ///
    /// # Errors
    /// As there.
    pub fn build_in_space<T: Real>(
        &self,
        notation: &str,
        dim: usize,
        space: usize,
        seed: u64,
    ) -> Result<Flow<T>> {
        self.build_on(notation, &Columns::all(dim).in_space(space), seed)
    }

    /// Builds a flow from its notation, read from x to z as in the field: letters with an optional count. [`letters`] says
    /// what each stands for.
    ///
    /// A letter that divides the flow (`D`, at the pair of the first two particles) stands at the very start: the pair is then described by
    /// the difference and the midpoint of its particles. Letters in
    /// parentheses then act on these alone; the others on all other particles, *given* the pair as it is at
    /// that place of the chain: every coupling sees it, and the mean of a `W` is a polynomial in
    /// the first component of the difference. `D(W)WR8(Q2)` whitens both, sends the fluid through eight
    /// blocks that know the pair, and the pair through two.
    ///
    /// ```
    /// use boltzflow::flow::{Architecture, Bijector, Columns};
    /// use boltzflow::system::Support;
    ///
    /// // Two angles and a length, with a temperature for each row: networks see cosines and sines of what they keep.
    /// let angle = Support::Circle { period: 6.28 };
    /// let columns = Columns::all(3).on(&[angle, angle, Support::Line]).with_context(1);
    /// let flow = Architecture::default().build_on::<f64>("N4S", &columns, 1)?;
    /// assert_eq!((flow.dim(), flow.n_context()), (3, 1));
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for an unknown letter, a count of 0, more than 512 layers, parentheses or a `D`
    /// elsewhere, a `D` without further particles, a coupling of which one side is empty, or a flow of more than 2²⁸
    /// numbers; before anything of that size is allocated.
    pub fn build_on<T: Real>(
        &self,
        notation: &str,
        columns: &Columns,
        seed: u64,
    ) -> Result<Flow<T>> {
        let refuse = |allowed: String| Error::setting("flow", notation, allowed);
        let mut rng = Stream::new(seed, Purpose::Structure, 0, 0);
        let mut layers: Vec<(String, Box<dyn Bijector<T>>)> = Vec::new();
        let letters = letters();
        let symbols = parse(notation, &letters)?;
        let dim = columns.dim;
        if symbols.len() * dim > MAX_COLUMNS {
            let most = MAX_COLUMNS / dim;
            return Err(refuse(format!("of at most {most} letters for {dim} coordinates")));
        }
        let (mut outside, mut within) = (columns.clone(), None);
        for (block, symbol) in symbols.into_iter().enumerate() {
            let block = block + 1;
            match &symbol.letter.build {
                Build::Division(divide) => {
                    let Division { layer, inside, outside: rest } =
                        divide(&outside).map_err(refuse)?;
                    (outside, within) = (rest, Some(inside));
                    layers.push((format!("block{block}"), layer));
                }
                Build::Layers(build) => {
                    let made = build(self, symbol.columns(&outside, within.as_ref()), &mut rng);
                    layers.extend(named(block, made.map_err(refuse)?));
                }
                Build::Couplings(build) => {
                    let columns = symbol.columns(&outside, within.as_ref());
                    let made = couplings(symbol.letter.letter, self, columns, *build);
                    layers.extend(named(block, made.map_err(refuse)?));
                }
            }
        }
        // In f64: a sum of products that is too large for memory may be too large for whole numbers, too.
        let numbers = |l: &dyn Bijector<T>| l.n_params() as f64 + l.n_constants() as f64;
        if layers.iter().map(|(_, layer)| numbers(&**layer)).sum::<f64>() > MAX_PARAMETERS as f64 {
            let allowed =
                "smaller, with fewer or narrower layers: it would have more than 2^28 parameters";
            return Err(refuse(allowed.into()));
        }
        let mut flow = Flow::new(dim);
        // The notation starts at x, the chain at z.
        for (name, layer) in layers.into_iter().rev() {
            flow.push(name, layer);
        }
        Ok(flow)
    }
}

/// What a letter made, each with its whole name.
fn named<T: Real>(
    block: usize,
    made: Vec<(&'static str, Box<dyn Bijector<T>>)>,
) -> impl Iterator<Item = (String, Box<dyn Bijector<T>>)> {
    made.into_iter().map(move |(suffix, layer)| (format!("block{block}{suffix}"), layer))
}

/// Two couplings with exchanged channels, for a letter of the notation.
fn couplings<T: Real>(
    letter: char,
    architecture: &Architecture,
    columns: &Columns,
    coupling: fn(Split, &Architecture) -> Box<dyn Bijector<T>>,
) -> Made<T> {
    let mut made = Vec::new();
    for (suffix, swapped) in [("b", true), ("a", false)] {
        let split = Split::new(architecture.split, columns, swapped);
        if split.keep.is_empty() || split.change.is_empty() {
            return Err(format!("free of {letter} where too few coordinates are to be divided"));
        }
        made.push((suffix, coupling(split, architecture)));
    }
    Ok(made)
}

/// One letter of a notation.
#[derive(Debug)]
struct Symbol<'a, T: Real> {
    letter: &'a Letter<T>,
    /// True in parentheses.
    inside: bool,
}

impl<T: Real> Symbol<'_, T> {
    /// The columns it acts on: those `within` a division in parentheses, those outside of it else.
    fn columns<'c>(&self, outside: &'c Columns, within: Option<&'c Columns>) -> &'c Columns {
        within.filter(|_| self.inside).unwrap_or(outside)
    }
}

/// The letters of a notation, each repeated as often as its count says.
fn parse<'a, T: Real>(notation: &str, letters: &'a [Letter<T>]) -> Result<Vec<Symbol<'a, T>>> {
    let divides = |letter: &Letter<T>| matches!(letter.build, Build::Division(_));
    let wrong = || {
        let list = |division: bool| {
            let these = letters.iter().filter(|l| divides(l) == division);
            these.map(|l| String::from(l.letter)).collect::<Vec<_>>().join(", ")
        };
        let (layers, divisions) = (list(false), list(true));
        let allowed = format!(
            "letters {layers} with optional counts, such as R8 or N10S, at most {MAX_LAYERS} layers; \
             after a {divisions} at the start, parentheses for the pair"
        );
        Error::setting("flow", notation, allowed)
    };
    let mut symbols: Vec<Symbol<'a, T>> = Vec::new();
    let (mut inside, mut divided) = (false, false);
    let mut rest = notation.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '(' if divided && !inside => inside = true,
            ')' if inside => inside = false,
            _ => {
                let letter = letters.iter().find(|l| l.letter == character).ok_or_else(wrong)?;
                if divides(letter) {
                    if !symbols.is_empty() {
                        return Err(wrong());
                    }
                    divided = true;
                    symbols.push(Symbol { letter, inside });
                    continue;
                }
                let mut digits = String::new();
                while let Some(d) = rest.next_if(char::is_ascii_digit) {
                    digits.push(d);
                }
                let count =
                    if digits.is_empty() { 1 } else { digits.parse().map_err(|_| wrong())? };
                if count == 0 || count > MAX_LAYERS - symbols.len() {
                    return Err(wrong());
                }
                symbols.extend((0..count).map(|_| Symbol { letter, inside }));
            }
        }
    }
    if symbols.is_empty() || inside { Err(wrong()) } else { Ok(symbols) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::SplitKind;

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
        assert_eq!(layout.n_params(), flow.n_params());
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
            "RR18446744073709551615",
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

    /// Error texts know every letter of the registry.
    #[test]
    fn the_registry_says_which_letters_there_are() {
        let error = Architecture::default().build::<f32>("X", 2, 1);
        let error = alloc::string::ToString::to_string(&error.expect_err("unknown letter"));
        let letters = letters::<f32>();
        for (i, Letter { letter, help, .. }) in letters.iter().enumerate() {
            assert!(letter.is_ascii_uppercase(), "{letter}");
            assert!(letters[..i].iter().all(|l| l.letter != *letter), "{letter} stands twice");
            assert!(!help.is_empty(), "{letter}");
            assert!(error.contains(*letter), "{error}");
        }
    }

    /// Networks see a circle as cosine and sine, and the numbers of each row.
    #[test]
    fn circles_and_contexts_widen_the_networks() {
        let circle = crate::system::Support::Circle { period: 1.0 };
        let columns = Columns::all(4).on(&[circle; 4]).with_context(3);
        let flow = Architecture::default().build_on::<f32>("N", &columns, 1).expect("valid");
        let layout = flow.layout();
        let first = &layout.entries()[0];
        assert_eq!((first.name.as_str(), first.shape[1]), ("block1a/t/w1", 2 * 2 + 3));
    }
}
