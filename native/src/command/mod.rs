//! The commands, one file each.

mod analyze;
mod bench;
mod bootstrap;
mod completions;
mod energy;
mod explore;
mod export;
mod path;
mod presets;
mod sample;
mod settings_help;
mod show;
mod simulate;
mod systems;
mod train;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::Failure;
use crate::table;

/// Boltzmann generators: train an invertible network on an energy, then sample equilibrium in one shot
/// and get free energies with error bars.
#[derive(Debug, Parser)]
#[command(name = "boltzflow", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Systems(systems::Systems),
    Presets(presets::Presets),
    Energy(energy::Energy),
    Train(train::Train),
    Sample(sample::Sample),
    Path(path::Path),
    Analyze(analyze::Analyze),
    Simulate(Box<simulate::Simulate>),
    Explore(explore::Explore),
    Bootstrap(Box<bootstrap::Bootstrap>),
    Export(export::Export),
    Show(show::Show),
    Bench(bench::Bench),
    Completions(completions::Completions),
}

/// What every reader of the help needs.
const EXAMPLES: &str = "\
Every command has --help with examples. What succeeds exits with 0, bad input with 2 and one
line that says what is wrong and what to do, any other failure with 1, an interrupt with 130.
Files are complete or not there, at whatever moment the program is ended.

Examples:
  boltzflow systems
  boltzflow train double-well -o run
  boltzflow analyze run -o run/report
  boltzflow sample run -n 10000 -o samples.npz";

/// Runs the command that the arguments name.
pub(crate) fn run() -> Result<(), Failure> {
    if let Some(text) = settings_help::asked_for(std::env::args_os()) {
        return table::print(&text);
    }
    let parsed = command().try_get_matches().and_then(|m| Cli::from_arg_matches(&m));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match cli.command {
        Command::Systems(command) => command.run(),
        Command::Presets(command) => command.run(),
        Command::Energy(command) => command.run(),
        Command::Train(command) => command.run(),
        Command::Sample(command) => command.run(),
        Command::Path(command) => command.run(),
        Command::Analyze(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Explore(command) => command.run(),
        Command::Bootstrap(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Show(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Completions(completions) => completions.run(command()),
    }
}

/// The command line, with `-1` as the value of any option that takes one: what is wrong with it is said of the option.
fn command() -> clap::Command {
    Cli::command().mut_subcommands(|command| {
        command.mut_args(|arg| {
            let takes = arg.get_action().takes_values() && !arg.is_positional();
            arg.allow_negative_numbers(takes)
        })
    })
}

/// What the parsers of numbers say, and what it means for the user.
const REASONS: [(&str, &str); 5] = [
    ("invalid digit found in string", "it must be a whole number, 0 or above"),
    ("cannot parse integer from empty string", "it must be a whole number, 0 or above"),
    ("number too large to fit in target type", "it is too large"),
    ("invalid float literal", "it must be a number"),
    ("cannot parse float from empty string", "it must be a number"),
];

/// Help and version are answers; everything else is one line of error.
fn usage(error: &clap::Error) -> Result<(), Failure> {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => table::print(&text),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let commands: Vec<String> =
                Cli::command().get_subcommands().map(|c| c.get_name().to_string()).collect();
            let what = format!("no command was given; commands: {}", commands.join(", "));
            Err(Failure::input("usage", what, "see boltzflow --help"))
        }
        _ => {
            // The message, then possibly "tip: …", "Usage: …" and a pointer to --help.
            let message = text.split("Usage:").next().unwrap_or_default();
            let message = message.split("For more information").next().unwrap_or_default();
            let message = message.split("tip:").next().unwrap_or_default();
            let message = message.trim_start_matches("error:").trim();
            let message = REASONS.iter().fold(message.to_string(), |m, (r, own)| m.replace(r, own));
            let meant =
                suggested(error).map_or(String::new(), |s| format!(" (did you mean '{s}'?)"));
            Err(Failure::input("usage", format!("{message}{meant}"), "see --help of the command"))
        }
    }
}

/// What may have been meant by an unknown command, option or value, if it is one thing.
fn suggested(error: &clap::Error) -> Option<String> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(some) if some.len() == 1 => some.first().cloned(),
        _ => None,
    })
}
