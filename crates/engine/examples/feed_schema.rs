//! Prints the JSON Schema of feeds, from which `feeds/feed.schema.json` is written:
//! `cargo run -p sluice-engine --features json-schema --example feed_schema > feeds/feed.schema.json`.

fn main() {
    println!("{:#}", sluice_engine::feed::json_schema());
}
