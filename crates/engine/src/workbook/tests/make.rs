//! Makes ZIP archives and workbooks for tests, also such as no program would write.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// An archive while it is made.
#[derive(Default)]
pub struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

/// What of an entry can be other than usual.
#[derive(Clone, Copy)]
pub struct Odd {
    /// The method of compression: 0 or 8, or one that only the directory claims.
    pub method: u16,
    /// The general purpose flags.
    pub flags: u16,
}

impl Default for Odd {
    fn default() -> Self {
        Self { method: 8, flags: 0 }
    }
}

/// The flag of an entry whose sizes follow its data.
pub const DESCRIPTOR: u16 = 1 << 3;

/// The flag of an entry with a password.
pub const PASSWORD: u16 = 1;

impl Zip {
    /// Adds a file.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.odd(name, content, Odd::default())
    }

    /// Adds a file that is other than usual.
    pub fn odd(mut self, name: &str, content: impl AsRef<[u8]>, odd: Odd) -> Self {
        let content = content.as_ref();
        let mut crc = Crc::new();
        crc.update(content);
        let packed = if odd.method == 0 {
            content.to_vec()
        } else {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        };
        let at = u32::try_from(self.bytes.len()).unwrap();
        let sizes = [crc.sum(), u32::try_from(packed.len()).unwrap(), u32::try_from(content.len()).unwrap()];
        let has_descriptor = odd.flags & DESCRIPTOR != 0;
        let name_length = u16::try_from(name.len()).unwrap();
        let common = |sizes: [u32; 3]| {
            let mut common = Vec::new();
            for half in [20, odd.flags, odd.method, 0, 0x21] {
                common.extend(u16::to_le_bytes(half));
            }
            common.extend(sizes.map(u32::to_le_bytes).concat());
            common.extend(name_length.to_le_bytes());
            common.extend([0; 2]);
            common
        };
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(common(if has_descriptor { [0; 3] } else { sizes }));
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        if has_descriptor {
            self.bytes.extend(b"PK\x07\x08");
            self.bytes.extend(sizes.map(u32::to_le_bytes).concat());
        }
        self.directory.extend(b"PK\x01\x02\x14\0");
        self.directory.extend(common(sizes));
        self.directory.extend([0; 10]);
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        self
    }

    /// The bytes of the archive.
    pub fn finish(mut self) -> Vec<u8> {
        let (at, length) = (self.bytes.len(), self.directory.len());
        self.bytes.extend(self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.entries.to_le_bytes().repeat(2));
        self.bytes.extend(u32::try_from(length).unwrap().to_le_bytes());
        self.bytes.extend(u32::try_from(at).unwrap().to_le_bytes());
        self.bytes.extend([0; 2]);
        self.bytes
    }
}

/// The namespace of the usual format.
pub const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The namespace of relationships.
pub const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook while it is made.
#[derive(Clone)]
pub struct Book {
    /// The sheets: their names, what `<sheet>` says beside that, and the XML in `<worksheet>`.
    pub sheets: Vec<(String, String, String)>,
    /// The XML of the shared texts: `<si>…</si>`.
    pub strings: String,
    /// The codes of the formats of cells; the first cell format is that of numbers, and each of these the next one.
    pub formats: Vec<String>,
    /// What `<workbookPr>` says.
    pub properties: String,
    /// More types, relationships of the workbook, and parts.
    pub types: String,
    pub relations: String,
    pub parts: Vec<(String, Vec<u8>)>,
    /// What stands before the root of each part.
    pub prolog: String,
}

impl Book {
    /// A workbook with one sheet, whose rows are this XML.
    pub fn of(rows: &str) -> Self {
        Self {
            sheets: Vec::new(),
            strings: String::new(),
            formats: Vec::new(),
            properties: String::new(),
            types: String::new(),
            relations: String::new(),
            parts: Vec::new(),
            prolog: "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n".to_owned(),
        }
        .sheet("Stock", &format!("<sheetData>{rows}</sheetData>"))
    }

    /// Adds a sheet.
    pub fn sheet(self, name: &str, xml: &str) -> Self {
        self.odd_sheet(name, "", xml)
    }

