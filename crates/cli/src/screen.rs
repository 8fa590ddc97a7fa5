//! What a person sees while a run goes on.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Something on which lines appear, and below them at most one bar.
pub trait Screen: Send + Sync {
    /// Adds a line.
    fn line(&self, text: &str);
    /// Shows how many of how many chunks are done.
    fn bar(&self, name: &str, done: u64, total: u64);
    /// Takes the bar away.
    fn clear(&self);
}

/// Prints a line. Whoever does not read on, as `head` does, does not want it: that is no error.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A terminal; where the output is a file or a pipe, the bar is not drawn.
pub struct Terminal(ProgressBar);

impl Terminal {
    /// An empty bar that is not drawn yet.
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("  {prefix:<16} {bar:32.green} {pos} of {len} chunks  {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self(bar)
    }
}

impl Screen for Terminal {
    fn line(&self, text: &str) {
        self.0.suspend(|| say(text));
    }

    fn bar(&self, name: &str, done: u64, total: u64) {
        self.0.set_length(total);
        if self.0.prefix() != name {
            self.0.set_prefix(name.to_owned());
            self.0.reset();
            self.0.enable_steady_tick(Duration::from_millis(200));
        }
        self.0.set_position(done);
    }

    fn clear(&self) {
        self.0.disable_steady_tick();
        self.0.finish_and_clear();
        self.0.set_prefix("");
    }
}

/// A terminal whose standard output belongs to something else: lines go where errors go.
pub struct Aside(Terminal);

impl Aside {
    /// An empty bar that is not drawn yet.
    pub fn new() -> Self {
        Self(Terminal::new())
    }
}

impl Screen for Aside {
    fn line(&self, text: &str) {
        self.0.0.suspend(|| eprintln!("{text}"));
    }

    fn bar(&self, name: &str, done: u64, total: u64) {
        self.0.bar(name, done, total);
    }

    fn clear(&self) {
        self.0.clear();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.clear();
    }
}
