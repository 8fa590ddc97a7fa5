//! Compares every encoding with `encoding_rs`, at every cut.

use encoding_rs::*;
use proptest::prelude::*;

use super::*;

/// Every encoding that a feed can name.
const ALL: [&Encoding; 39] = [
    UTF_8,
    UTF_16LE,
    UTF_16BE,
    BIG5,
    EUC_JP,
    EUC_KR,
    GB18030,
    GBK,
    ISO_2022_JP,
    SHIFT_JIS,
    IBM866,
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_5,
    ISO_8859_6,
    ISO_8859_7,
    ISO_8859_8,
    ISO_8859_8_I,
    ISO_8859_10,
    ISO_8859_13,
    ISO_8859_14,
    ISO_8859_15,
    ISO_8859_16,
    KOI8_R,
    KOI8_U,
    MACINTOSH,
    WINDOWS_874,
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1252,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1255,
    WINDOWS_1256,
    WINDOWS_1257,
    WINDOWS_1258,
    X_MAC_CYRILLIC,
    X_USER_DEFINED,
];

fn encode(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    if encoding == UTF_16LE {
        return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    }
    if encoding == UTF_16BE {
        return Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    }
    let (bytes, _, unmappable) = encoding.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}

/// The bytes that chunks of a file are read from, if the file comes in two pieces.
fn source(encoding: &'static Encoding, file: &[u8], cut: usize) -> Vec<u8> {
    if !SourceText::new(encoding, None).decoded() {
        return file.to_vec();
    }
    let mut transcoder = Transcoder::new(encoding);
    let mut out = Vec::new();
    transcoder.push(&file[..cut], &mut out);
    transcoder.push(&file[cut..], &mut out);
    transcoder.finish(&mut out);
    out
}

/// The decodable text, and the number of undecodable places.
fn decoded(encoding: &'static Encoding, source: &[u8]) -> (String, usize) {
    let text = SourceText::new(encoding, None);
    let mut shown = text.show(source).into_owned();
    let bad: Vec<_> = text.undecodable(source).collect();
    assert_eq!(text.decode(source).is_err(), !bad.is_empty());
    for (_, bad) in &bad {
        shown = shown.replacen(&bad.shown(), "", 1);
    }
    (shown, bad.len())
}

#[test]
fn a_file_is_read_in_place_where_every_byte_of_ascii_is_itself() {
    for encoding in ALL {
        let text = SourceText::new(encoding, None);
        let ascii: Vec<u8> = (0..=0x7F).collect();
        let every_byte_is_a_character =
            (0x80..=0xFF).all(|byte| text.decode(&[byte]).map_or(1, |t| t.chars().count()) == 1);
        if !text.decoded() {
            assert!(every_byte_is_a_character, "{}", encoding.name());
            assert_eq!(text.decode(&ascii).unwrap().as_bytes(), ascii, "{}", encoding.name());
        }
    }
    let decoded: Vec<_> = ALL.iter().filter(|it| SourceText::new(it, None).decoded()).map(|it| it.name()).collect();
    let expected = ["UTF-16LE", "UTF-16BE", "Big5", "EUC-JP", "EUC-KR", "gb18030", "GBK", "ISO-2022-JP", "Shift_JIS"];
    assert_eq!(decoded, expected);
}

