//! What can happen to a long run: kills, a full disk, a folder that cannot be written to, an interrupt, a second run, a clock that
//! jumps. Nothing is lost, no file is half-written, and one sentence says what happened.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use program::{SMALL, command, files, json, run, train_small, write_npy};

/// A checkpoint after every step.
const ALWAYS: [&str; 2] = ["--checkpoint-every", "0"];

fn train<'a>(run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "double-well", "-o", run, "--quiet"], &SMALL[..], more].concat()
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until something has come true, and gives up where it never will.
fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < Duration::from_secs(300), "it never came: {what}");
        sleep(Duration::from_millis(1));
    }
}

/// Waits until a file is there.
fn wait_for(path: &Path) {
    wait_until(&path.display().to_string(), || path.exists());
}

/// Waits until a program takes interrupts itself: before that they end it in the system's way, without a word.
#[cfg(target_os = "linux")]
fn wait_for_handler(child: &Child) {
    const INTERRUPT: u64 = 1 << 1;
    let status = Path::new("/proc").join(child.id().to_string()).join("status");
    wait_until("the program takes interrupts", || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        // One that has ended catches nothing any more.
        text.contains("State:\tZ")
            || caught.is_some_and(|mask| {
                u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & INTERRUPT != 0)
            })
    });
}

#[cfg(all(unix, not(target_os = "linux")))]
fn wait_for_handler(_: &Child) {
    sleep(Duration::from_secs(5));
}

/// The program below `sh`, which first does something to its limits or its files.
fn below_shell(folder: &Path, before: &str, arguments: &[&str]) -> Output {
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]);
    shell.arg(env!("CARGO_BIN_EXE_boltzflow")).args(arguments).output().unwrap()
}

/// One line with these parts and this exit code.
fn says(output: &Output, code: i32, parts: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    for part in parts {
        assert!(error.contains(part), "'{part}' is not in: {error}");
    }
}

/// Names and contents of all files of a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |p: &Path| p.strip_prefix(folder).unwrap().display().to_string();
    files(folder).iter().filter(|p| p.is_file()).map(|p| (name(p), fs::read(p).unwrap())).collect()
}

/// The same results, but for the seconds that the state counts.
fn same_results(folder: &Path, a: &str, b: &str) {
    let (mut a, mut b) = (contents(&folder.join(a)), contents(&folder.join(b)));
    for of in [&mut a, &mut b] {
        assert!(of.remove("state.safetensors").is_some());
    }
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    assert!(a == b, "the files differ");
}

/// Says on the terminal, past what the test runner keeps back, that a part was left out.
fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}

/// Numbers from 0 to 1 that differ from kill to kill.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

/// Kills runs at random moments, many of them more than once, and lets each end: how many kills there were.
fn kills(wanted: usize, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let began = Instant::now();
    // With examples of which some are held out: a folder with all files there are.
    let more = ["--set", "example_held_out=0.2", "--resume"];
    let arguments = train("run", &[&ALWAYS[..], &more].concat());
    let whole = json(folder, &train("whole", &[&ALWAYS[..], &more].concat()));
    let duration = began.elapsed();
    let (mut random_state, mut killed, mut resumed, mut runs) = (seed, 0, 0, 0);
    while killed < wanted {
        let mut of_this_run = 0;
        while of_this_run == 0 || random(&mut random_state) < 0.5 {
            let moment = duration.mul_f64(random(&mut random_state));
            let mut child = start(folder, &arguments);
            sleep(moment);
            let ended = child.try_wait().unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            match ended {
                Some(status) => assert!(status.success(), "after {killed} kills"),
                None => of_this_run += 1,
            }
            if ended.is_some() {
                break;
            }
        }
        if of_this_run == 0 {
            fs::remove_dir_all(folder.join("run")).unwrap();
            continue;
        }
        let done = json(folder, &arguments);
        assert_eq!(done["digest"], whole["digest"], "after {killed} kills, seed {seed}");
        assert_eq!(done["energy_evaluations"], whole["energy_evaluations"]);
        same_results(folder, "whole", "run");
        fs::remove_dir_all(folder.join("run")).unwrap();
        killed += of_this_run;
        resumed += of_this_run;
        runs += 1;
    }
    println!("{killed} random kills in {runs} runs (seed {seed}): {resumed} correct resumes");
}

#[test]
fn a_few_random_kills() {
    kills(6, 1);
}

