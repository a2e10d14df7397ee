//! Reads the text of a formula into a program, by the shunting-yard method: no recursion, so that
//! no text can exhaust the stack. Every fault of the text is named with its place.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Display;

use super::function::{FUNCTIONS, Function, POWER};
use super::program::{MAX_DIM, Program, Slot};
use crate::num::{Error, Result, parse_decimal};

/// Longest text in characters.
const MAX_LENGTH: usize = 1000;

/// Latin and Greek letters; the standard library knows all of them, at the price of its tables.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'α'..='ω' | 'Α'..='Ω')
}

/// A sign as it is typed for one that is printed.
fn plain(c: char) -> char {
    match c {
        '−' => '-',
        '·' | '×' => '*',
        other => other,
    }
}

/// Reads a text.
pub(super) fn read(text: &str) -> Result<Program> {
    let text: Vec<char> = text.chars().map(plain).collect();
    if text.len() > MAX_LENGTH {
        let problem = format!("{} characters are too many, at most {MAX_LENGTH}", text.len());
        return Err(Error::data("formula", problem));
    }
    let program = Program::default();
    Reader { text, at: 0, program, values: Vec::new(), pending: Vec::new(), after_number: false }
        .read()
}

/// What stands before an opening parenthesis.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Function(&'static Function),
    /// A power, whose comma has come or not.
    Power {
        comma: bool,
    },
}

/// What waits for its operands.
#[derive(Clone, Copy)]
enum Pending {
    /// A parenthesis opened at a place, with what stands before it.
    Open { place: usize, before: Before },
    /// A minus sign before its operand.
    Negate,
    /// An operator between its operands.
    Binary(char),
}

impl Pending {
    /// How tightly it binds; a sign binds less tightly than a power: −x² = −(x²).
    fn precedence(self) -> u8 {
        match self {
            Self::Open { .. } => 0,
            Self::Binary('+' | '-') => 1,
            Self::Binary('*' | '/') => 2,
            Self::Negate => 3,
            Self::Binary(_) => 4,
        }
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
    program: Program,
    values: Vec<Slot>,
    pending: Vec<Pending>,
    /// Whether what was read last is a number: one before a name or parenthesis multiplies it.
    after_number: bool,
}

impl Reader {
    fn read(mut self) -> Result<Program> {
        loop {
            self.operand()?;
            if !self.operator()? {
                break;
            }
        }
        self.apply_down_to(1);
        if let Some(Pending::Open { place, .. }) = self.pending.last() {
            return Err(self.fault(*place, "this parenthesis is not closed"));
        }
        self.program.result = self.pop();
        Ok(self.program)
    }

    /// Signs, functions, opening parentheses, then one number, variable or constant.
    fn operand(&mut self) -> Result<()> {
        loop {
            let place = self.skip_space();
            match self.text.get(place).copied() {
                Some('+') => self.at += 1,
                Some('-') => {
                    self.at += 1;
                    self.pending.push(Pending::Negate);
                }
                Some('(') => {
                    self.at += 1;
                    self.pending.push(Pending::Open { place, before: Before::Nothing });
                }
                Some(c) if c.is_ascii_digit() || c == '.' => return self.number(),
                Some(c) if is_letter(c) => {
                    if self.name()? {
                        return Ok(());
                    }
                }
                Some(c) => {
                    let wanted = "a number, a variable, a function or '(' is expected here";
                    return Err(self.fault(place, format!("'{c}' cannot stand here: {wanted}")));
                }
                None => return Err(self.fault(place, "the formula ends where a value is expected")),
            }
        }
    }

    /// Closing parentheses, then one operator or comma; false at the end of the text.
    fn operator(&mut self) -> Result<bool> {
        loop {
            let place = self.skip_space();
            let Some(c) = self.text.get(place).copied() else { return Ok(false) };
            self.at += 1;
            let multiplies = self.after_number && (is_letter(c) || c == '(');
            let power = c == '^' || (c == '*' && self.text.get(self.at) == Some(&'*'));
            match c {
                ')' => self.close(place)?,
                // The value before, at once: a power binds most tightly.
                '²' | '³' => {
                    let exponent = self.program.constant(if c == '²' { 2.0 } else { 3.0 });
                    let base = self.pop();
                    self.push_binary('^', base, exponent);
                }
                _ if multiplies => {
                    self.at = place;
                    self.apply_down_to(Pending::Binary('*').precedence());
                    self.pending.push(Pending::Binary('*'));
                    return Ok(true);
                }
                ',' => {
                    self.apply_down_to(1);
                    match self.pending.last_mut() {
                        Some(Pending::Open { before: Before::Power { comma }, .. }) if !*comma => {
                            *comma = true;
                        }
                        _ => {
                            return Err(
                                self.fault(place, "',' belongs between the arguments of pow")
                            );
                        }
                    }
                    return Ok(true);
                }
                _ if power => {
                    self.at += usize::from(c == '*');
                    // Powers are taken from right to left: nothing before waits for less.
                    self.pending.push(Pending::Binary('^'));
                    return Ok(true);
                }
                '+' | '-' | '*' | '/' => {
                    self.apply_down_to(Pending::Binary(c).precedence());
                    self.pending.push(Pending::Binary(c));
                    return Ok(true);
                }
                _ => {
                    let wanted = "an operator (+ - * / ^) or ')' is expected here";
                    return Err(self.fault(place, format!("'{c}' cannot stand here: {wanted}")));
                }
            }
        }
    }

