//! A reader of pages: Chromium, remote-controlled.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headless_chrome::protocol::cdp::Emulation::SetDeviceMetricsOverride;
use headless_chrome::{Browser, LaunchOptions, Tab};
use serde_json::Value;

/// A browser with one tab.
pub struct Reader {
    pub tab: Arc<Tab>,
    _browser: Browser,
    _profile: tempfile::TempDir,
}

impl Reader {
    pub fn new() -> Reader {
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--disable-quic",
            "--disable-component-update",
            "--hide-scrollbars",
        ];
        let options = LaunchOptions {
            headless: true,
            sandbox: false,
            window_size: Some((1200, 900)),
            path: Some("/usr/bin/chromium".into()),
            user_data_dir: Some(profile.path().to_owned()),
            args: arguments.iter().map(OsStr::new).collect(),
            idle_browser_timeout: Duration::from_secs(300),
            ..LaunchOptions::default()
        };
        let browser = Browser::new(options).expect("Chromium, see tests/browser/install");
        let tab = browser.new_tab().unwrap();
        tab.set_default_timeout(Duration::from_secs(60));
        Reader {
            tab,
            _browser: browser,
            _profile: profile,
        }
    }

    /// Opens a page, with a query or a fragment, and waits until its scripts have run.
    pub fn open(&self, page: &Path, suffix: &str) {
        let address = format!("file://{}{suffix}", page.display());
        // Chromium would not reload the same document for another fragment.
        self.tab.navigate_to("about:blank").unwrap();
        self.tab.wait_until_navigated().unwrap();
        self.tab.navigate_to(&address).unwrap();
        self.tab.wait_until_navigated().unwrap();
        self.until("document.readyState === 'complete'");
        self.js("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))");
    }

    /// Evaluates an expression, awaits it, and returns its value.
    #[track_caller]
    pub fn js(&self, expression: &str) -> Value {
        let wrapped = format!("(async () => JSON.stringify(await ({expression})))()");
        let value = self.tab.evaluate(&wrapped, true).expect(expression).value;
        match value {
            Some(Value::String(json)) => serde_json::from_str(&json).unwrap(),
            _ => Value::Null,
        }
    }

    /// Waits until an expression is true, at most 30 s.
    #[track_caller]
    pub fn until(&self, condition: &str) {
        let begun = Instant::now();
        while self.js(condition) != true {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "not met within 30 s: {condition}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub fn holds(&self, condition: &str) {
        assert_eq!(self.js(condition), true, "{condition}");
    }

    pub fn press(&self, key: &str) {
        self.tab.press_key(key).unwrap();
    }

    /// Whether an element and its content are visible. The content is checked as well because a panel that find in page
    /// can open is visible without its content.
    pub fn shows(&self, selector: &str) -> bool {
        let shows = format!(
            "((part) => part.checkVisibility() && (part.lastElementChild ?? part).checkVisibility())\
             (document.querySelector({selector:?}))"
        );
        self.js(&shows) == true
    }

    pub fn wide(&self, width: u32) {
        self.tab
            .call_method(SetDeviceMetricsOverride {
                width,
                height: 900,
                device_scale_factor: 1.0,
                mobile: false,
                scale: None,
                screen_width: None,
                screen_height: None,
                position_x: None,
                position_y: None,
                dont_set_visible_size: None,
                screen_orientation: None,
                viewport: None,
                display_feature: None,
                device_posture: None,
            })
            .unwrap();
    }

    /// Selects a theme for the pages opened next.
    pub fn theme(&self, page: &Path, theme: &str) {
        self.open(page, "");
        self.js(&format!("localStorage.setItem('mdbook-theme', '{theme}')"));
    }

    /// The violations that axe-core finds in our parts of the page.
    pub fn violations(&self) -> Vec<String> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/axe/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(axe).expect("axe-core, see tests/browser/install");
        self.tab.evaluate(&axe, false).unwrap();
        let found = self.js(
            "(async () => {
                const ours = ['.transcript-tabs', '.transcript-run', '.transcript-listing',
                    '.transcript-admonition', '.transcript-quote'];
                const there = ours.filter((selector) => document.querySelector(selector));
                if (there.length === 0) return ['the page has none of our parts'];
                const found = await axe.run({ include: there.map((selector) => [selector]) });
                // mdBook colors the code.
                const ours_too = (node) => !node.html.includes('hljs-') && !node.html.includes('clip-button');
                return found.violations.flatMap((violation) => violation.nodes.filter(ours_too).map((node) =>
                    `${violation.id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`));
            })()",
        );
        serde_json::from_value(found).unwrap()
    }
}
