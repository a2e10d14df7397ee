//! Replica exchange in temperature, or parallel tempering.

use alloc::sync::Arc;

use super::{Ladder, LadderEntry};
use crate::num::Real;
use crate::setting::{Description, Kind};

/// Registry entry (Swendsen, Wang, Phys. Rev. Lett. 57, 2607, 1986; Geyer, 1991).
pub(super) static ENTRY: LadderEntry = LadderEntry {
    name: "replica-exchange",
    aliases: &["parallel-tempering"],
    summary: "replicas at rising temperatures that exchange their configurations",
    state: "replica",
    settings: &[
        Description::new(
            "replicas",
            Kind::Integer { min: 1, max: 1000 },
            "8",
            "number of temperatures, in equal ratios",
        ),
        Description::new(
            "highest",
            Kind::Number { min: 1.0, max: 1e6 },
            "5",
            "the highest temperature over that of the target",
        ),
    ],
    build: |settings, u, _| {
        let replicas = settings.integer("replicas", 8);
        let span = Real::ln(settings.number("highest", 5.0));
        let step = span / (replicas - 1).max(1) as f64;
        // Tᵢ = T·h^(i/(K − 1))
        let temperature = |i| u.temperature() * Real::exp(step * i as f64);
        Ladder::temperatures(Arc::clone(u.system()), (0..replicas).map(temperature).collect())
    },
};
