//! Functions that extend CEL: the parts of an address.
//!
//! A text that is no absolute address with a host has no parts: each function then returns `null`, as it does for `null`. Addresses
//! in files come from strangers, so one that is broken is no error of a record.

use cel::common::types::{CelNull, CelString, DYN_TYPE};
use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};
use url::{Host, Url};

type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// Declares the functions.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("host", "host", vec![DYN_TYPE], |args| with("host", &args, |[address]| host(address)))?;
    env.add_overload("registered_domain", "registered_domain", vec![DYN_TYPE], |args| {
        with("registered_domain", &args, |[host]| registered_domain(host))
    })?;
    env.add_overload("query", "query", vec![DYN_TYPE, DYN_TYPE], |args| {
        with("query", &args, |[address, name]| query(address, name))
    })
}

/// Passes texts on; the result is `null` if one of them is.
fn with<'b, 'v, const N: usize>(
    name: &str,
    args: &[CowVal<'b, 'v>],
    make: impl Fn([&str; N]) -> Option<String>,
) -> Answer<'b, 'v> {
    if args.iter().any(|value| value.downcast_ref::<CelNull>().is_some()) {
        return Ok(CowVal::owned(CelNull));
    }
    let texts: Option<Vec<&str>> =
        args.iter().map(|value| value.downcast_ref::<CelString>().map(CelString::inner)).collect();
    let types = || args.iter().map(|value| value.get_type().name().to_owned()).collect();
    let texts = texts.ok_or_else(|| ExecutionError::no_such_overload(name, types()))?;
    let count = ExecutionError::invalid_argument_count(N, texts.len());
    let made = make(texts.try_into().map_err(|_| count)?);
    Ok(made.map_or_else(|| CowVal::owned(CelNull), |text| CowVal::owned(CelString::from(text))))
}

/// The host of an address, in lower case.
fn host(address: &str) -> Option<String> {
    Some(Url::parse(address.trim()).ok()?.host_str()?.to_owned()).filter(|host| !host.is_empty())
}

/// The part of a host that somebody registered: the public suffix and one label, by the Public Suffix List. A number is no domain.
fn registered_domain(host: &str) -> Option<String> {
    let Ok(Host::Domain(host)) = Host::parse(host.trim().trim_end_matches('.')) else { return None };
    psl::domain_str(&host).map(str::to_owned)
}

/// The first value of a parameter in the query of an address, decoded as forms are: `+` is a space, `%26` is `&`, and bytes are
/// UTF-8.
fn query(address: &str, name: &str) -> Option<String> {
    let address = Url::parse(address.trim()).ok()?;
    address.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_hosts() {
        for (address, expected) in [
            ("http://www.Google.com/search?q=x", Some("www.google.com")),
            ("https://user:secret@example.co.uk:8080/a", Some("example.co.uk")),
            (" http://example.com ", Some("example.com")),
            ("http://bücher.example/", Some("xn--bcher-kva.example")),
            ("http://192.0.2.7/a", Some("192.0.2.7")),
            ("http://[::1]/a", Some("[::1]")),
            ("android-app://com.google.android.gm/", Some("com.google.android.gm")),
            ("www.google.com/search", None),
            ("mailto:a@example.com", None),
            ("http://", None),
            ("", None),
            ("   ", None),
            ("-", None),
        ] {
            assert_eq!(host(address).as_deref(), expected, "{address:?}");
        }
    }

    #[test]
    fn table_of_registered_domains() {
        for (host, expected) in [
            ("www.google.com", Some("google.com")),
            ("search.yahoo.com", Some("yahoo.com")),
            ("google.com", Some("google.com")),
            ("www.google.co.uk", Some("google.co.uk")),
            ("search.yahoo.co.jp", Some("yahoo.co.jp")),
            ("WWW.Example.COM.", Some("example.com")),
            ("shop.blogspot.com", Some("shop.blogspot.com")),
            ("www.bücher.de", Some("xn--bcher-kva.de")),
            ("intranet", None),
            ("co.uk", None),
            ("192.0.2.7", None),
            ("[::1]", None),
            ("", None),
            ("a b", None),
        ] {
            assert_eq!(registered_domain(host).as_deref(), expected, "{host:?}");
        }
    }

    #[test]
    fn table_of_parameters() {
        let search = "http://www.google.com/search?oq=&aq=f&q=cd+player%26caf%C3%A9&pid=7&q=second#q=hash";
        for (address, name, expected) in [
            (search, "q", Some("cd player&café")),
            (search, "oq", Some("")),
            (search, "p", None),
            (search, "id", None),
            ("http://www.google.com/", "q", None),
            ("http://www.google.com/?q", "q", Some("")),
            ("http://www.google.com/?%71=x", "q", Some("x")),
            ("http://www.google.com/?q=%E9", "q", Some("\u{fffd}")),
            ("/search?q=x", "q", None),
        ] {
            assert_eq!(query(address, name).as_deref(), expected, "{address:?} {name:?}");
        }
    }
}
