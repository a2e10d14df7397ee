//! The attributes of an element as numbers.

use boltzflow::num::{Error, Result};
use roxmltree::Node;

/// At most eighty characters of a text, in one line: what a file says may be anything.
pub(super) fn short(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// An element of a system with so many particles.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a, 'input> {
    pub(super) node: Node<'a, 'input>,
    pub(super) atoms: usize,
}

impl Attributes<'_, '_> {
    /// A finite number.
    pub(super) fn number(&self, name: &str) -> Result<f64> {
        let text = self.text(name)?;
        let value = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
        value.ok_or_else(|| self.wrong(name, text, "a number"))
    }

    /// Several.
    pub(super) fn numbers<const N: usize>(&self, names: [&str; N]) -> Result<[f64; N]> {
        let mut values = [0.0; N];
        for (value, name) in values.iter_mut().zip(names) {
            *value = self.number(name)?;
        }
        Ok(values)
    }

    /// A whole number from 0 to `most`.
    pub(super) fn whole(&self, name: &str, most: u32) -> Result<u32> {
        let text = self.text(name)?;
        let value = text.trim().parse::<u32>().ok().filter(|v| *v <= most);
        value.ok_or_else(|| self.wrong(name, text, &format!("a whole number from 0 to {most}")))
    }

    /// Particles by their indices, no two of them the same.
    pub(super) fn atoms<const N: usize>(&self, names: [&str; N]) -> Result<[u32; N]> {
        let mut atoms = [0; N];
        for (i, name) in names.into_iter().enumerate() {
            atoms[i] = self.whole(name, self.atoms as u32 - 1)?;
            if atoms[..i].contains(&atoms[i]) {
                return Err(self.wrong(
                    name,
                    &atoms[i].to_string(),
                    "another particle than the others",
                ));
            }
        }
        Ok(atoms)
    }

    fn text(&self, name: &str) -> Result<&str> {
        self.node.attribute(name).ok_or_else(|| {
            let tag = self.node.tag_name().name();
            Error::data("the OpenMM system", format!("line {}: <{tag}> has no {name}", self.line()))
        })
    }

    /// What is wrong with an attribute.
    pub(super) fn wrong(&self, name: &str, text: &str, allowed: &str) -> Error {
        let (line, tag) = (self.line(), self.node.tag_name().name());
        let text = short(text);
        let problem = format!("line {line}: {name}=\"{text}\" of <{tag}> must be {allowed}");
        Error::data("the OpenMM system", problem)
    }

    fn line(&self) -> u32 {
        self.node.document().text_pos_at(self.node.range().start).row
    }
}
