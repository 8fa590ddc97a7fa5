//! The index entries of rejects, looked up as needed.

use sluice_contract::RunId;
use sluice_platform::Fault;
use sluice_platform::rejects::{Block, RejectEntry, Rejects};

/// The index entries of a run's rejects. Memory holds one block.
pub struct States<'a> {
    index: &'a dyn Rejects,
    run: &'a RunId,
    block: Option<(Block, Vec<RejectEntry>)>,
}

impl<'a> States<'a> {
    pub fn new(index: &'a dyn Rejects, run: &'a RunId) -> Self {
        Self { index, run, block: None }
    }

    /// The entry of a reject; `None` if there is none, because entries expire and may not all be written yet.
    pub async fn of(&mut self, record: u64) -> Result<Option<&RejectEntry>, Fault> {
        let block = Block::of(record);
        if self.block.as_ref().is_none_or(|(other, _)| *other != block) {
            self.block = Some((block, self.index.list(self.run, block).await?));
        }
        let entries = self.block.as_ref().map(|(_, entries)| &entries[..]).unwrap_or_default();
        let at = entries.binary_search_by_key(&record, |entry| entry.record).ok();
        Ok(at.and_then(|at| entries.get(at)))
    }
}

/// The codes for which a record was rejected, from the index or from `_errors`.
pub fn codes<'a>(entry: Option<&'a RejectEntry>, errors: &'a str) -> Vec<&'a str> {
    if let Some(entry) = entry {
        let problems = entry.problems.iter().filter(|problem| !problem.is_warning());
        return problems.map(|problem| problem.code.as_str()).collect();
    }
    let brackets = errors.split("; ").filter_map(|problem| problem.strip_prefix('[')?.split_once(']'));
    let rejecting = brackets.map(|(code, _)| code).filter(|code| !code.ends_with(", warning"));
    rejecting.map(|code| code.split(',').next().unwrap_or(code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_the_text_where_the_index_has_none() {
        let errors = "[type-error] price: \"[y]\" is none; [range, warning] a: b; [rule, stops the file] c: d";
        assert_eq!(codes(None, errors), ["type-error", "rule"]);
        assert!(codes(None, "").is_empty());
    }
}
