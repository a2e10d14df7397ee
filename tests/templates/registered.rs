//! Written into the copied workspace: what was planted is in the registries that contract tests, menus and fronts read.

use boltzflow::{flow, objective, preset, sampler, system};

#[test]
fn everything_planted_is_registered() {
    assert!(system::SYSTEMS.iter().any(|s| s.name == "planted-system"), "systems");
    assert!(flow::bijectors::<f64>().iter().any(|(name, _)| *name == "planted_layer"), "layers");
    assert!(objective::OBJECTIVES.iter().any(|o| o.name == "planted"), "objectives");
    assert!(sampler::KERNELS.iter().any(|k| k.name == "planted-walk"), "kernels");
    assert!(preset::PRESETS.iter().any(|p| p.name == "planted-preset"), "presets");
    let keys: Vec<&str> = preset::SCHEMA.iter().map(|s| s.description.name).collect();
    assert!(keys.contains(&"planted_average") && keys.contains(&"w_planted"), "settings: {keys:?}");
}
