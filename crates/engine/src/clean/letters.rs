//! Letters: case and Unicode normal forms.

use std::borrow::Cow;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick, is_nfkc_quick, is_nfkd_quick,
};

use super::changed;
use crate::fast::text::{surely_lower, surely_upper};
use crate::spec::NormalForm;

/// In upper case.
pub(super) fn upper(text: Cow<'_, str>) -> Cow<'_, str> {
    if !surely_upper(&text) {
        let upper = text.to_uppercase();
        return changed(text, upper);
    }
    text
}

/// In lower case.
pub(super) fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if !surely_lower(&text) {
        let lower = text.to_lowercase();
        return changed(text, lower);
    }
    text
}

/// The first letter of every word in upper case, the others in lower case. A word begins after anything that is
/// neither letter nor digit nor apostrophe.
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

/// In a normal form.
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