/// `BOLTZFLOW_KILLS=1000 cargo test --release -p boltzflow-cli --test survival -- --ignored --nocapture`
#[test]
#[ignore = "minutes: see the command above it"]
fn a_hundred_random_kills() {
    let kills_wanted = std::env::var("BOLTZFLOW_KILLS").ok().map_or(100, |n| n.parse().unwrap());
    kills(kills_wanted, 2);
}

/// One run that is killed so often that it never gets far: the same bits as one that is left alone.
#[test]
#[ignore = "a minute: run with the hundred kills"]
fn a_chain_of_fifty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let long = ["--set", "iterations=3000"];
    let began = Instant::now();
    let whole = json(folder, &train("whole", &[&long[..], &ALWAYS].concat()));
    let moment = began.elapsed() / 60;
    let arguments = train("run", &[&long[..], &ALWAYS, &["--resume"]].concat());
    let mut killed = 0;
    while killed < 50 {
        let mut child = start(folder, &arguments);
        sleep(moment);
        match child.try_wait().unwrap() {
            Some(_) => break,
            None => child.kill().unwrap(),
        }
        child.wait().unwrap();
        killed += 1;
    }
    assert_eq!(json(folder, &arguments)["digest"], whole["digest"]);
    same_results(folder, "whole", "run");
    println!("a chain of {killed} kills: the same bits as none");
    assert_eq!(killed, 50);
}

/// Killed while its held-out examples are there, but not yet its settings: it starts anew.
#[test]
fn killed_before_its_settings_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let held_out = ["--set", "example_held_out=0.2"];
    let whole = train_small(folder, "whole", &held_out);
    for names in [&["held_out.npz"][..], &["held_out.npz", "model.safetensors"]] {
        let killed = folder.join("killed");
        fs::create_dir(&killed).unwrap();
        names.iter().for_each(|n| drop(fs::copy(folder.join("whole").join(n), killed.join(n))));
        fs::write(killed.join(".boltzflow-AbCdEf.npz"), "half").unwrap();
        says(&run(folder, &train("killed", &held_out)), 2, &["not empty", "--resume"]);
        let resume = [&held_out[..], &["--resume"]].concat();
        assert_eq!(train_small(folder, "killed", &resume)["digest"], whole["digest"]);
        same_results(folder, "whole", "killed");
        fs::remove_dir_all(killed).unwrap();
    }
    // But not over files that are not its own.
    fs::create_dir(folder.join("mine")).unwrap();
    fs::write(folder.join("mine/thesis.tex"), "x").unwrap();
    says(&run(folder, &train("mine", &["--resume"])), 2, &["no run in mine"]);
}

/// No file may grow beyond a limit: what a full disk does to one file at a time.
#[test]
fn files_that_cannot_grow() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let held_out = ["--set", "example_held_out=0.2"];
    let whole = train_small(folder, "whole", &held_out);
    let biggest =
        files(&folder.join("whole")).iter().map(|p| p.metadata().unwrap().len()).max().unwrap();
    let resume = train("run", &[&held_out[..], &ALWAYS, &["--resume"]].concat());
    // In blocks of 512 bytes, so that each kind of file is the first that does not fit.
    let (mut blocks, mut failures) = (1, 0);
    while blocks * 512 < biggest {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}");
        let output = below_shell(folder, &limit, &resume);
        says(&output, 1, &["error[write-failed]: ", "cannot be written", "; "]);
        let left = files(&folder.join("run"));
        let temporary = left.iter().any(|p| p.display().to_string().contains(".boltzflow-"));
        assert!(!temporary, "{left:?}");
        failures += 1;
        blocks = blocks * 3 / 2 + 1;
    }
    assert!(failures > 3, "{failures}");
    assert_eq!(json(folder, &resume)["digest"], whole["digest"]);
    same_results(folder, "whole", "run");
    // Output of other commands: nothing, rather than a part.
    let sample = ["sample", "run", "-n", "1000", "-o", "s.npz"];
    says(&below_shell(folder, "trap '' XFSZ; ulimit -f 9", &sample), 1, &["s.npz cannot be"]);
    assert!(!folder.join("s.npz").exists());
}

