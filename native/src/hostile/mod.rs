//! Files as an attacker, a bad disk or a bad copy makes them: valid ones, changed at random. Whatever they are, reading them ends soon,
//! in an answer or one sentence, and takes no more memory than their own size pays for.
//!
//! `BOLTZFLOW_INPUTS=10000000 cargo test --release -p boltzflow-cli hostile -- --nocapture` tries as many of each kind and says so.

mod arrays;
mod checkpoints;
mod molecules;
mod texts;

use std::cell::Cell;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Far beyond what reading takes on a machine with other work.
const SOON: Duration = Duration::from_secs(30);

/// What texts in files may be made to say.
const WORDS: [&str; 16] = [
    "18446744073709551615",
    "9223372036854775807",
    "-1",
    "1e308",
    "4096",
    "65536",
    "nan",
    "inf",
    "[[",
    "]",
    "\"",
    "=",
    "\n",
    "{'shape': (4294967296, 4294967296)}",
    "\u{0}",
    "\u{1f4a5}",
];

/// Numbers that break sums, products and sizes.
const NUMBERS: [u64; 6] = [0, 1 << 31, (1 << 32) - 1, 1 << 62, i64::MAX as u64, u64::MAX];

/// Kind, place, length or other place, value.
type Change = (u8, u32, u32, u8);

fn apply(bytes: &mut Vec<u8>, (kind, at, other, value): Change) {
    let n = bytes.len();
    if n == 0 {
        return bytes.push(value);
    }
    // Half of all changes are where formats have their headers.
    let place =
        |v: u32| if v.is_multiple_of(2) { v as usize / 2 % n.min(160) } else { v as usize % n };
    let (at, length) = (place(at), 1 + other as usize % 64);
    let end = (at + length).min(n);
    match kind % 10 {
        0 | 1 => bytes[at] ^= 1 << (value % 8),
        2 => bytes[at] = value,
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let part = bytes[at..end].to_vec();
            let to = place(other.rotate_left(9));
            drop(bytes.splice(to..to, part));
        }
        6 => {
            let number = NUMBERS[usize::from(value) % NUMBERS.len()].to_le_bytes();
            bytes[at..].iter_mut().zip(number).for_each(|(b, v)| *b = v);
        }
        7 => {
            let word = WORDS[usize::from(value) % WORDS.len()].bytes();
            drop(bytes.splice(at..at, word));
        }
        8 => {
            // A number in a text becomes another.
            let digits = |b: &u8| b.is_ascii_digit() || *b == b'.';
            if let Some(start) = bytes[at..].iter().position(digits).map(|i| at + i) {
                let length = bytes[start..].iter().take_while(|b| digits(b)).count();
                let word = WORDS[usize::from(value) % 8].bytes();
                drop(bytes.splice(start..start + length, word));
            }
        }
        _ => {
            let deep = [b'[', b'(', b'{', b'"'][usize::from(value) % 4];
            drop(bytes.splice(at..at, std::iter::repeat_n(deep, 1 + other as usize % 3000)));
        }
    }
}

/// How many inputs to try: as asked, or `usual`.
fn inputs(usual: u32) -> u32 {
    std::env::var("BOLTZFLOW_INPUTS").ok().map_or(usual, |n| n.parse().unwrap())
}

/// Changes files that `read` takes, and lets it read them: true for an answer, false for a refusal. Each may take `memory` bytes
/// and 64 for each byte of the input.
fn try_all(what: &str, files: &[Vec<u8>], usual: u32, memory: u64, read: impl Fn(&[u8]) -> bool) {
    for (i, file) in files.iter().enumerate() {
        assert!(read(file), "{what}: file {i} is not valid to begin with");
    }
    let (read_well, tried) = (Cell::new(0_u64), Cell::new(0_u64));
    let config = Config {
        cases: inputs(usual),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let changed = (0..files.len(), vec(any::<Change>(), 1..6));
    let done = runner.run(&changed, |(i, changes)| {
        let mut bytes = files[i].clone();
        changes.into_iter().for_each(|change| apply(&mut bytes, change));
        tried.set(tried.get() + 1);
        let began = Instant::now();
        let mut answered = false;
        let used = allocation_counter::measure(|| answered = read(&bytes));
        read_well.set(read_well.get() + u64::from(answered));
        let allowed = memory + 64 * bytes.len() as u64;
        if used.bytes_max > allowed {
            let what = format!("{} bytes for a file of {}", used.bytes_max, bytes.len());
            return Err(TestCaseError::fail(what));
        }
        if began.elapsed() > SOON {
            return Err(TestCaseError::fail(format!("it took {:?}", began.elapsed())));
        }
        Ok(())
    });
    if let Err(failure) = done {
        panic!("{what}, after {} inputs: {failure}", tried.get());
    }
    let (tried, read_well) = (tried.get(), read_well.get());
    println!("{what}: {tried} inputs, {read_well} read, {} refused", tried - read_well);
}
