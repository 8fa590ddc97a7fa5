//! What messages advise, tried on the value that they are about.
//!
//! Somebody reads that a setting would allow a value, and makes the setting, for the whole file and all that follow. So
//! no message advises a setting or a step that was not tried on the value by the code that makes the message. What comes
//! out must be what the text says: all of its digits and its sign, with nothing left out but signs of currencies and
//! percentages.

mod number;

pub(crate) use number::{DASHES, Marks, keeps};

/// Those of some settings that read a value rightly, each with what it makes of it.
pub(crate) fn tried<S, T>(
    settings: impl IntoIterator<Item = (S, Option<T>)>,
    is_right: impl Fn(&T) -> bool,
) -> Vec<(S, T)> {
    settings.into_iter().filter_map(|(setting, made)| Some((setting, made.filter(|made| is_right(made))?))).collect()
}

/// Names the settings that read a value. Where they make different values of it, each value is told: only who knows
/// the file can choose.
pub(crate) fn named<S: AsRef<str>, T: PartialEq + ToString>(settings: &[(S, T)]) -> Option<String> {
    let (_, first) = settings.first()?;
    let same = settings.iter().all(|(_, made)| made == first);
    let name = |(setting, made): &(S, T)| {
        let setting = setting.as_ref();
        if same { setting.to_owned() } else { format!("{setting} ({})", made.to_string()) }
    };
    Some(settings.iter().map(name).collect::<Vec<_>>().join(", or by "))
}
