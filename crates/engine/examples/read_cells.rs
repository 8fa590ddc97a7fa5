//! Reads cells with a field of a Table Schema, to try the field, or to compare with other implementations.
//!
//! ```sh
//! echo '{"field": {"name": "n", "type": "number"}, "cell": "1.50"}' | cargo run -p sluice-engine --example read_cells
//! ```
//! Each line of the input is `{"field": …, "cell": "…"}`. Each line of the output is
//! `{"value": …, "canonical": …, "problems": [{"code": …, "message": …}]}`, in which `value` is the value as JSON, or null
//! if the cell has none. If the field cannot be used, the line is `{"invalid": […]}`.

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};
use sluice_engine::schema::{Compiled, Field};
use sluice_engine::spec::FieldSpec;

#[derive(Deserialize)]
struct Line {
    field: Value,
    #[serde(default)]
    cell: String,
}

fn main() -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        writeln!(output, "{}", answer(&line?))?;
    }
    output.flush()
}

fn answer(line: &str) -> Value {
    let line: Line = match serde_json::from_str(line) {
        Ok(line) => line,
        Err(error) => return json!({"invalid": [error.to_string()]}),
    };
    let spec: FieldSpec = match serde_json::from_value(line.field) {
        Ok(spec) => spec,
        Err(error) => return json!({"invalid": [error.to_string()]}),
    };
    let Compiled { field, problems, .. } = Field::compile(&spec, None);
    if !problems.is_empty() {
        return json!({"invalid": problems.iter().map(ToString::to_string).collect::<Vec<_>>()});
    }
    let mut problems = Vec::new();
    let value = field.check(&line.cell, &mut problems);
    let problems: Vec<_> =
        problems.iter().map(|problem| json!({"code": problem.code, "message": problem.message})).collect();
    json!({
        "value": value.as_ref().map(|value| value.to_json().to_serde()),
        "canonical": value.as_ref().map(|value| value.canonical()),
        "problems": problems,
    })
}
