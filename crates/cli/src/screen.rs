//! The progress display of a run.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A display of lines, with at most one progress bar below them.
pub trait Screen: Send + Sync {
    /// Adds a line.
    fn line(&self, text: &str);
    /// Shows how many chunks are done.
    fn bar(&self, name: &str, done: u64, total: u64);
    /// Removes the bar.
    fn clear(&self);
}

/// Prints a line. A closed output, as after `head`, is not an error.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A terminal. If the output is a file or a pipe, no bar is drawn.
pub struct Terminal(ProgressBar);

impl Terminal {
    /// Creates a bar that is not drawn yet.
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

/// A display for commands whose standard output carries data: lines go to standard error.
pub struct Aside(Terminal);

impl Aside {
    /// Creates a bar that is not drawn yet.
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
