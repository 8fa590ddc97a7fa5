//! The modules of the engine use each other in one direction, without circles.
//!
//! A module includes everything below it, and is compared with its siblings: first the top-level modules, then the children
//! of each module. A parent and its child may use each other. Test modules are ignored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "the sources of the engine are what it tests")]

mod graph;
mod names;
mod tokens;

use std::collections::BTreeMap;
use std::path::Path;

use graph::Graph;

/// The sources in a folder, by their path in it.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_modules_of_the_engine_form_no_circle() {
    let graph = Graph::of(&sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
    assert!(graph.uses("restructure", "clean") && graph.uses("report", "display"), "the sources are not read");
    let circles = graph.circles("");
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// The top-level circles of a made-up crate, given by the text of each module.
fn circles(modules: &[(&str, &str)]) -> Vec<String> {
    let sources = modules.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Graph::of(&sources.collect()).circles("")
}

#[test]
fn a_planted_circle_is_found_however_it_is_written() {
    for back in [
        "use crate::low::Thing;",
        "use crate::{low::Thing, other};",
        "use crate::{\n    other::{self, X},\n    low,\n};",
        "use super::low::Thing;",
        "fn f() -> crate::low::Thing { todo() }",
        "fn f(text: &str) { let _ = (\"//\", 'a', '\"', r#\"\"\"#); super::low::g(text) }",
        "mod tests { use super::super::low; }",
        "use crate::Thing;",
        "use crate::Alias as Other;",
        "#[cfg(feature = \"x\")]\nuse crate::low;",
        "use crate::other::Passed;",
    ] {
        let found = circles(&[
            ("lib.rs", "mod low; mod high; mod other; pub use low::Thing; pub use self::low::{inner::Deep as Alias};"),
            ("low.rs", "use crate::high::f;"),
            ("high.rs", back),
            ("other.rs", "pub use crate::low::Passed;"),
        ]);
        assert_eq!(found.len(), 1, "{back}: {found:?}");
        assert!(found[0].contains("low.rs: crate::high::f"), "{found:?}");
    }
}

#[test]
fn a_long_circle_and_one_through_a_file_below_are_found() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a/deep/deeper.rs", "use crate::b;"),
        ("b.rs", "use crate::c;"),
        ("c.rs", "use crate::a::deep; use crate::d;"),
        ("d.rs", ""),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("a, b, c: "), "{found:?}");
}

#[test]
fn what_does_not_count_makes_no_circle() {
    for back in [
        "// use crate::low;",
        "/* /* */ crate::low::f(); */",
        "//! [`crate::low::f`]",
        "const TEXT: &str = \"use crate::low; \\\" crate::low\";",
        "const TEXT: &str = r##\"use \"# crate::low;\"##;",
        "#[cfg(test)]\nmod tests { use crate::low; fn f() { { crate::low::f() } } }",
        "#[cfg(test)]\nmod tests;",
        "#[cfg(test)]\n#[path = \"x.rs\"]\nuse crate::low;\nfn f() {}",
        "use crate::high::low;",
        "use crate::thing;",
        "fn f<'a>(low: &'a str) { outside::crate_::low() }",
    ] {
        let found = circles(&[
            ("lib.rs", "mod low; mod high; macro_rules! thing { () => {} }"),
            ("low.rs", "use crate::high::f;"),
            ("high.rs", back),
            ("high/tests.rs", "use crate::low;"),
        ]);
        // A file is a test only if its parent declares it as one.
        let is_declared = back.contains("mod tests;");
        assert_eq!(found.is_empty(), is_declared, "{back}: {found:?}");
        if !is_declared {
            let without = circles(&[
                ("lib.rs", "mod low; mod high; macro_rules! thing { () => {} }"),
                ("low.rs", "use crate::high::f;"),
                ("high.rs", back),
            ]);
            assert!(without.is_empty(), "{back}: {without:?}");
        }
    }
}

#[test]
fn a_parent_and_its_child_may_use_each_other_and_siblings_may_not() {
    let sources = |third: &str| {
        let sources = [
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; mod c; use b::B; pub use c::C;"),
            ("a/b.rs", "use super::A; use super::c::C;"),
            ("a/c.rs", third),
        ];
        sources.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    };
    assert!(Graph::of(&sources("use crate::a::A;")).circles("a").is_empty());
    assert_eq!(Graph::of(&sources("use super::b::B;")).circles("a").len(), 1);
    assert_eq!(Graph::of(&sources("fn f() { crate::a::b::f() }")).circles("a").len(), 1);
}

#[test]
fn every_test_that_the_page_of_the_fast_paths_names_is_there() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let rows =
        sources["fast.rs"].lines().filter_map(|line| line.strip_prefix("//! | ")).filter(|row| row.contains('`'));
    let rows: Vec<&str> = rows.collect();
    assert!(rows.len() > 15, "{rows:?}");
    for row in rows {
        let test = row.split(" | ").last().and_then(|cell| cell.split('`').nth(1)).unwrap_or_else(|| panic!("{row}"));
        assert!(sources.values().any(|source| source.contains(&format!("fn {test}"))), "{row}");
    }
}
