//! Sample reports for tests, one of each kind.

use super::{Cost, CostLine, Failure, FailureCause, Output, RejectListing, Report, Would};
use crate::{Cause, Code, Example, Findings, Omitted, Place, Problem, RejectLine, Stage, Tally, Verdict};

/// Every kind of report, by name.
pub(super) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("imported", imported()),
        ("wrong-feed", wrong_feed()),
        ("nothing-new", nothing_new()),
        ("empty", empty()),
        ("passed", passed()),
        ("omitted", omitted()),
        ("rejected", rejected()),
        ("rejected-dry-run", Report { dry_run: true, ..rejected() }),
        ("skipped", skipped()),
        ("refused", refused()),
        ("inconsistent", inconsistent()),
        ("failed", failed()),
        ("timed-out", Report { failure: Some(failure("TIMED_OUT", None)), ..failed() }),
        ("gone", Report { failure: Some(failure("GONE", None)), ..failed() }),
        ("aborted", Report { failure: Some(failure("ABORTED", None)), ..failed() }),
    ]
}

/// An import with rejects.
pub(super) fn imported() -> Report {
    let codes = [
        ("constraint-error", 49),
        ("encoding-error", 1),
        ("extra-cell", 8),
        ("missing-cell", 9),
        ("prohibited", 28),
        ("range", 26),
        ("type-error", 47),
    ];
    let found = |code, message: &str| Problem::new(Stage::Validate, code, message);
    let category = "\"Kitchens\" is not one of Kitchen, Garden, Office, Toys, Lighting, Outdoor";
    let problems = [
        vec![found(Code::TypeError, "\"n/a\" is not a number").field("price").column("Price").value("n/a")],
        vec![found(Code::MissingCell, "the record has 7 cells, the header has 8 columns")],
        vec![
            found(Code::ConstraintError, category).field("category").value("Kitchens"),
            found(Code::Range, "0 is less than 0.01").field("price").value("0"),
        ],
        vec![found(Code::Prohibited, "\"GUN cabinet\" holds \"gun\"").field("name").value("GUN cabinet")],
    ];
    let shown = (1..=12).map(|n| RejectLine {
        record: 37 * n,
        line: 41 * n,
        problems: problems[usize::try_from(n).unwrap() % problems.len()].clone(),
        more: 0,
    });
    Report {
        version: 1,
        sluice: "0.1.0".to_owned(),
        run_id: "products-0123456789abcdef01234567".to_owned(),
        attempt: 1,
        same_content_as: None,
        feed: "products".to_owned(),
        description: "The product catalogue of a supplier, as the spreadsheet on their side exports it.".to_owned(),
        target: None,
        file: "inbox/products/products.csv".to_owned(),
        bytes: 177_448,
        verdict: Verdict::Imported,
        dry_run: false,
        parent: None,
        would: None,
        started_at: "2026-11-21T02:33:00Z".to_owned(),
        ended_at: "2026-11-21T02:33:08Z".to_owned(),
        header: true,
        items: None,
        tally: Some(Tally { read: 2_000, imported: 1_823, duplicate: 25, rejected: 152, ..Tally::default() }),
        causes: vec![],
        omitted: Omitted::default(),
        by_code: codes.into_iter().map(|(code, count)| (code.to_owned(), count)).collect(),
        warnings: warnings(),
        reasons: vec![],
        notes: vec![
            Problem::new(Stage::Split, Code::ExtraLabel, "is not read by the feed").column("Supplier note"),
            Problem::new(Stage::Split, Code::BlankLabel, "column 9 has no name"),
        ],
        contradictions: vec![],
        failure: None,
        chunks: 8,
        rejects: RejectListing { total: 152, shown: shown.collect() },
        outputs: outputs(),
        advice: vec!["Correct the rejected records in rejects.csv and upload them as a file of their own.".to_owned()],
        cost: Some(Cost {
            dollars: 0.001_893,
            basis: "the prices of us-east-1, November 2026".to_owned(),
            lines: vec![
                CostLine { what: "GB-seconds of functions".to_owned(), amount: 12.25, dollars: 0.000_163 },
                CostLine { what: "conditional writes".to_owned(), amount: 1_823.0, dollars: 0.001_139 },
                CostLine { what: "state transitions".to_owned(), amount: 23.0, dollars: 0.000_575 },
            ],
        }),
        summaries: Vec::new(),
        unsent: None,
    }
}

/// An import in which one field fails in nearly every record.
pub(super) fn wrong_feed() -> Report {
    let example =
        Example { record: 1, line: 2, message: "\"2026-11-03\" is not a date in the format %d.%m.%Y".to_owned() };
    Report {
        tally: Some(Tally { read: 2_000, imported: 10, rejected: 1_990, ..Tally::default() }),
        by_code: [("type-error".to_owned(), 1_990)].into(),
        causes: vec![Cause {
            code: "type-error".to_owned(),
            field: Some("updated".to_owned()),
            column: Some("Updated".to_owned()),
            records: 1_990,
            example: Some(example),
        }],
        rejects: RejectListing { total: 1_990, ..imported().rejects },
        ..imported()
    }
}

