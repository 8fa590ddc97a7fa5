//! The parts of a workbook that say what is in it: types, relationships, and the list of sheets.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::error::WorkbookError;
use super::xml::{Xml, is_true};
use crate::archive::{Archive, Member};

/// Maximum number of sheets, relationships or types. A workbook has a few of each for every sheet.
const MAX_PARTS: usize = 20_000;

/// Where the parts are listed by their types.
pub(super) const TYPES: &str = "[Content_Types].xml";

/// Where workbooks are if nothing else is said.
const USUAL: &str = "xl/workbook.xml";

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Whether people do not see it.
    pub is_hidden: bool,
    /// The part that holds its cells.
    pub(super) part: String,
}

/// What is in a workbook.
pub(super) struct Book {
    /// The sheets with cells, in their order.
    pub sheets: Vec<Sheet>,
    /// Whether days are counted from 1904.
    pub from_1904: bool,
    /// The part with shared texts, and the one with formats.
    pub strings: Option<String>,
    pub styles: Option<String>,
}

/// A relationship of a part to another.
struct Relation {
    /// The last word of its type, which is the same in all versions of the format.
    kind: String,
    /// The other part.
    target: String,
}

impl Book {
    /// Reads what is in a workbook, and refuses what is not read.
    pub fn read<R: Read + Seek>(archive: &Archive<R>) -> Result<Self, WorkbookError> {
        refuse_parts(archive)?;
        refuse_types(open(archive, TYPES)?)?;
        let main = match archive.find("_rels/.rels")? {
            Some(_) => relations(open(archive, "_rels/.rels")?, "")?
                .into_values()
                .find_map(|relation| (relation.kind == "officeDocument").then_some(relation.target)),
            None => None,
        };
        let main = main.unwrap_or_else(|| USUAL.to_owned());
        let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
        let slash = if folder.is_empty() { "" } else { "/" };
        let relations = relations(open(archive, &format!("{folder}{slash}_rels/{file}.rels"))?, folder)?;
        for relation in relations.values() {
            match &*relation.kind {
                "externalLink" => return Err(WorkbookError::ExternalLinks { part: relation.target.clone() }),
                "vbaProject" | "xlMacrosheet" | "xlIntlMacrosheet" => {
                    return Err(WorkbookError::Macros { part: relation.target.clone() });
                }
                _ => {}
            }
        }
        let of_kind = |kind: &str| relations.values().find(|relation| relation.kind == kind);
        let part = |kind| of_kind(kind).map(|relation| relation.target.clone());
        let (strings, styles) = (part("sharedStrings"), part("styles"));
        let (sheets, from_1904) = sheets(open(archive, &main)?, &relations)?;
        Ok(Self { sheets, from_1904, strings, styles })
    }
}

/// Opens a part of a workbook.
pub(super) fn open<'a, R: Read + Seek>(
    archive: &'a Archive<R>,
    part: &str,
) -> Result<Xml<Member<'a, R>>, WorkbookError> {
    let Some(at) = archive.find(part)? else {
        return Err(WorkbookError::Missing { part: part.to_owned() });
    };
    Ok(Xml::new(archive.read(at)?, part))
}

/// Refuses programs and links by the names of their parts, whatever their types say.
fn refuse_parts<R: Read + Seek>(archive: &Archive<R>) -> Result<(), WorkbookError> {
    for name in archive.names() {
        let lower = name.to_ascii_lowercase();
        let file = lower.rsplit('/').next().unwrap_or_default();
        if file == "vbaproject.bin" || lower.contains("macrosheets/") {
            return Err(WorkbookError::Macros { part: name.to_owned() });
        }
        if lower.contains("externallinks/") {
            return Err(WorkbookError::ExternalLinks { part: name.to_owned() });
        }
        if lower == "xl/workbook.bin" {
            return Err(WorkbookError::Binary);
        }
    }
    Ok(())
}

/// Refuses programs and links by the types of parts.
fn refuse_types<R: Read>(xml: Xml<R>) -> Result<(), WorkbookError> {
    xml.elements(|tag| {
        let [of, part, extension] = tag.values(["ContentType", "PartName", "Extension"])?;
        let of = of.unwrap_or_default().to_ascii_lowercase();
        let part = || part.clone().or(extension.clone()).unwrap_or_default();
        if of.contains("sheet.binary") {
            return Err(WorkbookError::Binary);
        }
        if ["macroenabled", "vbaproject", "macrosheet"].iter().any(|word| of.contains(word)) {
            return Err(WorkbookError::Macros { part: part() });
        }
        if of.contains("externallink") {
            return Err(WorkbookError::ExternalLinks { part: part() });
        }
        Ok(())
    })
}

/// The relationships of a part in a folder, by their ids.
fn relations<R: Read>(xml: Xml<R>, folder: &str) -> Result<HashMap<String, Relation>, WorkbookError> {
    let mut relations = HashMap::new();
    xml.elements(|tag| {
        if tag.name() != "Relationship" {
            return Ok(());
        }
        let [id, kind, target] = tag.values(["Id", "Type", "Target"])?;
        let (Some(id), Some(kind), Some(target)) = (id, kind, target) else { return Ok(()) };
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        relations.insert(id, Relation { kind, target: resolve(folder, &target) });
        if relations.len() > MAX_PARTS { Err(tag.damaged("it has too many relationships")) } else { Ok(()) }
    })?;
    Ok(relations)
}

/// The name of a part that is given from a folder, or from the root.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            // Above the root there is nothing, so the part is not found.
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

/// The sheets with cells, and whether days are counted from 1904.
fn sheets<R: Read>(
    mut xml: Xml<R>,
    relations: &HashMap<String, Relation>,
) -> Result<(Vec<Sheet>, bool), WorkbookError> {
    let (mut sheets, mut from_1904) = (Vec::new(), false);
    xml.children([], |xml, _, []| {
        xml.children(["date1904"], |xml, child, [date1904]| match child {
            "workbookPr" => {
                from_1904 = is_true(date1904.as_deref());
                xml.skip()
            }
            "externalReferences" => Err(WorkbookError::ExternalLinks { part: "xl/workbook.xml".to_owned() }),
            "sheets" => xml.children(["name", "state", "id"], |xml, _, [name, state, id]| {
                let relation = id.and_then(|id| relations.get(&id));
                match relation.map(|relation| (&*relation.kind, &relation.target)) {
                    Some(("worksheet", part)) => sheets.push(Sheet {
                        name: name.unwrap_or_default(),
                        is_hidden: state.is_some_and(|state| state != "visible"),
                        part: part.clone(),
                    }),
                    // A chart or a dialog is a sheet too.
                    Some(_) => {}
                    None => return Err(xml.damaged("a sheet has no part")),
                }
                if sheets.len() > MAX_PARTS { Err(xml.damaged("it has too many sheets")) } else { xml.skip() }
            }),
            _ => xml.skip(),
        })
    })?;
    Ok((sheets, from_1904))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn table_of_targets() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "./styles.xml", "xl/styles.xml"),
            ("a/b", "../c.xml", "a/c.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "../../../c.xml", "c.xml"),
        ] {
            assert_eq!(resolve(folder, target), part);
        }
    }
}
