//! Loops written once and compiled for every instruction set, chosen at run time.
//!
//! Unlike the tables, which fix their kernels, this takes any body: the loop of a potential over
//! its chunk, for example. The bodies hold plain arithmetic, of which the compiler neither fuses nor
//! reorders anything: the bits are the same on every instruction set.

use alloc::vec::Vec;

#[cfg(all(feature = "std", target_arch = "x86_64"))]
use super::{allowed, avx2, avx512};

/// Work that [`InstructionSet::run`] compiles for each instruction set.
pub trait Body {
    /// What it returns.
    type Output;

    /// Does the work. Mark it, and what it calls in its loops, `#[inline(always)]`: only what is
    /// inlined is compiled for the instruction set.
    fn run(self) -> Self::Output;
}

/// An instruction set that this machine has: a value exists only after it was detected.
///
/// ```
/// use boltzflow_num::kernel::{Body, InstructionSet};
///
/// struct Sum<'a>(&'a [f64]);
///
/// impl Body for Sum<'_> {
///     type Output = f64;
///
///     #[inline(always)]
///     fn run(self) -> f64 {
///         self.0.iter().sum()
///     }
/// }
/// assert_eq!(InstructionSet::best().run(Sum(&[1.0, 2.0])), 3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// What the crate is compiled for; all there is where the choice falls at compile time.
    Target,
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx2,
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx512,
}

impl InstructionSet {
    /// The widest one of this machine that [`super::limit_to`] allows.
    #[inline]
    #[must_use]
    pub fn best() -> Self {
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        {
            if allowed("avx512") && avx512::detected() {
                return Self(Set::Avx512);
            }
            if allowed("avx2") && avx2::detected() {
                return Self(Set::Avx2);
            }
        }
        Self(Set::Target)
    }

    /// All of this machine, the crate's target first.
    #[must_use]
    #[allow(clippy::vec_init_then_push)] // other targets have more than the first
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        all.push(Self(Set::Target));
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        {
            if avx2::detected() {
                all.push(Self(Set::Avx2));
            }
            if avx512::detected() {
                all.push(Self(Set::Avx512));
            }
        }
        all
    }

    /// Runs a body compiled for this instruction set.
    #[inline]
    pub fn run<B: Body>(self, body: B) -> B::Output {
        match self.0 {
            Set::Target => body.run(),
            // SAFETY: `Set::Avx2` is made only where `avx2::detected()` returned true.
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Set::Avx2 => unsafe { on_avx2(body) },
            // SAFETY: `Set::Avx512` is made only where `avx512::detected()` returned true.
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Set::Avx512 => unsafe { on_avx512(body) },
        }
    }
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2,fma")]
fn on_avx2<B: Body>(body: B) -> B::Output {
    body.run()
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
fn on_avx512<B: Body>(body: B) -> B::Output {
    body.run()
}