#[test]
fn bytes_that_cannot_be_decoded_are_shown_with_their_place() {
    for (encoding, file, shown, places) in [
        (UTF_8, &b"caf\xE9 \xC3\xBC"[..], "caf\\xE9 ü", &[3][..]),
        (UTF_8, b"\xE2\x82", "\\xE2\\x82", &[0, 1]),
        // In a UTF-8 file, bytes that equal our own escape form are as invalid as any others.
        (UTF_8, b"\xE0\x82\x81", "\\xE0\\x82\\x81", &[0, 1, 2]),
        (WINDOWS_1252, b"caf\xE9 \x81", "café \\x81", &[5]),
        (WINDOWS_1253, b"\xAA\xE1", "\\xAAα", &[0]),
        // ISO 8859 has control characters there.
        (ISO_8859_2, b"a\x85", "a\u{85}", &[]),
        (UTF_16LE, b"a\0\x3D\xD8b\0", "a\\uD83Db", &[1]),
        (UTF_16BE, b"\xDE\0\0a", "\\uDE00a", &[0]),
        (UTF_16LE, b"a\0\x3D\xD8b", "a\\uD83D\\x62", &[1, 4]),
        (SHIFT_JIS, b"\x82\xA0,\x82", "あ,\\x82", &[4]),
        // Two of these in a row are "ä" in UTF-8.
        (SHIFT_JIS, b"\x80\xFD\xFE", "\u{80}\\xFD\\xFE", &[2, 5]),
        (EUC_JP, b"\xC3\xFF\xA4", "\\xC3\\xFF\\xA4", &[0, 3, 6]),
    ] {
        for cut in 0..=file.len() {
            let (text, source) = (SourceText::new(encoding, None), source(encoding, file, cut));
            assert_eq!(text.show(&source), shown, "{} cut at {cut}", encoding.name());
            assert_eq!(text.undecodable(&source).map(|(at, _)| at).collect::<Vec<_>>(), places, "{}", encoding.name());
        }
    }
}

#[test]
fn a_byte_order_mark_decides_and_is_no_data() {
    for plan in [EncodingPlan::Declared(WINDOWS_1252), EncodingPlan::Declared(UTF_16LE), EncodingPlan::Auto] {
        for (file, encoding) in [(&b"\xEF\xBB\xBFa"[..], UTF_8), (b"\xFF\xFEa\0", UTF_16LE), (b"\xFE\xFF\0a", UTF_16BE)]
        {
            assert_eq!(plan.decide(file, true).encoding, encoding);
            if encoding != UTF_8 {
                (0..=file.len()).for_each(|cut| assert_eq!(source(encoding, file, cut), b"a", "{cut}"));
            }
        }
    }
    assert_eq!(EncodingPlan::Declared(SHIFT_JIS).decide(b"", true).encoding, SHIFT_JIS);
}

#[test]
fn table_of_detections() {
    let german = "Stück;Größe;Preis €\nKäse, schön;für Übung;3,50 €\n".repeat(20);
    let russian = "Название;Цена\nМолоко свежее;12,50\nХлеб ржаной;8,00\n".repeat(20);
    let japanese = "商品名,価格\nりんごジュース,120\nコーヒー豆,980\n".repeat(20);
    let polish = "Nazwa;Cena\nŻółty ser;12\nŚliwki świeże, źródło;8\n".repeat(20);
    for (text, encoding) in [
        (&german, UTF_8),
        (&german, WINDOWS_1252),
        (&german, UTF_16LE),
        (&german, UTF_16BE),
        (&russian, WINDOWS_1251),
        (&russian, KOI8_U),
        (&russian, UTF_16LE),
        (&japanese, SHIFT_JIS),
        (&japanese, EUC_JP),
        (&japanese, UTF_16BE),
        (&japanese, UTF_8),
        (&polish, WINDOWS_1250),
    ] {
        let file = encode(encoding, text).unwrap();
        assert_eq!(EncodingPlan::Auto.decide(&file, true).encoding, encoding, "{text:.20}");
    }
    assert_eq!(EncodingPlan::Auto.decide(b"", true).encoding, UTF_8);
    assert_eq!(EncodingPlan::Auto.decide(b"a,b\n1,2\n", true).encoding, UTF_8);
    assert_eq!(EncodingPlan::Auto.decide(b"caf\xE9", true).encoding, WINDOWS_1252);
    // The sample ends within a character, which is valid UTF-8 unless the file ends there.
    assert_eq!(EncodingPlan::Auto.decide(b"name\n\xC3", false).encoding, UTF_8);
    assert_ne!(EncodingPlan::Auto.decide(b"name\n\xC3", true).encoding, UTF_8);
    // One broken line does not change the encoding of all others.
    let broken = [german.as_bytes(), b"caf\xE9\n", german.as_bytes()].concat();
    assert_eq!(EncodingPlan::Auto.decide(&broken, true).encoding, UTF_8);
}

