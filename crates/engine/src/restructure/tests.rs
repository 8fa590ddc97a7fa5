use super::*;
use crate::header;
use crate::record::{Position, Reader};

const FEED: &str = "
version: 1
name: products
restructure:
  id: {from: SKU, clean: [trim, upper]}
  updated: {from: Updated, clean: [trim], date: '%d.%m.%Y'}
schema: {fields: [{name: id, constraints: {required: true}}, {name: updated, type: date}]}
import: {table: products, key: [id]}
";

/// A feed with a second field, made by a mapping.
fn feed(source: &str, mapping: &str, field_type: &str) -> String {
    format!(
        "version: 1\nname: p\n{source}\nrestructure: {{x: {{{mapping}}}}}\n\
         schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: x, type: {field_type}}}]}}\n\
         import: {{table: p, key: [id]}}\n"
    )
}

/// Restructures the last record of a file.
fn last_of(feed: &str, file: &[u8], text: SourceText) -> (Vec<String>, Vec<String>) {
    let plan = FeedPlan::from_yaml(feed).unwrap();
    let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
    let mut reader = Reader::new(plan.dialect, Position::START);
    reader.push(file);
    reader.end();
    let header: Vec<String> =
        reader.next_record().unwrap().unwrap().iter().map(|label| text.show(label).into_owned()).collect();
    let binding = header::check(&plan, &header).binding.unwrap();
    let mut restructurer = Restructurer::new(&plan, &binding, text, &run);
    let mut result = None;
    while let Some(record) = reader.next_record().unwrap() {
        let made = restructurer.restructure(&record);
        let (mut row, mut expected) = (Rows::default(), Rows::default());
        made.texts.write(&mut row);
        row.end();
        expected.row(made.texts.iter());
        assert_eq!(row.as_bytes(), expected.as_bytes());
        result = Some((
            made.texts.iter().map(str::to_owned).collect(),
            made.problems.iter().map(ToString::to_string).collect(),
        ));
    }
    result.unwrap()
}

fn last(file: &[u8]) -> (Vec<String>, Vec<String>) {
    last_of(FEED, file, SourceText::UTF_8)
}

/// The text of field `x`, or its problem.
fn x(feed: &str, file: &str) -> Result<String, String> {
    let (texts, problems) = last_of(feed, file.as_bytes(), SourceText::UTF_8);
    if problems.is_empty() { Ok(texts[1].clone()) } else { Err(problems.join("; ")) }
}

#[test]
fn cleans_maps_and_reads_dates() {
    assert_eq!(last(b"Updated,Note,SKU\n 21.11.2026,x, ab-1 "), (vec!["AB-1".into(), "2026-11-21".into()], vec![]));
}

#[test]
fn too_many_and_too_few_cells_are_reported_and_nothing_is_shifted() {
    let (texts, problems) = last(b"SKU,Note,Updated\na,b,21.11.2026,c");
    assert_eq!(texts, ["", ""]);
    assert_eq!(problems, ["[extra-cell] has 4 cells, but the header has 3: 1 too many"]);
    let (_, problems) = last(b"SKU,Note,Updated\na,b");
    assert_eq!(
        problems,
        ["[missing-cell] has 2 cells, but the header has 3: \"Updated\" is missing, or an earlier cell was lost"]
    );
}

#[test]
fn every_broken_field_is_reported_with_its_column() {
    let (texts, problems) = last(b"SKU,Updated\n1,21.11.2026\n\"a\xE9\",soon");
    assert_eq!(texts, ["", ""]);
    assert_eq!(
        problems,
        [
            "[encoding-error] id (column \"SKU\"): byte 0xE9 at offset 27 of the file is not UTF-8",
            "[type-error] updated (column \"Updated\"): \"soon\" is not a date in the format %d.%m.%Y",
        ]
    );
}

