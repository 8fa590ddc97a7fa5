//! The address of a server, as an operator gives it.

use std::io::{IsTerminal, Read};
use std::path::Path;

use anyhow::Context;
use sluice_platform::connections::Secret;

use crate::ending::misused;

/// Reads an address: hidden, if somebody types it, and otherwise from the standard input. It is no option, because the list of
/// processes and the history of a shell show options.
///
/// # Errors
/// If it cannot be read, or is not the address of a MongoDB server with TLS. The message does not quote it.
pub fn read() -> anyhow::Result<Secret> {
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        text = rpassword::prompt_password("address (mongodb://user:password@host/?tls=true): ")
            .context("reading the address")?;
    } else {
        std::io::stdin().read_to_string(&mut text).context("reading the address from the standard input")?;
    }
    checked(text.trim()).map_err(misused)
}

/// Reads a file of certificates.
///
/// # Errors
/// If it cannot be read, or has none.
pub fn certificates(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    if text.contains("PRIVATE KEY") {
        return Err(misused(format!("{} has a private key; only certificates belong there", path.display())));
    }
    if text.contains("-----BEGIN CERTIFICATE-----") {
        Ok(text)
    } else {
        Err(misused(format!("{} has no certificate as PEM", path.display())))
    }
}

/// An address with TLS, or what is wrong with it.
fn checked(text: &str) -> Result<Secret, String> {
    let options = text.split_once('?').map_or("", |(_, options)| options);
    let has = |name: &str, value: &str| {
        options
            .split('&')
            .filter_map(|option| option.split_once('='))
            .any(|(of, is)| of.eq_ignore_ascii_case(name) && is.eq_ignore_ascii_case(value))
    };
    let is_srv = text.starts_with("mongodb+srv://");
    let uses_tls = has("tls", "true") || has("ssl", "true");
    if !is_srv && !text.starts_with("mongodb://") {
        return Err("the address begins neither with mongodb:// nor with mongodb+srv://".to_owned());
    }
    if text.contains(char::is_whitespace) {
        return Err("the address has white space in it; in user and password it is written as %20".to_owned());
    }
    if has("tls", "false") || has("ssl", "false") || !is_srv && !uses_tls {
        return Err("the address does without TLS; add tls=true to its options".to_owned());
    }
    if ["tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"].iter().any(|name| has(name, "true")) {
        return Err(
            "the address accepts any certificate; give the certificate of your authority with --ca instead".to_owned()
        );
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_addresses() {
        for good in [
            "mongodb://me:pw@host/?tls=true",
            "mongodb+srv://me:pw@host/",
            "mongodb://a,b:27018/?replicaSet=rs&SSL=true",
        ] {
            assert_eq!(checked(good).unwrap().reveal(), good);
        }
        for (bad, said) in [
            ("", "begins neither"),
            ("https://hidden", "begins neither"),
            ("mongodb://me:hidden@host/", "without TLS"),
            ("mongodb://me:hidden@host/?tls=false", "without TLS"),
            ("mongodb+srv://me:hidden@host/?tls=false", "without TLS"),
            ("mongodb://me:hid den@host/?tls=true", "white space"),
            ("mongodb://me:hidden@host/?tls=true&tlsInsecure=true", "any certificate"),
        ] {
            let message = checked(bad).unwrap_err();
            assert!(message.contains(said) && !message.contains("hid"), "{bad}: {message}");
        }
    }
}
