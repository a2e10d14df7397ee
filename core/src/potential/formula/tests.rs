#![allow(clippy::unwrap_used)]
use super::*;

fn value(text: &str, x: &[f64]) -> f64 {
    let formula = Formula::new(text, Some(x.len())).unwrap();
    formula.energy_gradient(x, &mut vec![0.0; x.len()])
}

fn problem(text: &str) -> String {
    format!("{}", Formula::new(text, Some(2)).unwrap_err())
}

#[test]
fn precedence_is_that_of_mathematics() {
    let x = 1.7;
    for (text, expected) in [
        ("-x^2", -x * x),
        ("3-x^2", 3.0 - x * x),
        ("2*-x^2", -2.0 * x * x),
        ("2/-x^2*3", -6.0 / (x * x)),
        ("1 - -x", 1.0 + x),
        ("--x", x),
        ("6/2*3/x", 9.0 / x),
        ("1-2+x-3+4", x),
        ("x**2", x * x),
        ("x^-2*3", 3.0 / (x * x)),
        ("2^x^2", 2.0_f64.powf(x * x)),
        ("2^-x^2", 2.0_f64.powf(-x * x)),
        ("x^(-2)", 1.0 / (x * x)),
        ("pow(x, 3) + pow(2, -1)", x * x * x + 0.5),
        ("abs(-x) - abs(x)", 0.0),
        ("1e-3*x + 2.5E2 + .5 + 4.", 1e-3 * x + 254.5),
        ("pi*e", core::f64::consts::PI * core::f64::consts::E),
        ("(x)", x),
        ("3x", 3.0 * x),
        ("3x^2 - 2 x", 3.0 * x * x - 2.0 * x),
        ("1/2x", 0.5 * x),
        ("2^2x", 4.0 * x),
        ("2pi", core::f64::consts::TAU),
        ("1.5e1x", 15.0 * x),
        ("2sin(x)", 2.0 * x.sin()),
        ("−x²", -x * x),
        ("x³ − 3x² · 2", x * x * x - 6.0 * x * x),
        ("(x+1)²", (x + 1.0) * (x + 1.0)),
        ("sin(x)²", x.sin() * x.sin()),
        ("2^x²", 2.0_f64.powf(x * x)),
        ("4²x", 16.0 * x),
    ] {
        let value = value(text, &[x]);
        assert!((value - expected).abs() < 1e-12, "{text} = {value}, not {expected}");
    }
}

#[test]
fn derivatives_of_all_functions() {
    for (text, slope) in [
        ("x^2", -1.4),
        ("x^(-2)", 2.0 / 0.343),
        ("x^(1+1)", -1.4),
        ("pow(x, 3)", 1.47),
        ("abs(x)", -1.0),
        ("sqrt(1+x)", 0.5 / 0.3_f64.sqrt()),
        ("exp(x)", (-0.7_f64).exp()),
        ("ln(1+x) + log(1+x)", 2.0 / 0.3),
        ("log2(1+x)", 1.0 / (0.3 * core::f64::consts::LN_2)),
        ("log10(1+x)", 1.0 / (0.3 * core::f64::consts::LN_10)),
        ("sin(x)", 0.7_f64.cos()),
        ("cos(x)", 0.7_f64.sin()),
        ("tan(x)", 1.0 / 0.7_f64.cos().powi(2)),
        ("asin(x)", 1.0 / 0.51_f64.sqrt()),
        ("acos(x)", -1.0 / 0.51_f64.sqrt()),
        ("atan(x)", 1.0 / 1.49),
        ("sinh(x)", 0.7_f64.cosh()),
        ("cosh(x)", -(0.7_f64.sinh())),
        ("tanh(x)", 1.0 / 0.7_f64.cosh().powi(2)),
        ("asinh(x)", 1.0 / 1.49_f64.sqrt()),
        ("acosh(2+x)", 1.0 / (1.3_f64 * 1.3 - 1.0).sqrt()),
        ("atanh(x)", 1.0 / 0.51),
        (
            "x*exp(-x^2)/(1+x^2)^2",
            (-0.49_f64).exp() * (0.02 / 1.49_f64.powi(2) - 1.96 / 1.49_f64.powi(3)),
        ),
    ] {
        let mut gradient = [0.0];
        let formula = Formula::new(text, Some(1)).unwrap();
        formula.energy_gradient(&[-0.7], &mut gradient);
        assert!((gradient[0] - slope).abs() < 1e-6, "{text}: {} not {slope}", gradient[0]);
    }
}

#[test]
fn faults_name_their_place() {
    for (text, words) in [
        ("x^2 + w", "character 7: 'w' is not known; variables: x, y, z or x0 to x7"),
        ("x8", "character 1: 'x8' is not known"),
        ("x^2 +", "character 6: the formula ends where a value is expected"),
        ("(x + (y)", "character 1: this parenthesis is not closed"),
        ("x + y)", "character 6: this parenthesis was not opened"),
        ("x 2", "character 3: '2' cannot stand here: an operator"),
        ("sin x", "character 1: 'sin' needs parentheses"),
        ("x + * y", "character 5: '*' cannot stand here: a number"),
        ("1e999", "character 1: '1e999' is not a number in range"),
        (".", "character 1: '.' is not a number in range"),
        ("pow(x)", "character 6: pow takes two arguments"),
        ("atan2(x, y)", "character 1: 'atan2' is not known"),
        ("x, y", "character 2: ',' belongs"),
        ("x + ü", "character 5: 'ü' cannot stand here"),
        ("x $ y", "character 3: '$' cannot stand here"),
        ("()", "character 2: ')' cannot stand here"),
        ("x + z", "dim = 2 is not allowed: it must be from 3 to 8"),
        ("x9999999999999999999999", "is not known"),
    ] {
        let problem = problem(text);
        assert!(problem.contains(words), "{text}: {problem}");
    }
    assert!(problem(&"x+".repeat(800)).contains("too many"));
    assert!(problem(&"(".repeat(1000)).contains("a value is expected"));
}

