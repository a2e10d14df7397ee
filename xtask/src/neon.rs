//! The kernel tests on an emulated 64-bit Arm: there is no other way to run the NEON tables on most machines.

use crate::setup;
use crate::step::{self, cargo, output};
use anyhow::Result;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const EMULATOR: &str = "qemu-aarch64";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const PACKAGES: [&str; 3] = ["qemu-user", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"];
/// Where the cross compiler keeps the libraries of the target.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// Runs the kernel tests, or says what is missing where it cannot be installed without asking.
pub(crate) fn run() -> Result<()> {
    let there = || [EMULATOR, LINKER].into_iter().all(found);
    if !there() && setup::can_install() {
        setup::debian_packages("an emulator of 64-bit Arm and a linker for it", &PACKAGES)?;
    }
    if !there() {
        println!(
            "  LEFT OUT: kernel tests on NEON need {EMULATOR} and {LINKER} (Debian: {})",
            PACKAGES.join(", ")
        );
        return Ok(());
    }
    setup::rust_targets(&[TARGET])?;
    let mut tests =
        cargo(&format!("test --package boltzflow-num --test kernels --target {TARGET}"));
    tests
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", format!("{EMULATOR} -L {LIBRARIES}"));
    step::run("kernel tests on NEON, emulated", &mut tests)
}

fn found(program: &str) -> bool {
    output(step::command(program).arg("--version")).is_some()
}
