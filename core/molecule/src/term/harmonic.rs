//! Terms that are quadratic in one coordinate.

/// U = Σ k/2·(q − q₀)², q a coordinate of N atoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Harmonic<const N: usize> {
    /// The atoms of each.
    pub atoms: Vec<[u32; N]>,
    /// q₀: nm or rad.
    pub rest: Vec<f64>,
    /// k: kJ/mol/nm² or kJ/mol/rad².
    pub k: Vec<f64>,
}

impl<const N: usize> Harmonic<N> {
    /// Adds a term.
    pub fn push(&mut self, atoms: [u32; N], rest: f64, k: f64) {
        self.atoms.push(atoms);
        self.rest.push(rest);
        self.k.push(k);
    }

    /// Atoms, q₀ and k of each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ([u32; N], f64, f64)> {
        let numbers = self.rest.iter().zip(&self.k);
        self.atoms.iter().zip(numbers).map(|(atoms, (rest, k))| (*atoms, *rest, *k))
    }
}

impl<const N: usize> Default for Harmonic<N> {
    fn default() -> Self {
        Self { atoms: Vec::new(), rest: Vec::new(), k: Vec::new() }
    }
}
