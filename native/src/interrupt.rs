//! Ctrl-C and SIGTERM: the first asks the work to end cleanly, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Takes over the signals. Without it (a platform that refuses) they end the program at once.
pub(crate) fn install() {
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
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
