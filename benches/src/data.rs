//! Files of products of any size. The same kind, size and seed give the same bytes.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::ValueEnum;
use fastrand::Rng;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// No quotes, nothing to reject: some 100 bytes per record.
    Plain,
    /// The same with quotes around every cell.
    Quoted,
    /// Descriptions of several lines, with quotes and commas in them.
    Newlines,
    /// Two hundred columns, of which the feed reads eight.
    Wide,
    /// Every cell as a spreadsheet leaves it, to be cleaned, and one record in twelve to be rejected.
    Dirty,
}

const COLUMNS: [&str; 8] = ["SKU", "Name", "Description", "Category", "Price", "Currency", "Stock", "Updated"];
/// The number of columns of a wide file that the feed does not read.
const MORE_COLUMNS: usize = 192;
const MATERIALS: [&str; 8] = ["Oak", "Steel", "Linen", "Bamboo", "Ceramic", "Glass", "Cork", "Walnut"];
const THINGS: [&str; 8] = ["Tray", "Lamp", "Planter", "Kettle", "Stool", "Notebook", "Lantern", "Crate"];
const PRAISE: [&str; 4] = [
    "Made to last.",
    "Wipe clean and do not soak.",
    "The classic shape refined for every day",
    "Für drinnen und draußen.",
];
const CATEGORIES: [&str; 6] = ["Kitchen", "Garden", "Office", "Toys", "Lighting", "Outdoor"];
const CURRENCIES: [&str; 4] = ["EUR", "EUR", "USD", "GBP"];

/// Writes a file of at least this many bytes, which ends with a whole record.
///
/// # Errors
/// If the file cannot be written.
pub fn write(kind: Kind, bytes: u64, seed: u64, mut out: impl Write) -> io::Result<()> {
    let mut rng = Rng::with_seed(seed);
    let mut text = COLUMNS.join(",");
    if kind == Kind::Wide {
        for column in 0..MORE_COLUMNS {
            let _ = write!(text, ",c{column}");
        }
    }
    text.push('\n');
    let mut written = 0;
    let mut serial = 0;
    while written < bytes {
        record(kind, serial, &mut rng, &mut text);
        serial += 1;
        if text.len() > 64 * 1024 {
            out.write_all(text.as_bytes())?;
            written += text.len() as u64;
            text.clear();
        }
    }
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Appends a record.
fn record(kind: Kind, serial: u64, rng: &mut Rng, text: &mut String) {
    let cells = [
        key(serial),
        format!("{} {} no {}", pick(rng, &MATERIALS), pick(rng, &THINGS), rng.u16(..1000)),
        pick(rng, &PRAISE).to_owned(),
        pick(rng, &CATEGORIES).to_owned(),
        format!("{}.{:02}", rng.u16(1..900), rng.u8(..100)),
        pick(rng, &CURRENCIES).to_owned(),
        rng.u16(..400).to_string(),
        format!("{:02}.{:02}.{}", rng.u8(1..29), rng.u8(1..13), rng.u16(2023..2027)),
    ];
    match kind {
        Kind::Plain => text.push_str(&cells.join(",")),
        Kind::Quoted => {
            let _ = write!(text, "\"{}\"", cells.join("\",\""));
        }
        Kind::Newlines => {
            let [key, name, praise, rest @ ..] = &cells;
            let _ = write!(
                text,
                "{key},\"{name}, boxed\",\"{praise}\nSecond line, with a comma\r\n\"\"Quoted\"\" third\","
            );
            text.push_str(&rest.join(","));
        }
        Kind::Wide => {
            text.push_str(&cells.join(","));
            for _ in 0..MORE_COLUMNS {
                let _ = write!(text, ",{}", rng.u16(..));
            }
        }
        Kind::Dirty => dirty(cells, rng, text),
    }
    text.push('\n');
}

/// Appends a record that has to be cleaned or rejected.
fn dirty(mut cells: [String; 8], rng: &mut Rng, text: &mut String) {
    let [key, name, _, category, price, currency, _, updated] = &mut cells;
    match rng.u8(..4) {
        0 => *key = format!(" {}", key.to_lowercase()),
        1 => *name = name.replace(' ', "  "),
        2 => *category = format!(" {category} "),
        _ => *currency = currency.to_lowercase(),
    }
    *price = format!("€ {price}");
    match rng.u8(..60) {
        0 => "n/a".clone_into(price),
        1 => "31.02.2025".clone_into(updated),
        2 => "Replica Clock".clone_into(name),
        3 => "Food".clone_into(category),
        4 => return text.push_str(&cells[..7].join(",")),
        _ => {}
    }
    text.push_str(&cells.join(","));
}

/// A key for a serial number. The keys of 67 million serial numbers are distinct.
fn key(serial: u64) -> String {
    let letters = serial / 100_000;
    let letter = |n: u64| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
    format!("{}{}-{:05}", letter(letters / 26), letter(letters), serial % 100_000)
}

fn pick<'a>(rng: &mut Rng, items: &[&'a str]) -> &'a str {
    items[rng.usize(..items.len())]
}
