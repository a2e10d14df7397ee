//! The command line of boltzflow.
fn main() {}
