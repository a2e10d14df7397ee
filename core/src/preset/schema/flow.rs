//! Layers of the flow and their networks.

use super::{POSITIVE, TEXT, between, integer};
use crate::flow::{SPLINE_BINS, SplitKind, Trunk, WhiteningKind};
use crate::nn::NetworkKind;
use crate::num::Activation;
use crate::preset::spec::{Access, SettingSpec, choose, list, number, text, whole};
use crate::setting::{Kind, Value};

/// Settings of the architecture.
pub(super) const ROWS: &[SettingSpec] = &[
    run!(
        "flow",
        TEXT,
        "",
        "layers from x to z, letters with counts: R8, N10S; after a D those in parentheses act on the pair, the others on the rest given the pair",
        |s| Some(Value::Text(s.flow.clone())),
        |s, v| s.flow = text(v)
    ),
    run!(
        "network",
        Kind::Choice(NetworkKind::NAMES),
        "",
        "kind of the networks",
        |s| Some(Value::Text(s.architecture.network.name().into())),
        |s, v| choose(&mut s.architecture.network, NetworkKind::from_name(v.words()))
    ),
    run!(
        "hidden",
        Kind::Integers { min: 1, max: 4096 },
        "",
        "hidden widths of each network",
        |s| Some(Value::List(s.architecture.hidden.iter().map(|h| *h as f64).collect())),
        |s, v| s.architecture.hidden = list(v).into_iter().map(|h| h as usize).collect()
    ),
    run!(
        "trunk",
        Kind::Choice(Trunk::NAMES),
        "",
        "separate networks for scale and shift, or one shared",
        |s| Some(Value::Text(s.architecture.trunk.name().into())),
        |s, v| choose(&mut s.architecture.trunk, Trunk::from_name(v.words()))
    ),
    run!(
        "scale_activation",
        Kind::Choice(Activation::NAMES),
        "",
        "activation of the scale networks",
        |s| Some(Value::Text(s.architecture.scale_activation.name().into())),
        |s, v| choose(&mut s.architecture.scale_activation, Activation::from_name(v.words()))
    ),
    run!(
        "shift_activation",
        Kind::Choice(Activation::NAMES),
        "",
        "activation of the shift networks, and of shared ones",
        |s| Some(Value::Text(s.architecture.shift_activation.name().into())),
        |s, v| choose(&mut s.architecture.shift_activation, Activation::from_name(v.words()))
    ),
    run!(
        "split",
        Kind::Choice(SplitKind::NAMES),
        "",
        "how couplings divide the coordinates: even against odd, halves, or particles like a chessboard",
        |s| Some(Value::Text(s.architecture.split.name().into())),
        |s, v| choose(&mut s.architecture.split, SplitKind::from_name(v.words()))
    ),
    run!(
        "scale_bound",
        between(0.0, 1e9),
        "",
        "largest logarithm of the factor by which an affine coupling may stretch; 0 for no bound",
        |s| Some(Value::Number(s.architecture.scale_bound)),
        |s, v| s.architecture.scale_bound = number(v)
    ),
    run!(
        "bins",
        integer(SPLINE_BINS.0, SPLINE_BINS.1),
        "",
        "bins of each spline",
        |s| Some(Value::Number(s.architecture.bins as f64)),
        |s, v| s.architecture.bins = whole(v)
    ),
    run!(
        "tail_bound",
        POSITIVE,
        "",
        "spline couplings change what is nearer to 0 than this",
        |s| Some(Value::Number(s.architecture.tail_bound)),
        |s, v| s.architecture.tail_bound = number(v)
    ),
    run!(
        "whitening",
        Kind::Choice(WhiteningKind::NAMES),
        "",
        "whitening by principal components, or as near to the coordinates as possible",
        |s| Some(Value::Text(s.architecture.whitening.name().into())),
        |s, v| choose(&mut s.architecture.whitening, WhiteningKind::from_name(v.words()))
    ),
    run!(
        "mean_degree",
        integer(0, 12),
        "",
        "degree of the mean of what is whitened as a polynomial in the distance of the pair",
        |s| Some(Value::Number(s.architecture.mean_degree as f64)),
        |s, v| s.architecture.mean_degree = whole(v)
    ),
];
