use crate::feed::{FeedFiles, FeedPlan};

fn problems(yaml: &str, files: &FeedFiles) -> Vec<String> {
    FeedPlan::from_files(yaml, files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn every_problem_of_how_fields_are_made_is_reported_at_once() {
    let yaml = "
version: 1
name: p
source: {labels: {missing: keep, extra: keep, keepIn: id}}
restructure:
  id: {from: a, value: row.b}
  price: {value: 'decimal(row.price) * 1.19 + nmu', clean: [{split: {by: '', take: 0}}, {replace: {with: x}}]}
  unit: {clean: [{map: {}}, {extract: '('}, {number: {decimal: ',,'}}, {number: {decimal: ',', group: ',1'}}]}
  weight: {clean: [{units: {factors: {kg: heavy}, unit: g}}, {boolean: {true: [x], false: [X]}}], timezone: Europe/Berlin}
  at: {datetime: ['%d.%m.%Y %H:%M', '%Q'], timezone: Europe/Berlin2, join: {columns: []}}
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price}
    - {name: price.amount, type: number}
    - {name: unit}
    - {name: weight}
    - {name: at, type: datetime}
    - {name: a..b}
validate:
  rules:
    - rule: {expression: record.prise > 1, message: ' ', field: idd}
import: {table: p, key: [id]}
";
    let found = problems(yaml, &FeedFiles::default());
    let paths: Vec<&str> = found.iter().map(|problem| problem.split(": ").next().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "source.labels.missing",
            "source.labels.keepIn",
            "source.labels.keepIn",
            "restructure.id",
            "restructure.price.value",
            "restructure.price.clean[0].split.by",
            "restructure.price.clean[0].split.take",
            "restructure.price.clean[1].replace",
            "restructure.unit.clean[0].map",
            "restructure.unit.clean[1].extract",
            "restructure.unit.clean[2].number.decimal",
            "restructure.unit.clean[3].number.group",
            "restructure.unit.clean[3].number.group",
            "restructure.weight.clean[0].units.factors.kg",
            "restructure.weight.clean[0].units.unit",
            "restructure.weight.clean[1].boolean",
            "restructure.weight.timezone",
            "restructure.at.datetime[1]",
            "restructure.at.timezone",
            "restructure.at.join.columns",
            "schema.fields[1].name",
            "validate.rules[0].rule.expression",
            "validate.rules[0].rule.message",
            "validate.rules[0].rule.field",
        ],
        "{found:#?}"
    );
}

#[test]
fn a_table_is_read_from_a_file() {
    let yaml = "
version: 1
name: p
restructure: {id: {clean: [{map: {file: units.csv}}]}}
schema: {fields: [{name: id, constraints: {required: true}}]}
import: {table: p, key: [id]}
";
    let with = |text: &str| {
        let mut files = FeedFiles::default();
        files.insert("units.csv".to_owned(), text.to_owned());
        files
    };
    assert_eq!(problems(yaml, &with("kg,kilogram\n\"a,b\",c\n")), Vec::<String>::new());
    assert_eq!(
        problems(yaml, &with("kg,kilogram\nkg\nkg,gram\n")),
        [
            "restructure.id.clean[0].map.file: units.csv: line 2: has 1 cells; expected two, the text and its \
             replacement",
            "restructure.id.clean[0].map.file: units.csv: line 3: \"kg\" occurs before with another replacement",
        ]
    );
    assert_eq!(
        problems(yaml, &FeedFiles::default()),
        ["restructure.id.clean[0].map.file: there is no file \"units.csv\" beside the feed"]
    );
}

