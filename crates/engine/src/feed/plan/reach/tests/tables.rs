//! Expected reports for mappings, fields and rules that do or do not fit together.

/// A mapping, a field, rules, and the single report about them: an error or a note.
pub(super) const NEVER: &[(&str, &str, &str, &str)] = &[
    // A date that was read by a pattern is ISO 8601.
    (
        "date: '%d/%m/%y'",
        ", type: date, format: '%m/%d/%y'",
        "",
        "schema.fields[1].format: is \"%m/%d/%y\", which reads no date that restructure.f.date produces: it produces \
         ISO 8601, such as 2026-11-21; remove \"format\"",
    ),
    (
        "date: '%d/%m/%y'",
        ", type: date, format: '%Y-%d-%m'",
        "",
        "schema.fields[1].format: is \"%Y-%d-%m\", which reads 2014-10-08 as 2014-08-10: restructure.f.date has \
         already converted the date to ISO 8601; remove \"format\"",
    ),
    (
        "datetime: '%d.%m.%Y %H:%M', timezone: Europe/Berlin",
        ", type: datetime, format: '%Y-%m-%dT%H:%M:%S'",
        "",
        "schema.fields[1].format: is \"%Y-%m-%dT%H:%M:%S\", which reads no date that restructure.f.datetime produces: \
         it produces ISO 8601, such as 2026-11-21T01:33:00Z; remove \"format\"",
    ),
    (
        "clean: [{strip: '/'}], date: '%d/%m/%y'",
        ", type: date",
        "",
        "restructure.f.date: reads no text: %d/%m/%y needs '/', but restructure.f.clean[0] (strip) leaves none",
    ),
    (
        "clean: [{default: 2020-01-31}], date: '%d/%m/%y'",
        ", type: date",
        "",
        "restructure.f.clean[0].default: rejects every record that gets it: \"2020-01-31\" is not a date in the \
         format %d/%m/%y",
    ),
    // Lists of values.
    (
        "clean: [lower]",
        ", constraints: {enum: [Online]}",
        "",
        "schema.fields[1].constraints.enum: allows \"Online\", which never results from restructure.f.clean[0] \
             (lower); write [\"online\"], or remove the step",
    ),
    (
        "clean: [title, trim]",
        ", constraints: {enum: [EUR, USD]}",
        "",
        "schema.fields[1].constraints.enum: allows \"EUR\", which never results from restructure.f.clean[0] \
         (title), and no other value can pass; write [\"Eur\", \"Usd\"], or remove the step",
    ),
    (
        "clean: [{strip: '-'}]",
        ", categories: [a-b]",
        "",
        "schema.fields[1].categories: allows \"a-b\", which never results from restructure.f.clean[0] (strip)",
    ),
    (
        "clean: [upper]",
        ", type: boolean, trueValues: [ja], falseValues: [nein]",
        "",
        "schema.fields[1].trueValues: allows \"ja\", which never results from restructure.f.clean[0] (upper), and \
         no other value can pass",
    ),
    (
        "clean: [lower]",
        "",
        "{one_of: {field: f, values: [Online]}}",
        "validate.rules[0].one_of.values: allows \"Online\", which never results from restructure.f.clean[0] \
         (lower)",
    ),
    // Steps with a fixed set of results.
    (
        "clean: [{map: {values: {on: Online, off: Offline}}}]",
        ", constraints: {enum: [online, offline]}",
        "",
        "restructure.f.clean[0].map: produces no text that can pass: \"Offline\" is not one of online, offline; did \
         you mean \"offline\"? (constraint \"enum\")",
    ),
    (
        "clean: [{boolean: {true: [x], false: [o]}}]",
        ", type: integer",
        "",
        "restructure.f.clean[0].boolean: produces no text that can pass: \"true\" is not an integer, such as 12 or -3",
    ),
    (
        "clean: [lower, {map: {values: {KIT: Kitchen}}}]",
        "",
        "",
        "restructure.f.clean[1].map: never finds an entry: \"KIT\", for example, never results from \
         restructure.f.clean[0] (lower)",
    ),
    (
        "value: 'row.x == \"\" ? \"none\" : \"some\"'",
        ", constraints: {maxLength: 3}",
        "",
        "restructure.f.value: produces no text that can pass: \"none\" has 4 characters, more than the maximum of 3 \
             (constraint \"maxLength\")",
    ),
    (
        "clean: [{default: n/a}]",
        ", type: number",
        "",
        "restructure.f.clean[0].default: rejects every record that gets it: \"n/a\" is not a decimal number, such as \
         12.50",
    ),
    (
        "clean: [{default: unknown}]",
        ", constraints: {maxLength: 3}",
        "",
        "restructure.f.clean[0].default: rejects every record that gets it: \"unknown\" has 7 characters, more than \
         the maximum of 3 (constraint \"maxLength\")",
    ),
    (
        "clean: [{default: '-'}]",
        ", missingValues: ['-'], constraints: {required: true}",
        "",
        "restructure.f.clean[0].default: rejects every record that gets it: \"-\" means that there is no value, but \
         one is required (constraint \"required\")",
    ),
    (
        "clean: [{default: x}, {map: {values: {a: b}}}]",
        "",
        "",
        "restructure.f.clean[0].default: rejects every record that gets it: restructure.f.clean[1] (map) refuses it: \
         \"x\" is not one of the 1 texts of the table",
    ),
    (
        "clean: [{default: ivory}]",
        "",
        "{prohibited: {fields: [f], terms: [ivory]}}",
        "restructure.f.clean[0].default: rejects every record that gets it: contains the prohibited term \"ivory\"",
    ),
    // Patterns and types.
    (
        "clean: [upper]",
        ", constraints: {pattern: '[a-z]+'}",
        "",
        "schema.fields[1].constraints.pattern: matches no text that results from restructure.f.clean[0] (upper)",
    ),
    (
        "clean: [trim, {strip: '-. '}]",
        ", constraints: {pattern: '[0-9]{3}-[0-9]{2}'}",
        "",
        "schema.fields[1].constraints.pattern: matches no text that results from restructure.f.clean[1] (strip)",
    ),
    (
        "",
        ", constraints: {pattern: '[A-Z]{5}', maxLength: 3}",
        "",
        "schema.fields[1].constraints.pattern: needs at least 5 characters, but maxLength is 3",
    ),
    (
        "",
        ", constraints: {enum: [ab, cd], pattern: '[0-9]+'}",
        "",
        "schema.fields[1].constraints.enum: none of its values can pass: \"ab\" does not match the pattern [0-9]+ \
             (constraint \"pattern\")",
    ),
    (
        "clean: [lower]",
        ", type: datetime",
        "",
        "schema.fields[1].type: needs a text with 'T', but restructure.f.clean[0] (lower) leaves none",
    ),
    (
        "clean: [{strip: '@'}]",
        ", format: email",
        "",
        "schema.fields[1].format: needs a text with '@', but restructure.f.clean[0] (strip) leaves none",
    ),
    // Possibly intended: a note.
    (
        "clean: [lower]",
        ", constraints: {enum: [Online, offline]}",
        "",
        "note: schema.fields[1].constraints.enum[0]: is \"Online\", which never results from restructure.f.clean[0] \
         (lower)",
    ),
    (
        "clean: [{map: {values: {KIT: Kitchen, OLD: Gone}}}]",
        ", constraints: {enum: [Kitchen]}",
        "",
        "note: restructure.f.clean[0].map.values.OLD: rejects every record that gets it: \"Gone\" is not one of \
         Kitchen (constraint \"enum\")",
    ),
    (
        "clean: [lower, {map: {values: {KIT: Kitchen, grd: Garden}}}]",
        "",
        "",
        "note: restructure.f.clean[1].map.values.KIT: can never match: restructure.f.clean[0] (lower) produces no \
         such text",
    ),
    (
        "clean: [{list: {separator: '|'}}]",
        ", type: list",
        "",
        "note: schema.fields[1].type: is list, for a text with a delimiter between its elements, but the step list makes \
             a JSON array; write \"type: array\"",
    ),
];

