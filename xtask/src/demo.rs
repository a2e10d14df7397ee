//! `cargo demo`: builds the page and serves it.

use crate::modules;
use crate::server::Server;
use anyhow::{Context, Result, bail};

#[derive(Debug, PartialEq)]
struct Options {
    port: Option<u16>,
    build: bool,
}

/// Builds the modules, unless told not to, and serves the page until interrupted.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let options = parse(args)?;
    if options.build {
        modules::build()?;
    }
    let server = Server::bind(options.port)?;
    println!("\nThe page is at {} (Ctrl-C ends it)", server.address());
    if server.start().join().is_err() {
        bail!("the server stopped unexpectedly");
    }
    Ok(())
}

fn parse(args: &[String]) -> Result<Options> {
    let mut options = Options { port: None, build: true };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--no-build" => options.build = false,
            "--port" => {
                let port = args.next().context("`--port` needs a number from 1 to 65535")?;
                let number = port.parse().ok().filter(|&port: &u16| port > 0);
                options.port = Some(number.with_context(|| {
                    format!("`--port {port}`: a number from 1 to 65535 is needed")
                })?);
            }
            _ => bail!("`demo` does not know `{arg}`; known: --port N, --no-build"),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_in_any_order() {
        assert_eq!(parsed("").unwrap(), Options { port: None, build: true });
        assert_eq!(
            parsed("--port 9000 --no-build").unwrap(),
            Options { port: Some(9000), build: false }
        );
        assert_eq!(
            parsed("--no-build --port 9000").unwrap(),
            Options { port: Some(9000), build: false }
        );
    }

    #[test]
    fn a_wrong_option_is_named() {
        for (line, named) in [
            ("--port", "--port"),
            ("--port 0", "--port 0"),
            ("--port 70000", "70000"),
            ("--prot 1", "--prot"),
        ] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
