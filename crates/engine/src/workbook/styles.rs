//! The formats of cells: which numbers are dates.

use std::collections::HashMap;
use std::io::Read;

use super::error::WorkbookError;
use super::format::Style;
use super::xml::Xml;

/// Maximum number of formats. Excel allows 65,490 of cells, and fewer of numbers.
const MAX_FORMATS: usize = 65_536;

/// What the format of each cell makes of a number, by the number of the format.
#[derive(Default)]
pub(super) struct Styles(Vec<Style>);

impl Styles {
    /// Reads the part that holds them.
    pub fn read<R: Read>(mut xml: Xml<R>) -> Result<Self, WorkbookError> {
        let mut codes: HashMap<u32, Style> = HashMap::new();
        let mut numbers: Vec<u32> = Vec::new();
        let most = |xml: &Xml<R>| xml.damaged(format!("it has more than {MAX_FORMATS} formats"));
        xml.children([], |xml, _, []| {
            xml.children([], |xml, list, []| match list {
                "numFmts" => xml.children(["numFmtId", "formatCode"], |xml, _, [number, code]| {
                    if let (Some(number), Some(code)) = (number.and_then(|number| number.parse().ok()), code) {
                        codes.insert(number, Style::of(&code));
                    }
                    if codes.len() > MAX_FORMATS { Err(most(xml)) } else { xml.skip() }
                }),
                "cellXfs" => xml.children(["numFmtId"], |xml, _, [number]| {
                    numbers.push(number.and_then(|number| number.parse().ok()).unwrap_or_default());
                    if numbers.len() > MAX_FORMATS { Err(most(xml)) } else { xml.skip() }
                }),
                _ => xml.skip(),
            })
        })?;
        let style = |number: &u32| codes.get(number).copied().unwrap_or_else(|| Style::built_in(*number));
        Ok(Self(numbers.iter().map(style).collect()))
    }

    /// What the format of a cell makes of a number. A format that does not exist makes nothing of it.
    pub fn get(&self, format: usize) -> Style {
        self.0.get(format).copied().unwrap_or_default()
    }
}