#[test]
fn a_cell_is_decoded_and_a_byte_that_cannot_be_is_reported_with_its_own_place() {
    let western = SourceText::new(encoding_rs::WINDOWS_1252, None);
    let (texts, problems) = last_of(FEED, b"SKU,Note,Updated\ncaf\xE9,,21.11.2026", western);
    assert_eq!((texts[0].as_str(), problems.len()), ("CAF\u{c9}", 0));
    // The one in the note comes first in the record, but belongs to another cell.
    let (_, problems) = last_of(FEED, b"Note,SKU,Updated\n\"\x8D\"\"\",\"a\x81\",21.11.2026", western);
    assert_eq!(
        problems,
        ["[encoding-error] id (column \"SKU\"): byte 0x81 at offset 25 of the file is not windows-1252"]
    );
    let japanese = SourceText::new(encoding_rs::SHIFT_JIS, None);
    let (_, problems) = last_of(FEED, b"SKU,Updated\na\xE0\x82\x81,21.11.2026", japanese);
    assert_eq!(
        problems,
        ["[encoding-error] id (column \"SKU\"): byte 0x81 at offset 13 of the decoded text is not Shift_JIS"]
    );
}

#[test]
fn columns_are_joined_without_those_that_are_empty() {
    let feed = feed("source: {labels: {missing: ignore}}", "join: {columns: [a, b, c, d], with: ' / '}", "string");
    assert_eq!(x(&feed, "id,a,b,c\n1, x ,,z").as_deref(), Ok("x / z"));
    assert_eq!(x(&feed, "id,a,b,c\n1,,,").as_deref(), Ok(""));
}

#[test]
fn the_first_column_that_is_not_empty_is_taken() {
    let feed = feed("", "first: [sale, offer, price]", "number");
    assert_eq!(x(&feed, "id,price,sale\n1,5,4").as_deref(), Ok("4"));
    assert_eq!(x(&feed, "id,price,sale\n1,5, ").as_deref(), Ok("5"));
    assert_eq!(x(&feed, "id,price,sale\n1,,").as_deref(), Ok(""));
}

#[test]
fn an_expression_makes_a_field_of_the_whole_row() {
    let feed = feed("", "value: 'round(decimal(row[\"net\"]) * 1.19, 2)'", "number");
    assert_eq!(x(&feed, "id,net\n1,10.01").as_deref(), Ok("11.91"));
    assert_eq!(
        x(&feed, "id,net\n1,ten"),
        Err("[expression-error] x: the expression gives no value: decimal: the text is not a decimal number, such as 12.50".into())
    );
    assert!(x(&feed, "id,gross\n1,1").unwrap_err().ends_with("there is no \"net\""));
}

#[test]
fn what_a_step_cannot_read_is_reported_with_what_the_file_has() {
    let feed = feed("", "clean: [upper, {map: {values: {KG: kilogram}}}]", "string");
    assert_eq!(x(&feed, "id,x\n1,kg").as_deref(), Ok("kilogram"));
    assert_eq!(
        x(&feed, "id,x\n1,lb"),
        Err("[conversion-error] x: \"LB\" is not one of the 1 texts of the table".into())
    );
}

#[test]
fn of_several_patterns_the_first_that_fits_is_taken() {
    let feed = feed("", "datetime: ['%d.%m.%Y %H:%M', '%Y-%m-%d %H:%M'], timezone: Europe/Berlin", "datetime");
    assert_eq!(x(&feed, "id,x\n1,21.11.2026 02:33").as_deref(), Ok("2026-11-21T01:33:00Z"));
    assert_eq!(x(&feed, "id,x\n1,2026-07-21 02:33").as_deref(), Ok("2026-07-21T00:33:00Z"));
    assert_eq!(
        x(&feed, "id,x\n1,soon"),
        Err("[type-error] x: \"soon\" is not a date with time in one of the formats %d.%m.%Y %H:%M, %Y-%m-%d %H:%M, \
             in the zone Europe/Berlin"
            .into())
    );
}

