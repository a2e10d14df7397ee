//! The command line of boltzflow.

mod analysis;
mod command;
mod difference;
mod digests;
mod evaluation;
mod executor;
mod failure;
mod file;
mod forecast;
#[cfg(test)]
mod hostile;
mod interrupt;
mod plot;
mod progress;
mod provenance;
mod setting;
mod species;
mod system;
mod table;
mod temperature;

use std::process::ExitCode;

fn main() -> ExitCode {
    interrupt::install();
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
