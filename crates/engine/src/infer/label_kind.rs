//! Guesses from the label of a column what it contains.

/// The kind of content that a label suggests. The words are English, German and French, because most labels
/// are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LabelKind {
    /// An identifier: `id`, `SKU`, `order_id`.
    Id,
    /// Most likely an identifier: `Artikel-Nr`, `Order No`, `code`.
    Code,
    /// The label does not say more.
    Anything,
    /// A price, an amount, a cost.
    Money,
    /// A date, a time, or a part of one.
    Moment,
    /// A measurement or a count.
    Measure,
    /// A text for people.
    Description,
}

/// Words for an identifier, of any content.
const IDS: [&str; 6] = ["id", "key", "pk", "identifier", "kennung", "oid"];
/// Words for an identifier whose values may be digits that are not a number.
const ID_CODES: [&str; 14] =
    ["uuid", "guid", "sku", "ean", "ean13", "gtin", "gtin13", "gtin14", "upc", "isbn", "issn", "asin", "iban", "isin"];
const CODES: [&str; 17] = [
    "code",
    "number",
    "no",
    "nr",
    "num",
    "nummer",
    "numero",
    "numéro",
    "ref",
    "reference",
    "referenz",
    "handle",
    "slug",
    "barcode",
    "mpn",
    "plu",
    "#",
];
/// Only if the label consists of this word alone.
const WHOLE_CODES: [&str; 8] = ["record", "order", "invoice", "article", "artikel", "account", "konto", "rn"];
const MONEY: [&str; 37] = [
    "price", "prices", "preis", "preise", "prix", "precio", "prezzo", "amount", "betrag", "montant", "importe",
    "total", "cost", "costs", "kosten", "fee", "fees", "tax", "net", "netto", "gross", "brutto", "revenue", "profit",
    "salary", "gehalt", "balance", "saldo", "discount", "rabatt", "sum", "summe", "subtotal", "umsatz", "charge",
    "msrp", "paid",
];
const MOMENTS: [&str; 28] = [
    "date",
    "datum",
    "day",
    "tag",
    "time",
    "zeit",
    "uhrzeit",
    "timestamp",
    "datetime",
    "created",
    "updated",
    "modified",
    "changed",
    "at",
    "month",
    "monat",
    "year",
    "jahr",
    "hour",
    "stunde",
    "minute",
    "second",
    "heure",
    "fecha",
    "stand",
    "since",
    "until",
    "ts",
];
const MEASURES: [&str; 36] = [
    "qty",
    "quantity",
    "stock",
    "bestand",
    "menge",
    "quantité",
    "count",
    "anzahl",
    "weight",
    "gewicht",
    "length",
    "width",
    "height",
    "depth",
    "size",
    "age",
    "alter",
    "lat",
    "lon",
    "lng",
    "latitude",
    "longitude",
    "temp",
    "temperature",
    "score",
    "rating",
    "percent",
    "percentage",
    "rate",
    "units",
    "sold",
    "position",
    "level",
    "value",
    "wert",
    "volume",
];
const DESCRIPTIONS: [&str; 36] = [
    "description",
    "beschreibung",
    "desc",
    "text",
    "title",
    "titel",
    "name",
    "names",
    "nom",
    "bezeichnung",
    "comment",
    "comments",
    "note",
    "notes",
    "remark",
    "remarks",
    "bemerkung",
    "message",
    "body",
    "html",
    "summary",
    "subject",
    "address",
    "adresse",
    "street",
    "strasse",
    "straße",
    "url",
    "link",
    "image",
    "images",
    "bild",
    "photo",
    "picture",
    "src",
    "agent",
];

/// Beside [`ID_CODES`], names of codes of digits that are not numbers even if they look like them: a later value may begin
/// with a zero.
const DIGITS: [&str; 19] = [
    "bic",
    "barcode",
    "mpn",
    "plu",
    "zip",
    "zipcode",
    "plz",
    "postal",
    "postcode",
    "postleitzahl",
    "phone",
    "tel",
    "telephone",
    "telefon",
    "mobile",
    "fax",
    "code",
    "ssn",
    "blz",
];

impl LabelKind {
    /// The kind of a name that [`name`](super::name) made from a label.
    pub fn of(name: &str) -> Self {
        let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
        let last = words.last().copied().unwrap_or_default();
        let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
        let unnumbered = last.trim_end_matches(|c: char| c.is_ascii_digit());
        match () {
            () if IDS.contains(&last) || ID_CODES.contains(&last) => Self::Id,
            () if CODES.contains(&last) || words.len() == 1 && WHOLE_CODES.contains(&last) => Self::Code,
            () if any(&MONEY) || MONEY.contains(&unnumbered) => Self::Money,
            () if any(&MOMENTS) => Self::Moment,
            () if any(&DESCRIPTIONS) || DESCRIPTIONS.contains(&unnumbered) => Self::Description,
            () if any(&MEASURES) => Self::Measure,
            () if any(&IDS) || any(&ID_CODES) => Self::Code,
            () => Self::Anything,
        }
    }

    /// Whether the label is that of an identifier.
    pub fn is_identifier(self) -> bool {
        matches!(self, Self::Id | Self::Code)
    }

    /// Whether the column may be part of a key, judged by its name.
    pub fn may_be_key(self) -> bool {
        matches!(self, Self::Id | Self::Code | Self::Anything)
    }
}

/// Words for a date, as opposed to a time of day or a part of a date.
const DATES: [&str; 13] = [
    "date",
    "datum",
    "fecha",
    "datetime",
    "timestamp",
    "created",
    "updated",
    "modified",
    "changed",
    "stand",
    "since",
    "until",
    "day",
];

/// Whether a name is that of a date.
pub(super) fn says_date(name: &str) -> bool {
    let ends = |word: &str| ["date", "datum"].iter().any(|end| word.ends_with(end));
    name.split('_').any(|word| DATES.contains(&word) || ends(word))
}

/// Whether a name is that of a code of digits that is not a number.
pub(super) fn is_code_of_digits(name: &str) -> bool {
    name.split('_').any(|word| ID_CODES.contains(&word) || DIGITS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_names() {
        for (name, expected) in [
            ("id", LabelKind::Id),
            ("variant_sku", LabelKind::Id),
            ("order_id", LabelKind::Id),
            ("artikel_nr", LabelKind::Code),
            ("order_number", LabelKind::Code),
            ("record", LabelKind::Code),
            ("record_time", LabelKind::Moment),
            ("order", LabelKind::Code),
            ("order_date", LabelKind::Moment),
            ("unit_price", LabelKind::Money),
            ("price2", LabelKind::Money),
            ("total", LabelKind::Money),
            ("total_id", LabelKind::Id),
            ("item_description", LabelKind::Description),
            ("image_src", LabelKind::Description),
            ("units_sold", LabelKind::Measure),
            ("colour", LabelKind::Anything),
            ("valid", LabelKind::Anything),
            ("", LabelKind::Anything),
        ] {
            assert_eq!(LabelKind::of(name), expected, "{name}");
        }
        assert!(
            says_date("order_date") && says_date("rechnungsdatum") && says_date("created_at") && !says_date("time")
        );
        assert!(is_code_of_digits("zip_code") && is_code_of_digits("plz") && !is_code_of_digits("order_id"));
    }
}