#[test]
fn a_pattern_of_a_date_that_is_none_is_reported_with_the_one_that_was_meant() {
    for (mapping, field, hint) in [
        ("date: MM/DD/YY", "type: date", Some("did you mean \"%m/%d/%y\"?")),
        ("date: YYYY-MM-DD", "type: date", Some("did you mean \"%Y-%m-%d\"?")),
        ("date: ['%d.%m.%Y', 'dd/mm/yyyy']", "type: date", Some("did you mean \"%d/%m/%Y\"?")),
        ("datetime: 'yyyy-MM-dd HH:mm:ss'", "type: datetime", Some("did you mean \"%Y-%m-%d %H:%M:%S\"?")),
        ("datetime: epoch", "type: datetime", Some("did you mean \"epoch-seconds\"?")),
        ("date: spreadsheet_1900", "type: date", Some("did you mean \"spreadsheet-1900\"?")),
        // The pattern lacks the time.
        ("datetime: YYYY-MM-DD", "type: datetime", None),
        ("date: HH:mm", "type: date", None),
        (
            "from: Sold, datetime: '%s'",
            "type: datetime",
            Some("the word epoch-seconds, for a field of the type datetime, reads seconds since 1970"),
        ),
        ("", "type: date, format: DD.MM.YYYY", Some("did you mean \"%d.%m.%Y\"?")),
        ("", "type: time, format: 'HH:mm'", Some("did you mean \"%H:%M\"?")),
        ("", "type: datetime, format: 'YYYY'", None),
        (
            "",
            "type: datetime, format: '%s'",
            Some(
                "`restructure.f.datetime`: the word epoch-seconds, for a field of the type datetime, reads seconds since 1970",
            ),
        ),
    ] {
        let yaml = format!(
            "version: 1
name: p
restructure: {{f: {{{mapping}}}}}
schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: f, {field}}}]}}
import: {{table: p, key: [id]}}
"
        );
        let problems = FeedPlan::from_yaml(&yaml).err().unwrap_or_default();
        let hints: Vec<_> = problems.iter().map(|problem| problem.hint.as_deref()).collect();
        assert_eq!(hints, [hint], "{mapping} {field} {problems:?}");
        assert!(problems[0].at.is_some());
    }
}

#[test]
fn language_and_pivot_are_checked() {
    for (mapping, field_type, expected) in [
        ("date: '%d %B %Y', language: de", "date", ""),
        (
            "date: ['%Y', '%d.%m.%y'], pivot: 30",
            "date",
            "restructure.f.date[0]: \"%Y\" is not a pattern for a date: it lacks the year, the month or the day",
        ),
        ("date: '%d.%m.%y', pivot: 30", "date", ""),
        ("date: spreadsheet-1900", "date", ""),
        ("datetime: [epoch-milliseconds, '%Y-%m-%d %H:%M']", "datetime", ""),
        (
            "date: '%d %B %Y', language: deutsch",
            "date",
            "restructure.f.language: \"deutsch\" is not the code of a language whose months and days are known, such as de",
        ),
        (
            "date: '%d.%m.%Y', language: de, pivot: 30",
            "date",
            "restructure.f.language: has no effect: no pattern has the name of a month or a day; restructure.f.pivot: has no \
             effect: no pattern has a two-digit year (%y)",
        ),
        ("date: '%d.%m.%y', pivot: 100", "date", "restructure.f.pivot: is 100; expected a two-digit year: 0 to 99"),
        (
            "language: de, pivot: 3",
            "string",
            "restructure.f.language: is only allowed together with date or datetime, which this field lacks; \
             restructure.f.pivot: is only allowed together with date or datetime, which this field lacks",
        ),
    ] {
        let yaml = format!(
            "version: 1\nname: p\nrestructure: {{f: {{{mapping}}}}}\n\
             schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: f, type: {field_type}}}]}}\n\
             import: {{table: p, key: [id]}}\n"
        );
        let problems = crate::feed::FeedPlan::from_yaml(&yaml).err().unwrap_or_default();
        let reported = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        assert_eq!(reported, expected, "{mapping}");
    }
}

#[test]
fn lists_and_objects_of_columns_are_checked() {
    for (mapping, field_type, expected) in [
        ("collect: 'Image *'", "array", ""),
        ("pairs: {names: 'N*', values: 'V*'}", "object", ""),
        (
            "collect: 'Image *'",
            "string",
            "restructure.f.collect: gives a value of the type array; the field is of the type string",
        ),
        (
            "collect: ['*', 'a*b*'], clean: [trim]",
            "array",
            "restructure.f.collect: \"*\" names no column; restructure.f.collect: \"a*b*\" has more than one *; \
             restructure.f.clean: cleans texts, and collect gives none",
        ),
        (
            "pairs: {names: 'N*', values: V}, from: a",
            "object",
            "restructure.f: has more than one of from, first, join, collect, pairs and value; a field is made in one way; \
             restructure.f.pairs: needs different columns for names and values, both with a * or both without",
        ),
    ] {
        let yaml = format!(
            "version: 1\nname: p\nrestructure: {{f: {{{mapping}}}}}\n\
             schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: f, type: {field_type}}}]}}\n\
             import: {{table: p, key: [id]}}\n"
        );
        assert_eq!(problems(&yaml, &FeedFiles::default()).join("; "), expected, "{mapping}");
    }
}
