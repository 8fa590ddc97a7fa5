//! The formats of the type `string`.

/// Whether a text is a mail address: a local part, an `@`, and a domain of at least two labels.
pub(in crate::schema) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_good = (1..=64).contains(&local.len())
        && !local.contains(|char: char| char.is_whitespace() || char.is_control() || "()<>[]:;@\\,\"".contains(char))
        && local.split('.').all(|atom| !atom.is_empty());
    let label_good = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|char| char.is_alphanumeric() || char == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local_good && domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label_good)
}

/// Whether a text is a URI with a scheme (RFC 3986). Letters beyond ASCII are allowed, as in browsers.
pub(in crate::schema) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let scheme_good = scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let char_good = |char: char| !char.is_whitespace() && !char.is_control() && !"\"<>\\^`{|}".contains(char);
    let escapes_good = rest.split('%').skip(1).all(|after| {
        after.as_bytes().first_chunk::<2>().is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    // `https:example.org` and `http://` have no host and are slips.
    let host_good = match (scheme.to_ascii_lowercase().as_str(), rest.strip_prefix("//")) {
        ("http" | "https" | "ftp", host) => host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?'])),
        _ => !rest.is_empty(),
    };
    scheme_good && host_good && escapes_good && rest.chars().all(char_good)
}

/// Whether a text is Base64 (RFC 4648), padded, without line breaks.
pub(in crate::schema) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

/// Whether a text is a UUID: `8-4-4-4-12` hexadecimal digits, of any version.
pub(in crate::schema) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_table(is: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        assert_eq!(good.iter().filter(|text| !is(text)).collect::<Vec<_>>(), [""; 0].iter().collect::<Vec<_>>());
        assert_eq!(bad.iter().filter(|text| is(text)).collect::<Vec<_>>(), [""; 0].iter().collect::<Vec<_>>());
    }

    #[test]
    fn table_of_emails() {
        let good = ["a@b.de", "first.last+tag@example.co.uk", "o'brien@example.org", "josé@exämple.org"];
        let bad = [
            "",
            "a",
            "@b.de",
            "a@",
            "a@b",
            "a b@c.de",
            "a@b..de",
            "a@-b.de",
            "a..b@c.de",
            "a@b.de, c@d.de",
            "<a@b.de>",
        ];
        assert_table(is_email, &good, &bad);
    }

    #[test]
    fn table_of_uris() {
        let good = [
            "https://example.org/a?b=c#d",
            "ftp://8.8.8.8",
            "mailto:a@b.de",
            "urn:isbn:123",
            "https://example.org/caf%C3%A9",
            "https://exämple.org",
            "file:///tmp/a",
        ];
        let bad = [
            "",
            "example.org",
            "8.8.8.8",
            "://no-scheme.test",
            "http:",
            "http://",
            "http:///a",
            "https:example.org",
            "https://a b.org",
            "https://a.org/%zz",
            "https://a.org/%c",
            "1http://a.org",
        ];
        assert_table(is_uri, &good, &bad);
    }

    #[test]
    fn table_of_base64() {
        assert_table(
            is_base64,
            &["dGVzdA==", "YXN1cmUu", "c3VyZS4="],
            &["string", "dGVzdA=", "dGVz dA==", "a===", "dGVz\nZZZ"],
        );
    }

    #[test]
    fn table_of_uuids() {
        let good = ["95ecc380-afe9-11e4-9b6c-751b66dd541e", "0A7B330A-A736-35EA-8F7F-FEAF019CDC00"];
        let bad = [
            "0a7b330a-a736-35ea-8f7f-feaf019cdc",
            "0a7b330aa73635ea8f7ffeaf019cdc00",
            "0a7b330a-a736-35ea-8f7f_feaf019cdc00",
            "string",
        ];
        assert_table(is_uuid, &good, &bad);
    }
}
