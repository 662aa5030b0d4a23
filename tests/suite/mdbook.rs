//! A running `mdbook serve`, its log, and the reloads that a browser sees. `benches/speed` uses it, too.

use std::io::{BufRead, BufReader, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tungstenite::{Error, Message, WebSocket};

/// The interval at which mdBook polls for changed files, from the end of its last build.
pub const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A process of `mdbook serve`, and an open page.
pub struct Server {
    mdbook: Child,
    log: Arc<Mutex<String>>,
    address: String,
    page: WebSocket<TcpStream>,
}

impl Server {
    /// Serves the book in a folder, and returns after the first build.
    pub fn of(book: &Path) -> Server {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut mdbook = Command::new("mdbook")
            .args(["serve", "--hostname", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .current_dir(book)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUST_LOG")
            .env("MDBOOK_LOG", "info")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`mdbook` must be on the PATH: `cargo install mdbook`");
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(mdbook.stderr.take().unwrap()).lines();
        let writer = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                writer.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = format!("127.0.0.1:{port}");
        let begun = Instant::now();
        while !log.lock().unwrap().contains("Watching for changes") {
            let status = mdbook.try_wait().unwrap();
            let log = log.lock().unwrap();
            assert!(status.is_none(), "{log}");
            assert!(begun.elapsed() < Duration::from_secs(300), "{log}");
            drop(log);
            thread::sleep(Duration::from_millis(20));
        }
        let page = page(&address);
        Server {
            mdbook,
            log,
            address,
            page,
        }
    }

    /// The output of mdBook and its preprocessor so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Whether mdBook asks the page to reload within some time. The page does so at once.
    pub fn is_reloaded(&mut self, within: Duration) -> bool {
        self.page.get_ref().set_read_timeout(Some(within)).unwrap();
        match self.page.read() {
            Ok(Message::Text(text)) => assert_eq!(text.as_str(), "reload"),
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                return false;
            }
            other => panic!("{other:?}\n{}", self.log()),
        }
        self.page = page(&self.address);
        true
    }

    /// Waits until no reload follows the last save, and returns the number of reloads. It returns
    /// midway between two polls, so that mdBook sees the next few saves together.
    pub fn settles(&mut self) -> usize {
        let mut reloads = 0;
        while self.is_reloaded(POLL_INTERVAL * 5 / 2) {
            reloads += 1;
        }
        reloads
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.mdbook.kill().ok();
        self.mdbook.wait().ok();
    }
}

/// Opens the connection that a served page's script opens.
fn page(address: &str) -> WebSocket<TcpStream> {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => {
                let url = format!("ws://{address}/__livereload");
                return tungstenite::client(url, stream).unwrap().0;
            }
            // mdBook reports that it serves before it accepts connections.
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(10), "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}