#[test]
fn columns_that_no_field_reads_are_kept_in_one() {
    let yaml = "version: 1\nname: p\nsource: {labels: {extra: keep, keepIn: x}}\n\
        schema: {fields: [{name: id, constraints: {required: true}}, {name: x, type: object}]}\nimport: {table: p, key: [id]}\n";
    assert_eq!(x(yaml, "b,id,a\n\"1\"\"2\",1,").as_deref(), Ok(r#"{"a":"","b":"1\"2"}"#));
}

/// For each record of a file: the name under which it is omitted, or its problems.
fn fates(source: &str, field: &str, file: &str) -> Vec<String> {
    let yaml = format!(
        "version: 1\nname: p\nsource: {source}\n\
         schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {field}]}}\nimport: {{table: p, key: [id]}}\n"
    );
    let plan = FeedPlan::from_yaml(&yaml).unwrap();
    let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
    let mut reader = Reader::new(plan.dialect, Position::START);
    reader.push(file.as_bytes());
    reader.end();
    let labels: Vec<_> = reader.next_record().unwrap().unwrap().iter().map(<[u8]>::to_vec).collect();
    let check = header::check(&plan, &labels);
    assert!(check.notes.is_empty(), "a column that a condition reads is not extra: {:?}", check.notes);
    let binding = check.binding.unwrap();
    let mut restructurer = Restructurer::new(&plan, &binding, SourceText::UTF_8, &run);
    let mut fates = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        let made = restructurer.restructure(&record);
        let problems = || made.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        fates.push(made.omitted.map_or_else(problems, str::to_owned));
    }
    fates
}

#[test]
fn a_condition_omits_records_before_their_cells_are_counted() {
    let source = r#"{omit: {conditions: [{name: units, when: 'row["co2"] == "mg" || row["unit"] == "mg"'},
        {name: short, when: 'row["co2"] == null && row["id"].startsWith("Exported")'},
        {name: zero, when: 'decimal(row["co2"]) == 0'}]}}"#;
    let file = "id,unit,co2\n0,,mg\nExported on 22 Jun 2020\n1,,0.0\n2,,1\n3,,x\n4\n5,,mg,z\n6,mg,\"0\"\n7,,\"mg\"x\n";
    let undecided = "[expression-error] the condition \"zero\" of source.omit cannot be decided: ";
    let fates = fates(source, "{name: co2}", file);
    assert_eq!(fates[..4], ["units", "short", "zero", ""]);
    assert!(fates[4].starts_with(undecided), "{}", fates[4]);
    // A record that is too short is rejected for both reasons, since nobody can say whether it is zero.
    assert!(fates[5].starts_with(undecided) && fates[5].contains("[missing-cell]"), "{}", fates[5]);
    assert_eq!(fates[6..8], ["units", "units"]);
    // Broken quotes may have swallowed records, so no condition is tried.
    assert!(fates[8].starts_with("[quote-error]") && !fates[8].contains("source.omit"), "{}", fates[8]);
}

#[test]
fn a_condition_that_cannot_be_decided_shows_no_sensitive_value() {
    let source = r#"{omit: {conditions: [{name: zero, when: '{"0": true}[row["co2"]]'}]}}"#;
    let of = |field: &str| fates(source, field, "id,co2\n1,secret\n").join("");
    assert!(of("{name: co2}").contains("secret"));
    assert_eq!(
        of("{name: co2, sensitive: true}"),
        "[expression-error] the condition \"zero\" of source.omit cannot be decided: the feed has sensitive values, so \
         the cause is not shown"
    );
}