/// A file with this many lines in UTF-8 and this many in a single-byte encoding.
fn mixed(good: usize, stray: usize) -> Vec<u8> {
    let mut file = b"id,name\n".to_vec();
    for number in 0..good.max(stray) {
        if number < good {
            file.extend(format!("{number},Caf\u{e9} du Nord\n").bytes());
        }
        if number < stray {
            file.extend([format!("{number},Ren").as_bytes(), b"\xE9 Brasserie\n"].concat());
        }
    }
    file
}

#[test]
fn table_of_files_in_two_encodings() {
    for (good, stray, is_utf8) in [
        (0, 1, false),
        (0, 500, false),
        (1, 1, true),
        (3, 1, true),
        (10, 1, true),
        (1000, 1, true),
        (50, 50, true),
        (10, 90, true),
        (3, 2000, false),
    ] {
        let decision = EncodingPlan::Auto.decide(&mixed(good, stray), true);
        let evidence = decision.evidence.unwrap();
        assert_eq!((evidence.characters, evidence.nonsense, evidence.stray), (good, good, stray));
        assert_eq!(decision.encoding == UTF_8, is_utf8, "{good} lines in UTF-8, {stray} in windows-1252");
    }
    let reported =
        |good, stray| EncodingPlan::Auto.decide(&mixed(good, stray), true).evidence.unwrap().describe("the file");
    assert_eq!(
        reported(37, 1),
        "the file is read as UTF-8: in the file, 37 multi-byte characters are UTF-8 and 1 byte is not; windows-1252 \
         would turn 'é' into \"Ã©\". Records with bytes that are not UTF-8 are rejected; if the whole file is in another \
         encoding, declare source.encoding"
    );
    assert_eq!(
        reported(0, 2),
        "the file is read as windows-1252: in the file, 2 bytes are not UTF-8; if this is wrong, declare source.encoding"
    );
    assert_eq!(
        reported(1, 30),
        "the file is read as windows-1252: in the file, 30 bytes are not UTF-8, and 1 multi-byte character seems to be \
         UTF-8, too few to choose UTF-8 (but note: windows-1252 would turn 'é' into \"Ã©\"); if this is wrong, \
         declare source.encoding"
    );
}

#[test]
fn what_is_utf8_by_accident_does_not_make_a_text_utf8() {
    let repeated = |text: &str| text.repeat(5);
    for (encoding, text) in [
        // "É»", "É" and a hard space, "é", a hard space and "»": all valid UTF-8.
        (WINDOWS_1252, repeated("«\u{a0}LA QUALITÉ\u{a0}: CAFÉ», il a mangé\u{a0}», déjà vu\n")),
        (WINDOWS_1250, repeated("zwyciężą, księżą łąkę, źródło\n")),
        (WINDOWS_1251, repeated("ООО «ЗАВОД», Пётр Рёмин, молоко свежее\n")),
        (SHIFT_JIS, repeated("商品はとなりの店にあります,カフェのコーヒー\n")),
        (GBK, repeated("中文产品名称，新鲜牛奶和面包，价格便宜\n")),
    ] {
        let file = encode(encoding, &text).unwrap();
        let decision = EncodingPlan::Auto.decide(&file, true);
        assert_eq!(decision.encoding, encoding, "{text:.30} {:?}", decision.evidence);
    }
}

#[test]
fn text_that_was_encoded_twice_is_noticed() {
    let found = Mojibake::of("id,name\n1,Double tÃªtÃ©\n2,20Â°\n".as_bytes()).unwrap();
    assert_eq!((found.places, &found.example), (3, &("Ãª".to_owned(), 'ê')));
    assert_eq!(
        found.describe("the file"),
        "3 places in the file seem to be text that was encoded as UTF-8 twice, such as \"Ãª\" where 'ê' was meant. It is \
         imported unchanged; fix it where the file is produced"
    );
    for text in ["Café du Nord, Ünlü, NÃO, MAÇÃ\u{a0}1, MAÇÃ», ÂGE, 20°", "", "日本語 Привет"] {
        assert_eq!(Mojibake::of(text.as_bytes()), None, "{text}");
    }
}

