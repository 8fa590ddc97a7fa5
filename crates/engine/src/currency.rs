//! Currency signs and codes.

/// The current codes of ISO 4217.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG \
HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD \
MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF \
SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS \
VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
/// Signs made of letters, and those with letters before a dollar.
const WORDS: [&str; 24] = [
    "AU$", "CA$", "HK$", "MX$", "NT$", "NZ$", "US$", "A$", "C$", "R$", "S$", "Fr.", "sFr.", "kr.", "kr", "zł", "Kč",
    "Ft", "lei", "лв.", "лв", "руб.", "руб", "Rs.",
];

/// The length of a sign or code at the start.
pub(crate) fn before(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    // Words and codes begin with a letter.
    if is_sign(first) {
        return Some(first.len_utf8());
    }
    if !first.is_alphabetic() {
        return None;
    }
    let ends_word = |length: usize| !text[length..].starts_with(char::is_alphabetic);
    let word = WORDS.iter().find(|word| text.starts_with(**word) && ends_word(word.len())).map(|word| word.len());
    let code = || text.get(..3).filter(|code| is_code(code) && ends_word(3)).map(str::len);
    word.or_else(code)
}

/// The length of a sign or code at the end.
pub(crate) fn after(text: &str) -> Option<usize> {
    if text.as_bytes().last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let last = text.chars().next_back()?;
    // Words and codes end with a letter, a dollar or a period.
    if last != '$' && is_sign(last) {
        return Some(last.len_utf8());
    }
    if !last.is_alphabetic() && !matches!(last, '$' | '.') {
        return None;
    }
    let begins_word = |length: usize| !text[..text.len() - length].ends_with(char::is_alphabetic);
    let word = WORDS.iter().find(|word| text.ends_with(**word) && begins_word(word.len())).map(|word| word.len());
    let start = text.len().checked_sub(3);
    let code = || text.get(start?..).filter(|code| is_code(code) && begins_word(3)).map(str::len);
    let sign = || is_sign(last).then(|| last.len_utf8());
    word.or_else(code).or_else(sign)
}

fn is_code(text: &str) -> bool {
    let Ok(mut code) = <[u8; 3]>::try_from(text.as_bytes()) else { return false };
    if !code.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    code.make_ascii_uppercase();
    CODES.as_bytes().chunks(4).any(|other| other.starts_with(&code))
}

/// Whether a character is a currency sign (Unicode category Sc).
pub(crate) fn is_sign(c: char) -> bool {
    matches!(c, '$' | '¢'..='¥' | '֏' | '؋' | '৲' | '৳' | '৻' | '૱' | '௹' | '฿' | '៛' | '\u{20a0}'..='\u{20c1}' | '﷼' | '\u{fe69}'
        | '\u{ff04}' | '\u{ffe0}' | '\u{ffe1}' | '\u{ffe5}' | '\u{ffe6}')
}
