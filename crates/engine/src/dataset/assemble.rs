//! Makes joined records of rows that are sorted by their places.
//!
//! The place of a row is the way to it from the root: for each member on the way, its number and the position of the record in the
//! files of that member. So in the order of places, a record comes right before its children, and children come in the order of their
//! file.

use std::ops::Range;

use super::plan::DatasetPlan;
use super::spec::Childless;

/// The place of a row: see the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Vec<u8>);

/// The bytes of a step of a place: the number of the member, and the position in its files.
const STEP: usize = 1 + size_of::<u64>();

impl Place {
    /// The place of a record of the root.
    #[must_use]
    pub fn root(position: u64) -> Self {
        Self::default().child(0, position)
    }

    /// The place of a record below this one.
    #[must_use]
    pub fn child(&self, member: u8, position: u64) -> Self {
        let mut bytes = Vec::with_capacity(self.0.len() + STEP);
        bytes.extend_from_slice(&self.0);
        bytes.push(member);
        bytes.extend_from_slice(&position.to_be_bytes());
        Self(bytes)
    }

    /// The place as bytes, which compare as places do.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The place with these bytes; `None` if they are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty() && bytes.len().is_multiple_of(STEP)).then(|| Self(bytes.to_vec()))
    }

    /// The position of the record of the root above this row.
    #[must_use]
    pub fn root_position(bytes: &[u8]) -> u64 {
        bytes.get(1..STEP).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes)
    }
}

/// A row of a member, as its caller knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its place: the bytes of a [`Place`].
    pub place: &'a [u8],
    /// What the caller knows of it; returned with a row that is in no joined record.
    pub tag: u64,
    /// Its fields as members of a JSON object, without the braces.
    pub fields: &'a str,
}

/// The number of the member that a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(pub usize);

/// What became of a record of the root and everything below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// There was none.
    Nothing,
    /// It is a joined record: [`Assembler::line`].
    Joined,
    /// It has no children, and the dataset leaves such records out.
    Childless,
    /// It, or what there is of it so far, is too large: [`Assembler::rows`] go to the orphans.
    TooLarge,
}

/// Assembles joined records, one at a time. Memory is bounded by the longest record.
pub struct Assembler<'a> {
    plan: &'a DatasetPlan,
    /// The longest joined record in bytes, with its line break.
    most: usize,
    /// The step of the root; empty before the first row.
    root: Vec<u8>,
    /// The texts of the rows: place and fields of each.
    bytes: Vec<u8>,
    rows: Vec<Held>,
    /// The bytes of the fields of the rows.
    size: usize,
    /// Whether rows of the current record were already handed over as too large.
    over: bool,
    line: String,
}

/// A row that is held.
struct Held {
    tag: u64,
    place: Range<usize>,
    fields: Range<usize>,
}

impl<'a> Assembler<'a> {
    /// Begins to assemble.
    #[must_use]
    pub fn new(plan: &'a DatasetPlan, most: usize) -> Self {
        let (root, bytes, rows, line) = (Vec::new(), Vec::new(), Vec::new(), String::new());
        Self { plan, most, root, bytes, rows, size: 0, over: false, line }
    }

    /// Whether a row belongs to the record that is being assembled.
    #[must_use]
    pub fn continues(&self, place: &[u8]) -> bool {
        self.root.is_empty() || Some(&self.root[..]) == place.get(..STEP)
    }

    /// Adds a row of the current record. If there are too many for one record, those so far are too large.
    pub fn add(&mut self, row: Row<'_>) -> Finished {
        if self.root.is_empty() {
            self.root.extend_from_slice(row.place.get(..STEP).unwrap_or_default());
        }
        if self.over {
            // Those before it were handed over.
            self.bytes.clear();
            self.rows.clear();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(row.place);
        let middle = self.bytes.len();
        self.bytes.extend_from_slice(row.fields.as_bytes());
        self.rows.push(Held { tag: row.tag, place: start..middle, fields: middle..self.bytes.len() });
        self.size += row.fields.len();
        self.over |= self.size > self.most;
        if self.over { Finished::TooLarge } else { Finished::Nothing }
    }

    /// Ends the current record.
    pub fn finish(&mut self) -> Finished {
        if self.rows.is_empty() || self.over {
            return Finished::Nothing;
        }
        if self.rows.len() == 1 && self.plan.childless == Childless::Drop {
            return Finished::Childless;
        }
        self.assemble();
        if self.line.len() > self.most { Finished::TooLarge } else { Finished::Joined }
    }

    /// Makes room for the next record.
    pub fn clear(&mut self) {
        self.root.clear();
        self.bytes.clear();
        self.rows.clear();
        (self.size, self.over) = (0, false);
    }

    /// The joined record with its line break, after [`Finished::Joined`].
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The number of rows of the record.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The rows, after [`Finished::TooLarge`]: the member, what the caller knows, and the fields.
    pub fn rows(&self) -> impl Iterator<Item = (Node, u64, &str)> {
        self.rows.iter().map(|row| {
            let fields = self.bytes.get(row.fields.clone()).and_then(|fields| std::str::from_utf8(fields).ok());
            (Node(self.member(row)), row.tag, fields.unwrap_or_default())
        })
    }

    fn member(&self, row: &Held) -> usize {
        let step = row.place.end.saturating_sub(STEP);
        self.bytes.get(step).map_or(0, |member| usize::from(*member))
    }

    fn assemble(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        // The open objects: the member of each, and which of its lists is open.
        let mut open: Vec<(usize, Option<usize>)> = Vec::new();
        for row in &self.rows {
            let member = self.member(row);
            let depth = row.place.len() / STEP;
            while open.len() >= depth.max(1) {
                self.close(&mut open, &mut line);
            }
            if let Some((parent, list)) = open.last_mut() {
                let children = self.children(*parent);
                let at = children.iter().position(|child| *child == member).unwrap_or(0);
                if *list == Some(at) {
                    line.push(',');
                } else {
                    if list.is_some() {
                        line.push(']');
                    }
                    for skipped in children.get(list.map_or(0, |list| list + 1)..at).unwrap_or_default() {
                        self.name(*skipped, &mut line);
                        line.push_str("[]");
                    }
                    self.name(member, &mut line);
                    line.push('[');
                    *list = Some(at);
                }
            }
            line.push('{');
            let fields = self.bytes.get(row.fields.clone()).and_then(|fields| std::str::from_utf8(fields).ok());
            line.push_str(fields.unwrap_or_default());
            open.push((member, None));
        }
        while !open.is_empty() {
            self.close(&mut open, &mut line);
        }
        line.push('\n');
        self.line = line;
    }

    /// Ends the innermost open object, with an empty list for each member without children.
    fn close(&self, open: &mut Vec<(usize, Option<usize>)>, line: &mut String) {
        let Some((member, list)) = open.pop() else { return };
        if list.is_some() {
            line.push(']');
        }
        for child in self.children(member).get(list.map_or(0, |list| list + 1)..).unwrap_or_default() {
            self.name(*child, line);
            line.push_str("[]");
        }
        line.push('}');
    }

    fn children(&self, member: usize) -> &'a [usize] {
        self.plan.members.get(member).map_or(&[], |member| &member.children[..])
    }

