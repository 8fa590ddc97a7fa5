//! Prints findings in the style of compilers.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use sluice_engine::display::thousands;

use super::finding::{Finding, Level};
use super::visible;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const FRAME: Style = AnsiColor::Blue.on_default().bold();
const BOLD: Style = Style::new().bold();

/// A finding in the style of compilers: the problem, the place, the line with the cell marked, and the fix.
/// It contains styles, which the output stream removes if needed.
pub fn render(file: &str, finding: &Finding) -> String {
    let mut text = Text { margin: margin(finding), text: String::new() };
    text.title(finding);
    text.location(file, finding);
    text.excerpt(finding);
    text.remark("fix", &finding.fix);
    text.text.push('\n');
    text.text
}

/// The width of the column for line numbers.
fn margin(finding: &Finding) -> usize {
    finding.excerpt.as_ref().map_or(1, |excerpt| excerpt.line.to_string().len())
}

/// A text under construction. Writing to a string does not fail.
struct Text {
    margin: usize,
    text: String,
}

impl Text {
    fn title(&mut self, finding: &Finding) {
        let problem = &finding.problem;
        let color = color(finding.level);
        let about = problem.field.as_ref().or(problem.column.as_ref());
        let about = about.map(|name| format!("{name}: ")).unwrap_or_default();
        let message = visible::text(&format!("{about}{}", problem.message));
        let (level, code) = (finding.level.as_str(), problem.code);
        let _ = writeln!(self.text, "{color}{level}[{code}]{color:#}{BOLD}: {message}{BOLD:#}");
    }

    fn location(&mut self, file: &str, finding: &Finding) {
        let mut place = visible::text(file);
        if let Some(excerpt) = &finding.excerpt {
            place.push_str(&format!(":{}", excerpt.line));
            if finding.exact {
                place.push_str(&format!(":{}", excerpt.character));
            }
        }
        let record = finding.record.map(|record| match record {
            0 => "header".to_owned(),
            record => format!("record {record}"),
        });
        let column = finding.problem.column.as_ref().map(|column| format!("column \"{}\"", visible::text(column)));
        let more: Vec<String> = record.into_iter().chain(column).collect();
        if !more.is_empty() {
            place.push_str(&format!(" ({})", more.join(", ")));
        }
        let _ = writeln!(self.text, "{:margin$}{FRAME}-->{FRAME:#} {place}", "", margin = self.margin);
    }

    fn excerpt(&mut self, finding: &Finding) {
        let Some(excerpt) = &finding.excerpt else { return };
        let margin = self.margin;
        let color = color(finding.level);
        let line = format!("{}{}{}", excerpt.before, excerpt.cell, excerpt.after);
        let _ = writeln!(self.text, "{:margin$} {FRAME}|{FRAME:#}", "");
        let _ = writeln!(self.text, "{FRAME}{:>margin$} |{FRAME:#} {line}", excerpt.line);
        if finding.marked {
            let indent = visible::width(&excerpt.before);
            let mark = "^".repeat(visible::width(&excerpt.cell).max(1));
            let expected = finding.expected.as_ref().map(|expected| format!(" expected: {}", visible::text(expected)));
            let mark = format!("{mark}{}", expected.unwrap_or_default());
            let _ = writeln!(self.text, "{:margin$} {FRAME}|{FRAME:#} {:indent$}{color}{mark}{color:#}", "", "");
        }
        if let Some(length) = excerpt.cut {
            let length = thousands(length as u64);
            self.remark("cut", &format!("… stands for hidden parts of a line of {length} characters"));
        }
    }

    fn remark(&mut self, name: &str, text: &str) {
        let text = visible::text(text);
        let _ =
            writeln!(self.text, "{:margin$} {FRAME}={FRAME:#} {BOLD}{name}{BOLD:#}: {text}", "", margin = self.margin);
    }
}

fn color(level: Level) -> Style {
    match level {
        Level::Error => ERROR,
        Level::Note => NOTE,
    }
}