/// A mapping, a field and rules without any report.
pub(super) const MAY: &[(&str, &str, &str)] = &[
    ("date: '%d/%m/%y'", ", type: date", ""),
    ("date: '%d/%m/%y'", ", type: date, format: '%Y-%m-%d'", ""),
    ("date: ['%d/%m/%y', '%Y-%m-%d']", ", type: date, format: any", ""),
    ("datetime: '%d.%m.%Y %H:%M', timezone: Europe/Berlin", ", type: datetime", ""),
    ("clean: [{replace: {text: '.', with: '/'}}], date: '%d/%m/%Y'", ", type: date", ""),
    ("clean: [lower], date: '%d %b %Y'", ", type: date", ""),
    ("clean: [{default: 31/01/20}], date: '%d/%m/%y'", ", type: date", ""),
    ("clean: [upper]", ", constraints: {enum: [ONLINE, SS]}", ""),
    ("clean: [title]", ", constraints: {enum: [Online, Red Chair]}", ""),
    ("clean: [lower, upper]", ", constraints: {pattern: '[A-Z]+'}", ""),
    ("clean: [{strip: '-'}, {replace: {text: ' ', with: '-'}}]", ", constraints: {pattern: '[a-z]+-[a-z]+'}", ""),
    ("clean: [lower, {map: {values: {'on': Online}, otherwise: keep}}]", ", constraints: {enum: [Online]}", ""),
    ("clean: [{default: '-'}]", ", missingValues: ['-']", ""),
    ("clean: [{default: x}]", "", "{one_of: {field: f, values: [y], severity: warn}}"),
    ("clean: [{boolean: {true: [x], false: [o]}}]", ", type: boolean", ""),
    ("clean: [{boolean: {true: [x], false: []}}]", ", constraints: {enum: ['true']}", ""),
    ("clean: [{number: {decimal: ','}}]", ", type: integer", ""),
    ("clean: [html_to_text, lower]", ", constraints: {pattern: '[a-zé]+'}", ""),
    ("clean: [{map: {values: {n/a: ''}, otherwise: keep}}]", ", constraints: {required: true}", ""),
    ("value: 'row.x'", ", constraints: {enum: [a]}", ""),
    ("clean: [{map: {values: {'on': 'y', 'off': ''}}}]", ", constraints: {enum: ['y']}", ""),
];
