//! Prints the JSON Schema of datasets, from which `datasets/dataset.schema.json` is written:
//! `cargo run -p sluice-engine --features json-schema --example dataset_schema > datasets/dataset.schema.json`.

fn main() {
    println!("{:#}", sluice_engine::dataset::json_schema());
}
