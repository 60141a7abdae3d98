//! How bytes hold text.

use crate::text::Encoding;
use encoding_rs::{Encoding as Codec, UTF_8, UTF_16BE, UTF_16LE};

/// A NUL this early means that a file is no text.
const LOOKED_AT: usize = 8 * 1024;

/// The text of a file, or why it has none.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), &'static str> {
    let (codec, bom) = Codec::for_bom(bytes).unwrap_or((UTF_8, 0));
    let encoding = match codec {
        it if it == UTF_16LE => Encoding::Utf16Le,
        it if it == UTF_16BE => Encoding::Utf16Be,
        _ if bom > 0 => Encoding::Utf8WithBom,
        _ => Encoding::Utf8,
    };
    if bom == 0 && bytes.iter().take(LOOKED_AT).any(|it| *it == 0) {
        return Err("binary");
    }
    let text = codec.decode_without_bom_handling_and_without_replacement(&bytes[bom..]);
    text.map(|it| (it.into_owned(), encoding)).ok_or("neither UTF-8 nor UTF-16")
}

pub(super) fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8WithBom => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Encoding::Utf16Le => {
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
        Encoding::Utf16Be => {
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in "[^\0]*") {
            // A leading U+FEFF is a byte order mark, not text.
            prop_assume!(!text.starts_with('\u{FEFF}'));
            for encoding in [Encoding::Utf8, Encoding::Utf8WithBom, Encoding::Utf16Le, Encoding::Utf16Be] {
                prop_assert_eq!(decode(&encode(&text, encoding)), Ok((text.clone(), encoding)));
            }
        }

        #[test]
        fn any_bytes_are_text_or_say_why_not(bytes: Vec<u8>) {
            if let Ok((text, encoding)) = decode(&bytes) {
                prop_assert_eq!(encode(&text, encoding), bytes);
            }
        }
    }
}