/// The same product as exported by shop systems.
const SHOPS: [(&str, &str, &[&str]); 5] = [
    (
        ",",
        "Handle,Title,Body (HTML),Product Category,Type,Variant SKU,Variant Inventory Qty,Variant Price\n\
         lamp,Oak Lamp,<p>Made to <b>last</b>.</p>,Apparel & Accessories > Hats,Hat,HAT_GRY_275,5,17.99\n",
        &["HAT_GRY_275", "Oak Lamp", "Made to last.", "Apparel", "17.99", "EUR", "5", ""],
    ),
    (
        ",",
        "Handle,Title,Body (HTML),Product Category,Type,Variant SKU,Variant Inventory Qty,Variant Price\n\
         lamp,,,,,HAT_GRY_276,5,17.99\n",
        &["HAT_GRY_276", "lamp", "", "Variant", "17.99", "EUR", "5", ""],
    ),
    (
        ",",
        "ID,Type,SKU,Name,Description,Stock,Sale price,Regular price,Categories,Parent\n\
         7,simple,cc-cap,Cap,Fits &amp; warms.,,16,18,Clothing > Accessories,\n",
        &["CC-CAP", "Cap", "Fits & warms.", "Apparel", "16", "EUR", "", ""],
    ),
    (
        ",",
        "category,name,sku,price,qty,description,special_price\n\"Gear\nBags\",Duffle,24-MB01,34,100,<ul><li>A</li><li>B</li></ul>,\n",
        &["24-MB01", "Duffle", "A\nB", "Gear", "34", "EUR", "100", ""],
    ),
    (
        "\\t",
        "id\ttitle\tdescription\tprice\tproduct_type\nglove-navy-m\tGlove\tWarm.\t59.00 USD\tApparel > Gloves\n",
        &["GLOVE-NAVY-M", "Glove", "Warm.", "Apparel", "59.00", "USD", "", ""],
    ),
];

#[test]
fn the_product_feed_reads_what_four_shop_systems_export() {
    let feed = include_str!("../../../../feeds/products.yaml");
    for (delimiter, file, expected) in SHOPS {
        let feed = feed.replace("delimiter: \",\"", &format!("delimiter: \"{delimiter}\""));
        let (texts, problems) = last_of(&feed, file.as_bytes(), SourceText::UTF_8);
        assert_eq!((texts, problems), (expected.iter().map(ToString::to_string).collect(), vec![]), "{file}");
    }
}

/// Fields of adjacent and separate cells, quoted and not, cleaned and computed.
#[test]
fn fields_are_written_as_cells_wherever_they_come_from() {
    let feed = "version: 1\nname: p\nrestructure: {b: {clean: [trim]}, c: {clean: [upper]}, e: {from: id}}\n\
        schema: {fields: [{name: id, constraints: {required: true}}, {name: a}, {name: b}, {name: c}, {name: d}, {name: e}]}\n\
        import: {table: p, key: [id]}\n";
    for (record, expected) in [
        ("1,x,y,Z,v", ["1", "x", "y", "Z", "v", "1"]),
        ("1,,,,", ["1", "", "", "", "", "1"]),
        ("1,\"x,\",y,z,v", ["1", "x,", "y", "Z", "v", "1"]),
        ("\"1\",\"x\",\"y\"\"\", z,\"\"\"v\"", ["1", "x", "y\"", " Z", "\"v", "1"]),
        ("1,x, y ,z,\u{fc}", ["1", "x", "y", "Z", "\u{fc}", "1"]),
    ] {
        let (texts, problems) = last_of(feed, format!("id,a,b,c,d\n{record}\n").as_bytes(), SourceText::UTF_8);
        assert_eq!((texts, problems), (expected.map(str::to_owned).to_vec(), vec![]), "{record}");
    }
    // The record has another delimiter, and a comma within a cell.
    let feed = feed.replace("name: p\nres", "name: p\nsource: {delimiter: ';'}\nres");
    let (texts, _) = last_of(&feed, b"id;a;b;c;d\n1;x;y,;z;v\n", SourceText::UTF_8);
    assert_eq!(texts, ["1", "x", "y,", "Z", "v", "1"]);
}

#[test]
fn a_control_character_is_warned_of_unless_cleaning_takes_it_out() {
    let takes_out = r"clean: [{replace: {pattern: '[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]'}}]";
    let warning = |place: &str| {
        Err(format!(
            "[control-character, warning] x: has a control character {place}, and is imported with it; {takes_out} \
             removes them"
        ))
    };
    for (mapping, text, expected) in [
        ("from: x", "Cu\0p", warning("(NUL, U+0000) as character 3")),
        ("from: x", "\0\0", warning("(NUL, U+0000) as character 1, and 1 more")),
        ("from: x, clean: [upper]", "Pan\x1a", warning("(Ctrl-Z, U+001A) as character 4")),
        ("value: row.x", "a\x07", warning("(U+0007) as character 2")),
        (takes_out, "Cu\0p\x1a", Ok("Cup".to_owned())),
        ("from: x, clean: [trim]", "a\x0c", Ok("a".to_owned())),
        ("from: x", "\"a\nb\tc\"", Ok("a\nb\tc".to_owned())),
    ] {
        let reported = x(&feed("", mapping, "string"), &format!("id,x\n1,{text}"));
        let reported = reported.map_err(|reported| reported.replace("x (column \"x\")", "x"));
        assert_eq!(reported, expected, "{mapping} {text:?}");
    }
    let (texts, problems) = last_of(&feed("", "from: x", "string"), b"id,x\n1,Cu\0p", SourceText::UTF_8);
    assert_eq!((texts[1].as_str(), problems.len()), ("Cu\0p", 1), "it is imported");
}

