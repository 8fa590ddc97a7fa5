//! The innermost loops, each measured alone: `cargo bench --package sluice-benches`. This helps while one of them is changed.
//! `make bench` measures what is promised.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sluice_benches::data::{self, Kind};
use sluice_benches::scan::scanner;
use sluice_engine::dates::Pattern;
use sluice_engine::decimal::Decimal;
use sluice_engine::dialect::Dialect;
use sluice_engine::record::{Position, Reader, Rows};
use sluice_engine::spec::FieldType;

const BYTES: u64 = 4 * 1024 * 1024;

fn file(kind: Kind) -> Vec<u8> {
    let mut file = Vec::new();
    data::write(kind, BYTES, 1, &mut file).unwrap_or_default();
    file
}

/// Reading cells, and finding where records begin.
fn records(criterion: &mut Criterion) {
    for (name, kind) in [("plain", Kind::Plain), ("quoted", Kind::Quoted), ("newlines", Kind::Newlines)] {
        let file = file(kind);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function("read", |bencher| {
            bencher.iter(|| {
                let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
                reader.push(&file);
                reader.end();
                let mut cells = 0;
                while reader.advance().is_ok_and(|more| more) {
                    cells += reader.record().len();
                }
                cells
            });
        });
        group.bench_function("scan", |bencher| {
            bencher.iter(|| scanner(1024 * 1024).plan(&file).map(|plan| plan.records));
        });
        group.finish();
    }
}

/// Writing canonical CSV.
fn rows(criterion: &mut Criterion) {
    let cells =
        ["KI-00042", "Oak Tray no 7", "Wipe clean, do not soak.", "Kitchen", "158.34", "EUR", "185", "2026-06-11"];
    criterion.bench_function("write a row", |bencher| {
        let mut rows = Rows::default();
        bencher.iter(|| {
            rows.clear();
            rows.row(black_box(cells));
            rows.as_bytes().len()
        });
    });
}

/// Reading one value.
fn values(criterion: &mut Criterion) {
    criterion.bench_function("read a number", |bencher| bencher.iter(|| black_box("1583.40").parse::<Decimal>()));
    if let Ok(pattern) = Pattern::compile("%d.%m.%Y", FieldType::Date) {
        criterion.bench_function("read a date", |bencher| bencher.iter(|| pattern.read(black_box("11.06.2026"), None)));
    }
}

criterion_group!(inner_loops, records, rows, values);
criterion_main!(inner_loops);