    /// Begins the list of a member. Its name needs no escapes.
    fn name(&self, member: usize, line: &mut String) {
        if !line.ends_with('{') {
            line.push(',');
        }
        line.push('"');
        line.push_str(self.plan.members.get(member).map_or("", |member| &member.name));
        line.push_str("\":");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
dataset: d
set: {fromFileName: '_([0-9]+)'}
members:
  root: {feed: root, key: id}
  a: {feed: a, parent: root, by: id, key: a}
  b: {feed: b, parent: root, by: id}
  aa: {feed: aa, parent: a, by: a}
into: [t]
";

    fn assembled(yaml: &str, most: usize, rows: &[(Place, &str)]) -> Vec<String> {
        let plan = DatasetPlan::from_yaml(yaml).unwrap();
        let mut assembler = Assembler::new(&plan, most);
        let mut found = Vec::new();
        let mut note = |assembler: &Assembler<'_>, finished| match finished {
            Finished::Nothing => {}
            Finished::Joined => found.push(assembler.line().trim_end().to_owned()),
            Finished::Childless => found.push("childless".to_owned()),
            Finished::TooLarge => {
                found.extend(assembler.rows().map(|(node, tag, fields)| format!("{}/{tag} {fields}", node.0)));
            }
        };
        for (tag, (place, fields)) in (0..).zip(rows) {
            if !assembler.continues(place.as_bytes()) {
                let finished = assembler.finish();
                note(&assembler, finished);
                assembler.clear();
            }
            let finished = assembler.add(Row { place: place.as_bytes(), tag, fields });
            note(&assembler, finished);
        }
        let finished = assembler.finish();
        note(&assembler, finished);
        found
    }

    /// The numbers of the members: root 0, a 1, aa 2, b 3.
    fn rows() -> Vec<(Place, &'static str)> {
        let (one, two, three) = (Place::root(1), Place::root(2), Place::root(3));
        let (first, second) = (one.child(1, 5), one.child(1, 6));
        vec![
            (one.clone(), "\"id\":1"),
            (first.clone(), "\"a\":5"),
            (first.child(2, 1), "\"x\":1"),
            (first.child(2, 9), "\"x\":9"),
            (second, "\"a\":6"),
            (one.child(3, 2), "\"y\":2"),
            (two.clone(), ""),
            (three.clone(), "\"id\":3"),
            (three.child(3, 7), ""),
        ]
    }

    #[test]
    fn a_record_comes_with_everything_below_it() {
        let rows = rows();
        assert!(rows.is_sorted());
        assert_eq!(
            assembled(YAML, 1000, &rows),
            [
                r#"{"id":1,"a":[{"a":5,"aa":[{"x":1},{"x":9}]},{"a":6,"aa":[]}],"b":[{"y":2}]}"#,
                r#"{"a":[],"b":[]}"#,
                r#"{"id":3,"a":[],"b":[{}]}"#,
            ]
        );
        let drop = YAML.replace("into:", "childless: drop\ninto:");
        assert_eq!(assembled(&drop, 1000, &rows)[1], "childless");
    }

    #[test]
    fn what_is_too_large_is_handed_over_row_by_row() {
        let rows = rows();
        let all = ["0/0 \"id\":1", "1/1 \"a\":5", "2/2 \"x\":1", "2/3 \"x\":9", "1/4 \"a\":6", "3/5 \"y\":2"];
        let rest = [r#"{"a":[],"b":[]}"#, r#"{"id":3,"a":[],"b":[{}]}"#];
        // The longest that still fits, and one byte less; then limits at which it is known before the end.
        assert_eq!(assembled(YAML, 79, &rows).len(), 3);
        for most in [75, 30, 25] {
            let found = assembled(YAML, most, &rows);
            assert_eq!(found[..6], all, "{most}");
            assert_eq!(found[6..], rest, "{most}");
        }
    }
}
