//! Umbrella sampling: windows along a reaction coordinate.

use alloc::format;

use super::{Ladder, LadderEntry, Windows};
use crate::num::Error;
use crate::setting::{Description, Kind};

/// Part of the range of a coordinate by which the outer windows lie beyond it.
const MARGIN: f64 = 0.025;
/// k·h²/T of windows at distance h: neighbours at √(5/3) ≈ 1.3 standard deviations of a free window, which exchange
/// about every third time.
const STIFFNESS: f64 = 5.0 / 6.0;

/// Registry entry (Torrie, Valleau, J. Comput. Phys. 23, 187, 1977, with exchanges).
pub(super) static ENTRY: LadderEntry = LadderEntry {
    name: "umbrella",
    aliases: &[],
    summary: "windows with the bias k(R - R_i)^2 along a reaction coordinate, joined by MBAR",
    state: "window",
    settings: &[
        Description::new("windows", Kind::Integer { min: 2, max: 1000 }, "24", "number of windows"),
        Description::new(
            "low",
            Kind::FINITE,
            "a little below the range of the coordinate",
            "centre of the first window",
        ),
        Description::new(
            "high",
            Kind::FINITE,
            "a little above the range of the coordinate",
            "centre of the last window",
        ),
        Description::new(
            "k",
            Kind::Positive,
            "5 kT over 6 times the squared distance of windows",
            "force constant of the bias, without a factor 1/2",
        ),
        Description::new(
            "flat",
            Kind::Integer { min: 0, max: 1 },
            "1",
            "1 leaves out the energy that depends on the coordinate alone; weights put it back",
        ),
    ],
    build: |settings, u, coordinate| {
        let (low, high) = coordinate.range;
        let margin = MARGIN * (high - low);
        let low = settings.number("low", low - margin);
        let high = settings.number("high", high + margin);
        if low >= high {
            return Err(Error::setting("low", low, format!("below high = {high}")));
        }
        let windows = settings.integer("windows", 24);
        let distance = (high - low) / (windows - 1) as f64;
        let bias = Windows {
            coordinate: coordinate.clone(),
            k: settings.number("k", STIFFNESS * u.temperature() / (distance * distance)),
            centers: (0..windows).map(|i| low + i as f64 * distance).collect(),
            flat: settings.integer("flat", 1) == 1,
        };
        Ladder::windows(u, bias)
    },
};