/// The longest texts of each shape are read, differentiated and evaluated in the stack of a test.
#[test]
fn the_largest_formulas_are_harmless() {
    let nested = |f: &str, end: &str| {
        let depth = 999 / (f.len() + end.len());
        format!("{}x{}", f.repeat(depth), end.repeat(depth))
    };
    for text in [
        nested("tanh(", ")"),
        nested("abs(", ")"),
        nested("(", "^y)"),
        nested("-(", ")"),
        nested("x*", ""),
        nested("y/", ""),
        nested("-", ""),
        nested("x^", ""),
        nested("sin(x)*", ""),
        nested("x^y+", ""),
        (0..160).map(|i| format!("x^{i}+")).collect::<String>() + "y",
    ] {
        let formula = Formula::new(&text, Some(2)).unwrap();
        let mut gradient = [0.0; 2];
        let u = formula.energy_gradient(&[0.5, 0.5], &mut gradient);
        assert!(u.is_finite() && gradient[0].is_finite(), "{text}: {u} {gradient:?}");
    }
}

/// Formulas as one might type them, at a point inside their domain.
const GOOD: [&str; 30] = [
    "x^4 - 6*x^2 + x + y^2/2",
    "(x^2 - 1)^2 + 3*y^2",
    "(1 - x)^2 + 10*(y - x^2)^2",
    "x**2 + y**2 + 0.3*x*y",
    "-exp(-(x-1)^2 - y^2) - exp(-(x+1)^2 - y^2) + 0.1*(x^2 + y^2)",
    "sin(3*x)*cos(2*y) + x^2/2 + y^2/2",
    "cos(pi*x) + y^2",
    "sqrt(1 + x^2 + y^2)",
    "abs(x) + abs(y - 0.1)",
    "ln(1 + x^2) + log(2 + y^2)",
    "log10(3 + x) + log2(5 - y)",
    "tanh(x)*y + x^2 + y^2",
    "sinh(x/2)^2 + cosh(y/3)",
    "tan(x/3) + y^2",
    "asin(x/3) + acos(y/3)",
    "atan(x*y) + x^2",
    "asinh(x) + y^2",
    "acosh(3 + x) + y^2",
    "atanh(x/4) + atanh(y/5)",
    "pow(x^2 + y^2, 1.5)",
    "pow(2, x) + pow(3, -y)",
    "(x^2 + 1)^y",
    "x^3/(1 + y^2) + x^4",
    "1/(1 + exp(-x - y))",
    "exp(x*y/4) - x*y",
    "-x^2 + x^4 + --y^2",
    "2e-1*x^2 + 3.5E0*y^2 + .25*x",
    "x*(y + (x*(y + (x + y)^2)))",
    "e^(-x^2) + y^2/pi",
    "x0^2*x1^2 + x0^4 + x1^4",
];

#[test]
fn gradients_are_central_differences() {
    const STEP: f64 = 1e-5;
    for text in GOOD {
        let formula = Formula::new(text, Some(2)).unwrap();
        for x in [[0.7, -0.4], [-1.3, 0.9]] {
            let mut gradient = [f64::NAN; 2];
            let u = formula.energy_gradient(&x, &mut gradient);
            assert!(u.is_finite(), "{text} at {x:?}: {u}");
            for i in 0..2 {
                let at = |by: f64| {
                    let mut moved = x;
                    moved[i] += by;
                    value(text, &moved)
                };
                let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                let error = (gradient[i] - slope).abs();
                assert!(
                    error < 1e-7 * (1.0 + slope.abs()),
                    "{text} at {x:?}: {gradient:?} not {slope}"
                );
            }
        }
    }
}

/// What goes wrong while typing, with the character that the sentence must name.
const BAD: [(&str, usize); 30] = [
    ("", 1),
    ("x^", 3),
    ("x^4 - 6*", 9),
    ("*x", 1),
    ("x + * y", 5),
    ("x +/ y", 4),
    ("x 2", 3),
    ("2 3", 3),
    ("x y", 3),
    ("(x + y", 1),
    ("((x) + y", 1),
    ("x + y)", 6),
    ("()", 2),
    ("x + ()", 6),
    ("sin x", 1),
    ("x*sin", 3),
    ("sin()", 5),
    ("sine(x)", 1),
    ("x + q", 5),
    ("x9", 1),
    ("y + x12", 5),
    ("pow(x)", 6),
    ("pow(x, 2, 3)", 9),
    ("x, y", 2),
    ("exp(x, y)", 6),
    ("1.2.3", 4),
    ("1e999", 1),
    ("x = 2", 3),
    ("x; y", 2),
    ("alert(1)", 1),
];

#[test]
fn faults_say_what_and_where_in_one_sentence() {
    for (text, place) in BAD {
        let words = problem(text);
        assert!(words.contains(&format!("character {place}: ")), "{text}: {words}");
        assert!(!words.contains('\n') && words.len() < 300, "{words}");
    }
}
