//! How bytes hold text.

use crate::text::{Charset, Encoding};
use encoding_rs::{Encoding as Codec, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// A NUL this early means that a file is no text, or UTF-16.
const LOOKED_AT: usize = 8 * 1024;

const BOM: char = '\u{FEFF}';

/// Whether bytes that begin like this are UTF-16, or why they are no text. All other encodings
/// write ASCII as ASCII.
pub(super) fn is_utf16(bytes: &[u8]) -> Result<bool, &'static str> {
    match guess(bytes) {
        Some(it) => Ok(matches!(it.charset, Charset::Utf16Le | Charset::Utf16Be)),
        None => Err("binary"),
    }
}

/// What the first bytes of a file say of its encoding: `None` if it is binary.
fn guess(bytes: &[u8]) -> Option<Encoding> {
    let (charset, bom) = match Codec::for_bom(bytes) {
        // Where each second character is a NUL, it is UTF-32.
        Some((it, _)) if it != UTF_8 && bytes.get(2..4) == Some(&[0, 0]) => return None,
        Some((it, _)) if it == UTF_16LE => (Charset::Utf16Le, true),
        Some((it, _)) if it == UTF_16BE => (Charset::Utf16Be, true),
        Some(_) => (Charset::Utf8, true),
        None => {
            let start = &bytes[..bytes.len().min(LOOKED_AT)];
            if memchr::memchr(0, start).is_none() {
                (Charset::Utf8, false)
            } else if is_plainly(start, 1) {
                (Charset::Utf16Le, false)
            } else if is_plainly(start, 0) {
                (Charset::Utf16Be, false)
            } else {
                return None;
            }
        }
    };
    Some(Encoding { charset, bom })
}

/// Whether most pairs of bytes are a letter of ASCII and a NUL, and none says otherwise: the NUL
/// is at `high` of the two.
fn is_plainly(bytes: &[u8], high: usize) -> bool {
    let pairs = || bytes.chunks_exact(2).map(|it| (it[high], it[1 - high]));
    let is_text = |(high, low): (u8, u8)| high > 0 || low >= b' ' || b"\t\n\x0c\r".contains(&low);
    let ascii = pairs().filter(|(high, _)| *high == 0).count();
    pairs().all(is_text) && ascii * 2 > pairs().count()
}

/// The text of a file, or why it has none.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), &'static str> {
    let guessed = guess(bytes).ok_or("binary")?;
    let codec = |charset| match charset {
        Charset::Utf8 => UTF_8,
        Charset::Utf16Le => UTF_16LE,
        Charset::Utf16Be => UTF_16BE,
        Charset::ShiftJis => SHIFT_JIS,
        Charset::Windows1252 => WINDOWS_1252,
    };
    let after_bom = match guessed {
        Encoding { bom: false, .. } => bytes,
        Encoding { charset: Charset::Utf8, .. } => &bytes[3..],
        Encoding { .. } => &bytes[2..],
    };
    let decoded =
        |charset, bytes| codec(charset).decode_without_bom_handling_and_without_replacement(bytes);
    if let Some(text) = decoded(guessed.charset, after_bom) {
        return Ok((text, guessed));
    }
    if guessed.charset != Charset::Utf8 {
        return Err("neither text nor UTF-16");
    }
    let shift_jis = Encoding { charset: Charset::ShiftJis, bom: false };
    let japanese = decoded(Charset::ShiftJis, bytes).filter(|it| is_japanese(it));
    // A few letters have two codes there, and only one of them is written.
    if let Some(text) = japanese.filter(|it| encode(it, shift_jis).is_some_and(|it| it == bytes)) {
        return Ok((text, shift_jis));
    }
    // It has a letter for every byte.
    let text = decoded(Charset::Windows1252, bytes).ok_or("in no encoding that is known")?;
    Ok((text, Encoding { charset: Charset::Windows1252, bom: false }))
}

