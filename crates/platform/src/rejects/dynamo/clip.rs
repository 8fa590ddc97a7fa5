//! Clips an entry of the index to the limit of DynamoDB: 400 KB for an item.
//!
//! 100 problems with two texts of 1 KiB each take 200 KiB, which leaves as much for names and overhead.

use crate::rejects::RejectEntry;

/// The maximum length of a value or a message, in bytes.
const TEXT_BYTES: usize = 1024;

/// The maximum number of problems of a record.
const PROBLEMS: usize = 100;

/// The clipped entry, and the number of problems before clipping.
pub(super) fn clip(reject: &RejectEntry) -> (RejectEntry, usize) {
    let mut clipped = reject.clone();
    clipped.problems.truncate(PROBLEMS);
    for problem in &mut clipped.problems {
        clip_text(&mut problem.message);
        if let Some(value) = &mut problem.value {
            clip_text(value);
        }
    }
    (clipped, reject.problems.len())
}

/// Cuts a text that is too long, and adds its original length.
fn clip_text(text: &mut String) {
    let bytes = text.len();
    if bytes > TEXT_BYTES {
        text.truncate(text.floor_char_boundary(TEXT_BYTES));
        text.push_str(&format!("… ({bytes} bytes in all)"));
    }
}

#[cfg(test)]
mod tests {
    use sluice_engine::{Code, Problem, Stage};

    use super::*;

    #[test]
    fn whatever_is_cut_says_so() {
        let problem = Problem::new(Stage::Restructure, Code::TypeError, "m").value(&"é".repeat(600));
        let reject = RejectEntry::open(1, 2, 3, vec![problem; 101], 4);
        let (clipped, problems) = clip(&reject);
        assert_eq!((clipped.problems.len(), problems), (100, 101));
        assert_eq!(clipped.problems[0].value, Some(format!("{}… (1200 bytes in all)", "é".repeat(512))));
        assert_eq!(clipped.problems[0].message, "m");
    }
}