/// An import in which the table already held every record.
pub(super) fn nothing_new() -> Report {
    Report {
        tally: Some(Tally { read: 1_823, unchanged: 1_823, ..Tally::default() }),
        by_code: std::collections::BTreeMap::new(),
        warnings: Findings::default(),
        rejects: RejectListing::default(),
        advice: vec![],
        ..imported()
    }
}

/// An import of a file that has only a header.
pub(super) fn empty() -> Report {
    Report { tally: Some(Tally::default()), ..nothing_new() }
}

/// A dry run that passed.
pub(super) fn passed() -> Report {
    Report {
        verdict: Verdict::Passed,
        dry_run: true,
        would: Some(Would { imported: 1_820, duplicate: 25, rejected: 3 }),
        tally: Some(Tally { read: 2_000, rejected: 152, withheld: 1_848, ..Tally::default() }),
        advice: vec!["Upload the file to inbox/products/ to import it.".to_owned()],
        ..imported()
    }
}

/// An import of a file made from two others, with empty rows from a spreadsheet.
pub(super) fn omitted() -> Report {
    let mut omitted = Omitted::default();
    for record in 1_000..1_008 {
        omitted.add(if record == 1_004 { "repeated-header" } else { "empty" }, Place { record, line: record + 1 });
    }
    Report {
        tally: Some(Tally {
            read: 2_008,
            omitted: 8,
            imported: 1_823,
            duplicate: 25,
            rejected: 152,
            ..Tally::default()
        }),
        omitted,
        ..imported()
    }
}

/// A file that the gate rejected as a whole.
pub(super) fn rejected() -> Report {
    Report {
        verdict: Verdict::Rejected,
        tally: Some(Tally { read: 2_000, rejected: 731, withheld: 1_269, ..Tally::default() }),
        reasons: vec![Problem::new(
            Stage::Gate,
            Code::TooManyRejects,
            "731 of 2000 records were rejected (36.55 %); the feed allows 500, and 25 %",
        )],
        rejects: RejectListing { total: 731, ..imported().rejects },
        advice: vec![
            "Look at what the rejected records have in common: it is often one column.".to_owned(),
            "Correct the file and upload it again.".to_owned(),
        ],
        ..imported()
    }
}

/// A file that had been imported before.
pub(super) fn skipped() -> Report {
    Report {
        verdict: Verdict::Skipped,
        same_content_as: Some("products-76543210fedcba9876543210".to_owned()),
        tally: Some(Tally::default()),
        by_code: std::collections::BTreeMap::new(),
        warnings: Findings::default(),
        chunks: 0,
        rejects: RejectListing::default(),
        advice: vec![],
        ..imported()
    }
}

/// A file that was not accepted.
pub(super) fn refused() -> Report {
    Report {
        verdict: Verdict::Refused,
        feed: "prodcuts".to_owned(),
        description: String::new(),
        file: "inbox/prodcuts/products.csv".to_owned(),
        tally: None,
        by_code: std::collections::BTreeMap::new(),
        warnings: Findings::default(),
        reasons: vec![Problem::new(
            Stage::Intake,
            Code::UnknownFeed,
            "there is no feed \"prodcuts\"; did you mean \"products\"?",
        )],
        notes: vec![],
        chunks: 0,
        rejects: RejectListing::default(),
        outputs: vec![],
        advice: vec!["Upload the file to inbox/products/, and delete it from inbox/prodcuts/.".to_owned()],
        cost: None,
        ..imported()
    }
}

/// An import whose numbers do not add up.
pub(super) fn inconsistent() -> Report {
    Report {
        verdict: Verdict::Inconsistent,
        tally: Some(Tally { read: 10_000, imported: 9_847, rejected: 152, ..Tally::default() }),
        contradictions: vec!["chunk 7: 250 valid records were counted, 249 were read for import".to_owned()],
        advice: vec!["Tell those who run the stack, and give them the run's id.".to_owned()],
        ..imported()
    }
}

/// An execution that failed.
pub(super) fn failed() -> Report {
    Report {
        verdict: Verdict::Failed,
        tally: None,
        failure: Some(failure("FAILED", Some("Incomplete"))),
        by_code: std::collections::BTreeMap::new(),
        warnings: Findings::default(),
        rejects: RejectListing::default(),
        outputs: vec![],
        notes: vec![],
        advice: vec!["Tell those who run the stack. The file is in the archive and can be imported again.".to_owned()],
        cost: None,
        ..imported()
    }
}

