//! Files that must be refused, each with what is wrong, and files that are awkward and must be read.

use boltzflow_molecule::{Molecule, openmm, pdb};
use boltzflow_tests::reference;

use super::{molecule, xml};

/// Why a system is refused.
fn refusal(text: &str) -> String {
    openmm::read(text).unwrap_err().to_string()
}

#[test]
fn what_is_not_supported_is_named() {
    let expected = reference("molecules/openmm/cases/expected.json");
    let cases = expected.as_object().unwrap();
    assert_eq!(cases.len(), 6);
    for (name, case) in cases {
        assert_eq!(case["verdict"], "refuse");
        let message = refusal(&xml(&format!("cases/{name}")));
        for words in case["must_name"].as_array().unwrap() {
            let lower = message.to_lowercase();
            let named =
                words.as_str().unwrap().split('|').any(|w| lower.contains(&w.to_lowercase()));
            assert!(named, "{name}: {words} in: {message}");
        }
    }
}

#[test]
fn all_that_is_not_supported_is_named_at_once() {
    let text = xml("gly2_ff99sbildn_obc2")
        .replace(
            "<Constraints/>",
            r#"<Constraints><Constraint d=".1" p1="0" p2="1"/></Constraints>"#,
        )
        .replacen(r#"method="0""#, r#"method="4""#, 1)
        .replace(
            "</Forces>",
            r#"<Force type="CMAPTorsionForce"/><Force type="CustomTorsionForce"/></Forces>"#,
        );
    let message = refusal(&text);
    for words in [
        "1 constraints (write",
        "constraints=None",
        "CMAPTorsionForce",
        "CustomTorsionForce",
        "PME",
        "NoCutoff",
    ] {
        assert!(message.contains(words), "{words}: {message}");
    }
    let sites = xml("butane_trappe_ua").replacen(
        r#"<Particle mass="15.035"/>"#,
        r#"<Particle mass="0"><TwoParticleAverageSite p1="1" p2="2" w1=".5" w2=".5"/></Particle>"#,
        1,
    );
    assert!(refusal(&sites).contains("1 virtual sites"));
    let immobile = xml("butane_trappe_ua").replacen(r#"mass="15.035""#, r#"mass="0""#, 1);
    assert!(refusal(&immobile).contains("1 immobile particles"));
}

#[test]
fn other_implicit_solvents_are_refused() {
    let text = xml("ala2_ff14sb_obc2custom");
    let changes = [
        ("kappa=0", "kappa=.7"),
        ("psi-0.8*psi^2+4.85*psi^3", "psi*0.5"),
        ("(radius+0.14)^2", "(radius+0.15)^2"),
        ("offset=0.009\"", "offset=0.0195\""),
        (
            "<GlobalParameters/>",
            "<GlobalParameters><Parameter name=\"k\" default=\"1\"/></GlobalParameters>",
        ),
    ];
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        let message = refusal(&text.replace(from, to));
        assert!(message.contains("CustomGBForce whose expressions"), "{to}: {message}");
    }
    let native =
        xml("gly2_ff99sbildn_obc2").replace("soluteDielectric=\"1\"", "soluteDielectric=\"0\"");
    assert!(refusal(&native).contains("must be above 0"), "{}", refusal(&native));
    // Without the surface area, or with another dielectric, it is the same model.
    let other =
        openmm::read(&text.replace("solventDielectric=78.5", "solventDielectric=40")).unwrap();
    assert_ne!(other, openmm::read(&text).unwrap());
}

#[test]
fn what_has_no_energy_is_told() {
    let system = openmm::read(&xml("val2_ff99sbildn_obc2")).unwrap();
    assert_eq!(system.notes, ["CMMotionRemover is left out: it has no energy"]);
}

#[test]
fn names_groups_and_order_of_forces_mean_nothing() {
    let text = xml("butane_trappe_ua");
    let system = openmm::read(&text).unwrap();
    let renamed = text
        .replace(r#"name="HarmonicBondForce""#, r#"name="PME""#)
        .replace("forceGroup=\"2\"", "forceGroup=\"7\"");
    assert_eq!(openmm::read(&renamed).unwrap(), system);
    let (before, rest) = text.split_once("<Forces>").unwrap();
    let (forces, after) = rest.split_once("</Forces>").unwrap();
    let mut list: Vec<&str> =
        forces.split("</Force>").filter(|force| force.contains("<Force")).collect();
    list.reverse();
    let reversed = format!("{before}<Forces>{}</Force></Forces>{after}", list.join("</Force>"));
    assert_eq!(openmm::read(&reversed).unwrap(), system);
}

#[test]
fn broken_files_say_where() {
    let text = xml("butane_trappe_ua");
    let cases = [
        (
            text.replacen("d=\".154\"", "d=\"short\"", 1),
            "line 18: d=\"short\" of <Bond> must be a number",
        ),
        (
            text.replacen("p1=\"0\"", "p1=\"4\"", 1),
            "p1=\"4\" of <Bond> must be a whole number from 0 to 3",
        ),
        (text.replacen("p2=\"1\"", "p2=\"0\"", 1), "must be another particle than the others"),
        (text.replacen("k=\"502416\" ", "", 1), "<Bond> has no k"),
        (text.replacen("</Forces>", "", 1), "not valid XML"),
        (text.replace("System", "State"), "an OpenMM State, not a System"),
        ("<System/>".into(), "it has no particles"),
        (text.replacen(" method=\"0\"", "", 1), "NonbondedForce with method none given"),
        (text.replacen("eps=\".814817\"", "eps=\"-.8\"", 1), "must be 0 or above"),
    ];
    for (text, expected) in cases {
        let message = refusal(&text);
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let butane = molecule("butane_oplsaa").structure;
    let pentane = openmm::read(&xml("pentane_oplsaa")).unwrap();
    let message = Molecule::new(pentane, butane.clone()).unwrap_err().to_string();
    assert!(message.contains("it has 14 atoms, and the system 17 particles"), "{message}");
    let mut swapped = butane;
    let x = &mut swapped.models[0];
    (0..3).for_each(|c| x.swap(c, 3 * 13 + c));
    let own = openmm::read(&xml("butane_oplsaa")).unwrap();
    let message = Molecule::new(own, swapped).unwrap_err().to_string();
    assert!(message.contains("do not belong together"), "{message}");
    assert!(pdb::read(b"END\n").is_err());
}
