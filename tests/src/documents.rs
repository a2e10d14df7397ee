//! The Rust code of README.md and of the book: compiled and run as documentation tests. A test of the program finds a
//! document with Rust code that is missing here.

macro_rules! documents {
    ($($name:ident $path:literal)*) => {$(
        #[doc = include_str!(concat!("../../", $path))]
        #[derive(Debug)]
        pub struct $name;
    )*};
}

documents! {
    Readme "README.md"
    Crate "docs/guide/crate.md"
    Extending "docs/guide/extending.md"
    OwnEnergy "docs/guide/own-energy.md"
}
