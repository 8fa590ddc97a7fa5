//! The winners of a run: what the sink holds, and what it does not hold because it is stale or left, in the order of the file.

use sluice_contract::documents::{MemberDocument, Part};
use sluice_engine::dataset::{MemberPlan, key_hash};
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::Record;
use sluice_engine::sink::{Columns, Shape, SinkKind};
use sluice_platform::Fault;
use sluice_platform::feeds::compile;
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;
use sluice_platform::sink::{Attribute, json_members};

use crate::Error;

/// The rows of a run.
pub(crate) struct Winners {
    outputs: Vec<Output>,
    /// The output with the current row.
    at: usize,
    begun: bool,
}

/// One of the two outputs.
struct Output {
    key: String,
    records: Records,
    /// The number of the current record; `None` after the last.
    number: Option<u64>,
}

impl Winners {
    /// Opens the winners of a run, before the first.
    pub(crate) async fn open(objects: &dyn Objects, member: &MemberDocument) -> Result<Self, Fault> {
        let mut outputs = Vec::new();
        for part in [&member.imported, &member.overtaken].into_iter().filter(|part| part.records > 0) {
            outputs.push(Output::open(objects, part).await?);
        }
        Ok(Self { outputs, at: 0, begun: false })
    }

    /// Goes to the next row, and returns the number of its record; `None` after the last.
    pub(crate) async fn advance(&mut self) -> Result<Option<u64>, Fault> {
        if let Some(output) = self.outputs.get_mut(self.at).filter(|_| self.begun) {
            output.advance().await?;
        }
        self.begun = true;
        let next = self.outputs.iter().enumerate().filter_map(|(at, output)| Some((output.number?, at))).min();
        self.at = next.map_or(0, |(_, at)| at);
        Ok(next.map(|(number, _)| number))
    }

    /// The current row.
    pub(crate) fn row(&self) -> Option<Record<'_>> {
        self.outputs.get(self.at).filter(|output| output.number.is_some()).map(|output| output.records.record())
    }

    /// An error about the current row. It must not show a cell.
    pub(crate) fn corrupt(&self, found: &str) -> Fault {
        let what = self.outputs.get(self.at).map_or_else(String::new, |output| format!("object {}", output.key));
        Fault::Corrupt { what, found: found.to_owned() }
    }
}

impl Output {
    async fn open(objects: &dyn Objects, part: &Part) -> Result<Self, Fault> {
        let mut records = if part.crc64nvme.is_empty() {
            // The bucket has put it together, and its writer has not seen its bytes.
            let known = objects.head(&part.key).await?.map(|known| known.bytes);
            if known.is_some_and(|bytes| bytes != part.bytes) {
                let found = format!("it has {} bytes, but {} were written", known.unwrap_or_default(), part.bytes);
                return Err(Fault::Corrupt { what: format!("object {}", part.key), found });
            }
            Records::canonical(objects, &part.key).await?
        } else {
            Records::written(objects, part).await?
        };
        records.advance().await?;
        let mut output = Self { key: part.key.clone(), records, number: None };
        output.advance().await?;
        Ok(output)
    }

    async fn advance(&mut self) -> Result<(), Fault> {
        let found = self.records.advance_at_hand()? || self.records.advance().await?;
        self.number = if found { Some(self.read_number()?) } else { None };
        Ok(())
    }

    fn read_number(&self) -> Result<u64, Fault> {
        let number = self.records.record().get(0).and_then(|cell| std::str::from_utf8(cell).ok()?.parse().ok());
        let found = "a row does not begin with the number of a record".to_owned();
        number.ok_or_else(|| Fault::Corrupt { what: format!("object {}", self.key), found })
    }
}

/// How the rows of a run become JSON and keys.
pub(crate) struct Form {
    /// The columns before the fields.
    before: usize,
    fields: usize,
    columns: Columns,
    key: Vec<usize>,
    by: Vec<usize>,
    /// The sets of fields by which two rows are the same record: the key of the feed, and that of the member.
    identities: Vec<Vec<usize>>,
}

impl Form {
    /// The form of the rows of a run.
    pub(crate) fn of(member: &MemberPlan, document: &MemberDocument) -> Result<Self, Error> {
        let plan = compile(&document.feed_yaml, &document.feed_files).map_err(Error::Feed)?;
        let key = indices(&plan, document, &member.key)?;
        let by = indices(&plan, document, &member.by)?;
        let mut identities = vec![plan.import.key.clone()];
        if !key.is_empty() && key != plan.import.key {
            identities.push(key.clone());
        }
        // A joined record has every field, whatever the feed sends or keeps. JSON holds numbers of any length.
        let shape = Shape { content: None, ..plan.shape() };
        let columns = Columns::new(SinkKind::Queue.rules(), shape);
        Ok(Self { before: plan.leading().len(), fields: plan.fields.len(), columns, key, by, identities })
    }

    /// Reads the current row into its cells.
    pub(crate) fn cells<'r>(&self, winners: &'r Winners) -> Result<Vec<&'r str>, Fault> {
        let text = winners.row().and_then(|row| row.text()).ok_or_else(|| winners.corrupt("a row is not UTF-8"))?;
        let cells: Vec<&str> = text.iter().skip(self.before).take(self.fields).collect();
        if cells.len() < self.fields {
            return Err(winners.corrupt("a row has fewer fields than the feed"));
        }
        Ok(cells)
    }

    /// Writes the fields that have a value as members of a JSON object, without the braces.
    pub(crate) fn write_fields(&self, cells: &[&str], line: &mut String) -> Result<(), String> {
        line.clear();
        let mut attributes: Vec<(&str, Option<Attribute<'_>>)> = Vec::with_capacity(cells.len());
        self.columns.attributes(cells.iter().copied(), &mut attributes).map_err(|error| format!("a value {error}"))?;
        json_members(&attributes, line);
        Ok(())
    }

    /// The hash of the key by which children find a row; `None` if there is none.
    pub(crate) fn key(&self, cells: &[&str]) -> Option<u128> {
        if self.key.is_empty() { None } else { hash(&self.key, cells) }
    }

    /// The hash of the key of the parent; `None` if it is empty.
    pub(crate) fn by(&self, cells: &[&str]) -> Option<u128> {
        hash(&self.by, cells)
    }

    /// Hashes by which two rows are the same record, if they share one.
    pub(crate) fn identities(&self, cells: &[&str]) -> impl Iterator<Item = (usize, u128)> {
        self.identities.iter().enumerate().filter_map(|(set, fields)| Some((set, hash(fields, cells)?)))
    }
}

fn hash(fields: &[usize], cells: &[&str]) -> Option<u128> {
    key_hash(fields.iter().map(|field| cells.get(*field).copied().unwrap_or_default()))
}

fn indices(plan: &FeedPlan, document: &MemberDocument, names: &[String]) -> Result<Vec<usize>, Error> {
    let index = |name: &String| {
        let unknown = || Error::Field { file: document.file.clone(), field: name.clone() };
        plan.fields.iter().position(|field| field.name == *name).ok_or_else(unknown)
    };
    names.iter().map(index).collect()
}
