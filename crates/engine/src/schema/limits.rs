//! Bounds that are checked on a canonical text, without making a value of it.

use jiff::civil::Date;

use super::Value;
use super::types::calendar;
use crate::fast::small::Small;

/// Bounds of values of one type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limits {
    /// Of numbers.
    Number(Bounds<Small>),
    /// Of dates.
    Date(Bounds<Date>),
}

/// The bounds that are set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds<T> {
    minimum: Option<T>,
    maximum: Option<T>,
    exclusive_minimum: Option<T>,
    exclusive_maximum: Option<T>,
}

impl<T: Copy + Ord> Bounds<T> {
    /// The bounds, in the order of the fields above; `None` if one of them is of another kind.
    fn new(bounds: [Option<&Value<'static>>; 4], of: impl Fn(&Value<'static>) -> Option<T>) -> Option<Self> {
        let mut found = [None; 4];
        for (found, bound) in found.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *found = Some(of(bound)?);
            }
        }
        let [minimum, maximum, exclusive_minimum, exclusive_maximum] = found;
        Some(Self { minimum, maximum, exclusive_minimum, exclusive_maximum })
    }

    /// The tighter ones of both.
    fn and(&self, other: &Self) -> Self {
        let low = |a: Option<T>, b: Option<T>| a.into_iter().chain(b).max();
        let high = |a: Option<T>, b: Option<T>| a.into_iter().chain(b).min();
        Self {
            minimum: low(self.minimum, other.minimum),
            maximum: high(self.maximum, other.maximum),
            exclusive_minimum: low(self.exclusive_minimum, other.exclusive_minimum),
            exclusive_maximum: high(self.exclusive_maximum, other.exclusive_maximum),
        }
    }

    fn is_none(&self) -> bool {
        let Self { minimum, maximum, exclusive_minimum, exclusive_maximum } = self;
        [minimum, maximum, exclusive_minimum, exclusive_maximum].into_iter().all(Option::is_none)
    }

    #[inline]
    fn hold(&self, value: T) -> bool {
        self.minimum.is_none_or(|bound| value >= bound)
            && self.maximum.is_none_or(|bound| value <= bound)
            && self.exclusive_minimum.is_none_or(|bound| value > bound)
            && self.exclusive_maximum.is_none_or(|bound| value < bound)
    }
}

impl Limits {
    /// Bounds of numbers: minimum, maximum, exclusive minimum, exclusive maximum. `None` if one of them is
    /// too long.
    pub(crate) fn of_numbers(bounds: [Option<&Value<'static>>; 4]) -> Option<Self> {
        let small = |bound: &Value<'static>| if let Value::Number(number) = bound { number.small() } else { None };
        Bounds::new(bounds, small).map(Self::Number)
    }

    /// The same for dates.
    pub(crate) fn of_dates(bounds: [Option<&Value<'static>>; 4]) -> Option<Self> {
        let date = |bound: &Value<'static>| if let Value::Date(date) = bound { Some(*date) } else { None };
        Bounds::new(bounds, date).map(Self::Date)
    }

    /// The smallest and the largest value, of which one at least is given; `None` if they are neither numbers nor dates, or
    /// too long.
    pub(crate) fn between(bounds: [Option<&Value<'static>>; 2]) -> Option<Self> {
        let [minimum, maximum] = bounds;
        let bounds = [minimum, maximum, None, None];
        match minimum.or(maximum)? {
            Value::Number(_) => Self::of_numbers(bounds),
            Value::Date(_) => Self::of_dates(bounds),
            _ => None,
        }
    }

    /// The tighter ones of both; `None` if they are of different types.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(Self::Number(a.and(b))),
            (Self::Date(a), Self::Date(b)) => Some(Self::Date(a.and(b))),
            _ => None,
        }
    }

    /// Whether they are bounds of dates, and none is set.
    pub(crate) fn take_all_dates(&self) -> bool {
        matches!(self, Self::Date(bounds) if bounds.is_none())
    }

    /// Whether a text certainly is a canonical number without a fraction, within the bounds.
    #[inline]
    pub(crate) fn surely_whole(&self, text: &[u8]) -> bool {
        let Self::Number(bounds) = self else { return false };
        Small::with_zeros(text)
            .is_some_and(|(number, length)| length == text.len() && number.scale() == 0 && bounds.hold(number))
    }

    /// Whether a text is certainly a canonical value of the type within the bounds.
    #[inline]
    pub(crate) fn surely_holds(&self, text: &str) -> bool {
        self.surely_final(text.as_bytes()) == Some(text.len())
    }

    /// The length of the canonical text of a value that certainly is of the type and within the bounds. The given text
    /// begins with it; zeros at the end of a fraction may follow.
    #[inline]
    pub(crate) fn surely_final(&self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Number(bounds) => {
                let (number, length) = Small::with_zeros(text)?;
                bounds.hold(number).then_some(length)
            }
            Self::Date(bounds) => calendar::date_of(text).filter(|date| bounds.hold(*date)).map(|_| text.len()),
        }
    }
}
