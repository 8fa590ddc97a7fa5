//! The grammar of JSON (RFC 8259), byte by byte, as a table.
//!
//! [`Machine::step`] is the only place that knows what JSON is. It carries a state and the kinds of the open
//! containers, and nothing else, so a text may come in pieces of any size. It does not look into strings beyond
//! their escapes: whether they are UTF-8, and whether surrogates are in pairs, is for those who use them.

/// Maximum nesting of a record. It is that of `serde_json`, which later reads the values of `object` and `array`
/// fields.
pub const MAX_DEPTH: usize = 127;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// A value.
    Value,
    /// The first value of an array, or its end.
    FirstElement,
    /// The first name of an object, or its end.
    FirstName,
    /// A further name of an object.
    Name,
    /// The colon after a name.
    Colon,
    /// What follows a value.
    After,
    /// The rest of a string, after an escape: its four hexadecimal digits.
    Text,
    TextEscape,
    TextHex1,
    TextHex2,
    TextHex3,
    TextHex4,
    /// The same of a name.
    NameText,
    NameEscape,
    NameHex1,
    NameHex2,
    NameHex3,
    NameHex4,
    /// The rest of a number.
    Minus,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// The rest of `true`, `false` and `null`.
    T,
    Tr,
    Tru,
    F,
    Fa,
    Fal,
    Fals,
    N,
    Nu,
    Nul,
    /// Nothing: the text is not JSON.
    Broken,
}

/// The number of states.
const STATES: usize = State::Broken as usize + 1;

impl State {
    /// Every state, in the order of the table's rows.
    const ALL: [Self; STATES] = [
        Self::Value,
        Self::FirstElement,
        Self::FirstName,
        Self::Name,
        Self::Colon,
        Self::After,
        Self::Text,
        Self::TextEscape,
        Self::TextHex1,
        Self::TextHex2,
        Self::TextHex3,
        Self::TextHex4,
        Self::NameText,
        Self::NameEscape,
        Self::NameHex1,
        Self::NameHex2,
        Self::NameHex3,
        Self::NameHex4,
        Self::Minus,
        Self::Zero,
        Self::Digits,
        Self::Point,
        Self::Fraction,
        Self::Exponent,
        Self::ExponentSign,
        Self::ExponentDigits,
        Self::T,
        Self::Tr,
        Self::Tru,
        Self::F,
        Self::Fa,
        Self::Fal,
        Self::Fals,
        Self::N,
        Self::Nu,
        Self::Nul,
        Self::Broken,
    ];

    /// Whether a value is complete if nothing more of it comes.
    const fn ends_value(self) -> bool {
        matches!(self, Self::After | Self::Zero | Self::Digits | Self::Fraction | Self::ExponentDigits)
    }

    /// Whether a name has begun and not ended.
    pub(super) const fn is_in_name(self) -> bool {
        matches!(
            self,
            Self::NameText | Self::NameEscape | Self::NameHex1 | Self::NameHex2 | Self::NameHex3 | Self::NameHex4
        )
    }

    /// Whether most bytes change nothing: see [`plain`].
    pub(super) const fn is_in_string(self) -> bool {
        matches!(self, Self::Text | Self::NameText)
    }
}

/// What a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    // Those that belong to a value and touch no container come first: see `is_of_token`.
    /// The first byte of a string, number or word that is a value.
    Begin,
    /// The quote that opens a name.
    BeginName,
    /// A further byte of a string, number, word or name.
    Within,
    /// The quote that closes a string.
    EndString,
    /// The quote that closes a name.
    EndName,
    /// The colon after a name.
    Colon,
    /// White space between tokens.
    Space,
    /// The comma after a value.
    Comma,
    /// The bracket that opens an object or an array.
    Open(Container),
    /// The bracket that closes one.
    Close(Container),
    /// It must not be here.
    Bad,
}

impl Action {
    /// Whether the byte belongs to a string, number, word or name, or is the colon between two. No container opens or
    /// closes with it.
    #[inline]
    pub(super) fn is_of_token(self) -> bool {
        // The first variants, so that one comparison tells.
        matches!(self, Self::Begin | Self::BeginName | Self::Within | Self::EndString | Self::EndName | Self::Colon)
    }
}

/// A value that holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Object,
    Array,
}