/// A disk of 256 kB that fills up in the middle of a run, and is then given room.
#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut shell = Command::new("unshare");
    shell.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    let whole = train_small(folder, "whole", &[]);
    fs::create_dir(folder.join("disk")).unwrap();
    let options = train("disk/run", &[&ALWAYS[..], &["--resume"]].concat()).join(" ");
    let program = env!("CARGO_BIN_EXE_boltzflow");
    let script = format!(
        "mount -t tmpfs -o size=256k tmpfs disk || exit 77
         {program} {options} & run=$!
         while [ ! -e disk/run/run.toml ]; do sleep 0.01; done
         cat /dev/zero > disk/filler 2> /dev/null
         wait $run; echo code $? >&2
         ls -A disk/run >&2
         rm disk/filler
         {program} {options} --json"
    );
    let output = match shell.arg(&script).current_dir(folder).output() {
        Ok(output) if output.status.success() => output,
        _ => return skipped("a full disk, which needs user namespaces"),
    };
    let error = String::from_utf8_lossy(&output.stderr);
    let resumed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(resumed["digest"], whole["digest"], "{error}");
    let lines: Vec<&str> = error.lines().collect();
    let (first, names) = (lines[0], &lines[2..]);
    assert!(first.starts_with("error[write-failed]: disk/run/"), "{error}");
    assert!(first.contains("of 80 is saved") && first.contains("--resume"), "{error}");
    assert_eq!(lines[1], "code 1", "{error}");
    assert!(names.iter().all(|n| !n.starts_with('.')), "{error}");
}

#[test]
fn output_that_goes_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    if !Path::new("/dev/full").exists() {
        return skipped("/dev/full, which this system lacks");
    }
    for arguments in [&["systems"][..], &["systems", "--json"], &["completions", "bash"]] {
        says(&below_shell(folder.path(), "exec > /dev/full", arguments), 1, &["standard output"]);
    }
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_small(folder, "run", &[]);
    let before = contents(folder);
    let script = |what: &str| {
        let program = env!("CARGO_BIN_EXE_boltzflow");
        format!("mount --bind . . && mount -o remount,bind,ro . || exit 77; cd .; {program} {what}")
    };
    let small = SMALL.join(" ");
    for (what, names) in [
        (format!("train double-well -o new {small}"), "new"),
        (format!("train double-well -o deep/new {small}"), "deep/new"),
        ("sample run -n 10 -o s.npz".into(), "s.npz"),
        ("analyze run -o report".into(), "report"),
        ("analyze run -o run/report".into(), "run/report"),
        ("export run -o m.safetensors".into(), "m.safetensors"),
        ("simulate double-well -n 10 -o s.npz".into(), "s.npz"),
        (format!("bootstrap double-well -o rounds {small}"), "rounds"),
        ("train -o run --resume".into(), "run/"),
    ] {
        let mut shell = Command::new("unshare");
        shell.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script(&what)]);
        match shell.current_dir(folder).output() {
            Ok(output) if output.status.code() != Some(77) => {
                says(&output, 2, &["error[unwritable]: ", names, "cannot be written"]);
            }
            _ => return skipped("a folder that cannot be written to, which needs user namespaces"),
        }
        assert!(contents(folder) == before, "{what}");
    }
}

