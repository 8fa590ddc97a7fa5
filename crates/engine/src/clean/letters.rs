//! Letters: case and Unicode normal forms.

use std::borrow::Cow;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick, is_nfkc_quick, is_nfkd_quick,
};

use super::changed;
use crate::fast::text::{surely_lower, surely_upper};
use crate::spec::NormalForm;

/// Converts to upper case.
pub(super) fn upper(text: Cow<'_, str>) -> Cow<'_, str> {
    if !surely_upper(&text) {
        let upper = text.to_uppercase();
        return changed(text, upper);
    }
    text
}

/// Converts to lower case.
pub(super) fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if !surely_lower(&text) {
        let lower = text.to_lowercase();
        return changed(text, lower);
    }
    text
}

/// Converts the first letter of every word to upper case and the others to lower case. A word begins after
/// any character but a letter, a digit or an apostrophe.
pub(super) fn title(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut made = String::with_capacity(text.len());
    let mut within = false;
    for letter in text.chars() {
        if within {
            made.extend(letter.to_lowercase());
        } else {
            made.extend(letter.to_uppercase());
        }
        within = letter.is_alphanumeric() || (within && matches!(letter, '\'' | '’'));
    }
    changed(text, made)
}

/// Converts to a normal form.
pub(super) fn normalize(form: NormalForm, text: Cow<'_, str>) -> Cow<'_, str> {
    let quick = match form {
        NormalForm::Nfc => is_nfc_quick(text.chars()),
        NormalForm::Nfd => is_nfd_quick(text.chars()),
        NormalForm::Nfkc => is_nfkc_quick(text.chars()),
        NormalForm::Nfkd => is_nfkd_quick(text.chars()),
    };
    if quick == IsNormalized::Yes {
        return text;
    }
    let normal: String = match form {
        NormalForm::Nfc => text.nfc().collect(),
        NormalForm::Nfd => text.nfd().collect(),
        NormalForm::Nfkc => text.nfkc().collect(),
        NormalForm::Nfkd => text.nfkd().collect(),
    };
    changed(text, normal)
}
