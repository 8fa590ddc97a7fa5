//! The binaries that are deployed run where they are deployed to.

use std::path::PathBuf;

use sluice_tests::template::Stack;

/// What Amazon Linux 2023 has, on which `provided.al2023` stands.
const GLIBC: (u32, u32) = (2, 34);

/// The binaries of all functions, as `make functions` leaves them.
fn binaries() -> Vec<PathBuf> {
    let arch = std::env::var("SLUICE_ARCH").unwrap_or_else(|_| match std::env::consts::ARCH {
        "aarch64" => "arm64".to_owned(),
        other => other.to_owned(),
    });
    let stack = Stack::example();
    let functions = stack.of_kind("AWS::Lambda::Function");
    let names =
        functions.map(|(_, function)| function.properties["FunctionName"].as_str().unwrap().replace("sluice-", ""));
    names.map(|name| sluice_tests::root().join(format!("target/functions/{arch}/{name}/bootstrap"))).collect()
}

/// The versions of glibc that a binary asks for: it holds their names as text.
fn glibc_versions(binary: &[u8]) -> Vec<(u32, u32)> {
    const NAME: &[u8] = b"GLIBC_2.";
    let names = binary.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    let minors = names.filter_map(|(at, _)| {
        let digits: String =
            binary[at + NAME.len()..].iter().map_while(|byte| byte.is_ascii_digit().then_some(*byte as char)).collect();
        digits.parse().ok()
    });
    minors.map(|minor| (2, minor)).collect()
}

#[test]
fn no_binary_needs_a_newer_glibc_than_amazon_linux_2023_has() {
    let binaries = binaries();
    assert_eq!(binaries.len(), 11);
    for path in binaries {
        let binary = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: make functions", path.display()));
        assert_eq!(&binary[..4], b"\x7fELF", "{}", path.display());
        let versions = glibc_versions(&binary);
        let newest = versions.iter().max().unwrap_or_else(|| panic!("{} names no version of glibc", path.display()));
        assert!(*newest <= GLIBC, "{} needs glibc {newest:?}", path.display());
    }
}

#[test]
fn versions_are_read_as_numbers() {
    assert_eq!(glibc_versions(b"\0GLIBC_2.4\0GLIBC_2.34\0GLIBC_PRIVATE\0GLIBC_2.2.5\0"), [(2, 4), (2, 34), (2, 2)]);
}