/// The step from a state by a byte. The state after a comma or a closing bracket depends on the container, too.
const fn step(state: State, byte: u8) -> (State, Action) {
    use Action::{Bad, Begin, BeginName, Close, Colon, Comma, EndName, EndString, Open, Space, Within};
    let is_hex = byte.is_ascii_hexdigit();
    match state {
        State::Text => match byte {
            b'"' => (State::After, EndString),
            b'\\' => (State::TextEscape, Within),
            0..0x20 => (State::Broken, Bad),
            _ => (State::Text, Within),
        },
        State::NameText => match byte {
            b'"' => (State::Colon, EndName),
            b'\\' => (State::NameEscape, Within),
            0..0x20 => (State::Broken, Bad),
            _ => (State::NameText, Within),
        },
        State::TextEscape => match byte {
            b'u' => (State::TextHex1, Within),
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => (State::Text, Within),
            _ => (State::Broken, Bad),
        },
        State::NameEscape => match byte {
            b'u' => (State::NameHex1, Within),
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => (State::NameText, Within),
            _ => (State::Broken, Bad),
        },
        State::TextHex1 if is_hex => (State::TextHex2, Within),
        State::TextHex2 if is_hex => (State::TextHex3, Within),
        State::TextHex3 if is_hex => (State::TextHex4, Within),
        State::TextHex4 if is_hex => (State::Text, Within),
        State::NameHex1 if is_hex => (State::NameHex2, Within),
        State::NameHex2 if is_hex => (State::NameHex3, Within),
        State::NameHex3 if is_hex => (State::NameHex4, Within),
        State::NameHex4 if is_hex => (State::NameText, Within),
        State::Value | State::FirstElement => match byte {
            b' ' | b'\t' | b'\n' | b'\r' => (state, Space),
            b'"' => (State::Text, Begin),
            b'{' => (State::FirstName, Open(Container::Object)),
            b'[' => (State::FirstElement, Open(Container::Array)),
            b'-' => (State::Minus, Begin),
            b'0' => (State::Zero, Begin),
            b'1'..=b'9' => (State::Digits, Begin),
            b't' => (State::T, Begin),
            b'f' => (State::F, Begin),
            b'n' => (State::N, Begin),
            b']' if matches!(state, State::FirstElement) => (State::After, Close(Container::Array)),
            _ => (State::Broken, Bad),
        },
        State::FirstName | State::Name => match byte {
            b' ' | b'\t' | b'\n' | b'\r' => (state, Space),
            b'"' => (State::NameText, BeginName),
            b'}' if matches!(state, State::FirstName) => (State::After, Close(Container::Object)),
            _ => (State::Broken, Bad),
        },
        State::Colon => match byte {
            b' ' | b'\t' | b'\n' | b'\r' => (state, Space),
            b':' => (State::Value, Colon),
            _ => (State::Broken, Bad),
        },
        State::Minus => match byte {
            b'0' => (State::Zero, Within),
            b'1'..=b'9' => (State::Digits, Within),
            _ => (State::Broken, Bad),
        },
        State::Digits if byte.is_ascii_digit() => (State::Digits, Within),
        State::Zero | State::Digits if byte == b'.' => (State::Point, Within),
        State::Zero | State::Digits | State::Fraction if matches!(byte, b'e' | b'E') => (State::Exponent, Within),
        State::Point | State::Fraction if byte.is_ascii_digit() => (State::Fraction, Within),
        State::Exponent if matches!(byte, b'+' | b'-') => (State::ExponentSign, Within),
        State::Exponent | State::ExponentSign | State::ExponentDigits if byte.is_ascii_digit() => {
            (State::ExponentDigits, Within)
        }
        State::T if byte == b'r' => (State::Tr, Within),
        State::Tr if byte == b'u' => (State::Tru, Within),
        State::Tru | State::Fals if byte == b'e' => (State::After, Within),
        State::F if byte == b'a' => (State::Fa, Within),
        State::Fa if byte == b'l' => (State::Fal, Within),
        State::Fal if byte == b's' => (State::Fals, Within),
        State::N if byte == b'u' => (State::Nu, Within),
        State::Nu if byte == b'l' => (State::Nul, Within),
        State::Nul if byte == b'l' => (State::After, Within),
        _ if state.ends_value() => match byte {
            b' ' | b'\t' | b'\n' | b'\r' => (State::After, Space),
            b',' => (State::Value, Comma),
            b'}' => (State::After, Close(Container::Object)),
            b']' => (State::After, Close(Container::Array)),
            _ => (State::Broken, Bad),
        },
        _ => (State::Broken, Bad),
    }
}