    /// A closing parenthesis, with the function that it ends.
    fn close(&mut self, place: usize) -> Result<()> {
        self.after_number = false;
        self.apply_down_to(1);
        match self.pending.pop() {
            Some(Pending::Open { before: Before::Power { comma: false }, .. }) => {
                return Err(self.fault(place, "pow takes two arguments, as in pow(x, 3)"));
            }
            Some(Pending::Open { before: Before::Power { .. }, .. }) => {
                let (exponent, base) = (self.pop(), self.pop());
                self.push_binary('^', base, exponent);
            }
            Some(Pending::Open { before: Before::Function(function), .. }) => {
                let argument = self.pop();
                let value = self.program.function(function, argument);
                self.values.push(value);
            }
            Some(Pending::Open { before: Before::Nothing, .. }) => {}
            _ => return Err(self.fault(place, "this parenthesis was not opened")),
        }
        Ok(())
    }

    /// Applies what waits and binds at least as tightly as `precedence` (≥ 1).
    fn apply_down_to(&mut self, precedence: u8) {
        while let Some(top) = self.pending.last().copied() {
            if top.precedence() < precedence {
                break;
            }
            self.pending.pop();
            let right = self.pop();
            match top {
                Pending::Binary(operator) => {
                    let left = self.pop();
                    self.push_binary(operator, left, right);
                }
                _ => {
                    let minus_one = self.program.constant(-1.0);
                    self.push_binary('*', minus_one, right);
                }
            }
        }
    }

    fn push_binary(&mut self, operator: char, left: Slot, right: Slot) {
        let value = self.program.binary(operator, left, right);
        self.values.push(value);
    }

    /// The last value; operands and operators alternate, so that there always is one.
    fn pop(&mut self) -> Slot {
        self.values.pop().unwrap_or_default()
    }

    /// Digits with an optional fraction and an optional exponent.
    fn number(&mut self) -> Result<()> {
        let start = self.at;
        self.digits();
        if self.text.get(self.at) == Some(&'.') {
            self.at += 1;
            self.digits();
        }
        if matches!(self.text.get(self.at), Some('e' | 'E')) {
            let signed = matches!(self.text.get(self.at + 1), Some('+' | '-'));
            let exponent = self.at + 1 + usize::from(signed);
            if self.text.get(exponent).is_some_and(char::is_ascii_digit) {
                self.at = exponent;
                self.digits();
            }
        }
        let text: String = self.text[start..self.at].iter().collect();
        match parse_decimal(&text) {
            Some(value) if value.is_finite() => {
                let slot = self.program.constant(value);
                self.values.push(slot);
                self.after_number = true;
                Ok(())
            }
            _ => Err(self.fault(start, format!("'{text}' is not a number in range"))),
        }
    }

    fn digits(&mut self) {
        while self.text.get(self.at).is_some_and(char::is_ascii_digit) {
            self.at += 1;
        }
    }

    /// A variable or constant (true), or a function with its opening parenthesis (false).
    fn name(&mut self) -> Result<bool> {
        let start = self.at;
        while self
            .text
            .get(self.at)
            .is_some_and(|c| is_letter(*c) || c.is_ascii_digit() || *c == '_')
        {
            self.at += 1;
        }
        let name: String = self.text[start..self.at].iter().collect();
        let variable = match name.as_str() {
            "x" => Some(0),
            "y" => Some(1),
            "z" => Some(2),
            _ => name.strip_prefix('x').and_then(|i| (0..MAX_DIM).find(|k| format!("{k}") == i)),
        };
        let slot = match (variable, name.as_str()) {
            (Some(i), _) => self.program.variable(i),
            (None, "pi" | "PI" | "π") => self.program.constant(core::f64::consts::PI),
            (None, "e" | "E") => self.program.constant(core::f64::consts::E),
            (None, function) => return self.function(start, function).map(|()| false),
        };
        self.values.push(slot);
        self.after_number = false;
        Ok(true)
    }

    fn function(&mut self, start: usize, name: &str) -> Result<()> {
        let before = match FUNCTIONS.iter().find(|f| f.name == name) {
            Some(function) => Before::Function(function),
            None if name == POWER => Before::Power { comma: false },
            None => {
                let mut known: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).collect();
                known.push(POWER);
                let problem = format!(
                    "'{name}' is not known; variables: x, y, z or x0 to x{}; constants: pi, e; functions: {}",
                    MAX_DIM - 1,
                    known.join(", ")
                );
                return Err(self.fault(start, problem));
            }
        };
        let place = self.skip_space();
        if self.text.get(place) != Some(&'(') {
            let problem = format!("'{name}' needs parentheses, as in {name}(x)");
            return Err(self.fault(start, problem));
        }
        self.at += 1;
        self.pending.push(Pending::Open { place, before });
        Ok(())
    }

    /// The place of the next character that is not white space.
    fn skip_space(&mut self) -> usize {
        while self.text.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.at
    }

    fn fault(&self, place: usize, problem: impl Display) -> Error {
        Error::data("formula", format!("character {}: {problem}", place + 1))
    }
}