/// Whether a text is Japanese, and not Western letters that Shift-JIS has a meaning for as well:
/// those come one by one, and give rare ideographs.
fn is_japanese(text: &str) -> bool {
    let is_kana = |it: char| matches!(it, '\u{3041}'..='\u{30FE}');
    let is_ideograph = |it: char| matches!(it, '\u{4E00}'..='\u{9FFF}');
    let is_private = |it: char| matches!(it, '\u{E000}'..='\u{F8FF}');
    let next = text.chars().skip(1);
    let word = text.chars().zip(next).any(|(a, b)| is_ideograph(a) && is_ideograph(b));
    !text.contains(is_private) && (word || text.contains(is_kana))
}

/// The bytes of a text; `None` if the encoding cannot write it.
pub(super) fn encode(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let bom = encoding.bom.then_some(BOM);
    let units = || bom.into_iter().chain(text.chars()).collect::<String>();
    let in_codec = |codec: &'static Codec| {
        let (bytes, _, is_lossy) = codec.encode(text);
        (!is_lossy).then(|| bytes.into_owned())
    };
    // encoding_rs writes UTF-8 where it is asked for UTF-16.
    match encoding.charset {
        Charset::Utf8 => Some(units().into_bytes()),
        Charset::Utf16Le => Some(units().encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Charset::Utf16Be => Some(units().encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Charset::ShiftJis => in_codec(SHIFT_JIS),
        Charset::Windows1252 => in_codec(WINDOWS_1252),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHARSETS: [Charset; 5] = [
        Charset::Utf8,
        Charset::Utf16Le,
        Charset::Utf16Be,
        Charset::ShiftJis,
        Charset::Windows1252,
    ];

    #[test]
    fn an_encoding_is_told_by_what_the_bytes_are() {
        let said = "# \u{63A5}\u{7D9A}\naz login\n";
        let kana = "az login # \u{30ED}\u{30B0}\u{30A4}\u{30F3}\n";
        for (charset, bom, text) in [
            (Charset::Utf8, false, "az login\n"),
            (Charset::Utf8, false, said),
            (Charset::Utf8, true, said),
            (Charset::Utf16Le, true, said),
            (Charset::Utf16Be, true, kana),
            (Charset::Utf16Le, false, said),
            (Charset::Utf16Be, false, said),
            (Charset::ShiftJis, false, said),
            (Charset::ShiftJis, false, kana),
            (Charset::Windows1252, false, "# caf\u{E9}\naz login\n"),
            (Charset::Windows1252, false, "# L\u{E4}nge, \u{2018}az\u{2019}\naz login\n"),
        ] {
            let encoding = Encoding { charset, bom };
            let bytes = encode(text, encoding).unwrap();
            assert_eq!(decode(&bytes), Ok((text.into(), encoding)));
        }
    }

    #[test]
    fn what_is_no_text_is_binary() {
        let utf32 = [&b"\xFF\xFE\0\0"[..], b"a\0\0\0"].concat();
        let wide = b"a\0b\0c\0\x01\0";
        let late = [&b"a\0b\0"[..], &[1, 2, 3, 4].repeat(9)].concat();
        for bytes in [&b"az login\0\x01"[..], b"\0", &utf32, wide, &late] {
            assert_eq!(decode(bytes), Err("binary"), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in "[^\0]*") {
            // A leading U+FEFF is a byte order mark, not text.
            prop_assume!(!text.starts_with(BOM));
            for (charset, bom) in
                [(Charset::Utf8, false), (Charset::Utf8, true), (Charset::Utf16Le, true), (Charset::Utf16Be, true)]
            {
                let encoding = Encoding { charset, bom };
                let bytes = encode(&text, encoding).unwrap();
                prop_assert_eq!(decode(&bytes), Ok((text.as_str().into(), encoding)));
            }
        }

        #[test]
        fn any_bytes_are_text_or_say_why_not(bytes: Vec<u8>) {
            if let Ok((text, encoding)) = decode(&bytes) {
                prop_assert_eq!(encode(&text, encoding), Some(bytes));
            }
        }

        #[test]
        fn a_text_goes_through_every_encoding_or_none(text in "[ -~\u{A0}-\u{FF}\u{3041}-\u{3096}]*") {
            for charset in CHARSETS {
                let encoding = Encoding { charset, bom: false };
                let Some(bytes) = encode(&text, encoding) else { continue };
                if let Ok((read, encoding)) = decode(&bytes) {
                    prop_assert_eq!(encode(&read, encoding), Some(bytes));
                }
            }
        }
    }
}