/// The bytes that act alike in every state have one class; the table has a column for each class.
const CLASSES: usize = 32;

/// One byte of each class, and the class of each byte. Bytes of one class have the same step from every state.
const BYTES: ([u8; CLASSES], [u8; 256]) = {
    let (mut ones, mut classes, mut count) = ([0; CLASSES], [0; 256], 0_u8);
    let mut byte = 0_u8;
    loop {
        let mut class = 0_u8;
        while class < count && !alike(ones[class as usize], byte) {
            class += 1;
        }
        if class == count {
            ones[count as usize] = byte;
            count += 1;
        }
        classes[byte as usize] = class;
        if byte == u8::MAX {
            break (ones, classes);
        }
        byte += 1;
    }
};

/// Whether two bytes have the same step from every state.
const fn alike(a: u8, b: u8) -> bool {
    let mut at = 0;
    while at < STATES {
        let ((to, does), (other_to, other_does)) = (step(State::ALL[at], a), step(State::ALL[at], b));
        if to as u8 != other_to as u8 || code(does) != code(other_does) {
            return false;
        }
        at += 1;
    }
    true
}

/// An action as a number, because constants cannot compare enums otherwise.
const fn code(action: Action) -> u8 {
    match action {
        Action::Space => 0,
        Action::Begin => 1,
        Action::BeginName => 2,
        Action::Within => 3,
        Action::EndString => 4,
        Action::EndName => 5,
        Action::Colon => 6,
        Action::Comma => 7,
        Action::Open(Container::Object) => 8,
        Action::Open(Container::Array) => 9,
        Action::Close(Container::Object) => 10,
        Action::Close(Container::Array) => 11,
        Action::Bad => 12,
    }
}

/// The steps of all states by all classes.
static TABLE: [[(State, Action); CLASSES]; STATES] = {
    let mut table = [[(State::Broken, Action::Bad); CLASSES]; STATES];
    let mut at = 0;
    while at < STATES {
        let mut class = 0;
        while class < CLASSES {
            table[at][class] = step(State::ALL[at], BYTES.0[class]);
            class += 1;
        }
        at += 1;
    }
    table
};

/// The step from a state by a byte, without the containers.
#[inline]
pub(super) fn peek(state: State, byte: u8) -> (State, Action) {
    TABLE[state as usize][usize::from(BYTES.1[usize::from(byte)])]
}

/// How many of these bytes of a string are nothing but its text: all before its end, an escape or a control character.
///
/// Eight bytes are compared at once. A byte is below a limit, or equal to another, if a subtraction borrows into its
/// highest bit; a borrow can only reach bytes behind the first such one.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let (quote, escape) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
        let stops = (below(word, 0x20) | below(quote, 1) | below(escape, 1)) & HIGH;
        if stops != 0 {
            return at * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let is_stop = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
    let of_rest = rest.iter().position(is_stop).unwrap_or(rest.len());
    bytes.len() - rest.len() + of_rest
}

/// The grammar at a place of a text.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    state: State,
    open: Containers,
}

impl Machine {
    /// The start of a text.
    pub(super) fn new() -> Self {
        Self { state: State::Value, open: Containers::default() }
    }

    /// Starts with another text.
    pub(super) fn reset(&mut self) {
        self.state = State::Value;
        self.open.clear();
    }