/// A report in which every text is an attack.
pub(super) fn hostile() -> Report {
    let attack = || {
        "<script>alert(1)</script>\"'><b onmouseover=x>=HYPERLINK(\"http://example.com\",\"A1\")\r\nFORGED\0\u{202e}&amp;"
            .to_owned()
    };
    let problem = || {
        Problem::new(Stage::Validate, Code::ConstraintError, attack())
            .field(&attack())
            .column(&attack())
            .value(&attack())
    };
    Report {
        run_id: attack(),
        same_content_as: Some(attack()),
        feed: attack(),
        description: attack(),
        file: attack(),
        started_at: attack(),
        ended_at: attack(),
        by_code: [(attack(), 1)].into(),
        causes: vec![Cause {
            code: attack(),
            field: Some(attack()),
            column: Some(attack()),
            records: 1,
            example: Some(Example { record: 1, line: 2, message: attack() }),
        }],
        omitted: {
            let mut omitted = Omitted::default();
            omitted.add(&attack(), Place { record: 1, line: 2 });
            omitted
        },
        warnings: {
            let mut warnings = Findings::default();
            warnings.add(1, 2, [problem()].iter());
            warnings
        },
        reasons: vec![problem()],
        notes: vec![problem()],
        contradictions: vec![attack()],
        failure: Some(Failure {
            status: attack(),
            error: Some(attack()),
            cause: Some(attack()),
            execution_arn: attack(),
            chunks: 3,
            causes: vec![FailureCause {
                step: attack(),
                error: attack(),
                message: attack(),
                chunks: 2,
                places: vec![attack()],
            }],
            unexplained: 1,
        }),
        rejects: RejectListing {
            total: 1,
            shown: vec![RejectLine { record: 1, line: 2, problems: vec![problem()], more: 0 }],
        },
        outputs: vec![
            Output {
                name: attack(),
                location: format!("javascript:{}", attack()),
                bytes: None,
                link: Some(format!("javascript:{}", attack())),
                command: Some(attack()),
            },
            Output {
                name: attack(),
                location: attack(),
                bytes: None,
                link: Some(format!("https://example.com/{}", attack())),
                command: None,
            },
        ],
        advice: vec![attack()],
        cost: Some(Cost {
            dollars: 0.0,
            basis: attack(),
            lines: vec![CostLine { what: attack(), amount: 0.0, dollars: 0.0 }],
        }),
        unsent: Some(attack()),
        ..imported()
    }
}

/// Asserts that no text of [`hostile`] has become markup.
pub(super) fn assert_escaped(html: &str) {
    assert!(html.contains("&#60;script&#62;alert(1)"), "{html}");
    for markup in ["<script", "<b ", "\"A1\"", "\r", "\0", "\u{202e}"] {
        assert!(!html.contains(markup), "{markup:?} in {html}");
    }
    // A link opens a page, and runs no script.
    assert_eq!(html.matches("href=").count(), html.matches("href=\"https://").count(), "{html}");
    // The ampersand of the data must be shown as text; it must not begin an entity.
    assert!(html.contains("&#38;amp;"), "{html}");
}

/// Valid records with warnings: 12 under one code, one under another.
fn warnings() -> Findings {
    let mut warnings = Findings::default();
    for record in 5..17 {
        let message = format!("2019-01-{record:02} is before 2025-11-21 (today-1y), the first day this rule allows");
        let problem = Problem::new(Stage::Validate, Code::DateWindow, message).field("updated");
        warnings.add(record, record + 1, [problem].iter());
    }
    let message = "\"12\" is not at most \"10\", the value of list_price";
    let problem = Problem::new(Stage::Validate, Code::Compare, message).field("price");
    warnings.add(40, 44, [problem].iter());
    warnings
}

fn outputs() -> Vec<Output> {
    let (bucket, folder) =
        ("sluice-data-123456789012-eu-central-1", "output/products/products-0123456789abcdef01234567");
    let console = "https://eu-central-1.console.aws.amazon.com/s3/object";
    [("Imported records", "imported.csv", 160_123), ("Rejected records", "rejects.csv", 21_904)]
        .map(|(name, file, bytes)| Output {
            name: name.to_owned(),
            location: format!("s3://{bucket}/{folder}/{file}"),
            bytes: Some(bytes),
            link: Some(format!("{console}/{bucket}?region=eu-central-1&prefix={folder}/{file}")),
            command: Some(format!("aws s3 cp s3://{bucket}/{folder}/{file} .")),
        })
        .into()
}

fn failure(status: &str, error: Option<&str>) -> Failure {
    Failure {
        status: status.to_owned(),
        error: error.map(str::to_owned),
        cause: error.map(|_| "the outcomes of chunks 3 and 7 are not there".to_owned()),
        execution_arn: "arn:aws:states:eu-central-1:123456789012:execution:sluice-main-orchestrator:\
                        products-0123456789abcdef01234567"
            .to_owned(),
        chunks: 2,
        causes: error.map(|_| cause()).into_iter().collect(),
        unexplained: 0,
    }
}

/// Two chunks that failed for a missing permission.
fn cause() -> FailureCause {
    FailureCause {
        step: "import".to_owned(),
        error: "Misconfigured".to_owned(),
        message: "not able to write to the table; check permissions and settings: AccessDeniedException: no".to_owned(),
        chunks: 2,
        places: vec!["chunk 3, records 501 to 750".to_owned(), "chunk 7, records 1501 to 1750".to_owned()],
    }
}
