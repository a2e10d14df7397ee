//! The ending of a file's name, which says in which format it is.

use std::path::Path;

/// The ending in lower case, without its dot; empty if there is none.
pub(crate) fn extension(path: &Path) -> String {
    path.extension().map_or(String::new(), |e| e.to_string_lossy().to_lowercase())
}

/// Endings in words: `.npz or .csv`.
pub(crate) fn words(endings: &[&str]) -> String {
    let names: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_known_in_any_case() {
        for (name, ending) in [("a.NPZ", "npz"), ("b.csv", "csv"), ("c.tar.Npy", "npy"), (".", "")]
        {
            assert_eq!(extension(Path::new(name)), ending);
        }
        assert_eq!(words(&["npy", "csv", "xyz"]), ".npy or .csv or .xyz");
    }
}
