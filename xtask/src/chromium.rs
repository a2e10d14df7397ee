//! Chromium and its driver, for the tests that need a real browser.

use crate::setup;
use crate::step::target_dir;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::PathBuf;

/// A browser and the program through which wasm tests steer it.
#[derive(Debug)]
pub(crate) struct Chromium {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const BROWSERS_OUTSIDE_PATH: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-dejavu-core"];

impl Chromium {
    /// The browser and driver named by `CHROMIUM` and `CHROMEDRIVER`, or found where they usually are.
    pub(crate) fn find() -> Result<Option<Self>> {
        let browser = named("CHROMIUM")?.or_else(|| in_path(&BROWSERS)).or_else(|| {
            BROWSERS_OUTSIDE_PATH.iter().map(PathBuf::from).find(|path| path.is_file())
        });
        let driver = named("CHROMEDRIVER")?.or_else(|| in_path(&["chromedriver"]));
        Ok(browser.zip(driver).map(|(browser, driver)| Self { browser, driver }))
    }

    /// As [`Chromium::find`], installing both where that can be done without asking.
    pub(crate) fn require() -> Result<Self> {
        if let Some(found) = Self::find()? {
            return Ok(found);
        }
        if !setup::can_install() {
            bail!(
                "the browser tests need Chromium and chromedriver: install both (Debian: `apt-get install {}` \
                 as root), or set CHROMIUM and CHROMEDRIVER to their paths",
                PACKAGES.join(" ")
            );
        }
        setup::debian_packages("Chromium and its driver", &PACKAGES)?;
        Self::find()?
            .context("Chromium was installed but `chromium` and `chromedriver` are not in PATH")
    }

    /// Writes the capabilities file of the wasm test runner and returns its path.
    pub(crate) fn write_capabilities(&self) -> Result<PathBuf> {
        // The sandbox cannot start as root or in most containers; only this project's own tests are loaded.
        // Containers also give /dev/shm too little memory for a page.
        let browser = self.browser.display().to_string().replace('\\', "/");
        let capabilities = format!(
            "{{\"goog:chromeOptions\": {{\"binary\": {browser:?}, \"args\": \
             [\"--headless\", \"--no-sandbox\", \"--disable-dev-shm-usage\"]}}}}"
        );
        let dir = target_dir().join("xtask");
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let path = dir.join("webdriver.json");
        fs::write(&path, capabilities)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

fn named(variable: &str) -> Result<Option<PathBuf>> {
    let path = env::var_os(variable).map(PathBuf::from);
    if let Some(path) = path.as_ref().filter(|path| !path.is_file()) {
        bail!("{variable} names {}, which is not a file", path.display());
    }
    Ok(path)
}

fn in_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let dirs: Vec<_> = env::split_paths(&path).collect();
    let file = |name: &str| format!("{name}{}", env::consts::EXE_SUFFIX);
    names
        .iter()
        .find_map(|name| dirs.iter().map(|dir| dir.join(file(name))).find(|path| path.is_file()))
}
