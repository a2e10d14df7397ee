//! Ctrl-C and SIGTERM: the first asks the work to end cleanly, the second ends the program.
//!
//! Work that looks often ends by itself. Work that does not is ended soon after: files are complete or not there, so there is
//! nothing to lose, but while one is written or a run could still save its state, the end waits.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static POSTPONED: AtomicUsize = AtomicUsize::new(0);

/// Time for work to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// Time between two looks at what is still being written.
const LOOK: Duration = Duration::from_millis(20);

/// Takes over the signals. Without it (a platform that refuses) they end the program at once.
pub(crate) fn install() {
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        // Beside this thread, which listens for the second signal.
        thread::spawn(|| {
            thread::sleep(GRACE);
            while POSTPONED.load(Ordering::SeqCst) > 0 {
                thread::sleep(LOOK);
            }
            eprintln!("{}", Failure::Interrupted { kept: NOTHING.into() });
            std::process::exit(130);
        });
    });
}

const NOTHING: &str = "nothing was written that is not complete";

/// Keeps an interrupt from ending the program while it lives.
#[derive(Debug)]
pub(crate) struct Postponed(());

/// For the time in which a file is written, or in which work looks at [`requested`] and saves what it has.
pub(crate) fn postpone() -> Postponed {
    POSTPONED.fetch_add(1, Ordering::SeqCst);
    Postponed(())
}

impl Drop for Postponed {
    fn drop(&mut self) {
        POSTPONED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// True after the first signal.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Fails after the first signal, for work that keeps nothing.
pub(crate) fn check() -> Result<(), Failure> {
    if requested() {
        Err(Failure::Interrupted { kept: "nothing was written".into() })
    } else {
        Ok(())
    }
}
