//! A static file server for `www`, on this machine only: each connection has a thread and carries one request, so that
//! none waits for another, however many a browser opens and leaves idle.

use crate::step::root;
use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Result as IoResult, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Ports tried in turn when none is asked for.
const PORTS: std::ops::Range<u16> = 8080..8100;
/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest request, in bytes.
const LONGEST_REQUEST: u64 = 64 * 1024;

/// A server that is bound to its port and not yet answering.
pub(crate) struct Server {
    listener: TcpListener,
    address: String,
}

impl Server {
    /// Binds the port asked for, else the first free one of 8080 to 8099, else any.
    pub(crate) fn bind(port: Option<u16>) -> Result<Self> {
        let candidates: Vec<u16> =
            port.map_or_else(|| PORTS.chain([0]).collect(), |port| vec![port]);
        for candidate in candidates {
            match TcpListener::bind(("127.0.0.1", candidate)) {
                Ok(listener) => {
                    let address = listener.local_addr().context("cannot tell the port")?;
                    return Ok(Self { listener, address: format!("http://{address}/") });
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                Err(error) => return Err(anyhow!("cannot serve on port {candidate}: {error}")),
            }
        }
        bail!("port {} is in use: choose another one", port.unwrap_or(PORTS.start))
    }

    /// The address of the page, with its final slash.
    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// Answers requests in the background until the process ends.
    pub(crate) fn start(self) -> thread::JoinHandle<()> {
        thread::spawn(move || {
            for stream in self.listener.incoming().flatten() {
                // A browser that went away is no error of the server.
                thread::spawn(|| answer(stream).ok());
            }
        })
    }
}

/// Reads one request and answers it.
fn answer(mut stream: TcpStream) -> IoResult<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = BufReader::new(stream.try_clone()?.take(LONGEST_REQUEST)).lines();
    let Some(first) = request.next().transpose()? else { return Ok(()) };
    // The headers say nothing that matters here, but unread ones would cut the answer short.
    while request.next().transpose()?.is_some_and(|header| !header.is_empty()) {}
    let mut words = first.split(' ');
    let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let file = file_of(url)
        .and_then(|path| Some((mime(&path), fs::read(root().join("www").join(path)).ok()?)));
    let text = "text/plain; charset=utf-8";
    let (status, kind, body) = match file {
        _ if !["GET", "HEAD"].contains(&method) => {
            ("405 Method Not Allowed", text, b"only GET and HEAD are answered\n".to_vec())
        }
        None => ("404 Not Found", text, b"not found\n".to_vec()),
        Some((kind, body)) => ("200 OK", kind, body),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
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
        let port = first.listener.local_addr().unwrap().port();
        let error = Server::bind(Some(port)).err().unwrap().to_string();
        assert_eq!(error, format!("port {port} is in use: choose another one"));
        assert_ne!(Server::bind(None).unwrap().address(), first.address());
    }

    /// The whole answer to a request.
    fn answer_to(request: &str) -> String {
        let server = Server::bind(None).unwrap();
        let mut stream = TcpStream::connect(server.listener.local_addr().unwrap()).unwrap();
        server.start();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn requests_are_answered_and_idle_connections_do_not_matter() {
        let page = answer_to("GET /?seed=1 HTTP/1.1\r\nHost: here\r\n\r\n");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{page}");
        assert!(page.ends_with("</html>\n"), "{page}");
        let head = answer_to("HEAD / HTTP/1.1\r\n\r\n");
        assert!(head.ends_with("Connection: close\r\n\r\n"), "{head}");
        assert!(answer_to("GET /../Cargo.toml HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        assert!(answer_to("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));

        let server = Server::bind(None).unwrap();
        let address = server.listener.local_addr().unwrap();
        server.start();
        let idle: Vec<_> = (0..20).map(|_| TcpStream::connect(address).unwrap()).collect();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /index.html HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{} idle", idle.len());
    }
}
