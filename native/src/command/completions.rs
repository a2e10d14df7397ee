//! `boltzflow completions`: what a shell needs to complete commands and options.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::table;

/// Print the script that lets a shell complete commands and options
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  boltzflow completions bash > ~/.local/share/bash-completion/completions/boltzflow
  boltzflow completions zsh > ~/.zfunc/_boltzflow
  boltzflow completions fish > ~/.config/fish/completions/boltzflow.fish
  boltzflow completions powershell | Out-String | Invoke-Expression")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// For the whole program.
    pub(crate) fn run(&self, mut program: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "boltzflow", &mut script);
        table::print(&String::from_utf8_lossy(&script))
    }
}
