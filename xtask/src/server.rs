//! A static file server for `www`, on this machine only.

use crate::step::root;
use anyhow::{Result, anyhow, bail};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use tiny_http::{Header, Method, Request, Response};

/// Ports tried in turn when none is asked for.
const PORTS: std::ops::Range<u16> = 8080..8100;
/// Requests answered at a time: a page loads its modules and workers side by side.
const THREADS: usize = 4;

/// A server that is bound to its port and not yet answering.
pub(crate) struct Server {
    http: Arc<tiny_http::Server>,
}

impl Server {
    /// Binds the port asked for, else the first free one of 8080 to 8099, else any.
    pub(crate) fn bind(port: Option<u16>) -> Result<Self> {
        let candidates: Vec<u16> =
            port.map_or_else(|| PORTS.chain([0]).collect(), |port| vec![port]);
        for candidate in candidates {
            match tiny_http::Server::http(("127.0.0.1", candidate)) {
                Ok(http) => {
                    return Ok(Self { http: Arc::new(http) });
                }
                Err(error) if in_use(&*error) => {}
                Err(error) => return Err(anyhow!("cannot serve on port {candidate}: {error}")),
            }
        }
        bail!("port {} is in use: choose another one", port.unwrap_or(PORTS.start))
    }

    /// The address of the page, with its final slash.
    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.http.server_addr())
    }

    /// Answers requests in the background until the process ends.
    pub(crate) fn start(&self) -> Vec<thread::JoinHandle<()>> {
        let answer =
            |http: Arc<tiny_http::Server>| move || http.incoming_requests().for_each(respond);
        (0..THREADS).map(|_| thread::spawn(answer(Arc::clone(&self.http)))).collect()
    }
}

fn in_use(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::AddrInUse)
}

fn respond(request: Request) {
    let is_read = matches!(request.method(), Method::Get | Method::Head);
    let file = file_of(request.url())
        .and_then(|path| Some((mime(&path), File::open(root().join("www").join(path)).ok()?)));
    // A browser that went away is no error of the server.
    let _ = match file {
        _ if !is_read => request.respond(
            Response::from_string("only GET and HEAD are answered\n").with_status_code(405),
        ),
        None => request.respond(Response::from_string("not found\n").with_status_code(404)),
        Some((mime, file)) => {
            let headers = [
                ("Content-Type", mime),
                ("Cache-Control", "no-cache"),
                ("X-Content-Type-Options", "nosniff"),
            ];
            let mut response = Response::from_file(file);
            for header in
                headers.into_iter().filter_map(|(name, value)| Header::from_bytes(name, value).ok())
            {
                response.add_header(header);
            }
            request.respond(response)
        }
    };
}

/// The file below `www` that a request names; `None` for names that could lead out of it.
fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = if path.is_empty() || path.ends_with('/') {
        format!("{path}index.html")
    } else {
        path.to_owned()
    };
    let is_plain = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    path.split('/').all(is_plain).then(|| path.into())
}

/// The content type; browsers refuse a module script or a streamed wasm module of any other.
fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md" | "ts") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_its_index_and_a_query_is_ignored() {
        assert_eq!(file_of("/"), Some("index.html".into()));
        assert_eq!(file_of("/docs/?seed=1#top"), Some("docs/index.html".into()));
        assert_eq!(file_of("/pkg/simd.wasm?v=2"), Some("pkg/simd.wasm".into()));
    }

    #[test]
    fn nothing_outside_the_page_is_served() {
        for url in [
            "/../Cargo.toml",
            "/pkg/../../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "//etc/passwd",
            "/.git",
            "/a\\b",
            "*",
        ] {
            assert_eq!(file_of(url), None, "{url}");
        }
    }

    #[test]
    fn a_taken_port_is_refused_when_asked_for_and_passed_over_otherwise() {
        let first = Server::bind(None).unwrap();
        let port = first.http.server_addr().to_ip().unwrap().port();
        let error = Server::bind(Some(port)).err().unwrap().to_string();
        assert_eq!(error, format!("port {port} is in use: choose another one"));
        assert_ne!(Server::bind(None).unwrap().address(), first.address());
    }
}