fn any_encoding() -> impl Strategy<Value = &'static Encoding> {
    prop::sample::select(&ALL[..])
}

proptest! {
    #[test]
    fn what_an_encoding_can_encode_comes_back_whatever_the_cut(
        encoding in any_encoding(), any in ".{0,20}", bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        // Random text rarely fits a legacy encoding, so some of it is decoded from bytes.
        let own = encoding.decode_without_bom_handling(&bytes).0;
        let text: String = any.chars().chain(own.chars()).filter(|c| {
            let alone = encode(encoding, c.encode_utf8(&mut [0; 4]));
            let back = alone.map(|bytes| decoded(encoding, &source(encoding, &bytes, 0)));
            *c != '\u{feff}' && *c != '\\' && back == Some((c.to_string(), 0))
        }).collect();
        let file = encode(encoding, &text).unwrap();
        let plain = SourceText::new(encoding, None);
        for cut in 0..=file.len() {
            let source = source(encoding, &file, cut);
            prop_assert_eq!(plain.decode(&source), Ok(text.as_str().into()));
        }
    }

    #[test]
    fn any_bytes_are_read_alike_whatever_the_cut_and_nothing_is_replaced(
        encoding in any_encoding(), file in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let whole = source(encoding, &file, 0);
        for cut in 1..=file.len() {
            prop_assert_eq!(&source(encoding, &file, cut), &whole);
        }
        let file: Vec<u8> = file.into_iter().filter(|byte| *byte != b'\\').collect();
        let (text, bad) = decoded(encoding, &source(encoding, &file, 0));
        let (theirs, replaced) = encoding.decode_with_bom_removal(&file);
        if encoding.name().starts_with("windows-") {
            // They fill the holes of the code pages.
            let holes = theirs.chars().filter(|c| ('\u{80}'..='\u{9f}').contains(c)).count();
            prop_assert_eq!(bad > 0, replaced || holes > 0);
            let theirs: String = theirs.chars().filter(|c| !('\u{80}'..='\u{9f}').contains(c)).collect();
            prop_assert_eq!(text, theirs.replace('\u{fffd}', ""));
        } else if encoding != UTF_8 || !file.starts_with(b"\xEF\xBB\xBF") {
            prop_assert_eq!(bad > 0, replaced);
            prop_assert_eq!(text.replace('\u{fffd}', ""), theirs.replace('\u{fffd}', ""));
        }
    }

    /// Valid UTF-8 is read as UTF-8, whatever its length and wherever the sample ends.
    #[test]
    fn what_is_utf8_stays_utf8(text in "\\PC{0,200}", cut in 0..=200usize) {
        let bytes = text.as_bytes();
        prop_assume!(bytes.first() != Some(&0) && !bytes.contains(&0));
        let sure = Decision { encoding: UTF_8, evidence: None };
        prop_assert_eq!(EncodingPlan::Auto.decide(bytes, true), sure.clone());
        prop_assert_eq!(EncodingPlan::Auto.decide(&bytes[..cut.min(bytes.len())], false), sure);
    }

    /// If no multi-byte sequence is UTF-8, the text is in another encoding.
    #[test]
    fn a_text_without_any_character_of_utf8_is_not_utf8(lines in prop::collection::vec("[a-z]{1,8}[éàüöñ][a-z]{1,8}", 1..20)) {
        let file = encode(WINDOWS_1252, &lines.join("\n")).unwrap();
        prop_assert!(EncodingPlan::Auto.decide(&file, true).encoding != UTF_8);
    }

    #[test]
    fn any_sample_is_decided_upon(sample in prop::collection::vec(any::<u8>(), 0..200), whole: bool) {
        let decided = EncodingPlan::Auto.decide(&sample, whole).encoding;
        prop_assert!(decided.name().len() > 2);
    }
}