    /// What may come next.
    #[inline]
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// The number of open containers.
    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.open.count
    }

    /// Goes to another state that no container decides.
    #[inline]
    pub(super) fn enter(&mut self, state: State) {
        self.state = state;
    }

    /// Takes a byte. After [`Action::Bad`], the machine cannot be used any more.
    #[inline]
    pub(super) fn step(&mut self, byte: u8) -> Action {
        let (state, action) = peek(self.state, byte);
        self.take(state, action)
    }

    /// Takes a byte for which [`peek`] has given this answer.
    #[inline]
    pub(super) fn take(&mut self, state: State, action: Action) -> Action {
        self.state = state;
        match action {
            Action::Open(container) => self.open.push(container),
            Action::Close(container) if self.open.pop() != Some(container) => return Action::Bad,
            Action::Comma => match self.open.last() {
                Some(Container::Object) => self.state = State::Name,
                Some(Container::Array) => {}
                None => return Action::Bad,
            },
            _ => {}
        }
        action
    }

    /// Whether the text may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.depth() == 0 && self.state.ends_value()
    }

    /// What may come next, in words. `state` is the one before the byte that is wrong.
    pub(super) fn expected(&self, state: State) -> &'static str {
        match state {
            State::Value => "a value",
            State::FirstElement => "a value or \"]\"",
            State::FirstName => "a name in double quotes or \"}\"",
            State::Name => "a name in double quotes",
            State::Colon => "\":\"",
            State::Text | State::NameText => "the rest of a string and its closing quote",
            State::TextEscape | State::NameEscape => "one of \" \\ / b f n r t u after the backslash",
            State::TextHex1
            | State::TextHex2
            | State::TextHex3
            | State::TextHex4
            | State::NameHex1
            | State::NameHex2
            | State::NameHex3
            | State::NameHex4 => "four hexadecimal digits after \\u",
            State::Minus | State::Point | State::Exponent | State::ExponentSign => "a digit",
            State::T | State::Tr | State::Tru => "the rest of true",
            State::F | State::Fa | State::Fal | State::Fals => "the rest of false",
            State::N | State::Nu | State::Nul => "the rest of null",
            State::After | State::Zero | State::Digits | State::Fraction | State::ExponentDigits => {
                match self.open.last() {
                    Some(Container::Object) => "\",\" or \"}\"",
                    Some(Container::Array) => "\",\" or \"]\"",
                    None => "nothing more",
                }
            }
            State::Broken => "nothing more",
        }
    }
}

/// The kinds of the open containers: a bit for each, because a text may open a million of them.
#[derive(Clone, Debug, Default)]
struct Containers {
    /// The innermost ones, the last in the lowest bit, which is set for an object.
    word: u64,
    /// Full words of those around them.
    outer: Vec<u64>,
    count: usize,
}

impl Containers {
    fn clear(&mut self) {
        self.outer.clear();
        self.count = 0;
    }

    #[inline]
    fn push(&mut self, container: Container) {
        if self.count.is_multiple_of(64) && self.count > 0 {
            self.outer.push(self.word);
        }
        self.word = self.word << 1 | u64::from(container == Container::Object);
        self.count += 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<Container> {
        let last = self.last()?;
        self.word >>= 1;
        self.count -= 1;
        if self.count.is_multiple_of(64) {
            self.word = self.outer.pop().unwrap_or_default();
        }
        Some(last)
    }

    #[inline]
    fn last(&self) -> Option<Container> {
        let last = if self.word & 1 == 1 { Container::Object } else { Container::Array };
        (self.count > 0).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table has what the function says, for every byte.
    #[test]
    fn bytes_of_a_class_have_the_same_step() {
        for state in State::ALL {
            for byte in 0..=u8::MAX {
                assert_eq!(peek(state, byte), step(state, byte), "{state:?} {byte}");
            }
        }
    }

    /// A run of plain bytes may be skipped, because each leaves the machine where it is.
    #[test]
    fn plain_bytes_change_nothing_in_a_string() {
        for (state, byte) in [State::Text, State::NameText].into_iter().flat_map(|s| (0..=u8::MAX).map(move |b| (s, b)))
        {
            assert_eq!(plain(&[byte]) == 1, step(state, byte) == (state, Action::Within), "{state:?} {byte}");
        }
        for (at, stop) in (0..40).flat_map(|at| [b'"', b'\\', 0, 0x1F, b' '].map(|stop| (at, stop))) {
            // Bytes that differ from a stop by a single bit, and those after it, must not matter.
            let mut text = [b'!', 0x7F, 0xA2, 0xDC, b'#', b']', b'[', 0xFF, 0x80].repeat(6);
            text[at] = stop;
            text[at + 1..].iter_mut().step_by(3).for_each(|byte| *byte = b'"');
            assert_eq!(plain(&text), if stop == b' ' { at + 1 } else { at }, "{at} {stop}");
        }
    }

    #[test]
    fn containers_close_in_the_order_in_which_they_were_opened() {
        let mut open = Containers::default();
        let kind = |at: usize| if at.is_multiple_of(3) { Container::Object } else { Container::Array };
        for round in [200, 70] {
            (0..round).for_each(|at| open.push(kind(at)));
            for at in (0..round).rev() {
                assert_eq!((open.last(), open.pop()), (Some(kind(at)), Some(kind(at))));
            }
            assert_eq!((open.last(), open.pop()), (None, None));
        }
    }
}
