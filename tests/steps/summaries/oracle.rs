//! Random summaries of random visits, compared with an independent program: `tests/oracle/summaries.py`.

use std::path::Path;
use std::process::Command;

use fastrand::Rng;
use serde_json::{Value, json};
use sluice_contract::keys;
use sluice_tests::root;

use super::{feed, file, imported, tables, visits, world};

/// The seed of all cases.
const SEED: u64 = 20_261_130;
/// The number of cases. Each runs with chunks of several sizes.
const CASES: usize = 100;
const CHUNKS: [u64; 3] = [1, 90, 1 << 20];

/// A case: the entry of the feed, and the file.
struct Case {
    summary: Value,
    text: String,
}

fn pick<'t>(rng: &mut Rng, of: &[&'t str]) -> &'t str {
    of[rng.usize(..of.len())]
}

impl Case {
    fn random(rng: &mut Rng) -> Self {
        let (times, visitors) = (rng.u8(1..40), rng.u8(1..6));
        let records: Vec<String> = (0..rng.u8(..60))
            .map(|id| {
                let time = match rng.u8(..8) {
                    0 => format!("{}.5", rng.u8(..times)),
                    1 => format!("-{}", rng.u8(..times)),
                    _ => rng.u8(..times).to_string(),
                };
                let visitor = match rng.u8(..visitors) {
                    0 => String::new(),
                    visitor => format!("v{visitor}"),
                };
                let agent = pick(rng, &["", "a", "b"]);
                let word = pick(rng, &["", "", "x", "X", "\u{e9}", "e\u{301}", "\"a\tb, c\"", "\"q\"\"\"", "z z"]);
                let amount = match rng.u8(..6) {
                    0 | 1 => String::new(),
                    2 => format!("-{}.{:03}", rng.u8(..3), rng.u16(..1000)),
                    3 => "1e2".to_owned(),
                    4 => format!("0.{:07}", rng.u32(..200) * 5),
                    _ => format!("{}.{}", rng.u16(..999), rng.u8(..100)),
                };
                format!("{id},{time},{visitor},{agent},{word},{amount}")
            })
            .collect();
        let text = visits(&records.iter().map(String::as_str).collect::<Vec<_>>());
        Self { summary: Self::summary(rng), text }
    }

    fn summary(rng: &mut Rng) -> Value {
        let has_credit = rng.u8(..3) > 0;
        let mut columns = Vec::new();
        for (label, by) in [("Agent", "record.agent"), ("Visitor", "record.visitor"), ("Amount", "record.amount")] {
            if rng.u8(..4) == 0 {
                columns.push(json!({ "label": label, "by": by }));
            }
        }
        if has_credit {
            columns.push(json!({ "label": "Word", "by": "touch.word" }));
            if rng.bool() {
                columns.push(json!({ "label": "First agent", "by": "touch.agent" }));
            }
        } else if columns.is_empty() || rng.bool() {
            columns.push(json!({ "label": "Word", "by": "record.word" }));
        }
        for (label, kind, of) in [
            ("Sum", "sum", "record.amount"),
            ("Records", "count", "true"),
            ("Paid", "count", "record.amount != null"),
            ("Late", "count", "record.time > 9.5"),
            ("Least", "min", "record.amount"),
            ("Most", "max", "record.time"),
        ] {
            if rng.bool() {
                let mut column = json!({ "label": label, kind: of });
                if rng.bool() {
                    column["decimals"] = json!(rng.u8(..5));
                }
                columns.push(column);
            }
        }
        if !columns.iter().any(|column| column["by"].is_null()) {
            columns.push(json!({ "label": "Sum", "sum": "record.amount" }));
        }
        rng.shuffle(&mut columns);
        let mut sort = Vec::new();
        for column in &columns {
            if rng.u8(..3) == 0 {
                let label = column["label"].as_str().unwrap();
                sort.push(format!("{}{label}", pick(rng, &["", "-"])));
            }
        }
        rng.shuffle(&mut sort);
        let mut summary = json!({ "file": "a.csv", "columns": columns, "sort": sort, "labels": rng.u8(..5) > 0 });
        if has_credit {
            summary["credit"] = json!({
                "per": if rng.bool() { vec!["visitor"] } else { vec!["visitor", "agent"] },
                "sort": "time",
                "touch": "record.word == null ? null : {\"word\": record.word, \"agent\": record.agent}",
                "model": pick(rng, &["last", "first"]),
            });
            if rng.bool() {
                summary["credit"]["gap"] = json!(format!("{}s", rng.u8(1..12)));
            }
        }
        if rng.bool() {
            summary["when"] = json!("record.amount != null");
        }
        if rng.u8(..4) == 0 {
            summary["top"] = json!(rng.u8(1..5));
        }
        match rng.u8(..3) {
            0 => summary["delimiter"] = json!("\t"),
            1 => {
                (summary["delimiter"], summary["decimal"], summary["group"]) = (json!(";"), json!(","), json!("."));
            }
            _ => {}
        }
        summary
    }
}

/// Asks the oracle about all cases, each in a folder of its own.
fn ask(folder: &Path, cases: &[(Case, String)]) -> Vec<(String, Value)> {
    let folders: Vec<_> = (0..cases.len()).map(|case| folder.join(case.to_string())).collect();
    for (folder, (case, records)) in folders.iter().zip(cases) {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("summary.json"), case.summary.to_string()).unwrap();
        std::fs::write(folder.join("records.csv"), records).unwrap();
    }
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut command = Command::new(python);
    command.arg(root().join("tests/oracle/summaries.py")).args(&folders);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let answer = |folder: &std::path::PathBuf| {
        (read(folder, "expected.txt"), serde_json::from_str(&read(folder, "unattributed.json")).unwrap())
    };
    folders.iter().map(answer).collect()
}

#[tokio::test]
async fn random_summaries_are_those_of_the_oracle() {
    let mut rng = Rng::with_seed(SEED);
    let (mut cases, mut found) = (Vec::new(), Vec::new());
    for _ in 0..CASES {
        let case = Case::random(&mut rng);
        let mut of_case = Vec::new();
        let mut records = String::new();
        for chunk_bytes in CHUNKS {
            let mut world = world(&feed(&[&case.summary.to_string()], ""));
            world.chunk_bytes = chunk_bytes;
            let run = imported(&world, &case.text).await;
            let table = tables(&world, &run).remove(0);
            assert_eq!(table.unattributed.is_some(), !case.summary["credit"].is_null());
            records = world.output(&run, keys::IMPORTED_CSV);
            of_case.push((file(&world, &run), table.unattributed));
        }
        cases.push((case, records));
        found.push(of_case);
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut rows, mut missed) = (0, 0);
    for ((case, found), (expected, unattributed)) in cases.iter().zip(found).zip(ask(folder.path(), &cases)) {
        for (chunk_bytes, (file, table)) in CHUNKS.into_iter().zip(found) {
            let of = format!("{chunk_bytes}: {:#}\n{}", case.0.summary, case.0.text);
            assert_eq!(file, expected, "{of}");
            if let Some(table) = table {
                assert_eq!(serde_json::to_value(table).unwrap(), unattributed, "{of}");
            }
        }
        rows += expected.lines().count();
        missed += unattributed["records"].as_u64().unwrap();
    }
    assert!(rows > 5 * CASES && missed > 100, "{rows} rows, {missed} records without a touch: the cases say little");
}