#[test]
fn the_end_of_a_dos_file_is_reported_as_what_it_is() {
    let (_, problems) = last(b"SKU,Updated\n1,21.11.2026\n\x1a");
    assert_eq!(
        problems,
        ["[missing-cell] is the byte 0x1A, the end-of-file mark of DOS, not a record: remove it from the file"]
    );
}

#[test]
fn an_hour_that_the_clocks_skipped_is_reported_as_such() {
    let feed = feed("", "datetime: '%d.%m.%Y %H:%M', timezone: Europe/Berlin", "datetime");
    assert_eq!(x(&feed, "id,x\n1,31.03.2024 01:30").as_deref(), Ok("2024-03-31T00:30:00Z"));
    assert_eq!(
        x(&feed, "id,x\n1,31.03.2024 02:30").unwrap_err(),
        "[type-error] x: \"31.03.2024 02:30\" was never the time in the zone Europe/Berlin: the clocks went from 02:00 \
         to 03:00 on 2024-03-31"
    );
}

#[test]
fn columns_become_a_list_without_the_empty_ones() {
    for (collect, labels, file, expected) in [
        ("'Image *'", "Image 1,Image 2,Other", " a.jpg,\"b\"\"c \",x", r#"["a.jpg","b\"c"]"#),
        ("'Image *'", "Image 2,Image 1,Image", "b,a,x", r#"["b","a"]"#),
        ("[Image, 'Image *', '*age 1']", "Image 1,Image,Image 2", ",c,d", r#"["c","d"]"#),
        ("'* Image'", "Front Image,Back Image,Image", " ,,x", ""),
    ] {
        let found = x(&feed("", &format!("collect: {collect}"), "array"), &format!("id,{labels}\n1,{file}\n"));
        assert_eq!(found.as_deref(), Ok(expected), "{collect} {labels}");
    }
    let loose = feed("source: {labels: {match: loose}}", "collect: 'image *'", "array");
    assert_eq!(x(&loose, "id,IMAGE_1,Image-2\n1,a,b\n").as_deref(), Ok(r#"["a","b"]"#));
}

#[test]
fn columns_of_names_and_values_become_an_object() {
    let feed = feed("", "pairs: {names: 'Option* Name', values: 'Option* Value'}", "object");
    let file =
        |cells: &str| format!("id,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name\n1,{cells}\n");
    for (cells, expected) in [
        ("Size,S,Colour,Sand,", Ok(r#"{"Colour":"Sand","Size":"S"}"#)),
        ("Size,S,Colour,,x", Ok(r#"{"Size":"S"}"#)),
        (",,,,", Ok("")),
        (
            "Size,S,,Sand,",
            Err("[conversion-error] x: the value \"Sand\" in \"Option2 Value\" has no name in \"Option2 Name\""),
        ),
        (
            "Size,S,Size,M,",
            Err("[conversion-error] x: the name \"Size\" in \"Option2 Name\" occurs before; expected each name once"),
        ),
    ] {
        assert_eq!(x(&feed, &file(cells)).as_deref().map_err(String::as_str), expected, "{cells}");
    }
    let plan = FeedPlan::from_yaml(&feed).unwrap();
    let check = header::check(&plan, &["id", "Option1 Name", "Option2 Value"]);
    assert_eq!(
        check.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "[missing-label] x: the header has no column \"Option* Name with Option* Value\"; did you mean \"Option1 Name\"?"
        ]
    );
}