    /// Adds a sheet with attributes of its own.
    pub fn odd_sheet(mut self, name: &str, attributes: &str, xml: &str) -> Self {
        self.sheets.push((name.to_owned(), attributes.to_owned(), xml.to_owned()));
        self
    }

    /// Adds a format of cells; the first is number 1.
    pub fn format(mut self, code: &str) -> Self {
        self.formats.push(code.replace('"', "&quot;"));
        self
    }

    /// The parts of the workbook, with their names.
    pub fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let Self { prolog, types, .. } = self;
        let numbers = || 1..=self.sheets.len();
        let sheets: String = (1..)
            .zip(&self.sheets)
            .map(|(number, (name, more, _))| {
                format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\" {more}/>")
            })
            .collect::<Vec<_>>()
            .concat();
        let targets: String = numbers()
            .map(|number| {
                format!(
                    "<Relationship Id=\"rId{number}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
                )
            })
            .collect::<Vec<_>>().concat();
        let formats: String = (164..)
            .zip(&self.formats)
            .map(|(id, code)| format!("<numFmt numFmtId=\"{id}\" formatCode=\"{code}\"/>"))
            .collect::<Vec<_>>()
            .concat();
        let cells: String =
            (164..164 + self.formats.len()).map(|id| format!("<xf numFmtId=\"{id}\"/>")).collect::<Vec<_>>().concat();
        let package = "http://schemas.openxmlformats.org/package/2006";
        let mut parts = vec![
            (
                "[Content_Types].xml".to_owned(),
                format!(
                    "{prolog}<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/>\
                     <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.\
                     spreadsheetml.sheet.main+xml\"/>{types}</Types>"
                ),
            ),
            (
                "_rels/.rels".to_owned(),
                format!(
                    "{prolog}<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" \
                     Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml".to_owned(),
                format!(
                    "{prolog}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><workbookPr {}/><sheets>{sheets}</sheets></workbook>",
                    self.properties
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels".to_owned(),
                format!(
                    "{prolog}<Relationships xmlns=\"{package}/relationships\">{targets}<Relationship Id=\"s\" \
                     Type=\"{RELATIONS}/styles\" Target=\"/xl/styles.xml\"/><Relationship Id=\"t\" \
                     Type=\"{RELATIONS}/sharedStrings\" Target=\"sharedStrings.xml\"/>{}</Relationships>",
                    self.relations
                ),
            ),
            (
                "xl/styles.xml".to_owned(),
                format!(
                    "{prolog}<styleSheet xmlns=\"{MAIN}\"><numFmts>{formats}</numFmts><cellStyleXfs><xf numFmtId=\"14\"/>\
                     </cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>{cells}</cellXfs></styleSheet>"
                ),
            ),
            ("xl/sharedStrings.xml".to_owned(), format!("{prolog}<sst xmlns=\"{MAIN}\">{}</sst>", self.strings)),
        ];
        for (number, (_, _, xml)) in (1..).zip(&self.sheets) {
            let sheet = format!("{prolog}<worksheet xmlns=\"{MAIN}\">{xml}</worksheet>");
            parts.push((format!("xl/worksheets/sheet{number}.xml"), sheet));
        }
        let parts = parts.into_iter().map(|(name, xml)| (name, xml.into_bytes()));
        parts.chain(self.parts.iter().cloned()).collect()
    }

    /// The bytes of the workbook.
    pub fn finish(&self) -> Vec<u8> {
        self.parts().iter().fold(Zip::default(), |zip, (name, content)| zip.file(name, content)).finish()
    }
}

/// A workbook whose rows hold these texts, each in its cell; the empty text is no cell.
pub fn table(rows: &[Vec<String>]) -> Vec<u8> {
    let escaped = |text: &str| {
        let text = text.replace("_x", "_x005F_x").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('\r', "_x000D_")
    };
    let mut xml = String::new();
    for (number, row) in (1..).zip(rows) {
        xml.push_str(&format!("<row r=\"{number}\">"));
        for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let letter = char::from(b'A' + u8::try_from(at).unwrap());
            xml.push_str(&format!(
                "<c r=\"{letter}{number}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                escaped(cell)
            ));
        }
        xml.push_str("</row>");
    }
    Book::of(&xml).finish()
}