#[test]
fn two_runs_on_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let long = [&ALWAYS[..], &["--set", "iterations=100000000"]].concat();
    let mut first = start(folder, &train("run", &long));
    wait_for(&folder.join("run/run.toml"));
    let in_use = &["error[in-use]: ", "another run is writing to run"];
    says(&run(folder, &["train", "-o", "run", "--resume"]), 2, in_use);
    says(&run(folder, &train("run", &[&long[..], &["--resume"]].concat())), 2, in_use);
    // Reading is allowed, and sees whole files.
    for _ in 0..20 {
        assert_eq!(json(folder, &["show", "run"])["done"], false);
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // The folder is free as soon as its run is gone, however it went.
    let log = || fs::metadata(folder.join("run/log.jsonl")).map_or(0, |m| m.len());
    let before = log();
    let mut second = start(folder, &["train", "-o", "run", "--resume", "--quiet"]);
    wait_until("the second run goes on", || log() > before);
    assert!(second.try_wait().unwrap().is_none());
    interrupt(&second);
    assert_eq!(second.wait().unwrap().code(), Some(130));

    // Two that start at once: at most one works, and the other says so.
    let mut both = [0; 2].map(|_| start(folder, &train("both", &long)));
    wait_for(&folder.join("both/run.toml"));
    let began = Instant::now();
    let mut refused = Vec::new();
    while refused.is_empty() && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(10));
        refused = both.iter_mut().filter_map(|c| c.try_wait().unwrap()).collect();
    }
    assert_eq!(refused.iter().map(std::process::ExitStatus::code).collect::<Vec<_>>(), [Some(2)]);
    for mut child in both {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    let rounds = ["bootstrap", "double-well", "-o", "rounds", "--set", "iterations=100000000"];
    let mut first = start(folder, &rounds);
    wait_for(&folder.join("rounds/round-0/run.toml"));
    let again = [&rounds[..], &["--resume"]].concat();
    says(&run(folder, &again), 2, &["error[in-use]: ", "writing to rounds"]);
    first.kill().unwrap();
    first.wait().unwrap();
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

/// Every long command ends within seconds of the first Ctrl-C, says so, and leaves no part of a file.
#[test]
fn interrupts_of_all_commands() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_small(folder, "run", &[]);
    let rows: Vec<Vec<f64>> = (0..100_000).map(|i| vec![f64::from(i) * 1e-5, 1.0]).collect();
    write_npy(&folder.join("x.npy"), &rows);
    let before = files(folder);
    for arguments in [
        &["sample", "run", "-n", "20000000", "-o", "out.npz"][..],
        &["analyze", "run", "-n", "20000000", "-o", "out"],
        &["simulate", "double-well", "-n", "1000000000", "--stride", "1", "-o", "out.npz"],
        &["simulate", "dimer", "--method", "umbrella", "--quiet", "-o", "out.npz"],
        &["explore", "dimer", "--quiet", "-o", "out.npz"],
        // Here the examples are being made, which takes long.
        &["train", "dimer", "--quiet", "-o", "out"],
        &["bench", "--seconds", "60", "--filter", "energy"],
    ] {
        let child = start(folder, arguments);
        wait_for_handler(&child);
        // Somewhere in its work: any moment must do.
        sleep(Duration::from_millis(700));
        interrupt(&child);
        // It ends: these arguments would keep it busy for hours.
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            // Too large for this machine, or it came too late.
            Some(2) => assert!(arguments.contains(&"-n"), "{output:?}"),
            // Before it there may be a line that says how long it would have taken.
            code => {
                let error = String::from_utf8_lossy(&output.stderr);
                let lines: Vec<&str> = error.trim_end().lines().collect();
                assert!(code == Some(130) && (1..=2).contains(&lines.len()), "{error}");
                assert!(lines[lines.len() - 1].contains("interrupted: "), "{error}");
            }
        }
        let out = folder.join("out.npz");
        if out.is_file() {
            // It was being written when the interrupt came: then it is whole.
            assert!(!program::names_in_npz(&out).is_empty(), "{arguments:?}");
            fs::remove_file(&out).unwrap();
        }
        let _ = fs::remove_dir_all(folder.join("out"));
        assert_eq!(files(folder), before, "{arguments:?}");
    }
}

/// Nothing rests on the time of day: files from the future or from before all computers are as good as others.
#[test]
fn clocks_that_jump() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = train_small(folder, "whole", &[]);
    let century = Duration::from_secs(100 * 365 * 86_400);
    let resume = train("run", &[&ALWAYS[..], &["--resume"]].concat());
    let times = [SystemTime::UNIX_EPOCH, SystemTime::now() + century];
    for (i, time) in times.into_iter().cycle().take(4).enumerate() {
        let mut child = start(folder, &resume);
        wait_for(&folder.join("run/run.toml"));
        sleep(Duration::from_millis(10 * i as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        for path in files(&folder.join("run")) {
            fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
    }
    assert_eq!(json(folder, &resume)["digest"], whole["digest"]);
    same_results(folder, "whole", "run");
}

/// A log that someone cut, lengthened or removed does not disturb a run, and what is written after it is whole.
#[test]
fn a_log_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = train_small(folder, "whole", &[]);
    let arguments = train("run", &[&ALWAYS[..], &["--resume"]].concat());
    for change in 0..3 {
        let mut child = start(folder, &arguments);
        wait_for(&folder.join("run/log.jsonl"));
        sleep(Duration::from_millis(30));
        child.kill().unwrap();
        child.wait().unwrap();
        let log = folder.join("run/log.jsonl");
        match change {
            0 => fs::write(&log, "").unwrap(),
            1 => fs::OpenOptions::new().append(true).open(&log).unwrap().set_len(1 << 20).unwrap(),
            _ => fs::remove_file(&log).unwrap(),
        }
        assert_eq!(json(folder, &arguments)["digest"], whole["digest"]);
        let text = fs::read_to_string(&log).unwrap();
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}
