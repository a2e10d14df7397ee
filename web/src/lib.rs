//! The browser front of boltzflow.
