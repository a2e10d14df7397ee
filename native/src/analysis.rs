//! What weighted samples of a generator say: free energies, their errors, and whether to believe them.

pub(crate) mod annealed;
pub(crate) mod annealing;
pub(crate) mod bins;
pub(crate) mod configurations;
pub(crate) mod coverage;
pub(crate) mod energies;
pub(crate) mod figures;
pub(crate) mod held_out;
pub(crate) mod material;
pub(crate) mod parts;
pub(crate) mod plain;
pub(crate) mod reference;
pub(crate) mod report;
pub(crate) mod trial;
