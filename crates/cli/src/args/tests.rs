use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

/// A file that can be read.
const THIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/args.rs");

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

/// The doc comment of shared arguments must not replace that of the command.
#[test]
fn every_command_says_what_it_does() {
    let mut command = Args::command();
    command.build();
    let about = |name: &str| command.find_subcommand(name).and_then(clap::Command::get_about).map(ToString::to_string);
    for (name, expected) in [("runs", "List runs"), ("show", "Show how far a run"), ("import", "Import a file")] {
        assert!(about(name).is_some_and(|text| text.starts_with(expected)), "{name}: {:?}", about(name));
    }
}

#[test]
fn table_of_command_lines_about_files_and_feeds() {
    check(&[
        (vec!["run", THIS, "--feed", THIS, "--out", "out"], None),
        (vec!["run", THIS, "--feed", THIS, "--out", "out", "--chunk-bytes", "1"], None),
        (vec!["run", THIS, "--feed", THIS, "--out", "out", "--chunk-bytes", "0"], Some(ErrorKind::ValueValidation)),
        (vec!["run", THIS, "--feed", THIS, "--out", "out", "--max-record-bytes", "1024"], None),
        (
            vec!["run", THIS, "--feed", THIS, "--out", "out", "--max-record-bytes", "1023"],
            Some(ErrorKind::ValueValidation),
        ),
        (vec!["run", THIS, "--feed", THIS, "--out", "out", "--dry-run"], None),
        (vec!["run", THIS, "--feed", THIS], Some(ErrorKind::MissingRequiredArgument)),
        (vec!["run", "no-such-file", "--feed", THIS, "--out", "out"], Some(ErrorKind::ValueValidation)),
        (vec!["run", env!("CARGO_MANIFEST_DIR"), "--feed", THIS, "--out", "out"], Some(ErrorKind::ValueValidation)),
        (vec!["run", THIS, "--feed", THIS, "--into", "here"], None),
        (vec!["run", "-", "--feed", THIS, "--into", "here", "--name", "a.csv", "--keep"], None),
        (vec!["run", "-", "--feed", THIS, "--into", "here", "--name", "../a.csv"], Some(ErrorKind::ValueValidation)),
        (vec!["run", THIS, "--feed", THIS, "--into", "here", "--out", "out"], Some(ErrorKind::ArgumentConflict)),
        (vec!["run", THIS, "--feed", THIS, "--out", "out", "--keep"], None),
        (vec!["check", THIS, "--feed", THIS], None),
        (vec!["check", THIS, "--feed", THIS, "--into", "here"], None),
        (vec!["check", THIS, "--feed", THIS, "--format", "csv", "--limit", "0"], None),
        (vec!["check", THIS, "--feed", THIS, "--format", "xml"], Some(ErrorKind::InvalidValue)),
        (vec!["check", THIS], Some(ErrorKind::MissingRequiredArgument)),
        (vec!["records", THIS], None),
        (vec!["records", THIS, "--dialect", r#"{"delimiter": ";"}"#], None),
        (vec!["records", THIS, r#"{"delimiter": ";"}"#], None),
        (vec!["records", THIS, "{}", "--dialect", "{}"], Some(ErrorKind::ArgumentConflict)),
        (vec!["records", THIS, r#"{"delimiter": ""}"#], Some(ErrorKind::ValueValidation)),
        (vec!["plan", THIS, "--chunk-bytes", "64", "--format", "json"], None),
        (vec!["plan", THIS, "--scan-bytes", "0"], Some(ErrorKind::ValueValidation)),
        (vec!["feed", "check", THIS], None),
        (vec!["feed", "check", THIS, "--format", "yaml"], Some(ErrorKind::InvalidValue)),
        (vec!["feed", "new", THIS, "--name", "Orders"], Some(ErrorKind::ValueValidation)),
        (vec!["feed", "new", THIS, "--name", "orders"], None),
        (vec!["feed", "new", THIS, "--out", "feeds/orders.yaml", "--force"], None),
        (vec!["feed", "new", THIS, "--out", "feeds/my orders.yaml"], Some(ErrorKind::ValueValidation)),
        (vec!["feed", "new", THIS, "--out", "feeds/orders.json"], Some(ErrorKind::ValueValidation)),
        (vec!["feed", "new", THIS, "--name", "orders", "--force"], Some(ErrorKind::MissingRequiredArgument)),
        (vec!["feed", "new", THIS], Some(ErrorKind::MissingRequiredArgument)),
        (vec!["feed", "schema"], None),
        (vec!["feed", "test", "feeds", "--update"], None),
        (vec![], Some(ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)),
    ]);
}

#[test]
fn table_of_command_lines_about_runs_and_stacks() {
    check(&[
        (vec!["import", THIS, "--feed", "products", "--follow"], None),
        (vec!["import", THIS, "--feed", "Products"], Some(ErrorKind::ValueValidation)),
        (vec!["rejects", "products-0123456789abcdef01234567", "--all", "--code", "range"], None),
        (vec!["rejects", "products-0123456789abcdef01234567", "--code", "rnage"], Some(ErrorKind::ValueValidation)),
        (vec!["rejects", "products"], Some(ErrorKind::ValueValidation)),
        (vec!["resume", "products-0123456789abcdef01234567", "--follow"], None),
        (vec!["resume", "products-0123456789abcdef01234567-2", "--stack", "other"], None),
        (vec!["resume", "products"], Some(ErrorKind::ValueValidation)),
        (vec!["resume"], Some(ErrorKind::MissingRequiredArgument)),
        (vec!["resume", "products-0123456789abcdef01234567", "--into", "here"], None),
        (
            vec!["resume", "products-0123456789abcdef01234567", "--into", "here", "--stack", "other"],
            Some(ErrorKind::ArgumentConflict),
        ),
        (vec!["rerun", "products-0123456789abcdef01234567"], None),
        (vec!["rerun", "products-0123456789abcdef01234567", "--into", "here", "--feed", THIS], None),
        (vec!["rejects", "products-0123456789abcdef01234567", "--into", "here"], None),
        (
            vec!["rejects", "products-0123456789abcdef01234567", "--into", "here", "--out", "out"],
            Some(ErrorKind::ArgumentConflict),
        ),
        (vec!["runs"], None),
        (vec!["runs", "--feed", "products", "--state", "open,refused", "--since", "7d", "--format", "json"], None),
        (vec!["runs", "--watch", "--into", "here", "--limit", "0"], None),
        (vec!["runs", "--watch", "--format", "json"], Some(ErrorKind::ArgumentConflict)),
        (vec!["runs", "--state", "lost"], Some(ErrorKind::InvalidValue)),
        (vec!["runs", "--since", "yesterday"], Some(ErrorKind::ValueValidation)),
        (vec!["show", "products-0123456789abcdef01234567", "--open", "--into", "here"], None),
        (vec!["follow", "products-0123456789abcdef01234567-2", "--stack", "other"], None),
        (vec!["logs", "products-0123456789abcdef01234567", "--format", "json"], None),
        (vec!["logs", "products"], Some(ErrorKind::ValueValidation)),
        (vec!["completions", "bash"], None),
        (vec!["completions", "cmd"], Some(ErrorKind::InvalidValue)),
        (vec!["doctor", "--stack", "other", "--profile", "work", "--region", "eu-west-3"], None),
        (vec!["redrive", "undelivered", "--dry-run"], None),
        (vec!["redrive", "failed-calls", "--stack", "other"], None),
        (vec!["redrive", "other"], Some(ErrorKind::InvalidValue)),
        (vec!["redrive"], Some(ErrorKind::MissingRequiredArgument)),
        (vec!["table", "create", "products", "--stack", "other"], None),
        (vec!["table", "create", THIS, "--print"], None),
        (vec!["table", "create", "no-such-file.yaml"], Some(ErrorKind::ValueValidation)),
        (vec!["table", "create", "Products"], Some(ErrorKind::ValueValidation)),
        (vec!["feed", "push", THIS, "--dry-run", "--stack", "other"], None),
        (vec!["feed", "push", "no-such-file"], Some(ErrorKind::ValueValidation)),
        (vec!["feed", "list", "--format", "json", "--profile", "work", "--region", "eu-west-3"], None),
        (vec!["feed", "pull", "products", "--out", "feeds", "--force"], None),
        (vec!["feed", "pull", "products.yaml"], Some(ErrorKind::ValueValidation)),
        (vec!["resume", "products-0123456789abcdef01234567", "--profile", "work", "--region", "eu-west-3"], None),
        (
            vec!["resume", "products-0123456789abcdef01234567", "--into", "here", "--profile", "work"],
            Some(ErrorKind::ArgumentConflict),
        ),
        (
            vec!["rejects", "products-0123456789abcdef01234567", "--out", "out", "--region", "eu-west-3"],
            Some(ErrorKind::ArgumentConflict),
        ),
    ]);
}

/// Asserts that each command line can be parsed, or fails with this error.
fn check(table: &[(Vec<&str>, Option<ErrorKind>)]) {
    for (line, expected) in table {
        let parsed = Args::try_parse_from(["sluice"].iter().chain(line));
        assert_eq!(parsed.err().map(|error| error.kind()), *expected, "{line:?}");
    }
}
