//! How long work is going to take, said before it starts, from a small piece of it.

use crate::failure::Failure;

/// Seconds of work that are worth a line.
const WORTH_A_LINE: f64 = 15.0;
/// Seconds of work that one has to ask for.
const LIMIT: f64 = 3600.0;

/// A piece of some work, and the seconds that it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// How much of it was done.
    pub(crate) done: usize,
    /// Out of how much.
    pub(crate) of: usize,
    /// The time for what was done.
    pub(crate) seconds: f64,
}

impl Piece {
    /// Seconds for all of it.
    pub(crate) fn all(&self) -> f64 {
        self.seconds * self.of as f64 / self.done.max(1) as f64
    }
}

/// Seconds as people say them: about 40 seconds, about 4 minutes.
pub(crate) fn words(seconds: f64) -> String {
    let (count, unit) = match seconds {
        s if s < 90.0 => (s, "second"),
        s if s < 90.0 * 60.0 => (s / 60.0, "minute"),
        s if s < 36.0 * 3600.0 => (s / 3600.0, "hour"),
        s => (s / 86_400.0, "day"),
    };
    let count = count.round().max(1.0);
    format!("about {count} {unit}{}", if count == 1.0 { "" } else { "s" })
}

/// A line that says how long the work will take, if that is worth one.
///
/// # Errors
/// More than an hour, unless it was asked for with `--patient`.
pub(crate) fn allow(
    what: &str,
    seconds: f64,
    patient: bool,
    cheaper: &str,
) -> Result<Option<String>, Failure> {
    if seconds > LIMIT && !patient {
        let what = format!("{what} would take {}", words(seconds));
        return Err(Failure::input(
            "takes-long",
            what,
            format!("{cheaper}, or add --patient to go on all the same"),
        ));
    }
    Ok((seconds > WORTH_A_LINE).then(|| format!("{what}: {}", words(seconds))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        for (seconds, said) in [
            (0.2, "about 1 second"),
            (42.4, "about 42 seconds"),
            (100.0, "about 2 minutes"),
            (4.0 * 60.0, "about 4 minutes"),
            (3.2 * 3600.0, "about 3 hours"),
            (36.0 * 3600.0, "about 2 days"),
        ] {
            assert_eq!(words(seconds), said);
        }
    }

    #[test]
    fn hours_have_to_be_asked_for() {
        let piece = |seconds: f64| Piece { done: 64, of: 16_000, seconds };
        assert_eq!(piece(2.0).all(), 500.0);
        let allow = |seconds: f64, patient: bool| {
            allow("annealing", piece(seconds).all(), patient, "ask for fewer --particles")
        };
        assert_eq!(allow(0.01, false).unwrap(), None);
        assert_eq!(allow(1.0, false).unwrap().unwrap(), "annealing: about 4 minutes");
        let refused = allow(30.0, false).unwrap_err().to_string();
        let said = "annealing would take about 2 hours; ask for fewer --particles, or add --patient to go on all the same";
        assert!(refused.ends_with(said), "{refused}");
        assert_eq!(allow(30.0, true).unwrap().unwrap(), "annealing: about 2 hours");
        // What took no time that could be measured is not refused.
        assert!(allow(f64::NAN, false).unwrap().is_none());
    }
}
