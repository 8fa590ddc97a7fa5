//! Measures the rewriting of an array. Not committed.
#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::unwrap_used)]
use sluice_engine::dialect::Dialect;
use sluice_engine::encoding::SourceText;
use sluice_engine::json::{LineReader, Pointer, Rewriter};
use sluice_engine::record::{Position, Reader};
use std::time::Instant;
fn main() {
    let mut compact = String::from("[");
    let mut pretty = String::from("[\n");
    let mut i = 0u64;
    while compact.len() < 64_000_000 {
        i += 1;
        let value = format!(
            "{{\"id\":\"KI-{i:05}\",\"name\":\"Oak Tray no {i}\",\"description\":\"Wipe clean, do not soak. F\\u00fcr den Tisch.\",\"category\":\"Kitchen\",\"price\":{{\"amount\":{}.{:02},\"currency\":\"EUR\"}},\"stock\":{},\"tags\":[\"a\",\"b\",\"oak\"],\"updated\":\"2026-06-11\",\"active\":true}}",
            i % 500,
            i % 100,
            i % 77
        );
        if i > 1 {
            compact.push(',');
            pretty.push_str(",\n");
        }
        compact.push_str(&value);
        pretty.push_str(&value.replace("{\"", "{\n    \"").replace(",\"", ",\n    \"").replace("\":", "\": "));
    }
    compact.push(']');
    pretty.push_str("\n]");
    let numbers = format!("[{}1]", "[1.5,22,-3e7,0],".repeat(3_000_000));
    for (name, file) in [("compact", &compact), ("pretty", &pretty), ("numbers", &numbers)] {
        let mut times = Vec::new();
        let mut made = 0;
        for _ in 0..7 {
            let start = Instant::now();
            let mut rewriter = Rewriter::new(Pointer::default(), true);
            let mut out = Vec::new();
            made = 0;
            for piece in file.as_bytes().chunks(256 * 1024) {
                rewriter.push(piece, &mut out).unwrap();
                made += out.len();
                out.clear();
            }
            rewriter.finish().unwrap();
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let mb = file.len() as f64 / 1e6;
        println!(
            "rewrite {name}: {mb:.0} MB, made {:.0} MB, median {:.0} MB/s, best {:.0}, worst {:.0}",
            made as f64 / 1e6,
            mb / times[3],
            mb / times[0],
            mb / times[6]
        );
        let start = Instant::now();
        serde_json::from_str::<serde::de::IgnoredAny>(file).unwrap();
        println!("  serde_json IgnoredAny: {:.0} MB/s", mb / start.elapsed().as_secs_f64());
    }
    let mut out = Vec::new();
    let mut rewriter = Rewriter::new(Pointer::default(), true);
    rewriter.push(compact.as_bytes(), &mut out).unwrap();
    let labels = ["/id", "/name", "/price/amount", "/price/currency", "/tags", "/description"];
    let start = Instant::now();
    let mut reader = Reader::new(Dialect::LINES, Position::START_OF_DATA);
    let mut json = LineReader::new(&labels, SourceText::UTF_8);
    let mut records = 0;
    for piece in out.chunks(256 * 1024) {
        reader.push(piece);
        while let Some(line) = reader.next_record().unwrap() {
            records += json.read(&line).unwrap().len();
        }
    }
    println!("read lines: {:.0} MB/s ({records})", out.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    let mut reader = Reader::new(Dialect::LINES, Position::START_OF_DATA);
    let mut records = 0;
    for piece in out.chunks(256 * 1024) {
        reader.push(piece);
        while let Some(line) = reader.next_record().unwrap() {
            records += line.raw.len();
        }
    }
    println!("lines alone: {:.0} MB/s ({records})", out.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    let scanner = sluice_engine::scan::Scanner::new(
        Dialect::LINES,
        sluice_engine::scan::Layout { skip_lines: 0, header: false, trailer: false },
        sluice_engine::scan::Sizes { chunk: 32 << 20, record: 1 << 20 },
    );
    let plan = scanner.plan(&out).unwrap();
    println!("scan: {:.0} MB/s ({})", out.len() as f64 / 1e6 / start.elapsed().as_secs_f64(), plan.records);
}
