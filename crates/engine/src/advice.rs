//! Advice in messages, tested on the value that it is about.
//!
//! People follow advice: they change a setting for the whole file and all later files. So a message only
//! suggests a setting or step that the same code has tried on the value. The result must equal what the text
//! says: all its digits and its sign, with nothing dropped but currency and percent signs.

mod number;

pub(crate) use number::{DASHES, Marks, keeps};

/// The settings that read a value correctly, each with its result.
pub(crate) fn tried<S, T>(
    settings: impl IntoIterator<Item = (S, Option<T>)>,
    is_right: impl Fn(&T) -> bool,
) -> Vec<(S, T)> {
    settings.into_iter().filter_map(|(setting, made)| Some((setting, made.filter(|made| is_right(made))?))).collect()
}

/// Names the settings that read a value. If their results differ, each result is shown, because only someone
/// who knows the file can choose.
pub(crate) fn named<S: AsRef<str>, T: PartialEq + ToString>(settings: &[(S, T)]) -> Option<String> {
    let (_, first) = settings.first()?;
    let same = settings.iter().all(|(_, made)| made == first);
    let name = |(setting, made): &(S, T)| {
        let setting = setting.as_ref();
        if same { setting.to_owned() } else { format!("{setting} ({})", made.to_string()) }
    };
    Some(settings.iter().map(name).collect::<Vec<_>>().join(", or with "))
}
